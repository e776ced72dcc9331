# SPDX-License-Identifier: Apache-2.0
"""Seeded bugs: each entry of mutants.yaml changes one text of one RTL file, and a proof must notice.

A proof kills a mutant by a counterexample from reset.
"""

import dataclasses
import pathlib
import time

import yaml

import engine


@dataclasses.dataclass(frozen=True)
class Mutant:
    """`old` stands exactly once in `file` and becomes `new`, which `proof` must notice."""
    name: str
    file: str
    old: str
    new: str
    why: str
    proof: str


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
        if mutant.proof not in {proof.name for proof in proofs}:
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
