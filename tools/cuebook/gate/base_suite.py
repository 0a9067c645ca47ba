"""The cases of a suite as they were before a change, whatever the change made of them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from cuebook.core.canonical import alike
from cuebook.registry.case_images import with_inputs
from cuebook.shapes.run import Case
from cuebook.shapes.suite import Suite


@dataclass(frozen=True, slots=True)
class CaseChanges:
    """The ids of cases that a change adds, edits and removes; one that only got more inputs is in none."""

    added: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


NO_CHANGES = CaseChanges()


def case_changes(old: Suite, new: Suite | None, seen: Collection[str]) -> CaseChanges:
    """Return how the cases of two states of a suite differ; without ``new`` all are removed.

    ``seen`` are the inputs that prompts and judges read.
    """
    before, after = _by_id(old), _by_id(new)
    return CaseChanges(
        added=tuple(name for name in after if name not in before),
        edited=tuple(name for name in before if name in after and _edited(before[name], after[name], seen)),
        removed=tuple(name for name in before if name not in after),
    )


def asked_as_before(old: Suite, new: Suite | None, seen: Collection[str]) -> Suite:
    """Return the suite from before with its own cases, and the inputs that the change adds to them.

    A new version may need another input, and adding it keeps a case the same. An input in ``seen`` is not
    added: versions and judges that read it were asked without it, and would be asked something else.
    """
    after = _by_id(new)
    cases = []
    for case in old.cases:
        added = _added(case, after[case.id]) if case.id in after else {}
        wanted = {name: value for name, value in added.items() if name not in seen}
        cases.append(with_inputs(case, after[case.id], wanted) if wanted else case)
    # The same object where nothing was added, so that its digest is not made again.
    return old if cases == list(old.cases) else replace(old, cases=tuple(cases))


def as_named(suites: Mapping[str, Suite], now: Iterable[Suite]) -> dict[str, Suite]:
    """Return suites by the names that they have ``now``: a folder that was renamed is the same suite.

    One that is not the very same keeps its name, so that rules and cases under a new name are new ones.
    """
    there = {suite.name: suite for suite in now}
    fresh = [suite for suite in there.values() if suite.name not in suites]
    found: dict[str, Suite] = {}
    for name, suite in suites.items():
        # Equal but for its name and place: what else a change of a suite does makes another suite of it.
        same = [
            new
            for new in fresh
            if replace(suite, name=new.name, path=new.path) == new
            and (suite.digest, suite.dataset_digest) == (new.digest, new.dataset_digest)
        ]
        again = same[0] if same and name not in there else suite
        found[again.name] = again
    return found


def _edited(old: Case, new: Case, seen: Collection[str]) -> bool:
    if old.digest == new.digest:
        return False
    # Inputs that were added are compared apart: they make another case only where somebody reads them.
    kept = {name: value for name, value in new.inputs.items() if name in old.inputs}
    shown = {name: url for name, url in new.images.items() if name in old.inputs}
    same = (old.inputs, old.expectations, old.tags, old.cluster, old.images, old.turns, old.tools)
    now = (kept, new.expectations, new.tags, new.cluster, shown, new.turns, new.tools)
    return not alike(same, now) or any(name in seen for name in _added(old, new))


def _added(old: Case, new: Case) -> dict[str, object]:
    return {name: value for name, value in new.inputs.items() if name not in old.inputs}


def _by_id(suite: Suite | None) -> dict[str, Case]:
    return {case.id: case for case in suite.cases} if suite else {}
