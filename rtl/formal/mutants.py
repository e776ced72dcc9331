# SPDX-License-Identifier: Apache-2.0
"""Seeded bugs: each entry of mutants.yaml changes one text of one RTL file, and a proof or a bench must notice.

A proof kills a mutant by a counterexample from reset. A bench kills it by failing, built in a copy of the tree in which
it passes unchanged.
"""

import dataclasses
import pathlib
import shutil
import subprocess
import time

import yaml

import engine


@dataclasses.dataclass(frozen=True)
class Mutant:
    """`old` stands exactly once in `file` and becomes `new`. One of `proof` and `bench` (a target of CMake) is given."""
    name: str
    file: str
    old: str
    new: str
    why: str
    proof: str = ""
    bench: str = ""


def read_mutants(proofs, path=engine.FORMAL / "mutants.yaml", root=engine.ROOT):
    fields = {field.name for field in dataclasses.fields(Mutant)}
    mutants = []
    for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
        where = f"{path.name}: {entry.get('name', 'an entry without a name')}"
        if unknown := set(entry) - fields:
            raise engine.TableError(f"{where}: unknown field {', '.join(sorted(unknown))}")
        try:
            mutant = Mutant(**entry)
        except TypeError as error:
            raise engine.TableError(f"{where}: {error}") from error
        if bool(mutant.proof) == bool(mutant.bench):
            raise engine.TableError(f"{where}: either a proof or a bench kills it")
        if mutant.proof and mutant.proof not in {proof.name for proof in proofs}:
            raise engine.TableError(f"{where}: there is no proof {mutant.proof}")
        if not (root / mutant.file).exists():
            raise engine.TableError(f"{where}: there is no {mutant.file}")
        if mutant.old == mutant.new:
            raise engine.TableError(f"{where}: nothing is changed")
        count = (root / mutant.file).read_text(encoding="utf-8").count(mutant.old)
        if count != 1:
            raise engine.TableError(f"{where}: its text stands {count} times in {mutant.file}, not once")
        mutants.append(mutant)
    names = [mutant.name for mutant in mutants]
    if doubles := sorted({name for name in names if names.count(name) > 1}):
        raise engine.TableError(f"{path.name}: listed twice: {', '.join(doubles)}")
    if spared := sorted({proof.name for proof in proofs} - {mutant.proof for mutant in mutants}):
        raise engine.TableError(f"{path.name}: no mutant shows that these proofs can fail: {', '.join(spared)}")
    return mutants


def mutated(mutant, root=engine.ROOT):
    return (root / mutant.file).read_text(encoding="utf-8").replace(mutant.old, mutant.new)


def kill_by_proof(mutant, proof, directory):
    """Outcome: `killed`, `survived`, or `broken`."""
    changed = directory / "rtl" / pathlib.PurePosixPath(mutant.file).name
    began = time.monotonic()
    outcome = engine.prove(proof, directory, {pathlib.Path(mutant.file): changed}, refute=True,
                           prepare=lambda: (changed.parent.mkdir(), changed.write_text(mutated(mutant))))
    result = {"failed": "killed", "proven": "survived"}.get(outcome.result, "broken")
    return engine.Outcome(result, round(time.monotonic() - began, 2), outcome.text, outcome.waveform)


class Benches:
    """A copy of the tree in which benches are built, unchanged and with each mutant in turn."""

    def __init__(self, directory, jobs):
        self.tree = directory / "tree"
        self.build = self.tree / "build" / "default"
        self.log = directory / "benches.log"
        self.jobs = jobs
        self.passing = {}
        directory.mkdir(parents=True, exist_ok=True)
        self.log.write_text("", encoding="utf-8")

    def command(self, *words, cwd=None):
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write("+ " + " ".join(str(word) for word in words) + "\n")
            stream.flush()
            return subprocess.run([str(word) for word in words], cwd=cwd or self.tree, stdout=stream,
                                  stderr=subprocess.STDOUT, check=False).returncode

    def prepare(self):
        """Brings the copy up to date; files that did not change keep their time, so that little is built."""
        listing = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
                                  "--exclude-standard"], cwd=engine.ROOT, capture_output=True, text=True, check=True)
        for name in filter(None, listing.stdout.split("\0")):
            source, copy = engine.ROOT / name, self.tree / name
            if source.is_file() and not (copy.is_file() and copy.read_bytes() == source.read_bytes()):
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)
                shutil.copymode(source, copy)
        if not (self.build / "build.ninja").exists() and self.command("cmake", "--preset", "default") != 0:
            raise engine.TableError(f"the copy of the tree cannot be configured; see {self.log}")

    def passes(self, bench):
        """True, False, or None if it cannot be built."""
        if self.command("cmake", "--build", self.build, f"-j{self.jobs}", "--target", bench) != 0:
            return None
        return self.command("ctest", "--test-dir", self.build, "-R", f"^{bench}$", "--no-tests=error",
                            "--timeout", "600") == 0

    def kill(self, mutant):
        began = time.monotonic()

        def outcome(result, text=""):
            return engine.Outcome(result, round(time.monotonic() - began, 2), text)

        if mutant.bench not in self.passing:
            self.passing[mutant.bench] = self.passes(mutant.bench)
        if not self.passing[mutant.bench]:
            return outcome("broken", f"{mutant.bench} does not pass without a mutant; see {self.log}")
        copy = self.tree / mutant.file
        try:
            copy.write_text(mutated(mutant), encoding="utf-8")
            passed = self.passes(mutant.bench)
        finally:
            shutil.copyfile(engine.ROOT / mutant.file, copy)
        if passed is None:
            return outcome("broken", f"it does not build; see {self.log}")
        return outcome("survived" if passed else "killed")
