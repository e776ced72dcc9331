# SPDX-License-Identifier: Apache-2.0
"""Standard cells: Yosys and ABC per stage, OpenSTA per stage and over the whole.

A stage is flattened and mapped by itself, or joined of parts that are; the top is joined of all stages. RAM macros and
clock gates have generated timing models. No wires: what a layout adds is not in the figures.
"""

import json
import pathlib
import re

from . import liberty, netlist
from .run import load_json, run_tool, run_yosys, tool_versions
from .sources import FlowError, hierarchy_script

COARSE = """{read}
{hierarchy}
{keep}proc
flatten
opt -nosdff
wreduce
peepopt
opt_clean
alumacc
opt -nosdff
memory -nomap -nowiden
opt -nosdff
opt_clean
write_json coarse.json
"""

MAP = """read_json macros.json
memory_map
opt_clean
techmap
opt_expr
opt_merge
dfflegalize -cell $_DFF_P_ x
opt_clean
dfflibmap -liberty {liberty}
abc -liberty {liberty} -constr abc.constr -D {period_ps} -script abc.script
opt_clean -purge
write_json mapped.json
"""

ABC = """strash
&get -n; &fraig -x; &put
scorr
strash
if -g -K 6
strash
dch -f
map -B 0.9 -D {period_ps}
topo
buffer -c -N 24 -p
upsize -D {period_ps}
dnsize -D {period_ps}
stime -p
"""

STA = """foreach library {{ {libraries} }} {{ read_liberty $library }}
{reads}
link_design {top}
create_clock -name clk -period {period} [get_ports clk_i]
set inputs [list]
foreach port [all_inputs] {{ if {{[get_property $port full_name] != "clk_i"}} {{ lappend inputs $port }} }}
set_input_delay {input_delay} -clock clk $inputs
set_output_delay {output_delay} -clock clk [all_outputs]
set_load {output_load} [all_outputs]
report_checks -path_delay max -format full -group_count {paths} -digits 3
puts "WORST SLACK"
report_worst_slack
exit
"""


def plain_name(type_name):
    """The module that a derived cell type comes from."""
    found = re.match(r"\$paramod(?:\$[0-9a-f]+)?\\(\w+)", type_name)
    return found.group(1) if found else type_name


def parse_paths(text):
    """The paths of an OpenSTA report: start, end, slack, and the cells between."""
    paths = []
    for block in text.split("Startpoint: ")[1:]:
        start = block.split(None, 1)[0]
        end = re.search(r"Endpoint: (\S+)", block)
        slack = re.search(r"^\s*(-?[\d.]+)\s+slack", block, re.MULTILINE)
        if not end or not slack:
            raise FlowError(f"a path of the timing report cannot be read: {block[:200]}")
        arrival = block.split("data arrival time")[0]
        cells = re.findall(r"^\s*-?[\d.]+\s+(-?[\d.]+)\s+[\^v]\s+(\S+)/(\S+) \((\w+)\)", arrival, re.MULTILINE)
        names = [cell for _, cell, _, _ in cells]
        logic = [cell for i, cell in enumerate(cells)
                 if cell[1] not in (start, end.group(1)) and cell[1] not in names[:i]]
        paths.append({"from": start, "to": end.group(1), "slack_ns": float(slack.group(1)),
                      "depth": len(logic), "cells": [kind for _, _, _, kind in logic]})
    return paths


def named(paths, names):
    """The same paths between registers by their names in the RTL."""
    return [{**path, "from": names.get(path["from"], path["from"]), "to": names.get(path["to"], path["to"])}
            for path in paths]


