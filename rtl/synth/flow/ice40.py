# SPDX-License-Identifier: Apache-2.0
"""iCE40: Yosys, nextpnr for several seeds, icetime, icepack; and the netlist as a model for gate-level simulation."""

import json
import pathlib
import re
import shutil

from .run import load_json, run_tool, run_yosys, tool_versions
from .sources import FlowError, hierarchy_script

# Nets are split for simulation: a carry chain in one vector is a loop to a simulator.
FLAT = """{read}
{hierarchy}
synth_ice40 -device hx -top {top} -json netlist.json
splitnets
write_verilog -noattr netlist.v
"""

BY_MODULE = """{read}
{hierarchy}
synth_ice40 -device hx -top {top} -noflatten
tee -q -o modules.json stat -json
"""


def count(cells):
    """LUTs, registers and RAM blocks in a {cell type: number}."""
    return {"lut": cells.get("SB_LUT4", 0),
            "ff": sum(n for t, n in cells.items() if t.startswith("SB_DFF")),
            "ram": sum(n for t, n in cells.items() if t.startswith("SB_RAM"))}


def plain(name):
    found = re.match(r"\$paramod(?:\$[0-9a-f]+)?\\(\w+)", name)
    return found.group(1) if found else name.lstrip("\\")


def modules_of(statistics, top=""):
    """Figures of each module with all of its instances, from `stat -json` of a run that kept the hierarchy."""
    modules = statistics["modules"]
    top = statistics.get("top", top).lstrip("\\")
    uses = {}

    def walk(name, times):
        uses[name] = uses.get(name, 0) + times
        for kind, number in modules[name]["num_cells_by_type"].items():
            below = next((n for n in (kind, "\\" + kind) if n in modules), None)
            if below:
                walk(below, times * number)

    instantiated = {kind.lstrip("\\") for m in modules.values() for kind in m["num_cells_by_type"]}
    tops = [n for n in modules if n.lstrip("\\") not in instantiated or n.lstrip("\\") == top]
    for name in tops:
        walk(name, 1)
    rows = {}
    for name, times in uses.items():
        row = rows.setdefault(plain(name), {"name": plain(name), "instances": 0, "lut": 0, "ff": 0, "ram": 0})
        row["instances"] += times
        for key, value in count(modules[name]["num_cells_by_type"]).items():
            row[key] += value * times
    return sorted(rows.values(), key=lambda row: -row["lut"])


def parse_report(report):
    """(Fmax of the slowest clock, [paths]) of a nextpnr report; asynchronous ones run from or to a pin."""
    if not report.get("fmax"):
        raise FlowError("nextpnr reports no clock: is there a register behind the clock pin?")
    fmax = min(clock["achieved"] for clock in report["fmax"].values())
    paths = []
    for path in report.get("critical_paths", []):
        legs = path["path"]
        paths.append({"from": path["from"], "to": path["to"], "ns": round(sum(leg["delay"] for leg in legs), 2),
                      "asynchronous": "async" in path["from"] or "async" in path["to"],
                      "start": cell_name(legs[0], "from"), "end": cell_name(legs[-1], "to"),
                      "depth": sum(1 for leg in legs if leg["type"] == "logic")})
    return fmax, paths


def cell_name(leg, side):
    end = leg.get(side) or leg.get("to") or {}
    return f"{end.get('cell', '?')}.{end.get('port', '?')}"


def parse_icetime(text):
    """MHz that icetime finds."""
    found = re.search(r"Total path delay: [\d.]+ ns \(([\d.]+) MHz\)", text)
    if not found:
        raise FlowError("icetime states no total path delay")
    return float(found.group(1))


