from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from cuebook.shapes.moves import AliasMove
from cuebook.shapes.published import PromptIndex
from cuebook.site.feed import MOST, alternate, feed
from fixtures.built_site import CONFIG, built
from fixtures.site_catalog import FakeCatalog, artifact

ATOM = "{http://www.w3.org/2005/Atom}"
SITE = "https://prompts.example.org/team"
HOSTILE = "</content><script>alert(1)</script> & ]]> \x1b[31m\ud800"


def valid(text: str) -> ET.Element:
    """The feed, if it is one by RFC 4287."""
    root = ET.fromstring(text.encode("utf-8"))
    assert root.tag == f"{ATOM}feed"
    ids = []
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):  # 4.1.1, 4.1.2: exactly one of each
            (only,) = element.findall(f"{ATOM}{name}")
            assert only.text
        ids.append(str(element.findtext(f"{ATOM}id")))
        when = str(element.findtext(f"{ATOM}updated"))  # 3.3: a date-time of RFC 3339
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", when)
        datetime.fromisoformat(when)
        for author in element.findall(f"{ATOM}author"):  # 3.2: a person has one name
            assert len(author.findall(f"{ATOM}name")) == 1
            assert author.findtext(f"{ATOM}name")
        links = element.findall(f"{ATOM}link")  # 4.1.1, 4.1.2: one alternate at most of a type
        assert len([item for item in links if item.get("rel", "alternate") == "alternate"]) == 1
        assert all(urlsplit(str(item.get("href"))).scheme == "https" for item in links)
        assert {child.tag for child in element} <= {
            f"{ATOM}{name}" for name in ("id", "title", "updated", "author", "link", "content", "entry")
        }
    assert root.findall(f"{ATOM}author")  # 4.1.1: entries without an author need one of the feed
    assert [item.get("rel") for item in root.findall(f"{ATOM}link")] == ["self", None]
    assert len(set(ids)) == len(ids)
    assert all(urlsplit(item).scheme and urlsplit(item).netloc for item in ids)  # 4.2.6: an IRI
    return root


def index(name: str = "qa", moves: int = 3, headline: str = "Why") -> PromptIndex:
    made = FakeCatalog()
    made.add(name, [artifact(name, n, "m", template="x") for n in (1, 2)], [])
    history = [
        AliasMove(
            alias="production",
            version=1 + at % 2,
            previous=2 - at % 2,
            time=f"2027-03-01T00:{at // 60:02}:{at % 60:02}Z",
            commit=f"{at:07}".ljust(40, "0"),
            author=f"{headline} <ada@example.org>",
            subject="s",
        )
        for at in range(moves)
    ]
    return made.prompt(name).model_copy(update={"history": history[::-1]})


def test_the_feed_of_the_built_site_is_atom_and_every_page_names_it() -> None:
    text = (built().root / "feed.xml").read_text("utf-8")
    root = valid(text)
    assert 10 < len(root.findall(f"{ATOM}entry")) <= MOST
    for entry in root.findall(f"{ATOM}entry"):
        target = str(entry.find(f"{ATOM}link").get("href")).removeprefix(CONFIG.site_url)  # type: ignore[union-attr]
        assert (built().root / target).is_file(), target
    for name in ("index.html", "prompts/qa-assistant/index.html"):
        assert (built().root / name).read_text("utf-8").count(alternate(CONFIG.site_url)) == 1
        assert 'rel="alternate"' not in (built().root / name).read_text("utf-8")
    assert 'href="feed.xml"' in (built().root / "history.html").read_text("utf-8")


def test_the_newest_come_first_and_no_more_than_a_reader_needs() -> None:
    root = valid(feed([index(moves=150)], SITE, "Prompts"))
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == MOST
    times = [str(entry.findtext(f"{ATOM}updated")) for entry in entries]
    assert times == sorted(times, reverse=True)
    assert entries[0].findtext(f"{ATOM}title") == "qa: production v1 → v2"
    expected = f"{SITE}/api/v1/events.json#alias:qa@production:0000149"
    assert entries[0].findtext(f"{ATOM}id") == expected


def test_text_of_others_is_text() -> None:
    root = valid(feed([index(headline=HOSTILE)], SITE, HOSTILE))
    assert root.findtext(f"{ATOM}title") == HOSTILE.replace("\x1b", "\ufffd").replace("\ud800", "\ufffd")
    assert not list(root.iter("script"))


def test_nothing_has_happened_yet() -> None:
    assert valid(feed([], f"{SITE}/", "Prompts")).findall(f"{ATOM}entry") == []
    same = [index()]
    assert feed(same, SITE, "Prompts") == feed(same, f"{SITE}/", "Prompts")
