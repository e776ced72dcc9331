# SPDX-License-Identifier: Apache-2.0
#
# small_gates_test and small_gates_pins_test: the tests of small_test and small_pins_test on the netlists that Yosys
# writes for the iCE40, with Yosys's models of the cells. Synthesis takes a minute, so they are no part of `all`: ctest
# builds them (small_gates_build) before it runs them.

find_program(SLUICE_YOSYS yosys)
get_filename_component(cells "${SLUICE_YOSYS}/../../share/yosys/ice40/cells_sim.v" ABSOLUTE)

file(GLOB synthesized CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rtl/small/*.sv ${PROJECT_SOURCE_DIR}/rtl/pkg/*.sv
  ${PROJECT_SOURCE_DIR}/rtl/regs/gen/*.sv ${PROJECT_SOURCE_DIR}/rtl/prim/*.sv* ${PROJECT_SOURCE_DIR}/rtl/synth/*.py
  ${PROJECT_SOURCE_DIR}/rtl/synth/flow/*.py ${PROJECT_SOURCE_DIR}/rtl/synth/ice40/*)

# gates_test(NAME TOP SOURCE...): a test on the netlist of TOP.
function(gates_test name top)
  set(synthesis ${CMAKE_CURRENT_BINARY_DIR}/${name}_synthesis)
  set(netlist ${synthesis}/gates/${top}.v)
  # The netlist is written only when it changes, as a byproduct, so that Verilator runs no oftener.
  add_custom_command(
    OUTPUT ${synthesis}/stamp
    BYPRODUCTS ${netlist}
    COMMAND ${SLUICE_PYTHON} ${PROJECT_SOURCE_DIR}/rtl/synth/synth.py gates:${top} --build ${synthesis}
    COMMAND ${CMAKE_COMMAND} -E touch ${synthesis}/stamp
    DEPENDS ${synthesized}
    COMMENT "Synthesizing ${top} into iCE40 cells"
    VERBATIM)
  add_custom_target(${name}_netlist DEPENDS ${synthesis}/stamp)

  # The cell models' own defaults for open inputs are off: Verilator would have to know default values of ports.
  sluice_verilate(${name}_model TOP ${top} NETLIST ${netlist} ${cells} OPTIONS -DNO_ICE40_DEFAULT_ASSIGNMENTS -DICE40_HX)
  add_dependencies(${name}_model ${name}_netlist)
  sluice_test(${name} LABEL slow SOURCES ${ARGN} DEPS small_setup sluice_trace ${name}_model)
  set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED small_gates)
endfunction()

gates_test(small_gates_test sluice_small ${small_tests})
gates_test(small_gates_pins_test sluice_ice40 small_pins_test.cpp)
add_test(NAME small_gates_build
  COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --parallel 2 --target small_gates_test small_gates_pins_test)
set_tests_properties(small_gates_build PROPERTIES LABELS slow TIMEOUT 900 FIXTURES_SETUP small_gates)
# Everything, but only this much of the trace and of random frames.
set_tests_properties(small_gates_test PROPERTIES ENVIRONMENT SLUICE_PACKETS=20000)
