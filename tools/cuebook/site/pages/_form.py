"""The pieces of pages that are programs: fields with labels, and what to say where no script runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._parts import note


def field(
    label: Child, control: str, *, key: str = "", hint: Child = None, wide: bool = False, **attributes: str
) -> Html:
    """Return a labelled control with room for what is wrong with it.

    ``control`` is the element and its id, ``select#prompt``; ``key`` is the part of a version it is for.
    """
    name, _, ident = control.partition("#")
    kind = {"type": "text"} if name == "input" else {}
    made = tag(name, **kind, **attributes, **_named(ident, key, hint))
    return _slot(label, made, ident, hint, wide=wide)


def choice(
    label: Child, ident: str, values: Iterable[tuple[str, str]], *, key: str, hint: Child = None
) -> Html:
    """Return a labelled select of (value, words)."""
    options = [tag("option", words, value=value) for value, words in values]
    return _slot(label, tag("select", options, **_named(ident, key, hint)), ident, hint, wide=False)


def _named(ident: str, key: str, hint: Child) -> dict[str, str | None]:
    about = f"cb-{ident}-hint cb-{ident}-error" if hint else f"cb-{ident}-error"
    return {"id": f"cb-{ident}", "data_field": key or None, "aria_describedby": about}


def _slot(label: Child, made: Html, ident: str, hint: Child, *, wide: bool) -> Html:
    return tag(
        "div",
        tag("label", label, for_=f"cb-{ident}"),
        made,
        tag("p", hint, id=f"cb-{ident}-hint", class_="cb-hint") if hint else None,
        # Read out when something is wrong, after what is being said: people still type.
        tag("p", id=f"cb-{ident}-error", class_="cb-error", aria_live="polite"),
        class_="cb-slot cb-slot-wide" if wide else "cb-slot",
    )


def button(words: Child, ident: str, *, kind: str = "", **attributes: str | bool) -> Html:
    """Return a button; ``kind`` ``main`` is the one thing to do on a page."""
    named = f"cb-button cb-button-{kind}" if kind else "cb-button"
    return tag("button", words, type="button", id=f"cb-{ident}", class_=named, **attributes)


def program(ident: str, fallback: Sequence[Child], *inside: Child, **attributes: str) -> Html:
    """Return the root of a page that is a program, hidden until it runs, and what is there before."""
    return join(
        tag("div", note(*fallback), id=f"cb-{ident}-off", class_="cb-fallback"),
        tag("div", *inside, id=f"cb-{ident}", class_="cb-program", hidden=True, **attributes),
    )


def needs_scripts(what: str, command: str, does: str = "does the same.") -> list[Html]:
    """Return what is there in place of a page, form or search that a script makes, with its ``command``."""
    # From a folder, browsers fetch no file for a script.
    needs = "needs a browser that runs scripts, and a web server: cuebook site serve starts one."
    other = tag("p", "On a terminal, ", tag("code", command), f" {does}")
    return [tag("p", f"{what} {needs}"), other]


def actions(*links: tuple[str, str] | None, main: bool = True) -> Html:
    """Return links to what can be done, given as (words, URL); the first is prominent if ``main``."""
    shown = [pair for pair in links if pair]
    made = [
        tag("a", words, href=url, class_="cb-button cb-button-main" if main and at == 0 else "cb-button")
        for at, (words, url) in enumerate(shown)
    ]
    return tag("div", made, class_="cb-actions")
