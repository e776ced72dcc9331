#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The synthesis flows on small modules: figures are read right, limits that are met and missed are told apart.

The tools really run, on modules of a few lines. Exit status 77 (skip) if one of them is not installed.
"""

import contextlib
import io
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

import repository

sys.path.insert(0, str(repository.ROOT / "rtl" / "synth"))
import filelists  # pylint: disable=wrong-import-position
import synth  # pylint: disable=wrong-import-position
from flow import asic, ice40, netlist, power, report, sources, tables  # pylint: disable=wrong-import-position

MODULE = """module tiny (
    input logic clk_i, input logic en_i, input logic [3:0] row_i, input logic [15:0] a_i, output logic [15:0] sum_o
);
  logic [15:0] a_q;
  logic [31:0] rows[16];
  logic [31:0] row_q;
  always_ff @(posedge clk_i) if (en_i) a_q <= a_i;
  always_ff @(posedge clk_i) if (en_i) rows[row_i] <= {a_i, a_q};
  always_ff @(posedge clk_i) row_q <= rows[row_i];
  always_ff @(posedge clk_i) sum_o <= a_q + sum_o + row_q[31:16];
endmodule
"""

TOP = """module tiny_top (
    input logic clk_i, input logic en_i, input logic [3:0] row_i, input logic [15:0] a_i, output logic [15:0] sum_o
);
  logic [15:0] sum;
  tiny u_tiny (.clk_i, .en_i, .row_i, .a_i, .sum_o(sum));
  always_ff @(posedge clk_i) sum_o <= ~sum;
endmodule
"""

# Two combinational parts behind each other: the path through both is nobody's own.
ADD = """module tiny_add #(
    parameter int unsigned W = 16
) (
    input logic [W-1:0] a_i, input logic [W-1:0] b_i, output logic [W-1:0] sum_o
);
  assign sum_o = a_i + b_i;
endmodule
"""

PAIR = """module tiny_pair (
    input logic clk_i, input logic [WIDTH-1:0] a_i, input logic [WIDTH-1:0] b_i, output logic [WIDTH-1:0] sum_o
);
  logic [WIDTH-1:0] a_q, b_q, once, twice;
  always_ff @(posedge clk_i) a_q <= a_i;
  always_ff @(posedge clk_i) b_q <= b_i;
  tiny_add PARAMETERSu_once (.a_i(a_q), .b_i(b_q), .sum_o(once));
  tiny_add PARAMETERSu_twice (.a_i(once), .b_i({b_q[0], b_q[WIDTH-1:1]}), .sum_o(twice));
  always_ff @(posedge clk_i) sum_o <= twice;
