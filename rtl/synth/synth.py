#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Area, timing and bitstream of the RTL through open flows; ./sluice synth runs it.

    ./sluice synth                    ice40 and asic
    ./sluice synth asic:parse         one stage of a target; asic:parse,edit two
    ./sluice synth ice40 --seeds 3
    ./sluice synth gates              netlists of the ice40 cells for simulation, under build/synth/gates
    ./sluice synth --list             the targets
    ./sluice synth policies           prices for ./sluice bench policies, into rtl/synth/policies.json
    ./sluice synth power              what the stages on standard cells would draw, by the changes the shipped trace makes
    ./sluice synth picture:parse_l4   netlist of a module as SVG, under build/synth

What was done with the same sources, description and tools is kept under build/synth and not done again.
Exit status: 0 all constraints met, 1 one was missed or a tool failed, 2 usage.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

import yaml

from flow import power as activity
from flow import report, tables
from flow.area import AreaTarget
from flow.asic import AsicTarget
from flow.ice40 import Ice40Target
from flow.policies import PoliciesTarget
from flow.run import Progress, Workspace, run_tool, run_yosys
from flow.sources import FlowError, Sources, hierarchy_script

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGETS = ("ice40", "asic", "xilinx", "ecp5")
BY_DEFAULT = ("ice40", "asic")
EXTRAS = ("gates", "picture", "policies", "power")


def arguments(argv):
    parser = argparse.ArgumentParser(prog="./sluice synth", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="ice40, asic, xilinx, ecp5, gates, picture, policies, power; "
                        "with :MODULE[,MODULE...] only these")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="placements to try on ice40 (5)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="steps at a time (2)")
    parser.add_argument("--json", action="store_true", help="one JSON object, or a list for several targets")
    parser.add_argument("--compare", metavar="REV|DIR", help="the same of a revision, or the results kept in a directory")
    parser.add_argument("--target-dir", type=pathlib.Path, default=HERE, help="where target descriptions are")
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help="the tree whose rtl/ is synthesised")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "synth", help="where results go")
    parser.add_argument("--list", action="store_true", help="list the targets")
    parsed = parser.parse_args(argv)
    if parsed.seeds < 1 or parsed.jobs < 1:
        parser.error("--seeds and --jobs are at least 1")
    for target in parsed.targets:
        if target.split(":")[0] not in TARGETS + EXTRAS:
            parser.error(f"no target '{target}'; targets are {', '.join(TARGETS + EXTRAS)}")
        if target == "picture":
            parser.error("picture of which module? for example picture:parse_l4")
    return parsed


def description(directory, name):
    path = directory / name / "target.yaml"
    if not path.exists():
        raise FlowError(f"no description of the target {name} at {path}")
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    found["directory"] = path.parent
    return found


