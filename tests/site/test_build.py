from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cuebook.core.errors import InvalidFiles, UsageError
from cuebook.registry.settings import Settings
from cuebook.site import build
from cuebook.site.pages import Page
from fixtures.built_site import built
from fixtures.reading import read, shown
from fixtures.site_catalog import NASTY, FakeCatalog, artifact


def test_every_page_and_guide_is_there() -> None:
    made = built()
    for name in ("index", "prompts/qa-assistant/index", "prompts/qa-assistant/v2-v3", "guides/gate", "404"):
        assert (made.root / f"{name}.html").is_file()
    assert (made.root / "reports/ticket-triage/v2/ticket-triage-german.html").is_file()
    assert made.summary.guides == len(list(Path(__file__).parents[2].glob("site/guides/*.md")))
    assert re.fullmatch(r"\d+ pages and \d+ guides in \d+\.\d s", str(made.summary))


def test_published_json_is_untouched() -> None:
    made = built()
    paths = [path.relative_to(made.api) for path in made.api.rglob("*.json")]
    assert len(paths) > 20
    assert all((made.root / path).read_bytes() == (made.api / path).read_bytes() for path in paths)


def test_hostile_text_round_trips_through_the_generator() -> None:
    document = read((built().root / "prompts/hostile/v2.html").read_text("utf-8"))
    texts = [item.text for item in document.find("pre", class_="cb-text")]
    assert texts == [shown(f"2{NASTY}"), shown(NASTY)]


