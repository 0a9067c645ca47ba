from __future__ import annotations

import importlib.util
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.site import build
from cuebook.site.html_check import harden, scan
from cuebook.site.theme_files import theme
from fixtures.built_site import built

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
        ({"a.html": '<p title="x"onclick=y()>z</p>'}, ["onclick"]),
        ({"a.html": "<svg/onload=x()>"}, ["onload"]),
        ({"a.html": '<a\nhref="no.html">x</a>'}, ["no.html"]),
        ({"a.html": "<script>alert(1)</script>"}, ["inline script"]),
        ({"a.html": "<script>if (a<b) '<a href=\"no.html\">'</script>"}, ["inline script"]),
        ({"a.html": '<script>__md_scope=new URL("..",location)</script>'}, ["inline script"]),
        ({"a.html": '<script>__md_scope=new URL(".",location);alert(1)</script>'}, ["inline script"]),
        ({"a.html": '<script type="text/javascript">1</script>'}, ["inline script"]),
        ({"a.html": '<script data-type="application/json">1</script>'}, ["inline script"]),
        ({"a.html": "<script>alert(1)"}, ["does not end"]),
        ({"a.html": "<script>alert(1)</script >"}, ["does not end"]),
        ({"a.html": '<script src="evil.js"></script>', "evil.js": "1"}, ["not one of", "theme alone"]),
        ({"a.html": '<script src="https://evil.org/a.js"></script>'}, ["not one of the theme"]),
        ({"a.html": '<SCRIPT SRC="b.html"></SCRIPT>', "b.html": "x"}, ["not one of the theme"]),
        ({"a.html": "x", "b.htm": "<script>1</script>"}, ["theme alone"]),
        ({"a.html": "x", "b/c.MJS": "1", "d.xhtml": "x"}, ["theme alone", "theme alone"]),
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
        build._finish(root, "https://s.org/team/", {})
    except InvalidFiles as error:
        return error.problems
    return []


class Whole(HTMLParser):
    """Reads a page from its first character to its last."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: set[str] = set()
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links |= {value or "" for name, value in attrs if name in {"href", "src"}}
        self.anchors |= {value or "" for name, value in attrs if name == "id" or (tag, name) == ("a", "name")}


def test_a_parser_of_whole_pages_finds_the_same() -> None:
    for path in built().root.rglob("*.html"):
        text = path.read_text("utf-8")
        whole, found = Whole(), scan(text)
        whole.feed(text)
        assert (set(found.links), found.anchors, found.problems) == (whole.links, whole.anchors, []), path


def test_a_page_without_a_place_for_the_policy_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<html><head></head></html>")
    with pytest.raises(InvalidFiles, match="no place for its content security policy"):
        build._finish(tmp_path, "", {})


def script(path: str) -> str:
    return next(name for name in theme().files if name.endswith(path))


def test_a_script_of_the_theme_has_its_digest(tmp_path: Path) -> None:
    bundle = script(".min.js")
    text, said = harden(EMPTY.format(f'<script src="../{bundle}"></script>'), "guides/a.html", "")
    assert said == []
    assert f'<script src="../{bundle}" integrity="{theme().integrity(bundle)}"></script>' in text
    assert "script-src 'self';" in text


@pytest.mark.parametrize(
    "src",
    ["{}?x", "{}#x", "./%61ssets/x", "{}/", "\\{}", "assets/../{}x", "//evil.org/{}", "https://evil.org/{}"],
)
def test_another_way_to_write_an_address_is_none_of_the_themes(src: str) -> None:
    src = src.format(script(".min.js"))
    (said,) = harden(EMPTY.format(f'<script src="{src}"></script>'), "a.html", "https://s.org/team/")[1]
    assert "not one of the theme's" in said


def test_a_script_that_the_theme_does_not_have_these_bytes_of(tmp_path: Path) -> None:
    bundle = script(".min.js")
    (tmp_path / bundle).parent.mkdir(parents=True)
    (tmp_path / bundle).write_text("alert(1)")
    (tmp_path / "a.html").write_text(EMPTY.format("x"))
    assert [problem.file for problem in problems(tmp_path)] == [bundle]


@pytest.mark.parametrize("base", ["..", "../..", ".", "/", "/team/"])
def test_an_inline_script_of_the_theme_is_known_as_a_whole(base: str) -> None:
    source = importlib.util.find_spec("material")
    assert source is not None
    assert source.submodule_search_locations
    folder = Path(source.submodule_search_locations[0]) / "templates/partials/javascripts"
    whole = (folder / "base.html").read_text().partition("<script>")[2].partition("</script>")[0]
    made = re.sub(r"\{\{.*?\}\}", base, whole)
    assert theme().knows(made)
    for wrong in (f"{made};alert(1)", f" {made}", made.replace(base, '");alert(1);("', 1), made[:40]):
        assert not theme().knows(wrong)
