# SPDX-License-Identifier: Apache-2.0
"""Changes of a Yosys JSON netlist that a standard-cell flow needs and Yosys 0.23 has no pass for.

Before mapping: memories with clocked reads become RAM macros, and registers with an enable become registers behind a
clock gate, as they would be in a chip. Afterwards: the tables of what is in a netlist.
"""

import dataclasses
import re

# A memory of fewer bits is cheaper in registers than the smallest macro; registers that are read in the same cycle, too,
# up to the second number. Beyond it such a memory is a macro, of the kind whose reads need no clock.
SMALLEST_MACRO_BITS = 256
SMALLEST_FLOW_THROUGH_BITS = 4096
# A clock gate pays from this many registers on.
SMALLEST_GATED_GROUP = 4


@dataclasses.dataclass(frozen=True)
class Macro:
    """A RAM block: words x bits, read and write ports; every write port has `enables` separate write enables; the read
    ports in `flow_through` answer in the same cycle."""
    words: int
    bits: int
    reads: int
    writes: int
    enables: tuple
    flow_through: tuple = ()

    @property
    def name(self):
        split = "" if all(n == 1 for n in self.enables) else "_E" + "_".join(str(n) for n in self.enables)
        split += "_F" + "_".join(str(n) for n in self.flow_through) if self.flow_through else ""
        return f"RAM_{self.words}X{self.bits}_{self.reads}R{self.writes}W{split}"

    @property
    def address_bits(self):
        return max(1, (self.words - 1).bit_length())

    def pins(self):
        """(name, direction, width) of all pins."""
        yield "CLK", "input", 1
        for port in range(self.writes):
            yield f"WE{port}", "input", self.enables[port]
            yield f"WA{port}", "input", self.address_bits
            yield f"WD{port}", "input", self.bits
        for port in range(self.reads):
            if port not in self.flow_through:
                yield f"RE{port}", "input", 1
            yield f"RA{port}", "input", self.address_bits
            yield f"RD{port}", "output", self.bits


def number(value):
    """A parameter of a JSON netlist: a string of binary digits, or a number."""
    if isinstance(value, int):
        return value
    digits = value.strip().replace("x", "0").replace("z", "0")
    return int(digits, 2) if digits else 0


def text_name(parameters, key, default):
    return parameters.get(key, default).lstrip("\\")


def distinct(bits):
    """Each once: bits that are written together share a write enable, wherever they stand in the word."""
    return list(dict.fromkeys(bits))


def top_module(design):
    for name, module in design["modules"].items():
        if number(module.get("attributes", {}).get("top", "0")):
            return name, module
    raise ValueError("the netlist has no top module")


def port_widths(module):
    return {name: len(port["bits"]) for name, port in module["ports"].items()}


def memory_to_macro(cell):
    """The macro that holds a $mem_v2 cell and its connections, or None where it has to stay registers."""
    p, c = cell["parameters"], cell["connections"]
    words, bits, abits = number(p["SIZE"]), number(p["WIDTH"]), number(p["ABITS"])
    reads, writes = number(p["RD_PORTS"]), number(p["WR_PORTS"])
    clocked = number(p["RD_CLK_ENABLE"])
    flow_through = tuple(port for port in range(reads) if not clocked >> port & 1)
    if words * bits < (SMALLEST_FLOW_THROUGH_BITS if flow_through else SMALLEST_MACRO_BITS) or reads == 0 or writes == 0:
        return None
    if set(c["RD_SRST"] + c["RD_ARST"]) - {"0", "x"}:
        return None
    write_enables = [c["WR_EN"][port * bits:(port + 1) * bits] for port in range(writes)]
    macro = Macro(words, bits, reads, writes, tuple(len(distinct(enable)) for enable in write_enables),
                  flow_through)
    pins = {"CLK": [c["WR_CLK"][0]]}
    a = macro.address_bits
    for port in range(writes):
        pins[f"WE{port}"] = distinct(write_enables[port])
        pins[f"WA{port}"] = c["WR_ADDR"][port * abits:port * abits + a]
        pins[f"WD{port}"] = c["WR_DATA"][port * bits:(port + 1) * bits]
    for port in range(reads):
        if port not in flow_through:
            pins[f"RE{port}"] = [c["RD_EN"][port]]
        pins[f"RA{port}"] = c["RD_ADDR"][port * abits:port * abits + a]
        pins[f"RD{port}"] = c["RD_DATA"][port * bits:(port + 1) * bits]
    return macro, pins


def blackbox(pins):
    """A module without content."""
    ports, next_bit = {}, 2
    for name, direction, width in pins:
        ports[name] = {"direction": direction, "bits": list(range(next_bit, next_bit + width))}
        next_bit += width
    return {"attributes": {"blackbox": 1}, "ports": ports, "cells": {}, "netnames": {}}


GATE_PINS = (("CK", "input", 1), ("E", "input", 1), ("GCLK", "output", 1))


def place_macros(design):
    """Replaces memories of the top module in place. Returns [(instance, Macro)] and [(instance, words, bits)] of
    those that stay registers."""
    _, module = top_module(design)
    placed, kept, named = [], [], {}
    for name, cell in module["cells"].items():
        if cell["type"] != "$mem_v2":
            continue
        instance = text_name(cell["parameters"], "MEMID", name)
        found = memory_to_macro(cell)
        if found is None:
            kept.append((instance, number(cell["parameters"]["SIZE"]), number(cell["parameters"]["WIDTH"])))
            continue
        macro, pins = found
        directions = {pin: direction for pin, direction, _ in macro.pins()}
        cell.update(type=macro.name, parameters={}, connections=pins, port_directions=directions,
                    attributes={"keep": 1})
        placed.append((instance, macro))
        named[name] = placed[-1]
    for name, (instance, _) in named.items():
        module["cells"][instance] = module["cells"].pop(name)
    for macro in {macro for _, macro in placed}:
        design["modules"][macro.name] = blackbox(macro.pins())
    return placed, kept


