from __future__ import annotations

from pathlib import Path

import pytest

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.site import build

EMPTY = '<html><head><meta charset="utf-8"></head><body>{}</body></html>'


@pytest.mark.parametrize(
    ("files", "broken"),
    [
        ({"a.html": '<a href="b/c.html">x</a>', "b/c.html": '<a href="../a.html">x</a>'}, []),
        ({"a.html": '<a href="#x">x</a><p id="x">'}, []),
        ({"a.html": '<a href="b.html#y">x</a>', "b.html": '<p id="y">'}, []),
        ({"a.html": '<a href="b/">x</a>', "b/index.html": "x"}, []),
        ({"a.html": '<a href="/team/b.html">x</a>', "b.html": "x"}, []),
        ({"a.html": '<a href="https://s.org/team/b.html">x</a>', "b.html": "x"}, []),
        ({"a.html": '<a href="https://other.org/zz">x</a><a href="mailto:a@b.c">x</a>'}, []),
        ({"a.html": '<img src="data:image/gif;base64,AA">'}, []),
        ({"a.html": '<a href="b%20c.html">x</a>', "b c.html": "x"}, []),
        ({"a.html": '<a href="&#98;.html">x</a>', "b.html": "x"}, []),
        ({"a.html": '&lt;a href=&quot;no.html&quot;> text with href="no.html" in it'}, []),
        ({"a.html": '<a href="no.html">x</a>'}, ["no.html"]),
        ({"a.html": "<a href=no.html>x</a><img src='no.png'>"}, ["no.html", "no.png"]),
        ({"a.html": '<a title="a > b" href="no.html">x</a>'}, ["no.html"]),
        ({"a.html": '<a href="b.html#y">x</a>', "b.html": '<p id="z">'}, ["anchor 'y'"]),
        ({"a.html": '<a href="#x">x</a>'}, ["anchor 'x'"]),
        ({"a.html": '<a href="../../etc/passwd">x</a>'}, ["etc/passwd"]),
        ({"a.html": '<a href="https://s.org/team/no.html">x</a>'}, ["no.html"]),
        ({"a.html": '<a href="javascript:alert(1)">x</a>'}, ["javascript"]),
        ({"a.html": '<a href="//evil.org/x">x</a>'}, ["evil"]),
        ({"a.html": '<p onclick="x()">y</p>'}, ["onclick"]),
        ({"a.html": "<p style='color:red'>y</p>"}, ["style"]),
        ({"a.html": "<script>alert(1)</script>"}, ["inline script"]),
        ({"a.html": "<script>if (a<b) '<a href=\"no.html\">'</script>"}, ["inline script"]),
        ({"a.html": '<script>__md_scope=new URL("..",location)</script>'}, []),
        ({"a.html": '<script type="application/json">{"href": "no.html"}</script>'}, []),
        ({"a.html": '<p title="onclick=no">text onclick=no</p>'}, []),
    ],
)  # fmt: skip
def test_links_and_scripts_of_a_built_site(tmp_path: Path, files: dict[str, str], broken: list[str]) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(EMPTY.format(text), "utf-8")
    said = [problem.message for problem in problems(tmp_path)]
    assert len(said) == len(broken), said
    assert all(word in message for word, message in zip(broken, said, strict=True))


def problems(root: Path) -> list[Problem]:
    try:
        build._finish(root, {}, "https://s.org/team/")
    except InvalidFiles as error:
        return error.problems
    return []


def test_a_page_without_a_place_for_the_policy_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<html><head></head></html>")
    with pytest.raises(InvalidFiles, match="no place for its content security policy"):
        build._finish(tmp_path, {}, "")
