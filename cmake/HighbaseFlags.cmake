# SPDX-License-Identifier: GPL-2.0-or-later
# Flags of every target. What differs between presets is set by these variables in CMakePresets.json.
set(HIGHBASE_HARDENING OFF CACHE BOOL "Compile and link with the hardening of a network daemon")
set(HIGHBASE_SANITIZERS "" CACHE STRING "Value for -fsanitize=")
set(HIGHBASE_FUZZ OFF CACHE BOOL "Build the fuzz targets (clang only)")
set(HIGHBASE_JOIN ON CACHE BOOL "Compile several sources of a library or test as one")

find_program(HIGHBASE_CCACHE ccache)
if(HIGHBASE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER "${HIGHBASE_CCACHE}")
    set(CMAKE_CXX_COMPILER_LAUNCHER "${HIGHBASE_CCACHE}")
endif()

add_compile_definitions(HIGHBASE_VERSION="${PROJECT_VERSION}")
# Always on: an index out of range must abort (the other router takes over), not read wrong state.
add_compile_definitions(_GLIBCXX_ASSERTIONS)

# Only what both GCC 12 and clang 14 know.
add_compile_options(
    -Wall -Wextra -Wpedantic -Werror
    -Wconversion -Wshadow -Wimplicit-fallthrough
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options(-Wno-sign-conversion)  # part of -Wconversion in clang, but not in GCC's C++
endif()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C CXX)  # without it CMake compiles with -fPIE but does not link with -pie

if(HIGHBASE_HARDENING)
    add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()

if(HIGHBASE_SANITIZERS)
    add_compile_options(-fsanitize=${HIGHBASE_SANITIZERS} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${HIGHBASE_SANITIZERS})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-Wno-maybe-uninitialized)  # false positives in instrumented code, <regex> for one
    endif()
endif()

if(HIGHBASE_SANITIZERS MATCHES "thread")
    # ThreadSanitizer knows no fences: it reports races where Asio has ordered things by one.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()

if(HIGHBASE_FUZZ)
    if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "HIGHBASE_FUZZ needs clang: use 'cmake --preset fuzz'")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