def run_target(args, root, build, wanted):
    """The result of one target, as in the JSON output."""
    name, _, only = wanted.partition(":")
    d = description(args.target_dir, name)
    sources = Sources(root)
    workspace = Workspace(build, Progress(), args.jobs)
    modules = [m for m in only.split(",") if m]
    if name == "ice40":
        if modules:
            d = {**d, "top": modules[0], "pcf": None}
        result = Ice40Target(d, sources, workspace, range(1, args.seeds + 1)).run()
    elif name == "asic":
        result = AsicTarget({k: v for k, v in d.items() if k != "directory"}, sources, workspace).run(modules)
    else:
        result = AreaTarget(name, {k: v for k, v in d.items() if k != "directory"}, sources, workspace).run(modules)
    result["throughput"] = report.throughput(result)
    result["tables"] = tables.sizes(d.get("tables") or {}, sources)
    result["part"] = modules
    stem = wanted.replace(":", "-").replace(",", "-")
    (build / f"{stem}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (build / f"{stem}.svg").write_text(report.bars_svg(result), encoding="utf-8")
    return result


def gates(args, modules):
    """Netlists for simulation of the target's top, or of the named modules."""
    d = description(args.target_dir, "ice40")
    for top in modules or [d["top"]]:
        target = Ice40Target({**d, "top": top}, Sources(args.root), Workspace(args.build, Progress(), 1), [])
        print(target.gates(args.build / "gates"))


def picture(args, modules):
    for name in modules:
        sources = Sources(args.root)
        workspace = Workspace(args.build, Progress(), 1)
        workspace.progress.expect(1)
        script = (f"{sources.read_script(name)}\n{hierarchy_script(name)}\nproc\nopt_clean\n"
                  f"show -format dot -viewer none -prefix netlist -width {name}")

        def work(directory, script=script):
            run_yosys(directory, "show", script)
            run_tool(directory, "dot", ["dot", "-Tsvg", "-o", "netlist.svg", "netlist.dot"])

        done = workspace.step(f"picture {name}", [script, sources.digest(name)], work)
        print(done / "netlist.svg")


def policies(args, modules):
    """Writes the price list; with modules named, prints their part of it."""
    d = description(args.target_dir, "policies")
    base = {k: v for k, v in description(args.target_dir, d["base"]).items() if k != "directory"}
    prices = PoliciesTarget(d, base, Sources(args.root), Workspace(args.build, Progress(), args.jobs)).run(modules)
    lines = ",\n".join("  " + json.dumps(price) for price in prices)
    text = f'{{"device": "{d["device"]}", "prices": [\n{lines}\n]}}\n'
    if modules:
        print(text, end="")
    else:
        path = args.target_dir / "policies.json"
        path.write_text(text, encoding="utf-8")
        print(path)


def power(args, modules):
    """Prints the power proxy of the asic target, or of some of its modules."""
    d = {k: v for k, v in description(args.target_dir, "asic").items() if k != "directory"}
    sources = Sources(args.root)
    target = AsicTarget(d, sources, Workspace(args.build, Progress(), args.jobs))
    toggles = activity.record(args.root, target.workspace, sources.digest(d["top"]))
    rows = activity.Power(target, modules).run(toggles)
    stem = "-".join(["power", *modules])
    (args.build / f"{stem}.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(rows, indent=1) if args.json else report.power_report(rows, d["clock_mhz"], activity.PACKETS))


# ---- comparison

def earlier(args, wanted):
    """Result of the same target at another revision, or kept in a directory."""
    given = pathlib.Path(args.compare)
    stem = wanted.replace(":", "-").replace(",", "-")
    if given.is_dir():
        path = given / f"{stem}.json"
        if not path.exists():
            raise FlowError(f"{given} holds no {path.name}; --compare wants a directory that a run left behind, or a revision")
        return json.loads(path.read_text(encoding="utf-8"))
    archive = subprocess.run(["git", "-C", str(args.root), "archive", args.compare, "rtl"], capture_output=True, check=False)
    if archive.returncode != 0:
        raise FlowError(f"--compare {args.compare}: neither a directory nor a revision")
    with tempfile.TemporaryDirectory() as directory:
        tar = pathlib.Path(directory) / "rtl.tar"
        tar.write_bytes(archive.stdout)
        with tarfile.open(tar) as content:
            content.extractall(directory)
        build = args.build / "compare"
        build.mkdir(parents=True, exist_ok=True)
        return run_target(args, pathlib.Path(directory), build, wanted)


def print_trend(args, wanted, result):
    if args.compare:
        before, name = report.key_figures(earlier(args, wanted)), args.compare
    else:
        page = args.root / "docs" / "synthesis.md"
        text = page.read_text(encoding="utf-8") if page.exists() else ""
        before, name = report.reference_figures(text, result["target"]), "docs/synthesis.md"
    now = report.key_figures(result)
    if result["part"] and not args.compare:
        # Totals of a part are no totals.
        now = {key: value for key, value in now.items() if "." in key}
    for line in report.trend(now, before, name):
        print(line, file=sys.stderr if args.json else sys.stdout)


def main(argv):
    args = arguments(argv)
    if args.list:
        for name in TARGETS:
            d = description(args.target_dir, name)
            print(f"{name:8}{d['top']} on {d['device']}")
        return 0
    args.build.mkdir(parents=True, exist_ok=True)
    results, failed = [], False
    for wanted in args.targets or BY_DEFAULT:
        name, _, only = wanted.partition(":")
        modules = [m for m in only.split(",") if m]
        try:
            if name in EXTRAS:
                {"gates": gates, "picture": picture, "policies": policies, "power": power}[name](args, modules)
                continue
            result = run_target(args, args.root, args.build, wanted)
        except FlowError as problem:
            print(f"{wanted}: {problem}", file=sys.stderr)
            failed = True
            continue
        results.append(result)
        if not args.json:
            print(report.text_report(result), flush=True)
        else:
            print(f"{wanted}: {'met' if result['met'] else report.missed(result)}", file=sys.stderr)
        try:
            print_trend(args, wanted, result)
        except FlowError as problem:
            print(f"{wanted}: {problem}", file=sys.stderr)
            failed = True
    if args.json and results:
        print(json.dumps(results[0] if len(results) == 1 else results, indent=1))
    return 1 if failed or not all(r["met"] for r in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
