# Settings shared by every target: language level, warnings, sanitizers, ccache, mold, helper functions.
option(ATRIUM_TESTS "build the tests" ON)
option(ATRIUM_BENCH "build the benchmarks" OFF)
option(ATRIUM_WERROR "treat warnings as errors" ON)
option(ATRIUM_PCH "use precompiled headers" ON)
set(ATRIUM_SANITIZE "" CACHE STRING "sanitizers, e.g. address,undefined or thread")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(THREADS_PREFER_PTHREAD_FLAG ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(ATRIUM_CCACHE ccache)
if(ATRIUM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${ATRIUM_CCACHE})
endif()
find_program(ATRIUM_MOLD mold)
if(ATRIUM_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()

add_library(atrium_options INTERFACE)
target_include_directories(atrium_options INTERFACE "${PROJECT_SOURCE_DIR}")
# Designated initialisers leave out members on purpose: every member has a default of its own.
target_compile_options(atrium_options INTERFACE -Wall -Wextra -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers)
if(ATRIUM_WERROR)
  target_compile_options(atrium_options INTERFACE -Werror)
endif()
if(ATRIUM_SANITIZE)
  # With checks compiled in, GCC takes moved-from variants for uninitialised.
  target_compile_options(atrium_options INTERFACE -fsanitize=${ATRIUM_SANITIZE} -fno-omit-frame-pointer
                         -Wno-maybe-uninitialized)
  target_link_options(atrium_options INTERFACE -fsanitize=${ATRIUM_SANITIZE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # ccache can reuse a precompiled header only when it is preprocessed with this flag.
  target_compile_options(atrium_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()
add_library(atrium::options ALIAS atrium_options)

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(CAF REQUIRED)
find_package(LMDB REQUIRED)
find_package(spdlog REQUIRED)
find_package(date REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)

# atrium_library(<folder> SOURCES a.cpp b.cpp LINK targets... [PCH headers...])
# makes target atrium_<folder> with alias atrium::<folder>.
function(atrium_library name)
  cmake_parse_arguments(A "" "" "SOURCES;LINK;PCH" ${ARGN})
  add_library(atrium_${name} STATIC ${A_SOURCES})
  add_library(atrium::${name} ALIAS atrium_${name})
  target_link_libraries(atrium_${name} PUBLIC atrium::options ${A_LINK})
  if(ATRIUM_PCH AND A_PCH)
    target_precompile_headers(atrium_${name} PRIVATE ${A_PCH})
  endif()
endfunction()

# atrium_program(<name> LINK targets...)
# makes build/<preset>/<name> of main.cpp: the path that scripts and tests count on.
function(atrium_program name)
  cmake_parse_arguments(A "" "" "LINK" ${ARGN})
  add_executable(${name} main.cpp)
  target_link_libraries(${name} PRIVATE ${A_LINK} CLI11::CLI11)
  # Messages are made on one thread and freed on another: jemalloc does that for a fifth less CPU per booking
  # than glibc, and gives memory back when a burst is over (docs/adr/0006). Sanitizers bring their own.
  find_library(ATRIUM_JEMALLOC jemalloc)
  if(ATRIUM_JEMALLOC AND NOT ATRIUM_SANITIZE)
    target_link_libraries(${name} PRIVATE -Wl,--no-as-needed ${ATRIUM_JEMALLOC} -Wl,--as-needed)
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
endfunction()

# atrium_test(<name> LABEL unit|integration|... SOURCES a.cpp LINK targets...)
# makes one GoogleTest executable and registers it as one CTest test.
function(atrium_test name)
  cmake_parse_arguments(A "" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 300)
  endif()
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE atrium::options GTest::gmock_main ${A_LINK})
  # The code under test is optimised as built; optimising the tests themselves only costs build time.
  target_compile_options(${name} PRIVATE -O0)
  if(ATRIUM_PCH)
    target_precompile_headers(${name} REUSE_FROM atrium_test_headers)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABEL}" TIMEOUT ${A_TIMEOUT})
  # Undefined behaviour only warns by itself; see tests/README.md.
  if(ATRIUM_SANITIZE)
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1")
  endif()
endfunction()
