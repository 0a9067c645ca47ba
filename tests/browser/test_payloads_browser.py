"""Every attack in every place that others may write to, in a real browser: text it is, and nothing else."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from cuebook.core.refs import name_problem
from cuebook.site import preview
from fixtures.attacked import ATTACKS, GROUPS, HARMLESS, PRODUCT, SECRET, attacked, joined, name_of
from fixtures.browsing import MARKS, Watched
from fixtures.places import CASES, COMPARE, EDITOR, KINDS, PREVIEW, Place, plain
from fixtures.reading import shown

pytestmark = MARKS
HOSTS = {"https://git.example.org", "https://prompts.example.org"}
"""Of the repository, and of the site once it is published."""
ASKED = {
    *("name", "title", "description", "tag", "author", "message", "prompt text", "variable", "model answer"),
    *("judge reason", "case id", "chart label", "search", "JSON in page", "issue form"),
}
ELSEWHERE = {"name", "search"}
"""Places with tests of their own below."""
MARKED = {"mark ", "del ", "ins ", "time datetime title", "abbr title"}
"""What marks words that a reason quotes or that differ."""
STRANGE = (
    ":is(script, style, link, meta, base, img, iframe, object, embed, form, template, math, video, audio, "
    "[style], [onload], [onerror], [onclick], [autofocus])"
)
"""Elements that only an attack makes."""
READ = """(wanted) => wanted.map(([css, attribute]) =>
    [...document.querySelectorAll(css)].map((item) => {
        if (attribute) return item.getAttribute(attribute);
        const copy = item.cloneNode(true);
        copy.querySelectorAll('.cb-hidden').forEach((one) => one.remove());
        return copy.textContent;
    }))"""
STATE = """([root, strange]) => ({
    fired: window.__fired ?? null,
    strange: document.querySelectorAll(`.cb ${strange}`).length,
    kinds: [...new Set([...document.querySelectorAll(`${root}, ${root} *`)].map((item) =>
        `${item.localName} ${item.getAttributeNames().filter((name) => name !== 'open').sort().join(' ')}`))],
    links: [...document.querySelectorAll('[href], [src], [action], [formaction]')].flatMap((item) =>
        ['href', 'src', 'action', 'formaction'].filter((name) => item.hasAttribute(name)).map((name) => {
            const url = new URL(item.getAttribute(name), document.baseURI);
            return `${url.protocol}//${url.host}`;
        })),
    shadows: [...document.querySelectorAll('.cb *')].filter((item) => item.shadowRoot).length,
})"""

CHOOSE = """([name, value]) => {
    const field = document.querySelector(`.cb-find [name=${name}]`);
    field.value = value;
    field.dispatchEvent(new Event('input', {bubbles: true}));
    return [...document.querySelectorAll('.cb-prompts tbody tr:not([hidden]) a.cb-ref')]
        .filter((one) => one.checkVisibility()).map((one) => one.textContent);
}"""

TYPE = """(fields) => Object.entries(fields).forEach(([css, value]) => {
    const field = document.querySelector(css);
    field.value = value;
    field.dispatchEvent(new Event('input', {bubbles: true}));
})"""
PANES = [f"document.getElementById('review-{at}').click()" for at in range(3)]
"""The changes, the preview, the file."""
VALUES = "(all) => all.map((css) => document.querySelector(css).value)"


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The attacked site, in place of the usual one."""
    running = preview.server(attacked().root, 0)
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield running.address
    running.shutdown()
    running.server_close()


def at_rest(page: Any, base: str, root: str = ".cb") -> set[str]:
    """The kinds of elements there are, once it is sure that nothing ran and nothing leads away."""
    state = page.evaluate(STATE, [root, STRANGE])
    assert (state["fired"], state["shadows"], state["strange"]) == (None, 0, 0)
    assert set(state["links"]) <= {base.rstrip("/"), *HOSTS}
    return set(state["kinds"])


