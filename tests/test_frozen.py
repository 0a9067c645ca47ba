"""Digests, published bytes, keys of replies and digests of cases that must never move.

``compat/frozen.txt`` was written before versions could have tools, parts and a history. Versions are
immutable, so no row of it is ever edited: ``name/version digest artifact keys``, or ``case digest``. A new
version or suite gets its rows by ``python tests/test_frozen.py``, which adds what is missing and no more.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cuebook.core.canonical import digest, digest_bytes
from cuebook.core.files import Folder
from cuebook.gate.prepared import filled
from cuebook.publish.artifacts import artifact, artifact_bytes
from cuebook.registry.reader import Registry
from cuebook.shapes.run import Case, ModelCall, Version

ROOT = Path(__file__).resolve().parent.parent
TABLE = Path(__file__).parent / "compat" / "frozen.txt"
REGISTRY = Registry(Folder(ROOT))
FEW = 3
"""Cases of each suite that are frozen."""

ROWS = {name: rest for name, *rest in map(str.split, TABLE.read_text("utf-8").splitlines())}
VERSIONS = [name for name in ROWS if "/" in name]


def _short(text: str) -> str:
    return text.removeprefix("sha256:")[:20]


def _cases(prompt: str) -> list[Case]:
    suites = REGISTRY.suites_of(prompt)
    return [item for suite in suites for item in suite.cases if item.id in ROWS]


def _keys(version: Version) -> str:
    """The keys of the calls of the frozen cases, as one digest; of a judge, of its texts unfilled."""
    messages = [filled(version, item.inputs) for item in _cases(version.prompt)]
    messages = messages or [tuple(dict(item) for item in version.messages or ())]
    return _short(digest([ModelCall.of(version, item, repeat=1).key for item in messages]))


def _row(ref: str) -> list[str]:
    version = REGISTRY.resolve(ref)
    return [_short(version.digest), _short(digest_bytes(artifact_bytes(artifact(version)))), _keys(version)]


@pytest.mark.parametrize("ref", VERSIONS)
def test_a_version_keeps_digest_published_bytes_and_keys(ref: str) -> None:
    assert _row(ref) == ROWS[ref]


def test_a_case_keeps_its_digest() -> None:
    known = {
        item.id: [_short(item.digest)]
        for suite in map(REGISTRY.suite, REGISTRY.suite_names())
        for item in suite.cases
        if item.id in ROWS
    }
    assert known == {name: row for name, row in ROWS.items() if "/" not in name}


def _write() -> None:
    for suite in map(REGISTRY.suite, REGISTRY.suite_names()):
        for item in suite.cases[:FEW]:
            ROWS.setdefault(item.id, [_short(item.digest)])
    for name in REGISTRY.names():
        for version in REGISTRY.versions(name):
            if version.ref not in ROWS:
                ROWS[version.ref] = _row(version.ref)
    TABLE.write_text("".join(f"{name} {' '.join(row)}\n" for name, row in sorted(ROWS.items())), "utf-8")


if __name__ == "__main__":
    _write()
