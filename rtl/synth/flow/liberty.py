# SPDX-License-Identifier: Apache-2.0
"""Timing models of what the standard-cell library does not hold: RAM macros and the clock gate.

The figures are assumptions, the same for every macro, stated in the target description and in docs/synthesis.md;
whoever has a memory compiler replaces the generated file by its own.
"""

import re


def cell_areas(text):
    """Area of every cell of a Liberty file."""
    areas = {}
    for name, body in re.findall(r"^\s*cell\s*\(\s*\"?(\w+)\"?\s*\)\s*\{(.*?)(?=^\s*cell\s*\(|\Z)", text,
                                 re.MULTILINE | re.DOTALL):
        found = re.search(r"^\s*area\s*:\s*([\d.]+)", body, re.MULTILINE)
        if found:
            areas[name] = float(found.group(1))
    return areas


def constraint(kind, value, clock="CLK"):
    return (f'timing() {{ related_pin : "{clock}"; timing_type : {kind};\n'
            f'        rise_constraint(scalar) {{ values("{value}"); }} fall_constraint(scalar) {{ values("{value}"); }} }}')


def launch(delay, clock="CLK"):
    return (f'timing() {{ related_pin : "{clock}"; timing_type : rising_edge; timing_sense : non_unate;\n'
            f'        cell_rise(scalar) {{ values("{delay}"); }} cell_fall(scalar) {{ values("{delay}"); }}\n'
            '        rise_transition(scalar) { values("0.1"); } fall_transition(scalar) { values("0.1"); } }')


def through(delay, inputs):
    return (f'timing() {{ related_bus_pins : "{inputs}"; timing_type : combinational; timing_sense : non_unate;\n'
            f'        cell_rise(scalar) {{ values("{delay}"); }} cell_fall(scalar) {{ values("{delay}"); }}\n'
            '        rise_transition(scalar) { values("0.1"); } fall_transition(scalar) { values("0.1"); } }')


def pin(name, direction, width, timing, capacitance):
    kind = "bus" if width > 1 else "pin"
    bus = f"bus_type : bus{width}; " if width > 1 else ""
    load = f"capacitance : {capacitance}; " if direction == "input" else ""
    return f"    {kind}({name}) {{ {bus}direction : {direction}; {load}{timing} }}"


def macro_library(macros, model):
    """The Liberty text; `model` holds clk_to_q, setup, hold, pin_capacitance and, for the gate, gate_setup (ns, pF)."""
    widths = sorted({width for macro in macros for _, _, width in macro.pins() if width > 1})
    load = model["pin_capacitance"]
    lines = ["library(sluice_macros) {", "  delay_model : table_lookup; time_unit : \"1ns\"; voltage_unit : \"1V\";",
             "  current_unit : \"1mA\"; pulling_resistance_unit : \"1kohm\"; leakage_power_unit : \"1nW\";",
             "  capacitive_load_unit(1, pf);"]
    lines += [f"  {kind}_threshold_pct_{edge} : 50;" for kind in ("input", "output") for edge in ("rise", "fall")]
    lines += [f"  slew_{level}_threshold_pct_{edge} : {value};" for level, value in (("lower", 20), ("upper", 80))
              for edge in ("rise", "fall")]
    lines += [f"  type(bus{w}) {{ base_type : array; data_type : bit; bit_width : {w}; bit_from : {w - 1}; bit_to : 0; }}"
              for w in widths]
    for macro in sorted(macros, key=lambda m: m.name):
        lines.append(f"  cell({macro.name}) {{ area : 0; is_macro_cell : true;")
        for name, direction, width in macro.pins():
            if name == "CLK":
                lines.append(f"    pin(CLK) {{ direction : input; clock : true; capacitance : {load}; }}")
            elif direction == "output" and int(name[2:]) in macro.flow_through:
                lines.append(pin(name, direction, width, through(model["clk_to_q"], f"RA{name[2:]}"), load))
            elif name[:2] == "RA" and int(name[2:]) in macro.flow_through:
                lines.append(pin(name, direction, width, "", load))
            elif direction == "output":
                lines.append(pin(name, direction, width, launch(model["clk_to_q"]), load))
            else:
                checks = constraint("setup_rising", model["setup"]) + " " + constraint("hold_rising", model["hold"])
                lines.append(pin(name, direction, width, checks, load))
        lines.append("  }")
    gate = constraint("setup_rising", model["gate_setup"], "CK") + " " + constraint("hold_rising", model["hold"], "CK")
    lines += ["  cell(CLKGATE) { area : 0; clock_gating_integrated_cell : \"latch_posedge\";",
              f"    pin(CK) {{ direction : input; clock : true; clock_gate_clock_pin : true; capacitance : {load}; }}",
              f"    pin(E) {{ direction : input; clock_gate_enable_pin : true; capacitance : {load}; {gate} }}",
              "    pin(GCLK) { direction : output; clock_gate_out_pin : true; function : \"CK\";",
              '      timing() { related_pin : "CK"; timing_sense : positive_unate;',
              '        cell_rise(scalar) { values("0.0"); } cell_fall(scalar) { values("0.0"); }',
              '        rise_transition(scalar) { values("0.1"); } fall_transition(scalar) { values("0.1"); } } }',
              "  }", "}"]
    return "\n".join(lines) + "\n"