def lost(page: Any, places: list[Place], texts: list[str], row: int) -> list[str]:
    """Each text that does not stand where it should, with the place."""
    wanted = [[place.css.replace("{row}", str(row)), place.attribute] for place in places]
    found = page.evaluate(READ, wanted)
    return [
        f"{place.what}: {place.css} {text!r} {have[:6]}"
        for place, have in zip(places, found, strict=True)
        for text in place.missing(texts, [one for one in have if one is not None])
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_stands_in_every_place_as_text(watched: Watched, base: str, kind: str) -> None:
    page = watched.page
    allowed: set[str] = set()
    wrong: list[str] = []
    for at, texts in reversed(list(enumerate(GROUPS))):  # what is harmless comes first
        if "{name}" in kind or texts == GROUPS[-1]:
            page.goto(f"{base}{kind.format(name=name_of(at))}.html")
        if kind.endswith("cases"):
            page.locator(".cb-case-controls").wait_for()
        wrong += lost(page, KINDS[kind], texts, at + 1)
        kinds = at_rest(page, base, f"tbody tr:nth-child({at + 1})" if kind == "index" else ".cb")
        if texts == HARMLESS:
            # Words that a reason quotes or that differ are marked, in elements without attributes.
            allowed = kinds | MARKED
        assert kinds <= allowed, texts
        if kind.endswith("cases"):
            wrong += lost_when_drawn(page, texts)
            at_rest(page, base)
    assert wrong == []


def lost_when_drawn(page: Any, texts: list[str]) -> list[str]:
    """What is lost of the cases of a page when a script draws them."""
    count = len(texts)
    for kind, shows in (("failed", count), ("broken", 2 * count + 1)):
        page.click(f"[data-kind={kind}]")
        page.get_by_text(f"{shows} of {4 * count + 1} cases shown.").wait_for()
    page.evaluate("document.querySelectorAll('.cb-case').forEach((one) => { one.open = true; })")
    page.locator(".cb-case-asked").nth(count).wait_for()
    drawn = [place for place in CASES if place.what not in {"model", "filter"} and "none" not in place.css]
    return [f"drawn {place}" for place in lost(page, drawn, texts, 0)]


def test_the_table_is_whole() -> None:
    assert len(set(ATTACKS)) == len(ATTACKS) >= 25
    assert {one for texts in GROUPS for one in texts} == {*ATTACKS, *HARMLESS}
    found = {place.what for places in KINDS.values() for place in places}
    assert found >= ASKED - ELSEWHERE


def test_no_file_is_in_the_site_and_nothing_is_worked_out() -> None:
    built = attacked()
    for path in built.root.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        assert SECRET.encode() not in data, path
        assert PRODUCT.encode() not in data, path
    assert not [*Path().glob("cuebook-payload"), *built.work.parent.rglob("cuebook-payload")]


@pytest.mark.parametrize("text", ATTACKS)
def test_no_attack_is_a_name(text: str) -> None:
    assert name_problem(text)


def rows(page: Any) -> list[str]:
    return page.locator(".cb-prompts tbody tr:visible a.cb-ref").all_inner_texts()


def test_filters(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(base)
    for name in ("tag", "owner", "alias"):
        for at, texts in enumerate(GROUPS):
            for text in texts:
                found = page.evaluate(CHOOSE, [name, shown(text)])
                # A character that HTML cannot hold is in no file that passes the check.
                assert found == ([name_of(at)] if shown(text) == text else [])
        page.click(".cb-clear")
    page.goto(
        f"{base}index.html?{urlencode({'words': joined(ATTACKS), 'tag': ATTACKS[0], 'owner': ATTACKS[1]})}"
    )
    assert rows(page) == []
    at_rest(page, base)


def test_search(watched: Watched, base: str) -> None:
    """Each line of an attack is found, and shown as the text it is."""
    page = watched.page
    page.goto(f"{base}find.html?words=needle0x")
    page.locator(".cb-hit").first.wait_for()
    found = 0
    for text in ATTACKS:
        lines = [line.strip() for line in text.splitlines() if len(line.split()) > 1]
        for line in lines[:1]:
            page.fill(".cb-find-texts input", line)
            page.wait_for_function(
                "(words) => new URLSearchParams(location.search).get('words') === words", arg=line
            )
            page.locator("#cb-found:not(:empty)").wait_for()
            found += plain(shown(line)) in plain(page.locator("#cb-hits").text_content())
            assert page.locator(f"#cb-hits {STRANGE}").count() == 0
    assert found > len(ATTACKS) // 3
    at_rest(page, base)


def test_comparing(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(f"{base}compare.html?{urlencode({'prompt': ATTACKS[1], 'a': ATTACKS[2], 'b': ATTACKS[3]})}")
    page.wait_for_selector("#cb-changes *")
    allowed: set[str] = set()
    for at, texts in reversed(list(enumerate(GROUPS))):
        name = name_of(at)
        page.select_option("#cb-a-prompt", name)
        page.wait_for_selector(f"#cb-said .cb-end:last-child a[href*='/{name}/']")
        for side, number in (("a", "1"), ("b", "2")):
            page.select_option(f"#cb-{side}-version", number)
        page.wait_for_url(f"**/compare.html?prompt={name}&a=1&b=2")
        page.wait_for_selector(f"#cb-said .cb-end:first-child a[href='prompts/{name}/v1.html']")
        page.wait_for_selector(f"#cb-said .cb-end:last-child a[href='prompts/{name}/v2.html']")
        assert lost(page, COMPARE, texts, 0) == []
        page.wait_for_selector(f"#cb-verdict a[href*='/{name}/']")
        page.wait_for_selector("#cb-results rect", state="attached")  # drawn when the verdict's file has come
        kinds = at_rest(page, base)
        allowed = kinds | MARKED if texts == HARMLESS else allowed
        assert kinds <= allowed, texts


def test_a_draft_survives_a_reload(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(f"{base}propose.html?{urlencode({'prompt': ATTACKS[0], 'from': ATTACKS[1]})}")
    page.wait_for_selector("#cb-draft p")
    assert page.text_content("#cb-draft p") == f"There is no prompt called {ATTACKS[0]}; this is a new one."
    page.evaluate(
        "(times) => { while (times--) document.getElementById('cb-add-message').click(); }", len(ATTACKS) - 1
    )
    fields = {f"#cb-message-{at}": text for at, text in enumerate(ATTACKS)}
    fields |= {
        "#cb-name": ATTACKS[1],
        "#cb-message": ATTACKS[0],
        "#cb-model": ATTACKS[2],
        "#cb-stop": ATTACKS[3],
    }
    page.evaluate(TYPE, fields)
    page.click("#cb-send")
    page.wait_for_selector("#cb-problems li")
    assert len(page.context.pages) == 1
    at_rest(page, base)
    page.reload()
    page.wait_for_selector("#cb-draft :text('Your draft of')")
    have = page.evaluate(VALUES, list(fields))
    assert have == [re.sub("\r\n?", "\n", text) for text in fields.values()]
    for pane in PANES:
        page.evaluate(pane)
        at_rest(page, base)


TOLD = """() => {
    const select = document.getElementById('cb-case');
    return [...select.options].flatMap((option) => {
        select.value = option.value;
        select.dispatchEvent(new Event('change'));
        return [...document.querySelectorAll('#cb-preview .cb-outcome dd')].map((one) => one.textContent);
    });
}"""
"""Choose each case in turn: what was expected of it, and what was answered."""


def test_editing(watched: Watched, base: str) -> None:
    """What is published stands in fields, beside them, in the preview with its cases, and in the file."""
    page = watched.page
    page.goto(f"{base}propose.html?prompt=p0&from=1")
    page.wait_for_selector("#cb-changes *")
    allowed: set[str] = set()
    for at, texts in reversed(list(enumerate(GROUPS))):
        page.select_option("#cb-prompt", name_of(at))
        page.wait_for_url(f"**/propose.html?prompt={name_of(at)}&from=2")
        assert lost(page, EDITOR, texts, 0) == []
        values = page.eval_on_selector_all(
            "#cb-propose :is(input, select, textarea)", "all => all.map((one) => one.value)"
        )
        for text in texts:
            # A field has one kind of line end, which is the one of its text again when it is written.
            assert re.sub("\r\n?", "\n", text) in values
        page.evaluate(PANES[1])
        page.wait_for_selector("#cb-case option[value='0']", state="attached")
        assert lost(page, PREVIEW, texts, 0) == []
        told = page.evaluate(TOLD)
        assert [text for text in texts if plain(shown(text)) not in map(plain, told)] == []
        page.evaluate(PANES[2])
        page.evaluate(PANES[0])
        kinds = at_rest(page, base)
        allowed = kinds if texts == HARMLESS else allowed
        assert kinds <= allowed, texts
