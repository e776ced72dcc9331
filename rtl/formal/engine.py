# SPDX-License-Identifier: Apache-2.0
"""One proof: its sources, the Yosys run that turns them into a formula, the solver that decides it.

A proof NAME is the wrapper module NAME_proof in NAME_proof.sv and an entry of proofs.yaml. Results are
`proven`, `failed` (a counterexample to an assertion, from reset), `vacuous` (a situation that the wrapper names with
PROOF_COVER is out of reach, or it names none) and `broken` (a tool refused or warned, or the time was up).

Methods: `pdr` proves for any number of cycles (property directed reachability of ABC, which comes with Yosys), `bmc`
for `depth` cycles from any state that a reset leaves (ABC too). A counterexample is replayed by yosys-smtbmc, which
names the assertion and writes the waveform.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import yaml

FORMAL = pathlib.Path(__file__).resolve().parent
ROOT = FORMAL.parents[1]
METHODS = ("pdr", "bmc")
INSTANCE = re.compile(r"^\s*(\w+)\s*(?:#\s*\(|\w+\s*\()", re.MULTILINE)
PACKAGE = re.compile(r"\b(\w+_pkg)::")


class TableError(Exception):
    """A sentence about what is wrong in proofs.yaml or mutants.yaml."""


@dataclasses.dataclass(frozen=True)
class Proof:
    """An entry of proofs.yaml. `depth`: cycles from reset within which a counterexample is looked for; `proves`, `assumes`,
    `sizes`: in words. `gates`: clock gates are real, clocks are signals, and a cycle is a step of the wrapper's clk_i, which
    has the attribute gclk. `any`: modules that are taken out, their outputs being any; then only the wrapper's assertions
    count, since others may be about what those modules hold."""
    name: str
    module: str
    method: str
    depth: int
    proves: str
    assumes: str
    sizes: str
    timeout: int = 200
    gates: bool = False
    any: tuple = ()

    @property
    def top(self):
        return f"{self.name}_proof"


@dataclasses.dataclass
class Outcome:
    """How a proof ended; `text`: why, if it is not proven; `covers`: how many situations were reached."""
    result: str
    seconds: float
    text: str = ""
    waveform: pathlib.Path | None = None
    covers: int = 0


def read_proofs(path=FORMAL / "proofs.yaml"):
    fields = {field.name for field in dataclasses.fields(Proof)}
    proofs = []
    for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
        name = entry.get("name", "an entry without a name")
        if unknown := set(entry) - fields:
            raise TableError(f"{path.name}: {name}: unknown field {', '.join(sorted(unknown))}")
        try:
            proof = Proof(**entry)
        except TypeError as error:
            raise TableError(f"{path.name}: {name}: {error}") from error
        if proof.method not in METHODS:
            raise TableError(f"{path.name}: {name}: method is one of {', '.join(METHODS)}")
        if not (FORMAL / f"{proof.top}.sv").exists():
            raise TableError(f"{path.name}: {name}: there is no {proof.top}.sv")
        proofs.append(proof)
    names = [proof.name for proof in proofs]
    if doubles := sorted({name for name in names if names.count(name) > 1}):
        raise TableError(f"{path.name}: listed twice: {', '.join(doubles)}")
    listed = {proof.top for proof in proofs}
    if missing := sorted(path.stem for path in FORMAL.glob("*_proof.sv") if path.stem not in listed):
        raise TableError(f"{path.name}: no entry for {', '.join(missing)}")
    return proofs


def modules(root=ROOT):
    """Where each module and package of the RTL stands, relative to root."""
    return {path.stem: path.relative_to(root) for path in sorted((root / "rtl").rglob("*.sv"))
            if "synth" not in path.relative_to(root).parts}


def sources(top, root=ROOT):
    """The files that `top` needs, packages first: found by their instances and the packages that they name."""
    known = modules(root)
    needed, ahead = set(), [top]
    while ahead:
        name = ahead.pop()
        if name in needed:
            continue
        needed.add(name)
        code = re.sub(r"//.*", "", (root / known[name]).read_text(encoding="utf-8"))
        ahead += [word for word in set(INSTANCE.findall(code) + PACKAGE.findall(code)) if word in known]
    order = sorted(needed, key=lambda n: (not n.endswith("_pkg"), n != "sluice_pkg", n))
    return [known[name] for name in order]


def run(command, log, timeout):
    """Runs in a process group of its own; None when the time was up. Output goes to `log`."""
    with log.open("w", encoding="utf-8") as stream:
        with subprocess.Popen(command, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT,
                              start_new_session=True) as process:
            try:
                return process.wait(timeout)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return None
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise


def formula(proof, directory, changed):
    """Writes design.smt2, design.aig and, of the covers, covers.aig; a sentence if Yosys refused or warned. `changed`: files
    that stand elsewhere."""
    files = " ".join(str(changed.get(name, name)) for name in sources(proof.top))
    script = directory / "design.ys"
    taken_out = "".join(f"blackbox *{name}*\n" for name in proof.any)
    if proof.any:
        taken_out += f"chformal -assert -remove * {proof.top} %d\n"
    freed = "".join(f"delete t:*{name}*\n" for name in proof.any) + ("setundef -undriven -anyseq\n" if proof.any else "")
    # Registers and memories without a reset value start with any.
    script.write_text(
        f"read_verilog -sv -formal{' -D SLUICE_CLOCK_GATES' if proof.gates else ''} -I rtl/prim -I rtl/formal {files}\n"
        f"hierarchy -check -top {proof.top}\n"
        f"{taken_out}proc\nopt_expr\nmemory -nordff -nomap\n"
        f"flatten\ncheck -assert\n{freed}{'clk2fflogic' if proof.gates else 'async2sync'}\ndffunmap\nopt_expr\nopt_clean\nsetundef -anyseq\n"
        f"write_smt2 -wires {directory / 'design.smt2'}\n"
        "memory_map\nopt -fast\ntechmap\nopt -fast\ndffunmap\nsetundef -anyseq\naigmap\nopt_clean\n"
        f"write_aiger -I -B -zinit -map {directory / 'design.aim'} {directory / 'design.aig'}\n"
        "chformal -assert -remove\nexpose w:cover_*\nopt_clean\n"
        f"write_aiger -I -O -zinit -map {directory / 'covers.aim'} {directory / 'covers.aig'}\n", encoding="utf-8")
    log = directory / "yosys.log"
    if run(["yosys", "-q", "-s", str(script)], log, 400) != 0:
        return f"yosys failed: {log.read_text(encoding='utf-8').strip()[-600:]}"
    if warned := re.findall(r"^.*Warning:.*$", log.read_text(encoding="utf-8"), re.MULTILINE):
        return "yosys warns, which may mean that it misreads: " + warned[0]
    return None


def smtbmc(directory, log_name, options, timeout):
    """(status, log) of yosys-smtbmc with z3; status is PASSED, FAILED or None."""
    log = directory / log_name
    run(["yosys-smtbmc", "-s", "z3", *options, str(directory / "design.smt2")], log, timeout)
    text = log.read_text(encoding="utf-8", errors="replace")
    found = re.search(r"Status: (\w+)", text)
    return (found.group(1) if found else None), text


def failing(proof, text):
    """The assertions that a log of yosys-smtbmc names, each with file and line."""
    found = []
    for name in re.findall(r"Assert failed in \S+: (\S+)", text):
        last = name.split(".")[-1]
        places = [f"{path}:{number}" for path in sources(proof.top)
                  for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1)
                  if f"SLUICE_ASSERT({last}," in line]
        found.append(f"{name} ({' or '.join(places) or 'not found'})")
    return "; ".join(found)


def replay(proof, directory, frames, cex):
    """Runs a counterexample of ABC through yosys-smtbmc: (the failing assertions, the waveform)."""
    inputs, latches = (int(n) for n in (directory / "design.aig").open("rb").readline().split()[2:4])
    values = {(int(cycle), int(pi)): bit for pi, cycle, bit in re.findall(r"pi(\d+)@(\d+)=([01])", cex)}
    rows = ["".join(values.get((cycle, pi), "0") for pi in range(inputs)) for cycle in range(frames)]
    lines = ["1", "b0", "0" * latches, *rows, "."]
    (directory / "design.aiw").write_text("\n".join(lines) + "\n", encoding="ascii")
    vcd = directory / "counterexample.vcd"
    _, text = smtbmc(directory, "replay.log", ["--aig", f"{directory / 'design.aim'}:{directory / 'design.aiw'}",
                                               "--dump-vcd", str(vcd)], 120)
    if "Status: FAILED" not in text:
        # Undefined bits are inputs of their own for ABC, which the replay does not know: search with z3.
        _, text = smtbmc(directory, "search.log", ["-t", str(frames), "--dump-vcd", str(vcd)], 60)
    return failing(proof, text), (vcd if vcd.exists() else None)


def abc(proof, directory, method, timeout, name_it):
    """(result, text, waveform) of ABC; with `name_it` a counterexample is replayed."""
    search = f"pdr -T {timeout}" if method == "pdr" else f"bmc3 -g -T {timeout} -F {proof.depth}"
    log = directory / f"{method}.log"
    cex = directory / f"{method}.cex"
    status = run(["yosys-abc", "-c", f"read_aiger {directory / 'design.aig'}; fold; strash; {search}; "
                  f"write_cex -f {cex}"], log, timeout + 30)
    text = log.read_text(encoding="utf-8", errors="replace")
    if method == "pdr" and "Property proved" in text or "No output asserted in" in text:
        reached = re.search(r"No output asserted in (\d+) frames", text)
        if not reached or int(reached.group(1)) >= proof.depth:
            return "proven", "", None
        return "broken", f"only {reached.group(1)} of {proof.depth} cycles within {timeout} s", None
    if hit := re.search(r"was asserted in frame (\d+)", text):
        if not name_it:
            return "failed", "", None
        found, vcd = replay(proof, directory, int(hit.group(1)) + 1, cex.read_text(encoding="ascii"))
        return "failed", found or f"an assertion fails in cycle {hit.group(1)} (see {log})", vcd
    if status is None or "Reached timeout" in text or "timeout" in text.lower():
        return "broken", f"no answer within {timeout} s ({method})", None
    return "broken", text.strip()[-600:], None


def cover(proof, directory):
    """(the covers that are reached within depth cycles of reset, those that are not), by name."""
    named = dict(re.findall(r"^output (\d+) \d+ (cover_\w+)$", (directory / "covers.aim").read_text(encoding="utf-8"),
                            re.MULTILINE))
    log = directory / "covers.log"
    # With Glucose, ABC is faster, and ends with a fault on some circuits.
    for solver in ("-g", ""):
        if run(["yosys-abc", "-c", f"read_aiger {directory / 'covers.aig'}; fold; strash; "
                f"bmc3 -a {solver} -T {proof.timeout} -F {proof.depth}"], log, proof.timeout + 30) == 0:
            break
    hits = set(re.findall(r"Output +(\d+) was asserted", log.read_text(encoding="utf-8", errors="replace")))
    return [name for pin, name in named.items() if pin in hits], [name for pin, name in named.items() if pin not in hits]


def prove(proof, directory, changed=None, refute=False, prepare=None):
    """Outcome of the proof; with `refute` only counterexamples within `depth` cycles of reset are looked for."""
    began = time.monotonic()
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    if prepare:
        prepare()
    vcd = None
    if problem := formula(proof, directory, changed or {}):
        result, text = "broken", problem
    else:
        result, text, vcd = abc(proof, directory, "bmc" if refute else proof.method, proof.timeout, not refute)
    reached = []
    if result == "proven" and not refute:
        reached, missed = cover(proof, directory)
        if missed or not reached:
            result = "vacuous"
            text = f"never reached: {', '.join(missed)}" if missed else "names no situation with PROOF_COVER"
    return Outcome(result, round(time.monotonic() - began, 2), text, vcd, len(reached))
