# SPDX-License-Identifier: Apache-2.0
#
# The few functions every CMakeLists.txt of this repository is written with:
#
#   sluice_library(name SOURCES a.cpp ... [DEPS lib ...])
#   sluice_test(name LABEL unit SOURCES a_test.cpp ... [DEPS lib ...] [TIMEOUT s] [ARGS ...])
#   sluice_verilate(target TOP module [PREFIX Vname] [PARAMS A=1 ...] [OPTIONS ...]
#                   [PARTS n] [TRACE] [NOASSERT] [OPTIMIZE] [NETLIST a.v ...])
#   sluice_rtl_bench(name TOP module SOURCES a_test.cpp [PARAMS A=1 ...] [OPTIONS ...]
#                    [DEPS lib ...] [TIMEOUT s] [TRACE])
#   sluice_fuzzer(name SOURCES a_fuzz.cpp ... [DEPS lib ...])     (nothing without SLUICE_FUZZ)
#   sluice_add_subdirectories(dir ...)                            (those that have a CMakeLists.txt)
#
# Sources are relative to the calling directory, includes to the root of the repository.

set(SLUICE_PYTHON /usr/bin/python3)
# Designated initializers that leave the rest at its defaults are meant that way.
set(SLUICE_WARNINGS -Wall -Wextra -Werror -Wno-missing-field-initializers)

# Everything that our own C++ (not generated, not third party) is compiled with.
function(_sluice_own_code target)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE ${SLUICE_WARNINGS})
endfunction()

# A source that does not exist fails the build of its target, not the configuration of all:
# a stub stands in for it until the file appears.
function(_sluice_sources result)
  set(found)
  foreach(source ${ARGN})
    get_filename_component(path ${source} ABSOLUTE)
    file(GLOB exists CONFIGURE_DEPENDS ${path})
    if(NOT exists)
      file(RELATIVE_PATH shown ${PROJECT_SOURCE_DIR} ${path})
      set(path ${CMAKE_CURRENT_BINARY_DIR}/missing/${source})
      file(CONFIGURE OUTPUT ${path} CONTENT "#error ${shown} is named in CMakeLists.txt but does not exist\n")
    endif()
    list(APPEND found ${path})
  endforeach()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

function(sluice_add_subdirectories)
  foreach(dir ${ARGN})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${dir}/CMakeLists.txt)
      add_subdirectory(${dir})
    endif()
  endforeach()
endfunction()

# Every direct subdirectory of the calling directory that has a CMakeLists.txt.
# A new one is noticed by the next build, which configures again.
function(sluice_add_all_subdirectories)
  file(GLOB lists CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}
       ${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt)
  foreach(list ${lists})
    get_filename_component(dir ${list} DIRECTORY)
    add_subdirectory(${dir})
  endforeach()
endfunction()