def test_every_page_has_a_policy_that_lets_only_the_theme_s_scripts_run() -> None:
    for path in built().root.rglob("*.html"):
        text = path.read_text("utf-8")
        (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
        assert text.index("Content-Security-Policy") < text.index("<script")
        assert 3 <= policy.count("'sha256-") <= 4
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
        assert '<form class="cb-search" role="search" action="' in text


@cache
def seen_on_pages() -> tuple[dict[str, set[str]], list[str]]:
    """Blank cells of tables by their kind, and what pages load; parsing a page takes long, so once."""
    drawn = ("svg", "input", "select", "button")
    blank: dict[str, set[str]] = {"td": set(), "th": set()}
    urls = []
    for path in built().root.rglob("*.html"):
        document = read(path.read_text("utf-8"))
        for cell, found in blank.items():
            found |= {
                f"{path.relative_to(built().root)}: {item.attributes}"
                for item in document.find(cell)
                if not item.words and not any(item.find(name) for name in drawn)
            }
        loaded = [item for name in ("script", "img", "link", "iframe") for item in document.find(name)]
        urls += [item.attributes.get("src") or item.attributes.get("href") or "" for item in loaded]
    return blank, urls


@pytest.mark.parametrize("cell", ["td", "th"])
def test_no_cell_of_a_table_is_blank(cell: str) -> None:
    """What is not known or does not apply is said, and every column has a name."""
    blank, _ = seen_on_pages()
    assert not blank[cell]


def test_nothing_comes_from_other_hosts() -> None:
    _, urls = seen_on_pages()
    outside = [url for url in urls if "//" in url]
    assert outside
    assert all(url.startswith("https://prompts.example.org/team/") for url in outside), outside


PROGRAMS = {
    "propose": "cb-propose",
    "compare": "cb-compare",
    "find": "cb-find",
    "cases": "cb-every-case",
    "history": "cb-history",
}
"""Scripts that are loaded where an element has this id."""


def needed(path: Path, known: set[Path]) -> set[Path]:
    """A page, or a script of ours, with every style and script that it loads."""
    if path in known:
        return known
    known = known | {path}
    text = path.read_text("utf-8") if path.suffix == ".html" or "cuebook" in path.parts else ""
    if path.suffix == ".html":
        found = re.findall(
            r'<(?:link[^>]* href|script[^>]* src|img[^>]* src)="([^"#]+\.(?:css|js|svg))"', text
        )
        found += re.findall(r'"search": "([^"]+)"', text)
        up = "../" * (len(path.relative_to(built().root).parts) - 1)
        found += [
            f"{up}assets/cuebook/{name}.js" for name, mark in PROGRAMS.items() if f'id="{mark}"' in text
        ]
    else:
        found = re.findall(r'^import [^;]*"(\./[a-z]+\.js)"|^} from "(\./[a-z]+\.js)"', text, re.MULTILINE)
        found = [first or second for first, second in found]
    for name in found:
        known = needed((path.parent / name).resolve(), known)
    return known


@pytest.mark.parametrize(
    "name",
    [
        "index",
        "prompts/qa-assistant/index",
        "prompts/qa-assistant/v4",
        "prompts/qa-assistant/v3-v4",
        "reports/qa-assistant/v4/qa-assistant",
        "reports/qa-assistant/v4/qa-assistant/cases",
        "compare",
        "propose",
        "history",
        "find",
        "gate-health",
        "page/gate-method",
        "page/glossary",
        "guides/propose",
    ],
)
def test_a_first_visit_is_light(name: str) -> None:
    """What hosts send for a page, packed as they pack it; the search index and published JSON come later."""
    files = needed((built().root / f"{name}.html").resolve(), set())
    assert len(files) > 6
    assert len([path for path in files if path.suffix == ".js"]) > (8 if name == "propose" else 2)
    assert sum(len(gzip.compress(path.read_bytes(), 6)) for path in files) < 150_000


def test_navigation_holds_no_prompt() -> None:
    settings = (built().work / "mkdocs.yml").read_text("utf-8")
    nav = settings[settings.index("\nnav:") :]
    assert "guides/gate.md" in nav
    assert "Prompts: index.md" in nav
    assert "prompts/" not in nav
    assert "reports/" not in nav
    assert (built().root / "prompts/qa-assistant/v3.html").stat().st_size < 62_000


def test_the_index_of_the_generator_has_no_prompt() -> None:
    docs = json.loads((built().root / "search/search_index.json").read_bytes())["docs"]
    places = [item["location"] for item in docs]
    assert "guides/report.html" in places
    assert not [place for place in places if place.startswith(("prompts/", "reports/"))]


BODY = '<div id="main"></div>\n\n## One thing\n\n<div>**x** cb-hole</div>\n'


@pytest.mark.parametrize(
    ("page", "seen", "unseen"),
    [
        (Page("a.md", "A", BODY, search=False), ["\n\n## One thing\n\n"], ["**x**", "main"]),
        (Page("a.md", "A", BODY), [BODY.strip()], []),
    ],
)
def test_markdown_sees_only_what_search_looks_into(
    tmp_path: Path, page: Page, seen: list[str], unseen: list[str]
) -> None:
    _, _, held = build._write_pages([page], tmp_path)
    frame = (tmp_path / "a.md").read_text("utf-8").partition("---\n\n")[2]
    assert all(part in frame for part in seen)
    assert not [part for part in unseen if part in frame]
    whole = build._filled(frame, held["a.html"])
    assert "".join(whole.split()) == "".join(page.body.split())
    if held["a.html"]:
        with pytest.raises(UsageError, match="lost a part"):
            build._filled("<h2>One thing</h2>", held["a.html"])


@pytest.fixture
def small(tmp_path: Path) -> tuple[FakeCatalog, Path]:
    made = FakeCatalog()
    made.add("one", [artifact("one", 1, "First", template="Hello {{a}}", inputs={"a": {"type": "string"}})])
    return made, made.write(tmp_path / "published")


def test_a_failing_build_keeps_the_site_and_says_why(small: tuple[FakeCatalog, Path], tmp_path: Path) -> None:
    made, api = small
    out, work = tmp_path / "site", tmp_path / "work"
    build.build(made, Settings(), out, api=api, published=made.paths, guides=None, work=work)
    before = sorted(path for path in out.rglob("*"))
    assert "Hello" in (out / "prompts/one/v1.html").read_text("utf-8")
    assert "canonical" not in (out / "index.html").read_text("utf-8")

    own = tmp_path / "own"
    (own / "guides").mkdir(parents=True)
    (own / "guides/a.md").write_text("# A\n\n[nowhere](b.md)\n")
    with pytest.raises(UsageError, match=r"b\.md"):
        build.build(made, Settings(), out, api=api, published=made.paths, guides=own, work=work)
    assert sorted(path for path in out.rglob("*")) == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_inherited_settings_of_mkdocs_do_not_reach_the_child(
    small: tuple[FakeCatalog, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MKDOCS_SITE_NAME", "Other")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    made, api = small
    own = tmp_path / "own"
    own.mkdir()
    (own / "mkdocs.yml").write_text("site_name: Ours\n")
    build.build(
        made, Settings(), tmp_path / "site", api=api, published=made.paths, guides=own, work=tmp_path / "work"
    )
    assert "<title>Prompts - Ours</title>" in (tmp_path / "site/index.html").read_text("utf-8")
    assert capfd.readouterr() == ("", "")


def test_a_folder_that_is_no_site_is_not_replaced(small: tuple[FakeCatalog, Path], tmp_path: Path) -> None:
    made, api = small
    (tmp_path / "work").mkdir()
    (tmp_path / "work/thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="not a site that Cuebook built"):
        build.build(
            made,
            Settings(),
            tmp_path / "work",
            api=api,
            published=made.paths,
            guides=None,
            work=tmp_path / "w",
        )
    assert (tmp_path / "work/thesis.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plugins: [macros]\n", "unknown key 'plugins'"),
        ("hooks: [x.py]\nmarkdown_extensions: [attr_list]\n", "unknown key 'hooks'"),
        ("site_name: [a]\n", "site_name"),
        ("site_name: !!python/name:os.system x\n", "tags"),
        ("nav: {}\n", "nav"),
    ],
)
def test_the_repository_s_settings_are_an_allow_list(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "mkdocs.yml").write_text(text)
    with pytest.raises(InvalidFiles, match=r"mkdocs\.yml:1") as caught:
        build._site_file(tmp_path)
    assert said in str(caught.value)


def test_guides_that_are_links_are_refused(tmp_path: Path) -> None:
    (tmp_path / "guides").mkdir()
    (tmp_path / "secret.md").write_text("secret")
    (tmp_path / "guides/a.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(InvalidFiles, match="not a regular file"):
        build._write_guides(tmp_path, tmp_path / "docs")


@pytest.mark.parametrize(
    "path", ["../x.md", "/x.md", "a/../b.md", "a b.md", "a.html", "A.md", ".hidden.md", "a//b.md"]
)
def test_paths_that_could_lead_out_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(InvalidFiles, match="not a safe path"):
        build._write_pages([Page(path, "t", "b")], tmp_path)


def test_two_pages_of_one_path_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFiles, match="two pages"):
        build._write_pages([Page("a.md", "t", "b"), Page("a.md", "t", "b")], tmp_path)


def test_files_lie_beside_their_page_and_are_no_pages(tmp_path: Path) -> None:
    count, _, _ = build._write_pages([Page("r/a.md", "t", "b", files={"a-1.json": "{}\n"})], tmp_path)
    assert count == 1
    assert (tmp_path / "r/a-1.json").read_bytes() == b"{}\n"


@pytest.mark.parametrize("name", ["../x.json", "x/y.json", "x.js", "x.html", ".json", "X.json"])
def test_a_file_beside_a_page_is_data_and_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidFiles, match="not a safe path"):
        build._write_pages([Page("r/a.md", "t", "b", files={name: "{}"})], tmp_path)


@pytest.mark.parametrize(
    "title", ["a: b", "'quote\"", "---\nx: y", "{{ 7*7 }}", "</title><script>", "#x", "\u2028"]
)
def test_front_matter_is_data(title: str) -> None:
    import html

    import yaml

    text = build.front_matter(Page("a.md", title, "", description=title, search=False, wide=True))
    head = yaml.safe_load(text.removeprefix("---\n").partition("\n---\n")[0])
    assert html.unescape(head["title"]) == html.unescape(head["description"]) == " ".join(title.split())
    assert head["search"] == {"exclude": True}
    assert "<" not in head["title"]


def test_the_python_snippet_of_a_page_works_with_the_built_site() -> None:
    document = read((built().root / "prompts/qa-assistant/v3.html").read_text("utf-8"))
    snippet = document.find("section", aria_label="Python")[-1].one("pre").text
    fetching = snippet.partition("reply = ")[0].replace("from openai import OpenAI\n", "")
    names: dict[str, Any] = {}
    exec(fetching.replace("https://prompts.example.org/team/", str(built().root)), names)
    said = names["request"]["messages"][1]["content"]
    assert said.startswith("<context>\n")
    assert "{{" not in said


FORBIDDEN = r"https?:|@import|url\(|\beval\(|Function\(|innerHTML|document\.write"


def test_styles_and_scripts_ask_no_other_host() -> None:
    for path in (build.THEME / "assets").iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(FORBIDDEN, text), path


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def palettes() -> list[dict[str, str]]:
    style = (build.THEME / "assets/cuebook.css").read_text("utf-8")
    blocks = re.findall(r"\{([^{}]*--cb-paper:[^{}]*)\}", style)
    return [dict(re.findall(r"--cb-([a-z0-9-]+): (#[0-9a-f]+);", block)) for block in blocks]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        *((ink, paper) for ink in ("ink", "quiet", "accent") for paper in ("paper", "raise")),
        ("accent", "accent-wash"),
        *((name, f"{name}-wash") for name in ("pass", "fail", "wait", "let", "ins", "del")),
        *((f"s{n}", "paper") for n in range(4)),
        ("paper", "accent"),
    ],
)
def test_text_can_be_read_in_light_and_dark(scheme: int, ink: str, paper: str) -> None:
    """At least 4.5 to 1, as WCAG 2.2 asks of text."""
    colours = palettes()[scheme]
    bright, dark = sorted((luminance(colours[ink]), luminance(colours[paper])), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 4.5
