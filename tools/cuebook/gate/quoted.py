"""Which cases a version's own text repeats: answers to these show what it was told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from cuebook.core.text import is_word_sign, words
from cuebook.shapes.run import Case, Json, Version

RUN = 8
"""Words in a row that are no coincidence: as many as were looked for in what PaLM learned from (Chowdhery et
al. 2022, section 8). Signs of Chinese and Japanese count half."""

PART, WHOLE = 6, 4
"""Words of a shorter input below which the same ones may well be chance: as one of several inputs, such as a
subject ("Change my e-mail address"), and as all that a case says ("Where is it?")."""


def quoted(version: Version, cases: Sequence[Case]) -> frozenset[str]:
    """Return the ids of the cases of which a version repeats eight words in a row, or a shorter input whole.

    Words that cases of several clusters share tell no case from another, and do not count. A case of the
    same cluster is as good as repeated. What is expected of answers is not looked for: a prompt may well hold
    what is to be known.
    """
    told = words(" ".join(_texts(version.behaviour)))
    known = {run for length in (RUN, 2 * RUN) for run in _in_a_row(told, length)}
    found: dict[str, set[str]] = {}
    for case in cases:
        for run in _repeated(list(map(words, _inputs(version, case))), known, f" {' '.join(told)} "):
            found.setdefault(run, set()).add(case.unit)
    units = set(chain.from_iterable(those for those in found.values() if len(those) == 1))
    return frozenset(case.id for case in cases if case.unit in units)


def _repeated(inputs: Sequence[Sequence[str]], known: set[str], told: str) -> set[str]:
    """What is told of the inputs of one case; ``known`` are the words in a row that the version has."""
    found: set[str] = set()
    every = sum(map(len, inputs))
    for said in inputs:
        scale = 2 if 2 * sum(map(is_word_sign, said)) > len(said) else 1
        if len(said) >= RUN * scale:
            found |= known.intersection(_in_a_row(said, RUN * scale))
        elif len(said) >= (WHOLE if len(said) == every else PART) * scale and f" {' '.join(said)} " in told:
            found.add(" ".join(said))
    return found


def _inputs(version: Version, case: Case) -> Iterator[str]:
    """The texts that a case fills the version with; images are none."""
    for given in (case.inputs, *(turn.get("inputs", {}) for turn in case.turns)):
        for name, value in given.items():
            if name in version.inputs and name not in case.images:
                yield from _texts(value)


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from chain.from_iterable(map(_texts, value.values()))
    elif isinstance(value, Iterable):
        yield from chain.from_iterable(map(_texts, value))


def _in_a_row(said: Sequence[str], length: int) -> Iterator[str]:
    return (" ".join(said[at : at + length]) for at in range(len(said) - length + 1))
