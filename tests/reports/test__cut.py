from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cuebook.reports._cut import NOTICE, cut_markdown

PARSER = MarkdownIt("commonmark")

PIECES = st.sampled_from(
    [
        "short",
        "日本語のテキスト" * 5,
        "```text\ncode\nmore\n```",
        "````text\n```\n@x\n```\n````",
        "```text\n" + "long block\n" * 300 + "```",
        "<details>\n<summary>x</summary>\n\ninside\n\n</details>",
        "<details>\n\n```text\n</details>\n```\n\n</details>",
        "😀" * 40,
    ]
)


@given(pieces=st.lists(PIECES, max_size=40), limit=st.integers(300, 6000))
@settings(max_examples=150, deadline=None)
def test_a_cut_closes_what_it_opens(pieces: list[str], limit: int) -> None:
    text = "\n\n".join(pieces) + "\n"
    made = cut_markdown(text, limit)
    if len(text.encode()) <= limit:
        assert made == text
        return
    assert len(made.encode()) <= limit
    assert made.rstrip().endswith(NOTICE)
    assert PARSER.parse(made)[-2].content == NOTICE
    outside = "\n".join(token.content for token in PARSER.parse(made) if token.type == "html_block")
    assert outside.count("<details>") == outside.count("</details>")


def test_a_cut_prefers_to_fall_between_blocks() -> None:
    block = "```text\n" + "line\n" * 50 + "```\n\n"
    made = cut_markdown(block * 30, 3_000)
    assert made.removesuffix(f"\n{NOTICE}\n").rstrip().endswith("line\n```")
    assert made.count("```") % 2 == 0
    assert "line\n" * 50 in made[-400:]


def test_a_cut_goes_into_a_block_that_is_too_long() -> None:
    made = cut_markdown("start\n\n```text\n" + "line\n" * 2_000 + "```\n", 6_000)
    assert 3_000 < len(made.encode()) <= 6_000
    assert made.endswith(f"line\n```\n\n{NOTICE}\n")


@pytest.mark.parametrize("extra", [0, 1])
def test_the_limit_is_in_bytes(extra: int) -> None:
    text = "é" * 4_000 + "\n" + "é" * 1_000 + "x" * extra
    assert (cut_markdown(text, 10_001) == text) is (extra == 0)
