"""Rules that every page kind keeps."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from cuebook.site import pages
from cuebook.site.pages import Site, all_pages
from fixtures.reading import read
from fixtures.site_catalog import PAYLOADS, FakeCatalog, catalog

FOLDER = Path(pages.__file__).parent
MEMBERS = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))
SITE = Site(catalog(), "https://prompts.example.org/", "https://git.example.org/team/prompts")
PAGES = list(all_pages(SITE))


def test_the_scan_finds_every_file() -> None:
    found = list(pages.members())
    assert found == MEMBERS
    assert {"cases", "home", "prompt", "report"}.issubset(MEMBERS)


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_says_what_it_is_and_has_a_test(name: str) -> None:
    member = importlib.import_module(f"cuebook.site.pages.{name}")
    assert member.__doc__
    assert name == member.KIND
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_imports_no_other_member_and_no_registry(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported = {node.module for node in nodes}
    assert not imported & {f"cuebook.site.pages.{other}" for other in MEMBERS}
    assert not imported & {
        f"cuebook.{name}" for name in ("registry.reader", "shapes.run", "publish.artifacts", "core.git")
    }
    of_models = {alias.name for node in nodes if node.module == "cuebook.models" for alias in node.names}
    assert of_models <= {"prefixes_for"}, "a page asks no model; this is a fact that the form needs"


def test_an_empty_registry_has_a_front_page_and_nothing_about_prompts() -> None:
    paths = [page.path for page in all_pages(Site(FakeCatalog()))]
    assert "index.md" in paths
    assert not [path for path in paths if path.startswith(("prompts/", "reports/"))]


def test_paths_and_titles_are_unique_and_of_our_own_words() -> None:
    assert len({page.path for page in PAGES}) == len(PAGES)
    for page in PAGES:
        assert re.fullmatch(r"[a-z0-9/._-]+\.md", page.path)
        assert re.fullmatch(r"[A-Za-z0-9 ._-]+", page.title), page.title
        assert re.fullmatch(r"[A-Za-z0-9 ,:._-]+", page.description), page.description


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_no_untrusted_text_is_markup(page: pages.Page) -> None:
    tags = {item.name for item in read(page.body).find()}
    assert not tags & {"script", "img", "iframe", "style", "link", "base", "meta", "object", "form", "b"}
    assert not re.search(r"<[^>]* (on\w+|style|srcdoc)=", page.body)
    for payload in PAYLOADS:
        if re.search(r"[<>{}`]", payload):
            assert payload not in page.body


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_links_lead_to_pages_or_published_files(page: pages.Page) -> None:
    base = page.path.rpartition("/")[0]
    known = {*(pages.address(other.path) for other in PAGES), "feed.xml"}
    for item in read(page.body).find("a"):
        url = item.attributes["href"] or ""
        if url.startswith(("https://git.example.org/", "#")):
            continue
        path = (Path("/", base) / url.partition("#")[0]).resolve().relative_to("/").as_posix()
        assert path.partition("?")[0] in known or path.startswith("api/v1/"), url


def test_the_search_of_the_generator_looks_into_no_prompt_and_no_report() -> None:
    searched = [page.path for page in PAGES if page.search]
    assert not [path for path in searched if path.startswith(("prompts/", "reports/"))]
