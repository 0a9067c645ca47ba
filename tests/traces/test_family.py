from __future__ import annotations

from pathlib import Path

import pytest

from cuebook import traces
from cuebook.core.errors import UsageError


@pytest.mark.parametrize("name", traces.names())
def test_a_member_keeps_the_contract_and_has_a_test(name: str) -> None:
    member = traces.find(name)
    assert (member.__doc__ or "").strip()
    assert member.FILES.startswith("*.")
    assert not member.sniff("x.unknown", b"\xff\0{{")
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


def test_a_file_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "LARGEST", 3)
    with pytest.raises(UsageError, match="the limit is 3"):
        traces.read("rows.csv", b"a,b\n")


def test_what_one_format_knows_is_never_taken_for_rows() -> None:
    assert [name for name in traces.names() if traces.find(name).FALLBACK] == ["rows"]
    assert traces.read("a.jsonl", b'{"promptName": "qa", "type": "GENERATION"}\n')[0] == "langfuse"
    assert traces.read("a.jsonl", b'{"question": "why", "answer": "so"}\n')[0] == "rows"
