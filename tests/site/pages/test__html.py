from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.site.pages._html import Html, join, kept, pre, tag


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (tag("p"), "<p></p> "),
        (tag("p", "a<b"), "<p>a&#60;b</p> "),
        (tag("p", tag("b", "x"), "y", None, 3), "<p><b>x</b>y3</p> "),
        (tag("p", [["a", [tag("i", "b")]], ()]), "<p>a<i>b</i></p> "),
        (
            tag("p", class_="x", data_y="z", aria_label="a b"),
            '<p class="x" data-y="z" aria-label="a b"></p> ',
        ),
        (tag("p", hidden=True, open=False, id=None), "<p hidden></p> "),
        (tag("td", colspan=1), '<td colspan="1"></td> '),
        (tag("p", title='"><script>'), '<p title="&#34;&#62;&#60;script&#62;"></p> '),
        (tag("span", "a", class_="cb-sub"), ' <span class="cb-sub">a</span> '),
        (tag("input", type="search"), '<input type="search">'),
        (join(), ""),
    ],
)
def test_elements(made: Html, expected: str) -> None:
    assert made == expected
    assert isinstance(made, Html)


def test_unseen_characters_are_named_and_kept() -> None:
    made = kept("a\u202eb\u200b\n \n\U000e0041")
    assert unescape(re.sub(r"<[^>]*>", "", made)) == "a\u202eb\u200b\n \n\U000e0041"
    assert re.findall(r'data-name="([^"]*)"', made) == ["U+202E", "U+200B", "U+E0041"]
    assert kept("plain \u200d caf\u00e9") == "plain &#8205; caf&#233;"


@given(st.text(st.sampled_from("a <&\n \t`*_{}\u00e9\U0001f600"), max_size=40))
def test_text_in_pre_survives_markdown(text: str) -> None:
    block = pre(kept(text))
    assert unescape(block).removeprefix("<pre>\n").removesuffix("</pre>") == text
    # Python-Markdown empties lines of spaces, and expands tabs.
    assert not any(line and line.isspace() for line in block.split("\n"))
    assert "\t" not in block
