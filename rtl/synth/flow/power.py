# SPDX-License-Identifier: Apache-2.0
"""A proxy of the power that the stages draw: registers that change as they do on the shipped trace, cells of the library.

The RTL engine replays the trace and writes a waveform; how often each register and each input of a stage changes per
packet is what OpenSTA is told that it changes per clock, which is right when there is a packet in every clock. OpenSTA
carries that on through the gates and adds up what the library says of each cell. Without wires, without RAM macros, all
clock gates open.
"""

import dataclasses
import hashlib
import pathlib
import re

from .run import load_json, run_tool
from .sources import FlowError

PACKETS = 2000
TRACE = "testbenches/traces/shipped.pcap.gz"
CONFIGURATION = "testbenches/traces/shipped.conf"

SCRIPT = """foreach library {{ {libraries} }} {{ read_liberty $library }}
read_verilog {netlist}
link_design {top}
create_clock -name clk -period {period} [get_ports clk_i]
set_power_activity -global -activity {mean:.6f} -duty 0.5
{activities}
report_power -digits 9
exit
"""

NAME = re.compile(r"(.*?)(?:\[(\d+)\])?$")


def read_toggles(text):
    """{signal: changes of each bit, bit 0 first} from what sluice_toggles prints."""
    found = {}
    for line in text.splitlines():
        name, width, *changes = line.split()
        found[name] = [int(n) for n in changes] or [0] * int(width)
    return found


def changes_of(toggles, prefix, name):
    """Changes of one bit by its name in the netlist; None if the waveform has it not."""
    signal, bit = NAME.match(name).groups()
    bits = toggles.get(f"{prefix}.{signal}")
    return bits[int(bit or 0)] if bits and int(bit or 0) < len(bits) else None


def per_clock(changes):
    """What changes in every cycle between packets, too, changes once per clock."""
    return min(changes / PACKETS, 1.0)


def input_pins(netlist):
    """The bits of the inputs of a structural netlist."""
    for high, port in re.findall(r"^  input (?:\[(\d+):0\] )?(\w+);", netlist, re.MULTILINE):
        yield from [f"{port}[{bit}]" for bit in range(int(high) + 1)] if high else [port]


def parse_power(text):
    """Watts by group of a report of OpenSTA: (registers, gates)."""
    rows = dict(re.findall(r"^(\w+)(?: +[\d.e+-]+){3} +([\d.e+-]+) ", text, re.MULTILINE))
    if "Sequential" not in rows or "Combinational" not in rows:
        raise FlowError(f"OpenSTA reported no power: {text.strip()[-400:]}")
    return float(rows["Sequential"]), float(rows["Combinational"])


@dataclasses.dataclass(frozen=True)
class Block:
    """A netlist and where it stands in the waveform."""
    name: str
    place: str
    directory: pathlib.Path


def record(root, workspace, digest):
    """The changes that replaying the trace makes, by the program that can write waveforms."""
    inputs = [digest, PACKETS, hashlib.sha256((root / TRACE).read_bytes()).hexdigest(), (root / CONFIGURATION).read_text("utf-8")]

    def work(directory):
        run_tool(directory, "replay", [root / "sluice", "waves", "replay", root / TRACE, "--config", root / CONFIGURATION,
                                       "--engine", "rtl", "--limit", PACKETS, "--waves", directory / "trace.fst",
                                       "--waves-from", "0"])
        run_tool(directory, "build", ["cmake", "--build", root / "build" / "waves", "--target", "sluice_toggles"])
        run_tool(directory, "toggles", [root / "build" / "waves" / "sim" / "waves" / "sluice_toggles", directory / "trace.fst"])
        (directory / "trace.fst").unlink()

    workspace.progress.expect(1)
    return read_toggles((workspace.step("power replay", inputs, work) / "toggles.log").read_text(encoding="utf-8"))


class Power:
    """Works on what an AsicTarget has mapped."""

    def __init__(self, target, modules):
        """`modules`: only these; all by default."""
        self.target = target
        top = target.d["top"]
        self.wanted = {below for name in modules or [top] for below in target.subtree(name)}
        # Where a block stands is known from those around it.
        around = [name for name in target.subtree(top) if self.wanted.intersection(target.subtree(name))]
        target.workspace.progress.expect(3 * len(around))
        self.stages = dict(zip(around, target.workspace.parallel(target.stage, around)))

    def blocks(self, name, place):
        """The netlist of `name` and those of its parts, as far as they are mapped."""
        yield Block(name, place, self.stages[name]["directory"])
        for instance, part in self.stages[name]["facts"]["instances"]:
            if part in self.stages:
                yield from self.blocks(part, f"{place}.{instance}")

    def run(self, toggles):
        top = self.target.d["top"]
        blocks = [block for block in self.blocks(top, f"TOP.{top}") if block.name in self.wanted]
        self.target.workspace.progress.expect(len(blocks))
        rows = self.target.workspace.parallel(lambda block: self.measure(block, toggles), blocks)
        if not any(row["seen"] for row in rows):
            raise FlowError("no register of the netlists is in the waveform")
        return rows

    def measure(self, block, toggles):
        names = load_json(block.directory / "names.json")
        netlist = (block.directory / "mapped.v").read_text(encoding="utf-8")
        cells = re.findall(rf"^  {self.target.d['register']} (\w+) \(", netlist, re.MULTILINE)
        registers = {cell: changes_of(toggles, block.place, names[cell]) for cell in cells}
        inputs = {pin: changes_of(toggles, block.place, pin) for pin in input_pins(netlist) if pin != "clk_i"}
        known = [n for n in registers.values() if n is not None]
        mean = sum(per_clock(n) for n in known) / len(known) if known else 0.0
        lines = [f"set_power_activity -pins [get_pins {{{cell}/Q}}] -activity {per_clock(n):.6f} -duty 0.5"
                 for cell, n in registers.items() if n is not None]
        lines += [f"set_power_activity -input_ports [get_ports {{{pin}}}] -activity {per_clock(n):.6f} -duty 0.5"
                  for pin, n in inputs.items() if n is not None]
        script = SCRIPT.format(libraries=f"{self.target.d['liberty']} {block.directory}/macros.lib", mean=mean, top=block.name,
                               netlist=f"{block.directory}/mapped.v", period=f"{self.target.period:.4f}",
                               activities="\n".join(lines))

        def work(directory):
            (directory / "power.tcl").write_text(script, encoding="utf-8")
            run_tool(directory, "power", ["sta", "-no_splash", "-exit", "power.tcl"])

        done = self.target.workspace.step(f"power {block.place}", [script, self.target.tools], work)
        sequential, combinational = parse_power((done / "power.log").read_text(encoding="utf-8"))
        return {"name": block.place.partition(".")[2], "ff": len(cells), "seen": len(known),
                "toggles": round(sum(per_clock(n) for n in known), 1), "register_mw": round(1000 * sequential, 2),
                "gate_mw": round(1000 * combinational, 2), "mw": round(1000 * (sequential + combinational), 2),
                "pj": round(1e6 * (sequential + combinational) / self.target.d["clock_mhz"], 1)}
