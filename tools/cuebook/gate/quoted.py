"""Which cases a version's own text repeats: answers to these show what it was told. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain

from cuebook.core.errors import CuebookError
from cuebook.core.messages import texts
from cuebook.core.templating import render
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
    told = _words(" ".join((*_texts(version.behaviour), *_as_sent(version))))
    vocabulary, whole = set(told), f" {' '.join(told)} "
    # Looked up, and not searched for: a long text and many cases would take minutes.
    runs = {" ".join(told[at : at + length]) for length in (RUN, 2 * RUN) for at in range(len(told))}
    found: dict[str, set[str]] = {}
    for case in cases:
        inputs = list(map(_words, _inputs(version, case)))
        for run, is_whole in _telling(inputs, vocabulary):
            if run in runs or (is_whole and f" {run} " in whole):
                found.setdefault(run, set()).add(case.unit)
    units = set(chain.from_iterable(those for those in found.values() if len(those) == 1))
    return frozenset(case.id for case in cases if case.unit in units)


def _words(text: str) -> list[str]:
    """The words of a text; a model reads those that underscores join as well."""
    return words(text.replace("_", " "))


def _as_sent(version: Version) -> Iterator[str]:
    """What a model gets of the version's own words, without what a template puts between them."""
    blank = {
        name: spec.get("default", _BLANK.get(spec.get("type", ""), "-"))
        for name, spec in version.inputs.items()
    }
    with suppress(CuebookError):  # what cannot be filled so is looked at as it is written
        yield from render(texts(version.behaviour), blank, version.inputs, version.template_format)


_BLANK: Mapping[str, Json] = {
    "number": 0,
    "integer": 0,
    "boolean": True,
    "array": [],
    "messages": [],
    "object": {},
}
"""What stands in for an input that a case gives; a mark, which is no word, for a text."""


def _telling(inputs: Sequence[Sequence[str]], vocabulary: Collection[str]) -> Iterator[tuple[str, bool]]:
    """The words in a row that would tell a case, all of them in the vocabulary, and if they are an input."""
    every = sum(map(len, inputs))
    for said in inputs:
        scale = 2 if 2 * sum(map(is_word_sign, said)) > len(said) else 1
        if len(said) < (WHOLE if len(said) == every else PART) * scale:
            continue
        length = min(len(said), RUN * scale)
        streak = 0
        for at, word in enumerate(said, 1):
            streak = streak + 1 if word in vocabulary else 0
            if streak >= length:
                yield " ".join(said[at - length : at]), length == len(said)


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
