from __future__ import annotations

from pathlib import Path

import pytest

from cuebook import importers
from cuebook.core.errors import UsageError


@pytest.mark.parametrize("name", importers.names())
def test_a_member_keeps_the_contract_and_has_a_test(name: str) -> None:
    member = importers.find(name)
    assert (member.__doc__ or "").strip()
    assert member.sniff("x.unknown", b"\xff\0{{") == "no"
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UsageError) as unknown:
        importers.find("prompt_yaml")
    assert "did you mean 'prompt_yml'?" in unknown.value.hint


@pytest.mark.parametrize(
    ("path", "data", "found"),
    [
        ("a.prompt.yml", b"messages: []", "prompt_yml"),
        ("deep/a.prompt.yaml", b"messages: []\nname: x", "prompt_yml"),
        ("a.prompt.yml", b"message: one of ours\nmessages: []", None),
        ("a.prompt.yml", b"messages: [", "prompt_yml"),
        ("a_prompt.yml", b"messages: []", "prompt_yml"),
        ("a.prompt.yml", b"", "prompt_yml"),
        ("a.yml", b"messages: []", None),
    ],
)
def test_sniffing(path: str, data: bytes, found: str | None) -> None:
    if found:
        assert importers.sniff(path, data) == found
    else:
        with pytest.raises(UsageError, match="no importer knows this file") as caught:
            importers.sniff(path, data)
        assert all(importers.find(name).FILES in caught.value.hint for name in importers.names())
