#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each check of this directory finds the fault it is for, and is silent without it."""

import pathlib
import re
import subprocess
import tempfile
import unittest

import cpp_format
import generated_files
import markdown_links
import package_names
import repository
import rtl_lint
import rtl_synthesizable
import source_style

HEAD = "// SPDX-License-Identifier: Apache-2.0\n"


class ChecksTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.root = pathlib.Path(self.directory.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def expect_style(self, name, text, fault):
        self.write(name, text)
        found = source_style.problems(self.root)
        self.assertEqual(len(found), 1 if fault else 0, found)
        if fault:
            self.assertIn(fault, found[0])
        (self.root / name).unlink()

    def test_source_style(self):
        self.expect_style("sim/good.cpp", HEAD, None)
        self.expect_style("sim/good.py", "#!/usr/bin/python3\n# SPDX-License-Identifier: Apache-2.0\n", None)
        self.expect_style("sim/no_licence.cpp", "int x;\n", "first line")
        self.expect_style("sim/late_licence.cpp", "\n" + HEAD, "first line")
        self.expect_style("sim/CamelCase.cpp", HEAD, "snake_case")
        self.expect_style("sim/long.cpp", HEAD + "\n" * 800, "801 lines")
        self.expect_style("sim/gen/long.cpp", HEAD + "\n" * 800, None)
        self.expect_style("docs/page.md", "see /wor" + "k/main/x\n", "path of one machine")
        self.expect_style("rtl/prim/a.sv", HEAD + "module a;\nendmodule\n", None)
        self.expect_style("rtl/prim/a.sv", HEAD + "module b;\nendmodule\n", "defines b")
        self.expect_style("rtl/prim/a.sv", HEAD + "module a;\nendmodule\nmodule b;\nendmodule\n", "defines a, b")

    def test_links(self):
        self.write("docs/a.md", "# One Two\n[b](b.md) [c](#one-two) [d](https://x.test/) `[e](f.md)`\n")
        self.write("docs/b.md", "```\n[x](nowhere.md)\n```\n")
        self.assertEqual(markdown_links.problems(self.root), [])
        self.write("docs/b.md", "[x](nowhere.md) [y](a.md#three)\n")
        self.assertEqual(len(markdown_links.problems(self.root)), 2)

    def test_format(self):
        self.write(".clang-format", (repository.ROOT / ".clang-format").read_text(encoding="utf-8"))
        self.write("a.cpp", HEAD + "int a() { return 1; }\n")
        self.assertEqual(cpp_format.problems(self.root), [])
        self.write("a.cpp", HEAD + "int a () {return 1;}\n")
        self.assertEqual(cpp_format.problems(self.root), ["a.cpp: not formatted; ./sluice lint --fix"])

    def test_generated_files(self):
        for generator in generated_files.GENERATORS:
            self.write(generator, "import sys\nassert sys.argv[1] == '--check'\nsys.exit(0)\n")
        self.assertEqual(generated_files.problems(self.root), [])
        self.write(generated_files.GENERATORS[0], "print('out of date: x')\nraise SystemExit(1)\n")
        self.assertIn("out of date: x", generated_files.problems(self.root)[0])

    def test_packages(self):
        if not package_names.have_lists():
            self.skipTest("no package lists here")
        self.write("packages.txt", "# comment\ng++\ngit\n")
        self.assertEqual(package_names.problems(self.root), [])
        self.write("packages.txt", "g++\ng++\nno-such-package-at-all\n")
        self.assertEqual(len(package_names.problems(self.root)), 2)

    def rtl(self, body):
        self.write("rtl/prim/a.sv", HEAD + "module a (\n    input  logic clk_i,\n    input  logic [3:0] x_i,\n"
                   f"    output logic [3:0] y_o\n);\n{body}\nendmodule\n")

    def test_rtl(self):
        self.rtl("  always_ff @(posedge clk_i) y_o <= x_i;")
        self.assertEqual(rtl_lint.problems(self.root), [])
        self.assertEqual(rtl_synthesizable.problems(self.root), [])

        self.rtl("  always_ff @(posedge clk_i) y_o <= x_i[2:0];")
        self.assertIn("WIDTH", rtl_lint.problems(self.root)[0])

        self.rtl("  always_ff @(posedge clk_i) begin\n    y_o <= y_o;\n    if (x_i inside {1, 2}) y_o <= x_i;\n  end")
        self.assertIn("ERROR", rtl_synthesizable.problems(self.root)[0])

        self.rtl("  assign wire_without_declaration = x_i;\n  assign y_o = wire_without_declaration;")
        self.assertIn("implicitly declared", rtl_synthesizable.problems(self.root)[0])

        self.rtl("  p::s_t [1:0] q;  // p::s_t [1:0] r")
        self.assertIn("packed array", rtl_synthesizable.problems(self.root)[0])

        self.rtl("  b u_b (.x_i(x_i), .y_o(y_o));")
        self.assertIn("not part of the design", rtl_synthesizable.problems(self.root)[0])

    def test_nothing_checked_is_a_failure(self):
        with self.assertRaises(SystemExit) as outcome:
            repository.finish([], 0)
        self.assertEqual(outcome.exception.code, 1)


class DriverTest(unittest.TestCase):
    """./sluice itself: the list of verbs is one quoted text, which an apostrophe or a bar would cut."""

    DRIVER = repository.ROOT / "sluice"

    def test_help_lists_every_verb_with_what_it_does(self):
        done = subprocess.run([self.DRIVER, "help"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = [line for line in done.stdout.splitlines() if line.startswith("  ")]
        functions = re.findall(r"^verb_([a-z]+)\(\)", self.DRIVER.read_text(encoding="utf-8"), re.MULTILINE)
        shown = {line.split()[0] for line in lines}
        self.assertEqual(shown, {"help"} | {name for name in functions if name not in ("names", "field")})
        for line in lines:
            self.assertRegex(line, r"^  [a-z]+ .{27,} [A-Za-z].{10,}$")

    def test_an_unknown_verb_is_a_usage_error(self):
        done = subprocess.run([self.DRIVER, "nosuch"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertTrue(done.stderr.startswith("sluice: unknown verb 'nosuch'"), done.stderr)


if __name__ == "__main__":
    unittest.main()
