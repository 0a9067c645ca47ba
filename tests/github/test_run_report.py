from __future__ import annotations

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest

from claims import HEAD, a_claim, artifact, zipped
from cuebook.core.errors import UPGRADE, InvalidFiles
from cuebook.core.layout import USUAL, Layout
from cuebook.github import run_report
from cuebook.github.run_report import Expected, read
from cuebook.shapes._base import encode
from verdicts import FAIL, INCONCLUSIVE, PASS, verdict

EXPECTED = Expected("gate", "o/r", "pull_request", HEAD)


def test_a_claim_about_this_run_is_read_whole() -> None:
    files = {"gate.json": b"[]", "gate.md": b"x", "gate.annotations.txt": b"", "gate.xml": b"<x/>"}
    assert read(artifact(a_claim(), **files), EXPECTED) == a_claim()
    nothing = a_claim(verdicts=[], lines=["nothing to evaluate"])
    assert read(artifact(nothing), EXPECTED) == nothing


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"head": "b" * 40}, "its head is"),
        ({"repository": "evil/r"}, "its repository is"),
        ({"event": "merge_group"}, "its event is"),
        ({"step": "check"}, "its step is"),
    ],
)
def test_a_claim_about_something_else_is_refused(changes: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidFiles, match=said):
        read(artifact(a_claim(**changes)), EXPECTED)


def test_a_claim_with_a_code_of_a_newer_release_is_refused_as_such() -> None:
    data = json.loads(encode(a_claim())) | {"nothing": [{"code": "brand_new_code"}]}
    with pytest.raises(InvalidFiles) as caught:
        read(zipped({"claim.json": json.dumps(data).encode()}), EXPECTED)
    (problem,) = caught.value.problems
    assert problem.message == "a newer Cuebook wrote it: nothing.0.code 'brand_new_code' is not known here"
    assert problem.hint == UPGRADE


@pytest.mark.parametrize(
    "change",
    [
        {"head": "HEAD"},
        {"exit_code": "0"},
        {"exit_code": 999},
        {"schema": "cuebook/claim/3"},
        {"verdicts": [{"outcome": "pass"}]},
        {"lines": ["x" * 5_000]},
        {"lines": ["x"] * 1_001},
        {"verdicts": None},
    ],
)
def test_a_wrong_shape_is_refused(change: dict[str, Any]) -> None:
    data = json.loads(encode(a_claim())) | change
    with pytest.raises(InvalidFiles, match="shape"):
        read(zipped({"claim.json": json.dumps(data).encode()}), EXPECTED)


@pytest.mark.parametrize("key", ["pull_request", "number", "token"])
def test_a_key_that_a_claim_does_not_have_is_left_out(key: str) -> None:
    """Which pull request it is about is looked up from the commit, whatever a claim says."""
    data = json.loads(encode(a_claim())) | {key: 7}
    assert read(zipped({"claim.json": json.dumps(data).encode()}), EXPECTED) == a_claim()


def test_a_verdict_whose_names_lead_elsewhere_is_refused() -> None:
    names: list[dict[str, Any]] = [
        {"prompt": "../../x"},
        {"suite": "a/b"},
        {"candidate": PASS.candidate.model_copy(update={"version": -1})},
        {"candidate": PASS.candidate.model_copy(update={"digest": "../x"})},
    ]
    for change in names:
        with pytest.raises(InvalidFiles, match="names what cannot be"):
            read(artifact(a_claim(verdicts=[verdict("pass", **change)])), EXPECTED)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../claim.json", "holds '../claim.json'"),
        ("/etc/passwd", "holds"),
        ("sub/gate.json", "holds"),
        ("gate.json.exe.x", "holds"),
        ("claim.json/", "holds"),
    ],
)
def test_a_strange_name_in_the_zip_is_refused(name: str, said: str) -> None:
    with pytest.raises(InvalidFiles, match=said):
        read(zipped({"claim.json": encode(a_claim()), name: b"x"}), EXPECTED)


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped({"claim.json": b"[" * (run_report.MAX_CLAIM + 1)})
    assert len(bomb) < 1 << 20
    with pytest.raises(InvalidFiles, match="more than 67,108,864 bytes"):
        read(bomb, EXPECTED)
    monkeypatch.setattr(run_report, "MAX_ARTIFACT", 10)
    with pytest.raises(InvalidFiles, match="more than 10 bytes"):
        read(artifact(a_claim()), EXPECTED)


TORN = artifact(a_claim())[:-30]
ODD = artifact(a_claim()).replace(b"\x08\x00", b"\x63\x00")
"""Packed in a way that nobody knows."""


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip", TORN, ODD])
def test_a_broken_zip_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidFiles, match="zip"):
        read(data, EXPECTED)


def test_a_zip_without_the_claim_or_with_two_is_refused() -> None:
    with pytest.raises(InvalidFiles, match="does not hold it"):
        read(zipped({"gate.json": b"[]"}), EXPECTED)
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("claim.json", encode(a_claim()))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("claim.json", b"{}")
    with pytest.raises(InvalidFiles, match="too many files"):
        read(out.getvalue(), EXPECTED)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"{", b"[" * 5_000, b'{"a": 1, "a": 2}', b'{"a": NaN}'])
def test_what_is_not_json_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidFiles, match="not JSON"):
        read(zipped({"claim.json": data}), EXPECTED)


@pytest.mark.parametrize(
    ("changes", "conclusion"),
    [
        ({}, "success"),
        ({"verdicts": []}, "neutral"),
        ({"verdicts": [PASS, INCONCLUSIVE]}, "neutral"),
        ({"verdicts": [PASS, FAIL]}, "neutral"),
        ({"exit_code": 1}, "failure"),
        ({"exit_code": 3, "verdicts": [INCONCLUSIVE]}, "failure"),
    ],
)
def test_the_conclusion(changes: dict[str, Any], conclusion: str) -> None:
    assert a_claim(**changes).conclusion == conclusion


@pytest.mark.parametrize(
    ("folders", "layout"),
    [
        ({}, USUAL),
        ({"prompts_dir": "llm/prompts", "evals_dir": "llm/evals"}, Layout("llm/prompts", "llm/evals")),
        ({"prompts_dir": "../../etc", "evals_dir": "llm/evals"}, USUAL),
        ({"prompts_dir": "@all ping", "evals_dir": "x"}, USUAL),
    ],
)
def test_the_comment_names_files_as_the_repository_keeps_them(
    folders: dict[str, str], layout: Layout
) -> None:
    assert a_claim(**folders).layout == layout
