# Files as data inside the program.
#
#   paperboy_embed(<target> <name> <file>…)
#
# adds to <target> a source which defines, and a header "embedded/<name>.hpp" which declares,
#   std::span<const paperboy::embedded::file> paperboy::embedded::<name>() noexcept;
# one entry a file in the given order: `name` is the file's name without its folder, `text` its
# bytes. Changing a file rebuilds. Relative paths are of the calling directory.
function(paperboy_embed target name)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/embedded_${name})
  set(files)
  foreach(file ${ARGN})
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    list(APPEND files ${file})
  endforeach()
  set(outputs ${folder}/embedded/${name}.hpp ${folder}/${name}.cpp)
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND ${CMAKE_COMMAND} "-DFOLDER=${folder}" "-DNAME=${name}" "-DFILES=${files}"
            -P ${PROJECT_SOURCE_DIR}/ops/cmake/write_embedded.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/ops/cmake/write_embedded.cmake
    COMMENT "Embedding ${name}"
    VERBATIM)
  target_sources(${target} PRIVATE ${outputs})
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
