from __future__ import annotations

import pytest

from cuebook.registry.guides import guide_problem

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


@pytest.mark.parametrize("path", ["a.md", "b/c.PNG", "d.jpeg", "e.webp"])
def test_text_and_pictures(path: str) -> None:
    assert guide_problem(path, b"x") is None


@pytest.mark.parametrize(
    "path",
    ["a.js", "a.mjs", "a.htm", "a.html", "a.css", "a.wasm", "a", "a.md.js", "a.xml", "a.svgz", ".htaccess"],
)
def test_other_kinds_of_file_are_not_published(path: str) -> None:
    assert guide_problem(path, b"x")


@pytest.mark.parametrize(
    "body",
    [
        "<path d='M0 0'/>",
        "<a href='#x'><text>x</text></a>",
        "<style>path{fill:red}</style>",
        "<image xlink:href='data:image/png;base64,AA'/>",
        "<animate attributeName='opacity'/>",
        "<!-- note -->",
    ],
)
def test_a_plain_drawing(body: str) -> None:
    assert guide_problem("a.svg", f"{HEAD}{body}</svg>".encode()) is None


@pytest.mark.parametrize(
    "data",
    [
        f"{HEAD}<script>alert(1)</script></svg>",
        f"{HEAD}<x:script xmlns:x='http://www.w3.org/1999/xhtml'>1</x:script></svg>",
        f"{HEAD}<path onload='alert(1)'/></svg>",
        f"{HEAD}<path oNcLick='alert(1)'/></svg>",
        f"{HEAD}<foreignObject><p/></foreignObject></svg>",
        f"{HEAD}<a href='javascript:alert(1)'/></svg>",
        f"{HEAD}<a xlink:href=' &#106;avascript:alert(1)'/></svg>",
        f"{HEAD}<image href='https://evil.example/x.png'/></svg>",
        f"{HEAD}<use href='data:image/svg+xml;base64,AA'/></svg>",
        f"{HEAD}<set attributeName='onclick' to='alert(1)'/></svg>",
        f"{HEAD}<animate attributeName='xlink:href' to='javascript:1'/></svg>",
        "<!DOCTYPE svg [<!ENTITY x 'y'>]>" + HEAD + "&x;</svg>",
        "<?xml-stylesheet href='x.xsl'?>" + HEAD + "</svg>",
        "<?xml version='1.0' encoding='utf-7'?>" + HEAD + "</svg>",
        f"{HEAD}<path></svg>",
        "<html><script>1</script></html>",
        "",
    ],
)
def test_a_picture_that_a_browser_would_run_something_in(data: str) -> None:
    assert guide_problem("a.svg", data.encode())


def test_a_picture_in_another_encoding_is_refused() -> None:
    assert guide_problem("a.svg", f"{HEAD}</svg>".encode("utf-16"))
