# Warnings, hardening and the tools that make builds short. Everything goes through the interface
# target paperboy_options, so that no directory sets global flags.

add_library(paperboy_options INTERFACE)
target_compile_options(paperboy_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  $<$<BOOL:${PAPERBOY_WERROR}>:-Werror>
  -fstack-protector-strong -fno-omit-frame-pointer)
target_include_directories(paperboy_options INTERFACE ${PROJECT_SOURCE_DIR})
target_link_options(paperboy_options INTERFACE -Wl,-z,relro,-z,now)

if(PAPERBOY_SANITIZE)
  target_compile_options(paperboy_options INTERFACE -fsanitize=${PAPERBOY_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(paperboy_options INTERFACE -fsanitize=${PAPERBOY_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(paperboy_options INTERFACE _FORTIFY_SOURCE=2)
endif()

find_program(PAPERBOY_CCACHE ccache)
if(PAPERBOY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PAPERBOY_CCACHE})
  if(PAPERBOY_PRECOMPILE)  # which it takes on these terms only
    list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros)
  endif()
endif()
find_program(PAPERBOY_MOLD mold)
if(PAPERBOY_MOLD)
  target_link_options(paperboy_options INTERFACE -fuse-ld=mold)
endif()

# A release is optimized across its files; whoever develops does not wait for that.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT PAPERBOY_SANITIZE)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT PAPERBOY_IPO OUTPUT ignored LANGUAGES CXX)
  if(PAPERBOY_IPO)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  else()
    message(STATUS "No link-time optimization, a tenth slower: it takes the archiver of llvm-19, see ops/setup")
  endif()
endif()