function(sluice_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  _sluice_sources(sources ${ARG_SOURCES})
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
  _sluice_own_code(${name})
endfunction()

# A GoogleTest program, one ctest entry. The program finds files by paths relative to the
# root of the repository, which is its working directory.
function(sluice_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS;ARGS" ${ARGN})
  if(NOT ARG_LABEL MATCHES "^(unit|rtl|system|golden|repo|slow)$")
    message(FATAL_ERROR "sluice_test(${name}): LABEL '${ARG_LABEL}' is none of unit rtl system golden repo slow")
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  _sluice_sources(sources ${ARG_SOURCES})
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest GTest::gtest_main)
  _sluice_own_code(${name})
  add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()

function(sluice_fuzzer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  if(NOT SLUICE_FUZZ)
    return()
  endif()
  _sluice_sources(sources ${ARG_SOURCES})
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  _sluice_own_code(${name})
  set_property(GLOBAL APPEND PROPERTY SLUICE_FUZZERS ${name})
endfunction()

# Verilated code is compiled by clang where there is one: half the compile time of g++ and the
# faster model. The launcher swaps the compiler, CMake itself knows one compiler per language.
find_program(SLUICE_CLANGXX NAMES clang++ clang++-14)
set(_sluice_verilated_launcher)
if(SLUICE_CLANGXX AND NOT SLUICE_SANITIZE AND NOT SLUICE_FUZZ)
  set(_sluice_verilated_launcher ${PROJECT_SOURCE_DIR}/cmake/swap_compiler.sh ${SLUICE_CLANGXX})
endif()

function(_sluice_generated_code target)
  target_compile_options(${target} PRIVATE -w -g0)
  if(_sluice_verilated_launcher)
    set_target_properties(${target} PROPERTIES CXX_COMPILER_LAUNCHER "${_sluice_verilated_launcher}")
    target_compile_options(${target} PRIVATE -fbracket-depth=4096)
  endif()
endfunction()

# The run-time library of Verilator, once; and its waveform writer.
function(_sluice_verilated_runtime)
  add_library(verilated_runtime STATIC EXCLUDE_FROM_ALL
    ${VERILATOR_INCLUDE}/verilated.cpp ${VERILATOR_INCLUDE}/verilated_threads.cpp)
  target_include_directories(verilated_runtime SYSTEM PUBLIC
    ${VERILATOR_INCLUDE} ${VERILATOR_INCLUDE}/vltstd)
  target_link_libraries(verilated_runtime PUBLIC Threads::Threads)
  target_compile_options(verilated_runtime PRIVATE -w -g0)

  add_library(verilated_runtime_fst STATIC EXCLUDE_FROM_ALL ${VERILATOR_INCLUDE}/verilated_fst_c.cpp)
  target_link_libraries(verilated_runtime_fst PUBLIC verilated_runtime ZLIB::ZLIB)
  target_compile_options(verilated_runtime_fst PRIVATE -w -g0)
endfunction()

_sluice_verilated_runtime()

# A static library with the Verilated model of one module. A consumer includes "<PREFIX>.h";
# PREFIX is V<module> unless given, and must differ between models linked into one program.
# Assertions of the RTL are on unless NOASSERT. OPTIMIZE spends compile time on speed.
# NETLIST names Verilog files to read in place of our RTL.
# Verilator runs at build time, so RTL with errors fails the targets that use it, and no other.
function(sluice_verilate target)
  cmake_parse_arguments(ARG "TRACE;NOASSERT;OPTIMIZE" "TOP;PREFIX;PARTS" "PARAMS;OPTIONS;NETLIST" ${ARGN})
  if(NOT ARG_TOP)
    message(FATAL_ERROR "sluice_verilate(${target}): TOP is missing")
  endif()
  if(NOT ARG_PREFIX)
    set(ARG_PREFIX V${ARG_TOP})
  endif()
  if(NOT ARG_PARTS)
    set(ARG_PARTS 1)
    if(ARG_OPTIMIZE)
      set(ARG_PARTS 4)
    endif()
  endif()
  set(options)
  foreach(param ${ARG_PARAMS})
    list(APPEND options -G${param})
  endforeach()
  if(NOT ARG_NOASSERT)
    list(APPEND options --assert)
  endif()
  if(ARG_TRACE OR SLUICE_WAVES)
    list(APPEND options --trace-fst --trace-structs)
  endif()
  list(APPEND options ${ARG_OPTIONS})

  set(netlist)
  foreach(file ${ARG_NETLIST})
    list(APPEND netlist --netlist ${file})
  endforeach()

  set(dir ${CMAKE_CURRENT_BINARY_DIR}/${target}.dir)
  set(parts ${dir}/part_slow.cpp)
  math(EXPR last "${ARG_PARTS} - 1")
  foreach(i RANGE ${last})
    list(APPEND parts ${dir}/part_${i}.cpp)
  endforeach()

  add_custom_command(
    OUTPUT ${parts} ${dir}/${ARG_PREFIX}.h
    COMMAND ${SLUICE_PYTHON} ${PROJECT_SOURCE_DIR}/cmake/verilate.py
      --verilator ${VERILATOR} --rtl ${PROJECT_SOURCE_DIR}/rtl --top ${ARG_TOP}
      --prefix ${ARG_PREFIX} --out ${dir} --parts ${ARG_PARTS} ${netlist} -- ${options}
    DEPENDS ${PROJECT_SOURCE_DIR}/cmake/verilate.py ${ARG_NETLIST}
    DEPFILE ${dir}/depends.d
    COMMENT "Verilating ${ARG_TOP} (${target})"
    VERBATIM)

  add_library(${target} STATIC EXCLUDE_FROM_ALL ${parts})
  target_include_directories(${target} SYSTEM PUBLIC ${dir})
  target_link_libraries(${target} PUBLIC verilated_runtime)
  target_compile_features(${target} PRIVATE cxx_std_20)
  if(ARG_TRACE OR SLUICE_WAVES)
    target_link_libraries(${target} PUBLIC verilated_runtime_fst)
    target_compile_definitions(${target} PUBLIC VM_TRACE=1 VM_TRACE_FST=1)
  endif()
  _sluice_generated_code(${target})
  if(SLUICE_SANITIZE)
    set(fast -O1)
  elseif(ARG_OPTIMIZE)
    set(fast -O3 -march=native)
  else()
    set(fast -O1)
  endif()
  set_source_files_properties(${parts} PROPERTIES COMPILE_OPTIONS "${fast}")
  set_source_files_properties(${dir}/part_slow.cpp PROPERTIES COMPILE_OPTIONS -O1)
endfunction()

# A GoogleTest program around the Verilated model <module>; see testbenches/rtl/.
function(sluice_rtl_bench name)
  cmake_parse_arguments(ARG "TRACE;OPTIMIZE" "TOP;TIMEOUT;PREFIX" "SOURCES;DEPS;PARAMS;OPTIONS;ARGS" ${ARGN})
  set(flags)
  foreach(flag TRACE OPTIMIZE)
    if(ARG_${flag})
      list(APPEND flags ${flag})
    endif()
  endforeach()
  if(ARG_PREFIX)
    list(APPEND flags PREFIX ${ARG_PREFIX})
  endif()
  sluice_verilate(${name}_model TOP ${ARG_TOP} PARAMS ${ARG_PARAMS} OPTIONS ${ARG_OPTIONS} ${flags})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  sluice_test(${name} LABEL rtl SOURCES ${ARG_SOURCES} DEPS ${ARG_DEPS} ${name}_model
    TIMEOUT ${ARG_TIMEOUT} ARGS ${ARG_ARGS})
endfunction()
