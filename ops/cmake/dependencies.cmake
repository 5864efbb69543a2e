# Third-party libraries as imported targets, all from Debian's packages (ops/setup lists them).

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(ICU REQUIRED COMPONENTS i18n uc data)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_library(PAPERBOY_PROMETHEUS prometheus-cpp-core REQUIRED)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
find_library(PAPERBOY_CCTZ cctz REQUIRED)
find_library(PAPERBOY_XXHASH xxhash REQUIRED)
pkg_check_modules(TOMLPLUSPLUS REQUIRED IMPORTED_TARGET tomlplusplus)

# Asio, Beast, JSON and URL are compiled once, here; everybody else sees declarations only.
add_library(paperboy_boost STATIC ${PROJECT_SOURCE_DIR}/ops/cmake/boost.cpp)
target_link_libraries(paperboy_boost PUBLIC Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_definitions(paperboy_boost PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ALL_NO_LIB)
target_link_libraries(paperboy_boost PRIVATE paperboy_options)
target_compile_options(paperboy_boost PRIVATE -w)