def gate_clocks(design):
    """Replaces the registers with a common enable by plain ones behind one clock gate. Returns (gates, bits gated)."""
    _, module = top_module(design)
    groups = {}
    for name, cell in module["cells"].items():
        if cell["type"] == "$dffe" and number(cell["parameters"]["CLK_POLARITY"]) == 1:
            enable = (cell["connections"]["CLK"][0], cell["connections"]["EN"][0], number(cell["parameters"]["EN_POLARITY"]))
            groups.setdefault(enable, []).append(name)
    next_bit = 1 + max((bit for net in module["netnames"].values() for bit in net["bits"] if isinstance(bit, int)),
                       default=1)
    next_bit = max([next_bit] + [bit + 1 for cell in module["cells"].values() for bits in cell["connections"].values()
                                 for bit in bits if isinstance(bit, int)])
    gates = gated = 0
    for (clock, enable, polarity), names in groups.items():
        width = sum(len(module["cells"][name]["connections"]["Q"]) for name in names)
        if width < SMALLEST_GATED_GROUP:
            continue
        if polarity == 0:
            module["cells"][f"$gate_not${gates}"] = {
                "hide_name": 1, "type": "$_NOT_", "parameters": {}, "attributes": {},
                "port_directions": {"A": "input", "Y": "output"}, "connections": {"A": [enable], "Y": [next_bit]}}
            enable, next_bit = next_bit, next_bit + 1
        module["cells"][f"clock_gate_{gates}"] = {
            "hide_name": 0, "type": "CLKGATE", "parameters": {}, "attributes": {"keep": 1},
            "port_directions": {pin: direction for pin, direction, _ in GATE_PINS},
            "connections": {"CK": [clock], "E": [enable], "GCLK": [next_bit]}}
        for name in names:
            cell = module["cells"][name]
            cell["type"] = "$dff"
            cell["parameters"] = {key: cell["parameters"][key] for key in ("CLK_POLARITY", "WIDTH")}
            cell["connections"] = {**{pin: cell["connections"][pin] for pin in ("D", "Q")}, "CLK": [next_bit]}
            cell["port_directions"] = {"D": "input", "Q": "output", "CLK": "input"}
        next_bit += 1
        gates += 1
        gated += width
    if gates:
        design["modules"]["CLKGATE"] = blackbox(GATE_PINS)
    return gates, gated


def cell_types(design):
    """How many cells of each type the top module holds."""
    counts = {}
    for cell in top_module(design)[1]["cells"].values():
        counts[cell["type"]] = counts.get(cell["type"], 0) + 1
    return counts


class Names:
    """Names of nets and cells: ours in the netlist that tools read, RTL's in what people read."""

    def __init__(self, module, registers=()):
        self.net, self.rtl = {"0": "1'b0", "1": "1'b1", "x": "1'b0", "z": "1'b0"}, {}
        self.aliases = []
        ports = module["ports"]
        for direction in ("input", "output", "inout"):
            for port, spec in ports.items():
                if spec["direction"] != direction:
                    continue
                for index, bit in enumerate(spec["bits"]):
                    name = f"{port}[{index}]" if len(spec["bits"]) > 1 else port
                    if bit in self.net:
                        self.aliases.append((name, self.net[bit]))
                    else:
                        self.net[bit] = name
        self.wires = []
        for cell in module["cells"].values():
            for bits in cell["connections"].values():
                for bit in bits:
                    if bit not in self.net:
                        self.net[bit] = f"n{bit}"
                        self.wires.append(f"n{bit}")
        public = {}
        for name, spec in module["netnames"].items():
            if spec.get("hide_name") and name.startswith("$"):
                continue
            for index, bit in enumerate(spec["bits"]):
                label = f"{name}[{index}]" if len(spec["bits"]) > 1 else name
                # The register's own name is the one that ends in _q, or else the shortest.
                rank = (not name.endswith("_q"), len(name), label)
                if bit not in public or rank < public[bit][0]:
                    public[bit] = (rank, label)
        self.instance = {}
        for index, (name, cell) in enumerate(module["cells"].items()):
            short = f"c{index}"
            if cell["type"] in registers:
                q = cell["connections"]["Q"][0]
                self.rtl[short] = public[q][1] if q in public else name
            elif not name.startswith("$"):
                short = re.sub(r"\W", "_", name)
                self.rtl[short] = name
            self.instance[name] = short


def structural_verilog(design, registers=()):
    """The top module of a mapped design as Verilog of instances only, and {instance: name in RTL}."""
    top, module = top_module(design)
    names = Names(module, registers)
    lines = [f"module {top} ({', '.join(module['ports'])});"]
    for port, spec in module["ports"].items():
        width = len(spec["bits"])
        lines.append(f"  {spec['direction']} {f'[{width - 1}:0] ' if width > 1 else ''}{port};")
    lines += [f"  wire {wire};" for wire in names.wires]
    lines += [f"  assign {port} = {source};" for port, source in names.aliases]
    for name, cell in module["cells"].items():
        pins = []
        for pin, bits in cell["connections"].items():
            nets = [names.net[bit] for bit in bits]
            pins.append(f".{pin}({nets[0] if len(nets) == 1 else '{' + ', '.join(reversed(nets)) + '}'})")
        lines.append(f"  {cell['type']} {names.instance[name]} ({', '.join(pins)});")
    return "\n".join(lines + ["endmodule", ""]), names.rtl
