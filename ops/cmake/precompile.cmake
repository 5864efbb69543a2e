# Precompiled headers. Without them half of a build is spent on reading Boost, GoogleTest and the
# standard library again in each of four hundred files.
#
#   paperboy_precompile(<target>… FOR asio|tests)
#
# lets the targets share one set of headers that is compiled once, and link what it declares. Only
# headers of others are in it, so that no change in the project rebuilds it; and no source relies on
# it, because a release is built without. Nothing happens unless PAPERBOY_PRECOMPILE is on.

set(PAPERBOY_HEADERS_asio
  <algorithm> <array> <atomic> <charconv> <chrono> <deque> <exception> <filesystem> <fstream>
  <functional> <future> <iostream> <map> <memory> <mutex> <optional> <random> <regex> <set> <span>
  <sstream> <stdexcept> <string> <string_view> <thread> <unordered_map> <unordered_set> <utility>
  <variant> <vector>
  <boost/asio.hpp> <boost/asio/ssl.hpp> <boost/beast/core.hpp> <boost/beast/http.hpp>
  <boost/json.hpp> <fmt/format.h> <spdlog/spdlog.h>)
set(PAPERBOY_HEADERS_tests
  ${PAPERBOY_HEADERS_asio} <gtest/gtest.h> <rapidcheck.h> <rapidcheck/gtest.h>)

function(paperboy_precompile)
  cmake_parse_arguments(arg "" "FOR" "" ${ARGN})
  if(NOT PAPERBOY_PRECOMPILE)
    return()
  endif()
  set(headers paperboy_headers_${arg_FOR})
  if(NOT TARGET ${headers})
    add_library(${headers} OBJECT ${PROJECT_SOURCE_DIR}/ops/cmake/precompiled.cpp)
    target_precompile_headers(${headers} PRIVATE ${PAPERBOY_HEADERS_${arg_FOR}})
    # Equal headers become equal bytes, by which ccache knows what was compiled with them.
    target_compile_options(${headers} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    target_link_libraries(${headers} PRIVATE
      paperboy_options paperboy_boost fmt::fmt spdlog::spdlog
      $<$<STREQUAL:${arg_FOR},tests>:GTest::gtest>)
  endif()
  foreach(target ${arg_UNPARSED_ARGUMENTS})
    target_precompile_headers(${target} REUSE_FROM ${headers})
    target_link_libraries(${target} PRIVATE paperboy_boost)
  endforeach()
endfunction()
