#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proves properties of the RTL (docs/proofs.md), and shows that the proofs can fail."""

import argparse
import concurrent.futures
import dataclasses
import json
import sys

import engine
import mutants as seeded

BUILD = engine.ROOT / "build" / "formal"


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="./sluice prove", description=__doc__,
        epilog="Exit status: 0 all proven (and all mutants killed), 1 something was not, 2 usage.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a proof, all by default")
    parser.add_argument("--list", action="store_true", help="list the proofs, prove nothing")
    parser.add_argument("--table", action="store_true", help="the table of docs/proofs.md, prove nothing")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="so many at a time (2)")
    parser.add_argument("--json", action="store_true", help="results as JSON on standard output")
    parser.add_argument("--mutants", action="store_true",
                        help="also apply each seeded bug of rtl/formal/mutants.yaml to a copy, and require it to be noticed")
    parser.add_argument("--mutant", action="append", default=[], metavar="NAME", help="only this seeded bug, no proofs")
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error("--jobs: at least 1")
    return parser, options


def selected(parser, proofs, names):
    known = {proof.name for proof in proofs}
    if unknown := [name for name in names if name not in known]:
        parser.error(f"no proof named {', '.join(unknown)}; there are: {' '.join(sorted(known))}")
    return [proof for proof in proofs if not names or proof.name in names]


def say(text):
    print(text, file=sys.stderr, flush=True)


def relative(path):
    return path.relative_to(engine.ROOT) if path.is_relative_to(engine.ROOT) else path


def report(kind, name, outcome, good, repeat):
    covers = f"  {outcome.covers} covers reached" if outcome.covers else ""
    say(f"{kind:6} {name:34} {outcome.result:9} {outcome.seconds:7.1f} s{covers}")
    if outcome.result == good:
        return
    if outcome.text:
        say(f"       {outcome.text.replace(chr(10), chr(10) + '       ')}")
    if outcome.waveform:
        say(f"       waveform: {relative(outcome.waveform)}")
    say(f"       to repeat: {repeat}")


def prove_all(proofs, jobs):
    outcomes = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(engine.prove, proof, BUILD / proof.name): proof for proof in proofs}
        for future in concurrent.futures.as_completed(running):
            proof = running[future]
            outcomes[proof.name] = future.result()
            report("proof", proof.name, outcomes[proof.name], "proven", f"./sluice prove {proof.name}")
    return outcomes


def kill_all(wanted, proofs, jobs):
    by_name = {proof.name: proof for proof in proofs}
    outcomes = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(seeded.kill_by_proof, mutant, by_name[mutant.proof], BUILD / "mutants" / mutant.name): mutant
                   for mutant in wanted}
        for future in concurrent.futures.as_completed(running):
            mutant, outcome = running[future], future.result()
            outcomes[mutant.name] = outcome
            report("mutant", mutant.name, outcome, "killed", f"./sluice prove --mutant {mutant.name}")
    return outcomes


def table(proofs):
    """The proofs as rows of Markdown."""
    rows = ["| proof | module | sizes | method, cycles | proven | assumed |", "|---|---|---|---|---|---|"]
    for proof in proofs:
        how = {"pdr": "unbounded", "bmc": f"bounded, {proof.depth}"}[proof.method]
        rows.append(f"| `{proof.name}` | `{proof.module}` | {proof.sizes} | {how} | {proof.proves} | {proof.assumes} |")
    return "\n".join(rows)


def document(proofs, outcomes, killed):
    listed = [{"name": proof.name, "module": proof.module, "method": proof.method, "depth": proof.depth,
               "seconds": outcomes[proof.name].seconds, "covers": outcomes[proof.name].covers,
               "result": outcomes[proof.name].result}
              for proof in proofs if proof.name in outcomes]
    result = {"proofs": listed}
    if killed is not None:
        result["mutants"] = {"total": len(killed),
                             "killed": sum(outcome.result == "killed" for outcome in killed.values()),
                             "survivors": sorted(n for n, outcome in killed.items() if outcome.result != "killed")}
    return json.dumps(result, indent=2)


def main(arguments):
    parser, options = parse(arguments)
    try:
        proofs = engine.read_proofs()
        mutants = seeded.read_mutants(proofs)
        chosen = selected(parser, proofs, options.names)
        if unknown := set(options.mutant) - {mutant.name for mutant in mutants}:
            parser.error(f"no mutant named {', '.join(sorted(unknown))}")
        if options.list:
            print(json.dumps([dataclasses.asdict(proof) for proof in chosen], indent=2) if options.json else
                  "\n".join(f"{proof.name:24} {proof.method:9} {proof.depth:3}  {proof.module}" for proof in chosen))
            return 0
        if options.table:
            print(table(chosen))
            return 0
        outcomes = {} if options.mutant else prove_all(chosen, options.jobs)
        killed = None
        if options.mutants or options.mutant:
            wanted = [mutant for mutant in mutants
                      if (mutant.name in options.mutant if options.mutant else
                          not options.names or mutant.proof in options.names)]
            killed = kill_all(wanted, proofs, options.jobs)
    except engine.TableError as error:
        say(f"prove: {error}")
        return 1
    if options.json:
        print(document(proofs, outcomes, killed))
    bad = [name for name, outcome in outcomes.items() if outcome.result != "proven"]
    alive = [name for name, outcome in (killed or {}).items() if outcome.result != "killed"]
    said = [f"{len(outcomes) - len(bad)} of {len(outcomes)} proven"] if outcomes else []
    if killed is not None:
        said.append(f"{len(killed) - len(alive)} of {len(killed)} mutants killed")
    say(", ".join(said) or "nothing to do")
    return 1 if bad or alive or not said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
