from __future__ import annotations

from cuebook.site.pages import Site, find
from fixtures.reading import read
from fixtures.site_catalog import FakeCatalog


def test_the_page_has_a_field_and_says_what_to_do_without_scripts() -> None:
    (page,) = find.pages(Site(FakeCatalog()))
    assert page.path == "find.md"
    document = read(page.body)
    assert document.one("input", type="search").attributes["name"] == "words"
    assert "cuebook search" in document.words
