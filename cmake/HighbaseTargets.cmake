# SPDX-License-Identifier: GPL-2.0-or-later
# The four kinds of target. DEPENDS takes names of this project's libraries as given to highbase_library
# ("vrrp"); SYSTEM_DEPENDS takes imported targets, listed in HighbaseDependencies.cmake ("fmt::fmt").
#
#   highbase_library(NAME [SOURCES a.cpp ...] [PURE] [SEPARATE] [DEPENDS vrrp ...]
#       [SYSTEM_DEPENDS fmt::fmt ...])
#   highbase_program(NAME SOURCES ... [DEPENDS ...] [SYSTEM_DEPENDS ...])
#   highbase_test(NAME SOURCES ... [DEPENDS ...] [SYSTEM_DEPENDS ...] [LABELS root] [SEPARATE])
#   highbase_fuzz(NAME SOURCES ... [DEPENDS ...])

function(_highbase_link target scope)
    cmake_parse_arguments(PARSE_ARGV 2 ARG "" "" "DEPENDS;SYSTEM_DEPENDS")
    list(TRANSFORM ARG_DEPENDS PREPEND "highbase::")
    target_link_libraries(${target} ${scope} ${ARG_DEPENDS} ${ARG_SYSTEM_DEPENDS})
endfunction()

# With clang and libFuzzer only the fuzz targets, and so the libraries below them, are built.
function(_highbase_leave_out_of_fuzz target)
    if(HIGHBASE_FUZZ)
        set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()
endfunction()

# A static library highbase_NAME, alias highbase::NAME; without sources, only headers and dependencies.
# PURE: reads no clock, socket, file or thread; may depend on PURE libraries only (highbase_check_purity).
# Eight of its sources are compiled as one (but in the preset dev). SEPARATE: one by one, where they have
# names in common.
function(highbase_library name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "PURE;SEPARATE" "" "SOURCES;DEPENDS;SYSTEM_DEPENDS")
    if(ARG_SOURCES)
        set(scope PUBLIC)
        add_library(highbase_${name} STATIC ${ARG_SOURCES})
        _highbase_leave_out_of_fuzz(highbase_${name})
        if(HIGHBASE_JOIN AND NOT ARG_SEPARATE)
            set_target_properties(highbase_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
        endif()
    else()
        set(scope INTERFACE)
        add_library(highbase_${name} INTERFACE)
    endif()
    add_library(highbase::${name} ALIAS highbase_${name})
    target_include_directories(highbase_${name} ${scope} "${PROJECT_SOURCE_DIR}")
    _highbase_link(highbase_${name} ${scope} DEPENDS ${ARG_DEPENDS} SYSTEM_DEPENDS ${ARG_SYSTEM_DEPENDS})
    if(ARG_PURE)
        set_property(GLOBAL APPEND PROPERTY HIGHBASE_PURE ${name})
        set_property(GLOBAL PROPERTY HIGHBASE_PURE_DEPENDS_${name} "${ARG_DEPENDS}")
        set_property(GLOBAL PROPERTY HIGHBASE_PURE_SYSTEM_DEPENDS_${name} "${ARG_SYSTEM_DEPENDS}")
    endif()
endfunction()

# An executable at the top of the build directory: build/release/hbvrrp.
function(highbase_program name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;DEPENDS;SYSTEM_DEPENDS")
    add_executable(${name} ${ARG_SOURCES})
    _highbase_leave_out_of_fuzz(${name})
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
    _highbase_link(${name} PRIVATE DEPENDS ${ARG_DEPENDS} SYSTEM_DEPENDS ${ARG_SYSTEM_DEPENDS})
endfunction()

# A Catch2 executable build/PRESET/tests/NAME, one CTest entry. Its label is "unit" unless LABELS says
# otherwise; "root" is for tests that need CAP_NET_ADMIN. A test case without any assertion fails.
#
# Twelve sources are compiled as one, as those of libraries are: most of the time goes to what all of them
# include and instantiate. So names are unique within a folder of tests. SEPARATE: one by one.
function(highbase_test name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "SEPARATE" "" "SOURCES;DEPENDS;SYSTEM_DEPENDS;LABELS")
    if(NOT BUILD_TESTING OR HIGHBASE_FUZZ)
        return()
    endif()
    if(NOT TARGET highbase_catch_main)
        add_library(highbase_catch_main OBJECT "${PROJECT_SOURCE_DIR}/tests/catch_main.cpp")
        target_link_libraries(highbase_catch_main PUBLIC Catch2::Catch2)
        target_include_directories(highbase_catch_main PUBLIC "${PROJECT_SOURCE_DIR}")
    endif()
    if(NOT ARG_LABELS)
        set(ARG_LABELS unit)
    endif()
    add_executable(${name} ${ARG_SOURCES})
    # What is tested is optimised as the preset says. The tests themselves are compiled and run once, and
    # compile in less than half of the time so. (Without optimisation glibc refuses to be fortified.)
    target_compile_options(${name} PRIVATE -O0 -g1 -U_FORTIFY_SOURCE)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
    if(HIGHBASE_JOIN AND NOT ARG_SEPARATE)
        set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
    endif()
    # An object library gives its objects only to those who link it directly, as here.
    _highbase_link(${name} PRIVATE DEPENDS ${ARG_DEPENDS}
        SYSTEM_DEPENDS highbase_catch_main ${ARG_SYSTEM_DEPENDS})
    if("unit" IN_LIST ARG_LABELS)
        if(NOT TARGET unit_tests)
            add_custom_target(unit_tests COMMENT "every test that needs no kernel of its own")
        endif()
        add_dependencies(unit_tests ${name})
    endif()
    add_test(NAME ${name} COMMAND ${name} --warn NoAssertions WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 120)
endfunction()

# A libFuzzer executable build/fuzz/fuzzers/NAME, in the preset fuzz only. Its corpus: tests/fuzz/corpus/NAME.
function(highbase_fuzz name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;DEPENDS;SYSTEM_DEPENDS")
    if(NOT HIGHBASE_FUZZ)
        return()
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzzers")
    _highbase_link(${name} PRIVATE DEPENDS ${ARG_DEPENDS} SYSTEM_DEPENDS ${ARG_SYSTEM_DEPENDS})
endfunction()

# A PURE library stands on PURE libraries and on vocabulary types only. Called once all targets are known.
function(highbase_check_purity)
    # Of Boost's headers tools/lint/includes lets in the one that is pure.
    set(vocabulary Boost::headers fmt::fmt tl::expected)
    get_property(pure GLOBAL PROPERTY HIGHBASE_PURE)
    foreach(name IN LISTS pure)
        get_property(depends GLOBAL PROPERTY HIGHBASE_PURE_DEPENDS_${name})
        get_property(system GLOBAL PROPERTY HIGHBASE_PURE_SYSTEM_DEPENDS_${name})
        list(REMOVE_ITEM depends ${pure})
        list(REMOVE_ITEM system ${vocabulary})
        if(depends OR system)
            message(FATAL_ERROR "pure library '${name}' depends on impure: ${depends} ${system}")
        endif()
    endforeach()
endfunction()
