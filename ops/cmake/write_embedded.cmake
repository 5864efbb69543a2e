# Writes the header and source that embed.cmake describes: FOLDER, NAME, FILES. Every byte is
# written as an escape of its own, so that no content can end a literal or change a byte.
cmake_minimum_required(VERSION 3.25)

file(WRITE ${FOLDER}/embedded/${NAME}.hpp "#pragma once

#include <span>

#include \"core/embedded_file.hpp\"

namespace paperboy::embedded {

std::span<const file> ${NAME}() noexcept;

}  // namespace paperboy::embedded
")

list(LENGTH FILES count)
set(source "#include \"embedded/${NAME}.hpp\"

namespace paperboy::embedded {
namespace {

constexpr file files[${count}] = {
")
foreach(file ${FILES})
  cmake_path(GET file FILENAME short)
  file(SIZE ${file} size)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${bytes}")
  # A line of the source for every 24 bytes.
  string(REPEAT "...." 24 line)
  string(REGEX REPLACE "(${line})" "\\1\"\n     \"" bytes "${bytes}")
  string(APPEND source "    {\"${short}\",\n     {\"${bytes}\",\n      ${size}}},\n")
endforeach()
string(APPEND source "};

}  // namespace

std::span<const file> ${NAME}() noexcept { return files; }

}  // namespace paperboy::embedded
")
file(WRITE ${FOLDER}/${NAME}.cpp "${source}")