endmodule
"""

# A memory that is read in the same cycle, large enough to be a macro.
TABLE = """module tiny_table (
    input logic clk_i, input logic we_i, input logic [7:0] row_i, input logic [15:0] a_i, output logic [15:0] row_o
);
  logic [7:0] row_q;
  logic [15:0] rows[256];
  always_ff @(posedge clk_i) row_q <= row_i;
  always_ff @(posedge clk_i) if (we_i) rows[row_i] <= a_i;
  always_ff @(posedge clk_i) row_o <= rows[row_q + 8'd3] ^ rows[~row_q];
endmodule
"""

STA_PATHS = """
Startpoint: c1 (rising edge-triggered flip-flop clocked by clk)
Endpoint: c9 (rising edge-triggered flip-flop clocked by clk)
Path Group: clk
Path Type: max

   Delay     Time   Description
---------------------------------------------------------
   0.000    0.000   clock clk (rise edge)
   0.000    0.000   clock network delay (ideal)
   0.000    0.000 ^ c1/CLK (DFFPOSX1)
   0.188    0.188 v c1/Q (DFFPOSX1)
   0.150    0.338 ^ c5/Y (NAND2X1)
   0.100    0.438 v c6/Y (INVX1)
   0.000    0.438 v c9/D (DFFPOSX1)
            0.438   data arrival time

           -1.250   slack (VIOLATED)
"""


class Figures(unittest.TestCase):
    """What is read out of the tools' reports."""

    def test_sta_paths(self):
        path, = asic.parse_paths(STA_PATHS)
        self.assertEqual((path["from"], path["to"], path["slack_ns"], path["depth"]), ("c1", "c9", -1.25, 2))
        with self.assertRaises(sources.FlowError):
            asic.parse_paths("Startpoint: a\nand then nothing")

    def test_nextpnr_report(self):
        leg = {"type": "logic", "delay": 1.5, "from": {"cell": "a", "port": "O"}, "to": {"cell": "b", "port": "D"}}
        fmax, paths = ice40.parse_report({
            "fmax": {"clk": {"achieved": 50.5, "constraint": 45}, "slow": {"achieved": 41.25, "constraint": 45}},
            "critical_paths": [{"from": "posedge clk", "to": "posedge clk", "path": [leg, leg]},
                               {"from": "<async>", "to": "posedge clk", "path": [leg]}]})
        self.assertEqual(fmax, 41.25)
        self.assertEqual([(p["asynchronous"], p["ns"], p["depth"]) for p in paths], [(False, 3.0, 2), (True, 1.5, 1)])
        with self.assertRaises(sources.FlowError):
            ice40.parse_report({"fmax": {}})
        self.assertEqual(ice40.parse_icetime("Total path delay: 20.00 ns (50.00 MHz)"), 50.0)

    def test_modules_count_with_their_instances(self):
        rows = ice40.modules_of({"top": "\\t", "modules": {
            "\\t": {"num_cells_by_type": {"SB_LUT4": 1, "$paramod\\m\\W=8": 2}},
            "$paramod\\m\\W=8": {"num_cells_by_type": {"SB_LUT4": 5, "SB_DFFE": 3, "SB_RAM40_4K": 1}}}})
        self.assertEqual(rows[0], {"name": "m", "instances": 2, "lut": 10, "ff": 6, "ram": 2})

    def test_statistics_with_text_between(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "modules.json"
            path.write_text('{"creator": "Yosys",\n "modules": {"t": {"num_cells_by_type": {"m": 2}}},\n'
                            '    t    1\n      m    2\n      "design": {}\n}\n', encoding="utf-8")
            # pylint: disable-next=protected-access
            self.assertEqual(ice40._statistics(path), {"modules": {"t": {"num_cells_by_type": {"m": 2}}}})

    def test_rates(self):
        # A 60-byte frame is one beat of 512 bits; twelve IMIX frames are 7*1 + 4*10 + 1*24 beats.
        self.assertEqual(report.rates(150, 512, report.MINIMUM), (150.0, 76.8))
        self.assertEqual(report.rates(71, 512, report.IMIX)[0], 12.0)
        self.assertEqual(report.rates(50, 64, report.MINIMUM, 25), (2.0, 1.02))
        self.assertEqual(report.rates(50, 64, report.MINIMUM, 4), report.rates(50, 64, report.MINIMUM))

    def test_macro_of_a_memory(self):
        macro = netlist.Macro(1000, 32, 1, 2, (1, 4))
        self.assertEqual((macro.name, macro.address_bits), ("RAM_1000X32_1R2W_E1_4", 10))
        self.assertIn(("WE1", "input", 4), list(macro.pins()))

    def test_reference_and_trend(self):
        text = "x\n<!-- reference: asic -->\n| figure | value |\n|---|--:|\n| parse.ff | 1,000 |\n| fmax_mhz | 80.5 |\n\nend"
        before = report.reference_figures(text, "asic")
        self.assertEqual(before, {"parse.ff": 1000, "fmax_mhz": 80.5})
        self.assertEqual(report.reference_figures(text, "ice40"), {})
        lines = report.trend({"parse.ff": 1100, "fmax_mhz": 80.5}, before, "there")
        self.assertEqual(lines, ["against there: 1 of 2 figures changed", "  parse.ff: 1,000 -> 1,100 (+10.0 %)"])


    def test_table_sizes(self):
        found = tables.sizes({"members": "sluice_pkg::MEMBER_ROWS", "rules": "small_pkg::ACL_RULES"},
                             sources.Sources(repository.ROOT))
        self.assertEqual(found, {"members": 4096, "rules": 8})
        with self.assertRaises(sources.FlowError):
            tables.sizes({"members": "sluice_pkg::NOTHING"}, sources.Sources(repository.ROOT))

    def test_report_fits_a_terminal(self):
        module = {"name": "dispatch_select", "cells": 111227, "area_um2": 1325857.0, "ff": 16800, "ram_bits": 12662784,
                  "fmax_mhz": 152.8, "depth": 32, "worst_path": {
                      "from": "u_members." + "a" * 40 + "[3]", "to": "u_place." + "b" * 60, "slack_ns": 0.12, "depth": 32}}
        memory = {"name": "u_conditions.gen_chunk[31].u_way.memory_of_something", "module": "classify", "words": 1048576,
                  "bits": 312, "reads": 4, "flow_through": 1, "writes": 2, "total_bits": 327155712}
        text = report.text_report({
            "target": "asic", "top": "sluice_top", "device": "osu018", "tools": {"yosys": "0.23", "sta": "2.0.17"},
            "resources": {"ff": {"used": 100, "available": None}}, "area": {"cells": 1, "um2": 2e6, "gate_equivalents": 3},
            "modules": [module], "memories": [memory, memory], "fmax_mhz": {"min": 100.5, "median": 100.5, "max": 100.5},
            "constraint_mhz": 150, "width_bits": 512, "met": False, "tables": {f"table {n}": 1048576 for n in range(9)}})
        self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
        self.assertIn("1,048,576 table 8", text.replace("\n", " "))


    def test_power_report(self):
        toggles = power.read_toggles("TOP.t.a_q 3 7 0 2\nTOP.t.u_b.en_q 1 5\nTOP.t.still_q 2\n")
        names = ("a_q[2]", "a_q[3]", "u_b.en_q", "still_q[1]", "gone_q[0]")
        self.assertEqual([power.changes_of(toggles, "TOP.t", name) for name in names], [2, None, 5, 0, None])
        self.assertEqual(list(power.input_pins("module t (a, b, y);\n  input [1:0] a;\n  input b;\n  output y;\n")),
                         ["a[0]", "a[1]", "b"])
        text = ("Group  Internal  Switching  Leakage  Total\n------\n"
                "Sequential           2.5e-03 1.9e-05 1.1e-08 2.625e-03   6.2%\n"
                "Combinational        2.5e-02 1.5e-02 6.1e-07 4.000e-02  93.8%\n")
        self.assertEqual(power.parse_power(text), (0.002625, 0.04))
        with self.assertRaises(sources.FlowError):
            power.parse_power("Error: no such library")

    def test_power_report_fits_a_terminal(self):
        row = {"name": "sluice_top.u_flow." + "u" * 40, "ff": 12345, "seen": 12000, "toggles": 1234.5, "register_mw": 1234.56,
               "gate_mw": 1234.56, "mw": 2469.12, "pj": 12345.6}
        text = report.power_report([row, {**row, "mw": 3000.0}], 150, 2000)
        self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
        self.assertIn("97 % of the registers", text)


class FileLists(unittest.TestCase):
    """The lists for other people's tools name what there is."""

    def test_up_to_date(self):
        for path, text in filelists.contents(repository.ROOT).items():
            self.assertEqual(path.read_text(encoding="utf-8"), text, f"{path}: run rtl/synth/filelists.py")


class Flows(unittest.TestCase):
    """The tools, on a tree of two small modules."""

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.root = pathlib.Path(self.temporary.name)
        for name, text in (("tiny", MODULE), ("tiny_top", TOP), ("tiny_add", ADD)):
            self.write_module(name, text)

    def write_module(self, name, text):
        (self.root / "rtl" / "top").mkdir(parents=True, exist_ok=True)
        (self.root / "rtl" / "top" / f"{name}.sv").write_text(text, encoding="utf-8")

    def describe(self, target, **changes):
        import yaml  # pylint: disable=import-outside-toplevel
        text = (repository.ROOT / "rtl" / "synth" / target / "target.yaml").read_text(encoding="utf-8")
        path = self.root / "targets" / target / "target.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump({**yaml.safe_load(text), "tables": {}, **changes}), encoding="utf-8")

    def run_synth(self, *arguments):
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            status = synth.main([*arguments, "--json", "--jobs", "1", "--target-dir", str(self.root / "targets"),
                                 "--root", str(self.root), "--build", str(self.root / "out")])
        text = output.getvalue()
        return status, json.loads(text) if text.startswith("{") else None, errors.getvalue()

    def test_asic(self):
        self.describe("asic", top="tiny_top", stages=["tiny"], clock_mhz=100)
        status, result, errors = self.run_synth("asic")
        self.assertEqual((status, result and result["met"]), (0, True), errors)
        memory, = result["memories"]
        self.assertEqual((memory["name"], memory["words"], memory["bits"], memory["reads"], memory["writes"]),
                         ("rows", 16, 32, 1, 1))
        tiny = next(m for m in result["modules"] if m["name"] == "tiny")
        self.assertEqual(tiny["ff"], 32)  # a_q and sum_o; row_q is inside the macro
        self.assertEqual(result["resources"]["ff"]["used"], 48)
        self.assertIn("sum_o", tiny["worst_path"]["to"])
        # A clock that nothing reaches: the same netlist flow says so, and fails.
        self.describe("asic", top="tiny_top", stages=["tiny"], clock_mhz=2000)
        status, result, errors = self.run_synth("asic")
        self.assertEqual((status, result["met"]), (1, False))
        self.assertIn("MISSED", errors)

    def test_asic_memory_without_a_clock(self):
        self.describe("asic", top="tiny_table", stages=[], clock_mhz=100)
        self.write_module("tiny_table", TABLE)
        status, result, errors = self.run_synth("asic:tiny_table")
        self.assertEqual(status, 0, errors)
        memory, = result["memories"]
        self.assertEqual((memory["total_bits"], memory["flow_through"], result["resources"]["ff"]["used"]), (4096, 2, 24))
        # The way leads through the macro's 2 ns.
        self.assertTrue(200 < result["fmax_mhz"]["median"] < 450, result["fmax_mhz"])
        self.assertIn("row_q", result["paths"][0]["from"])

    def test_asic_of_parts(self):
        self.describe("asic", top="tiny_pair", stages=["tiny_add"], clock_mhz=100)
        self.write_module("tiny_pair", PAIR.replace("WIDTH", "16").replace("PARAMETERS", ""))
        status, result, errors = self.run_synth("asic")
        self.assertEqual(status, 0, errors)
        both, once = (next(m for m in result["modules"] if m["name"] == name) for name in ("tiny_pair", "tiny_add"))
        self.assertGreater(both["depth"], once["depth"])
        self.assertLess(both["fmax_mhz"], once["fmax_mhz"])
        self.assertEqual(result["fmax_mhz"]["median"], both["fmax_mhz"])
        self.assertIn("_q[", both["worst_path"]["from"])
        # A part that is not, where it stands, what it is by itself.
        self.write_module("tiny_pair", PAIR.replace("WIDTH", "8").replace("PARAMETERS", "#(.W(8)) "))
        status, _, errors = self.run_synth("asic")
        self.assertEqual(status, 1)
        self.assertIn("tiny_add in tiny_pair has other ports than by itself", errors)

    def test_policies(self):
        self.describe("asic", top="tiny_top", stages=["tiny"], clock_mhz=100)
        self.describe("policies", parts=[{"cases": ["adder wide", "adder any"], "module": "tiny_add", "parameters": {"W": 24}},
                                         {"cases": ["table"], "module": "tiny"}])
        status, _, errors = self.run_synth("policies")
        self.assertEqual(status, 0, errors)
        written = json.loads((self.root / "targets" / "policies.json").read_text(encoding="utf-8"))
        prices = {(price["case"], price["metric"]): price["value"] for price in written["prices"]}
        self.assertEqual(prices["table", "RAM bits"], 0.0)
        self.assertGreater(prices["table", "clock rate"], 0)
        self.assertEqual(prices["adder wide", "clock rate"], prices["adder any", "clock rate"])
        self.assertGreater(prices["adder wide", "area gates"], 0)

    def test_ice40(self):
        self.describe("ice40", top="tiny_top", pcf=None, clock_mhz=20)
        status, result, errors = self.run_synth("ice40", "--seeds", "1")
        self.assertEqual((status, result and result["met"]), (0, True), errors)
        self.assertEqual(result["resources"]["ram"]["used"], 1)  # only the upper 16 bits of a row are read
        self.assertTrue(result["asynchronous_paths"])
        self.assertGreater(pathlib.Path(result["bitstream"]).stat().st_size, 100_000)
        self.describe("ice40", top="tiny_top", pcf=None, clock_mhz=900)
        status, result, _ = self.run_synth("ice40", "--seeds", "1")
        self.assertEqual((status, result["met"]), (1, False))
        self.assertIn("too-slow", result["bitstream"])

    def test_area(self):
        self.describe("ecp5", top="tiny_top", stages=["tiny"], stage_parameters={}, depth=40)
        self.assertEqual(self.run_synth("ecp5")[0], 0)
        self.describe("ecp5", top="tiny_top", stages=["tiny"], stage_parameters={}, depth=1)
        status, result, errors = self.run_synth("ecp5")
        self.assertEqual(status, 1)
        self.assertEqual(result["modules"][0]["ff"], 48)  # row_q, too: the rows are in LUTs
        self.assertIn("MISSED: depth", errors)

    def test_top_that_is_not_there(self):
        self.describe("ice40", top="nothing")
        status, _, errors = self.run_synth("ice40")
        self.assertEqual(status, 1)
        self.assertIn("the top module nothing of the target ice40 is not below rtl/", errors)


if __name__ == "__main__":
    if not all(shutil.which(tool) for tool in ("yosys", "sta", "nextpnr-ice40", "icetime", "icepack")):
        print("skipped: the tools of the package group synth are not installed")
        sys.exit(77)
    unittest.main()