class Ice40Target:
    """One run over the seeds of a target description."""

    TOOLS = ("yosys", "nextpnr-ice40", "icetime", "icepack")

    def __init__(self, description, sources, workspace, seeds):
        self.d = description
        self.sources = sources
        self.workspace = workspace
        self.seeds = seeds
        self.tools = tool_versions(self.TOOLS)
        if description["top"] not in sources.modules:
            raise FlowError(f"the top module {description['top']} of the target ice40 is not below rtl/\n"
                            "  name another with 'top' in rtl/synth/ice40/target.yaml")

    def run(self, _only=None):
        self.workspace.progress.expect(2 + len(self.seeds))
        synthesis = self.synthesis()
        modules = self.workspace.step("ice40 modules", [self.script(BY_MODULE), self.digest(), self.tools],
                                      lambda d: run_yosys(d, "modules", self.script(BY_MODULE)))
        placed = self.workspace.parallel(lambda seed: self.place(synthesis, seed), self.seeds)
        return self.result(synthesis, modules, placed)

    def digest(self):
        return self.sources.digest(self.d["top"])

    def script(self, template):
        return template.format(read=self.sources.read_script(self.d["top"]), top=self.d["top"],
                               hierarchy=hierarchy_script(self.d["top"], self.d.get("parameters") or {}))

    def synthesis(self):
        """The directory with netlist.json and netlist.v."""
        script = self.script(FLAT)
        return self.workspace.step("ice40 netlist", [script, self.digest(), self.tools],
                                   lambda directory: run_yosys(directory, "netlist", script))

    def gates(self, directory):
        """Writes the netlist of cells for simulation: same module name and ports as the RTL."""
        self.workspace.progress.expect(1)
        netlist = self.synthesis() / "netlist.v"
        directory.mkdir(parents=True, exist_ok=True)
        target = directory / f"{self.d['top']}.v"
        text = netlist.read_text(encoding="utf-8")
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
        return target

    def constraints(self):
        """Arguments that pin the design down; without a file of pins the placer chooses them."""
        if not self.d.get("pcf"):
            return ["--pcf-allow-unconstrained"], ""
        path = self.d["directory"] / self.d["pcf"]
        return ["--pcf", path], path.read_text(encoding="utf-8")

    def place(self, synthesis, seed):
        pins, text = self.constraints()
        command = ["nextpnr-ice40", f"--{self.d['device']}", "--package", self.d["package"], "--json",
                   synthesis / "netlist.json", "--freq", str(self.d["clock_mhz"]), "--seed", str(seed), *pins,
                   "--report", "report.json", "--asc", "design.asc", "--timing-allow-fail", "--quiet"]

        def work(directory):
            run_tool(directory, "nextpnr", command)
            run_tool(directory, "icetime", ["icetime", "-d", self.d["device"], "-P", self.d["package"], "-mt", "-r",
                                            "icetime.rpt", "design.asc"])
            run_tool(directory, "icepack", ["icepack", "design.asc", "design.bin"])
            fmax, paths = parse_report(load_json(directory / "report.json"))
            icetime = parse_icetime((directory / "icetime.rpt").read_text(encoding="utf-8"))
            facts = {"seed": seed, "fmax_mhz": round(fmax, 2), "icetime_mhz": icetime, "paths": paths}
            (directory / "facts.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")

        done = self.workspace.step(f"ice40 seed {seed}", [list(map(str, command)), synthesis.name, text, self.tools], work)
        return {"directory": done, **load_json(done / "facts.json")}

    def result(self, synthesis, modules, placed):
        order = sorted(placed, key=lambda p: p["fmax_mhz"])
        speeds = [p["fmax_mhz"] for p in order]
        median = speeds[len(speeds) // 2] if len(speeds) % 2 else round(sum(speeds[len(speeds) // 2 - 1:][:2]) / 2, 2)
        best = order[-1]
        used = load_json(best["directory"] / "report.json")["utilization"]
        flat = count(_cells(load_json(synthesis / "netlist.json"), self.d["top"]))
        cells = used["ICESTORM_LC"]
        met = median >= self.d["clock_mhz"]
        bitstream = self.workspace.directory / f"{self.d['top']}{'' if met else '-too-slow'}.bin"
        for stale in self.workspace.directory.glob(f"{self.d['top']}*.bin"):
            stale.unlink()
        shutil.copyfile(best["directory"] / "design.bin", bitstream)
        return {
            "target": "ice40", "device": f"{self.d['device']}-{self.d['package']}", "top": self.d["top"], "tools": self.tools,
            "resources": {"lut": {"used": flat["lut"], "available": cells["available"]},
                          "ff": {"used": flat["ff"], "available": cells["available"]},
                          "logic_cells": cells,
                          "ram": used["ICESTORM_RAM"], "io": used["SB_IO"]},
            "constraint_mhz": self.d["clock_mhz"], "width_bits": self.d["width_bits"],
            "clocks_per_packet": self.d.get("clocks_per_packet", 1),
            "fmax_mhz": {"min": speeds[0], "median": median, "max": speeds[-1]},
            "icetime_mhz": {"min": min(p["icetime_mhz"] for p in placed), "max": max(p["icetime_mhz"] for p in placed)},
            "seeds": [{key: p[key] for key in ("seed", "fmax_mhz", "icetime_mhz")} for p in placed],
            "modules": modules_of(_statistics(modules / "modules.json"), self.d["top"]),
            "asynchronous_paths": [p for p in best["paths"] if p["asynchronous"]],
            "paths": [p for p in best["paths"] if not p["asynchronous"]],
            "bitstream": str(bitstream), "met": met,
        }


def _cells(design, top):
    counts = {}
    for cell in design["modules"][top]["cells"].values():
        counts[cell["type"]] = counts.get(cell["type"], 0) + 1
    return counts


def _statistics(path):
    """The modules of `stat -json` as Yosys 0.23 writes it: with text among the objects when there is a hierarchy."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    found = re.search(r'"modules"\s*:\s*', text)
    if not found:
        raise FlowError(f"{path}: Yosys wrote no statistics of modules")
    return {"modules": json.JSONDecoder().raw_decode(text, found.end())[0]}
