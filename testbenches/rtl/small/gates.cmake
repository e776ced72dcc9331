# SPDX-License-Identifier: Apache-2.0
#
# small_gates_test: the tests of small_test on the netlist that Yosys writes for the iCE40, with Yosys's models of the
# cells. Synthesis takes a minute, so it is no part of `all`: ctest builds it (small_gates_build) before it runs it.

find_program(SLUICE_YOSYS yosys)
get_filename_component(cells "${SLUICE_YOSYS}/../../share/yosys/ice40/cells_sim.v" ABSOLUTE)

set(synthesis ${CMAKE_CURRENT_BINARY_DIR}/gates_synthesis)
set(netlist ${synthesis}/gates/sluice_small.v)
file(GLOB synthesized CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rtl/small/*.sv ${PROJECT_SOURCE_DIR}/rtl/pkg/*.sv
  ${PROJECT_SOURCE_DIR}/rtl/regs/gen/*.sv ${PROJECT_SOURCE_DIR}/rtl/prim/*.sv* ${PROJECT_SOURCE_DIR}/rtl/synth/*.py
  ${PROJECT_SOURCE_DIR}/rtl/synth/flow/*.py ${PROJECT_SOURCE_DIR}/rtl/synth/ice40/*)
# The netlist is written only when it changes, as a byproduct, so that Verilator runs no oftener.
add_custom_command(
  OUTPUT ${synthesis}/stamp
  BYPRODUCTS ${netlist}
  COMMAND ${SLUICE_PYTHON} ${PROJECT_SOURCE_DIR}/rtl/synth/synth.py gates:sluice_small --build ${synthesis}
  COMMAND ${CMAKE_COMMAND} -E touch ${synthesis}/stamp
  DEPENDS ${synthesized}
  COMMENT "Synthesizing sluice_small into iCE40 cells"
  VERBATIM)
add_custom_target(small_gates_netlist DEPENDS ${synthesis}/stamp)

# The cell models' own defaults for open inputs are off: Verilator would have to know default values of ports.
sluice_verilate(small_gates_model TOP sluice_small NETLIST ${netlist} ${cells}
  OPTIONS -DNO_ICE40_DEFAULT_ASSIGNMENTS -DICE40_HX)
add_dependencies(small_gates_model small_gates_netlist)
sluice_test(small_gates_test LABEL slow SOURCES ${small_tests} DEPS small_setup sluice_trace small_gates_model)
set_target_properties(small_gates_test PROPERTIES EXCLUDE_FROM_ALL ON)

add_test(NAME small_gates_build
  COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --parallel 2 --target small_gates_test)
set_tests_properties(small_gates_build PROPERTIES LABELS slow TIMEOUT 900 FIXTURES_SETUP small_gates)
# Everything, but only this much of the trace and of random frames.
set_tests_properties(small_gates_test PROPERTIES FIXTURES_REQUIRED small_gates ENVIRONMENT SLUICE_PACKETS=20000)
