from __future__ import annotations

import re
from pathlib import Path

import pytest

from cuebook.site.foreign import foreign_problems
from fixtures.built_site import built


def test_pages_of_the_theme_and_guides_of_text_and_pictures_are_fine() -> None:
    for path in [*built().root.glob("guides/*.html"), built().root / "index.html", built().root / "404.html"]:
        assert foreign_problems(path.read_text("utf-8")) == [], path


@pytest.mark.parametrize(
    "markup",
    [
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        "<META HTTP-EQUIV = refresh content=0>",
        '<meta name="viewport" http-equiv="refresh" content="0">',
        '<meta name="referrer" content="unsafe-url">',
        "<iframe src=x>",
        "<IFRAME/src=x>",
        "<object data=x></object>",
        "<embed src=x>",
        '<base href="https://evil.example/">',
        "<form action=x><input></form>",
        '<form class="cb-search" role="search" action="https://evil.example/find.html">',
        '<form class="cb-search" role="search" action="//evil.example/find.html">',
        '<form class="cb-search" role="search" action="find.html" method="post">',
        '<form class="cb-search" role="search">',
        "<button formaction=x>y</button>",
        "<frameset><frame src=x></frameset>",
        "<link rel=preconnect href=https://evil.example>",
        "<style>@import 'x'</style>",
        "<svg><style><meta http-equiv=refresh content=0></style></svg>",
        "<!--x--!><meta http-equiv=refresh content=0><!-- -->",
        "<!--><iframe src=x><!-- -->",
        "<![CDATA[><meta http-equiv=refresh content=0>]]>",
        "<?x ><iframe>",
        "<video src=x></video>",
        "<template><iframe></iframe></template>",
        "<noembed><p title='</noembed><iframe>'>",
    ],
)
def test_what_loads_leads_elsewhere_or_sends_is_refused(markup: str) -> None:
    assert foreign_problems(f"<html><body><p>{markup}</p></body></html>")


@pytest.mark.parametrize(
    "markup",
    [
        "<b>bold</b>",
        '<img src="a.png" alt="x">',
        "<details><summary>x</summary>y</details>",
        "<!-- a note -->",
        "<code>&lt;iframe&gt;</code>",
        "<p title='<iframe>'>x</p>",
        "a < b",
        "<svg viewBox='0 0 1 1'></svg>",
    ],
)
def test_text_and_pictures_are_allowed(markup: str) -> None:
    assert foreign_problems(f"<html><body>{markup}</body></html>") == []


def test_the_scripts_of_every_page_have_their_digests(tmp_path: Path) -> None:
    for path in built().root.rglob("*.html"):
        text = path.read_text("utf-8")
        assert (
            len(re.findall(r"<script src=[^>]* integrity=\"sha256-", text)) == text.count("<script src=") > 0
        )
