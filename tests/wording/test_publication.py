from __future__ import annotations

from typing import get_args

from cuebook.core.errors import UPGRADE
from cuebook.wording.publication import _SAID, Conflict, ConflictCode, conflict_line, refused


def test_every_code_has_its_sentence() -> None:
    assert set(_SAID) == set(get_args(ConflictCode))


def test_digests_are_cut_to_what_people_compare() -> None:
    facts = {"was": "sha256:" + "a" * 64, "now": "sha256:" + "b" * 64}
    assert conflict_line(Conflict("v1.json", "other_digest", facts)) == (
        "v1.json: published with digest sha256:aaaaaaaaaaaa, would get sha256:bbbbbbbbbbbb"
    )


def test_a_refused_publication_lists_all_conflicts_and_says_what_to_do() -> None:
    outcomes = {"was": "pass", "now": "fail"}
    error = refused([Conflict("a", "vanishes", {}), Conflict("b", "other_outcome", outcomes)])
    assert error.message.splitlines() == [
        "publishing would change or drop what is already published; nothing was written",
        "    a: would disappear",
        "    b: pass on the same digests, would become fail",
    ]
    assert 'cuebook new NAME -m "Why this version"' in error.hint
    assert "cuebook gate NAME/VERSION --rerun" in error.hint
    alone = refused([Conflict("b", "other_outcome", outcomes)])
    assert "put its file back" not in alone.hint, "no file of a version changed"


def test_what_a_newer_release_wrote_is_cured_first() -> None:
    newer = Conflict("a", "newer", {"schema": "cuebook/index/9"})
    error = refused([Conflict("b", "vanishes", {}), newer])
    assert "    a: holds cuebook/index/9, which was written by a newer Cuebook" in error.message
    assert error.hint == UPGRADE
    coded = Conflict("a", "newer_code", {"schema": "cuebook/evaluation/2", "code": "causes.0.code 'odd'"})
    said = "a: holds cuebook/evaluation/2 with causes.0.code 'odd', which only a newer Cuebook knows"
    assert said in refused([coded]).message
    assert refused([coded]).hint == UPGRADE