class AsicTarget:
    """One run over the stages of a target description."""

    TOOLS = ("yosys", "sta")

    def __init__(self, description, sources, workspace):
        self.d = description
        self.sources = sources
        self.workspace = workspace
        self.period = 1000.0 / description["clock_mhz"]
        self.tools = tool_versions(self.TOOLS)
        if not pathlib.Path(description["liberty"]).exists():
            raise FlowError(f"no cell library at {description['liberty']}; ./sluice setup installs it")

    def parts(self, name):
        """The modules that `name` is joined of; none where it is mapped as one."""
        return self.d["stages"] if name == self.d["top"] else (self.d.get("parts") or {}).get(name, [])

    def subtree(self, name):
        return [below for part in self.parts(name) for below in self.subtree(part)] + [name]

    def names(self, only):
        unknown = set(only or ()) - set(self.sources.modules)
        if unknown:
            raise FlowError(f"no module {', '.join(sorted(unknown))}; stages are {', '.join(self.d['stages'])}")
        return list(dict.fromkeys(name for root in only or [self.d["top"]] for name in self.subtree(root)))

    def run(self, only=None):
        names = self.names(only)
        self.workspace.progress.expect(3 * len(names))
        stages = dict(zip(names, self.workspace.parallel(self.stage, names)))
        for name in names:
            if self.parts(name):
                stages[name]["paths"] = self.joined(name, stages)
        return self.result(stages, only or [self.d["top"]])

    # ---- one stage

    def stage(self, name):
        coarse = self.coarse(name)
        mapped = self.map(name, coarse)
        return {"directory": mapped, "facts": load_json(mapped / "facts.json"),
                "paths": None if self.parts(name) else self.timing(name, mapped)}

    def coarse(self, name):
        keep = "".join(f"blackbox {part} *\\\\{part} *\\\\{part}\\\\*\n" for part in self.parts(name))
        script = COARSE.format(read=self.sources.read_script(name), hierarchy=hierarchy_script(name), keep=keep)
        digest = self.sources.digest(name)
        return self.workspace.step(f"asic {name} elaborate", [script, digest, self.tools],
                                   lambda directory: run_yosys(directory, "coarse", script))

    def map(self, name, coarse):
        period_ps = round(1000 * self.period)
        script = MAP.format(liberty=self.d["liberty"], period_ps=period_ps)
        abc = ABC.format(period_ps=period_ps)

        def work(directory):
            design = load_json(coarse / "coarse.json")
            instances = self.parts_to_blackboxes(name, design)
            memories, registers = netlist.place_macros(design)
            gates, gated = netlist.gate_clocks(design)
            (directory / "macros.json").write_text(json.dumps(design), encoding="utf-8")
            (directory / "abc.constr").write_text(
                f"set_driving_cell {self.d['driver']}\nset_load {1000 * self.d['output_load']}\n", encoding="utf-8")
            (directory / "abc.script").write_text(abc, encoding="utf-8")
            run_yosys(directory, "map", script)
            mapped = load_json(directory / "mapped.json")
            counts = netlist.cell_types(mapped)
            text, names = netlist.structural_verilog(mapped, (self.d["register"],))
            (directory / "mapped.v").write_text(text, encoding="utf-8")
            (directory / "names.json").write_text(json.dumps(names), encoding="utf-8")
            library = pathlib.Path(self.d["liberty"]).read_text(encoding="utf-8")
            areas = liberty.cell_areas(library)
            # A clock gate is a latch and an AND gate.
            areas["CLKGATE"] = areas["LATCH"] + areas["AND2X1"]
            macros = [macro for _, macro in memories]
            (directory / "macros.lib").write_text(liberty.macro_library(set(macros), self.d["macros"]),
                                                  encoding="utf-8")
            known = {t: n for t, n in counts.items() if t in areas}
            strange = set(counts) - set(areas) - {m.name for m in macros} - set(self.parts(name))
            if strange:
                raise FlowError(f"{name}: cells left without a mapping: {', '.join(sorted(strange))}")
            facts = {"cells": sum(known.values()), "area_um2": sum(areas[t] * n for t, n in known.items()),
                     "ff": counts.get(self.d["register"], 0), "clock_gates": gates, "gated_bits": gated,
                     "by_type": known,
                     "ports": netlist.port_widths(netlist.top_module(mapped)[1]), "instances": instances,
                     "ports_of_parts": {part: netlist.port_widths(design["modules"][part]) for _, part in instances},
                     "memories": [{"name": instance, "macro": m.name, "words": m.words, "bits": m.bits,
                                   "reads": m.reads, "flow_through": len(m.flow_through), "writes": m.writes, "total_bits": m.words * m.bits}
                                  for instance, m in sorted(memories, key=lambda p: p[0])],
                     "register_files": [{"name": n, "words": w, "bits": b} for n, w, b in sorted(registers)]}
            (directory / "facts.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
            (directory / "macros.json").unlink()
            (directory / "mapped.json").unlink()

        given = {key: self.d[key] for key in ("liberty", "driver", "output_load", "register", "macros")}
        inputs = [script, abc, coarse.name, given, self.parts(name), pathlib.Path(netlist.__file__).read_text(encoding="utf-8"),
                  pathlib.Path(liberty.__file__).read_text(encoding="utf-8")]
        return self.workspace.step(f"asic {name} map", inputs, work)

    def parts_to_blackboxes(self, name, design):
        """Leaves of the parts of `name` only their ports, under their plain names; what stands where: [(instance, part)]."""
        modules, instances = design["modules"], []
        _, top = netlist.top_module(design)
        for instance, cell in top["cells"].items():
            part = plain_name(cell["type"])
            if part not in self.parts(name):
                continue
            ports = modules[cell["type"]]["ports"]
            if part in modules and netlist.port_widths(modules[part]) != netlist.port_widths(modules[cell["type"]]):
                raise FlowError(f"{name}: instances of {part} have different ports")
            modules[part] = {"attributes": {"blackbox": 1}, "ports": ports, "cells": {}, "netnames": {}}
            cell.update(type=part, parameters={}, attributes={"keep": 1})
            instances.append((instance, part))
        if missing := set(self.parts(name)) - {part for _, part in instances}:
            raise FlowError(f"{name} has no instance of {', '.join(sorted(missing))}")
        for other in [n for n, m in modules.items() if m is not top and n not in self.parts(name)]:
            del modules[other]
        return instances

    def check_ports(self, name, stages):
        """A part has been mapped by itself, with its own parameters: it must fit where it stands."""
        for part, wanted in stages[name]["facts"]["ports_of_parts"].items():
            if stages[part]["facts"]["ports"] != wanted:
                raise FlowError(f"{part} in {name} has other ports than by itself, so it cannot be joined; "
                                "give it the parameters that it has there as its own values")

    # ---- timing

    def sta_script(self, top, directories):
        return STA.format(libraries=" ".join([self.d["liberty"]] + [f"{d}/macros.lib" for d in directories]),
                          reads="\n".join(f"read_verilog {d}/mapped.v" for d in directories), top=top,
                          period=f"{self.period:.4f}", input_delay=self.d["input_delay"],
                          output_delay=self.d["output_delay"], output_load=self.d["output_load"], paths=20)

    def timing_step(self, name, top, directories):
        script = self.sta_script(top, directories)

        def work(directory):
            (directory / "sta.tcl").write_text(script, encoding="utf-8")
            text = run_tool(directory, "sta", ["sta", "-no_splash", "-exit", "sta.tcl"])
            if "Error:" in text or "WORST SLACK" not in text:
                raise FlowError(f"OpenSTA failed; all of its output is in {directory}/sta.log")
            (directory / "paths.json").write_text(json.dumps(parse_paths(text), indent=1), encoding="utf-8")

        done = self.workspace.step(f"asic {name} timing", [script, self.tools, parse_paths.__code__.co_code.hex()], work)
        paths = load_json(done / "paths.json")
        if not paths:
            raise FlowError(f"{name}: OpenSTA found no path; see {done}/sta.log")
        return paths

    def timing(self, name, mapped):
        return named(self.timing_step(name, name, [mapped]), load_json(mapped / "names.json"))

    def joined(self, name, stages):
        """Timing over `name` and all of its parts."""
        below = self.subtree(name)
        for parent in below:
            self.check_ports(parent, stages)
        paths = self.timing_step(name, name, [stages[part]["directory"] for part in below])
        return named(paths, dict(self.rtl_names(name, stages)))

    def rtl_names(self, name, stages, short="", long=""):
        """Names of cells in the joined netlist, and in the RTL."""
        for cell, text in load_json(stages[name]["directory"] / "names.json").items():
            yield short + cell, long + text
        for instance, part in stages[name]["facts"]["instances"]:
            where = re.sub(r"\W", "_", instance)
            yield from self.rtl_names(part, stages, f"{short}{where}/", f"{long}{instance}/")

    # ---- result

    def fmax(self, paths):
        return round(1000.0 / (self.period - min(path["slack_ns"] for path in paths)), 1)

    def result(self, stages, roots):
        modules, memories, register_files = [], [], []
        for name, stage in stages.items():
            facts = stage["facts"]
            module = {"name": name, "cells": facts["cells"], "area_um2": facts["area_um2"], "ff": facts["ff"],
                      "ram_bits": sum(m["total_bits"] for m in facts["memories"])}
            worst = min(stage["paths"], key=lambda p: p["slack_ns"])
            module.update(fmax_mhz=self.fmax(stage["paths"]), depth=max(p["depth"] for p in stage["paths"]),
                          worst_path=worst)
            modules.append(module)
            memories += [{"module": name, **memory} for memory in facts["memories"]]
            register_files += [{"module": name, **memory} for memory in facts["register_files"]]
        paths = [path for root in roots for path in stages[root]["paths"]]
        fmax = self.fmax(paths)
        area = sum(m["area_um2"] for m in modules)
        return {
            "target": "asic", "device": self.d["device"], "top": self.d["top"], "tools": self.tools,
            "resources": {"ff": {"used": sum(m["ff"] for m in modules), "available": None},
                          "ram_bits": {"used": sum(m["ram_bits"] for m in modules), "available": None}},
            "area": {"cells": sum(m["cells"] for m in modules), "um2": area,
                     "gate_equivalents": round(area / self.d["gate_equivalent_um2"])},
            "constraint_mhz": self.d["clock_mhz"], "width_bits": self.d["width_bits"],
            "fmax_mhz": {"min": fmax, "median": fmax, "max": fmax}, "seeds": None,
            "modules": modules, "memories": memories, "register_files": register_files,
            "paths": sorted(paths, key=lambda p: p["slack_ns"])[:20], "met": fmax >= self.d["clock_mhz"],
        }
