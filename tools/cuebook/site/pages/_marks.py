"""The six states as marks, chips and rows of dots: each has a word and a shape of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cuebook.core.refs import PRODUCTION
from cuebook.shapes.moves import State
from cuebook.shapes.published import AliasState, PromptIndex, state_of
from cuebook.site.pages._base import link, report_page, verdicts, version_page
from cuebook.site.pages._html import Html, join, tag
from cuebook.site.pages._terms import known
from cuebook.wording.states import STATES


def _path(d: str, **attributes: str) -> Html:
    # In the colour of the page, on a disc in that of the state: so a mark is seen in light and dark.
    style = {"fill": "none", "stroke": "var(--cb-paper)", "stroke_width": "1.9", "stroke_linecap": "round"}
    return tag("path", d=d, **(style | attributes))


_DISC = tag("circle", cx=8, cy=8, r="7.5", fill="currentColor")
_HAND = {"stroke": "currentColor", "stroke_width": "1.6"}
_DRAWN: Mapping[str, tuple[Html, ...]] = {
    "pass": (_DISC, _path("M4.6 8.3l2.3 2.3 4.5-5", stroke_linejoin="round")),
    "fail": (_DISC, _path("M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4")),
    "inconclusive": (_DISC, _path("M4.7 8h6.6")),
    "override": (
        tag("path", d="M8 .5 15.5 8 8 15.5.5 8z", fill="currentColor"),
        _path("M8 11V5.4M5.6 7.6 8 5.2l2.4 2.4", stroke_linejoin="round", stroke_width="1.7"),
    ),
    "stale": (tag("circle", cx=8, cy=8, r="6.7", fill="none", **_HAND), _path("M8 4.6V8l2.3 1.6", **_HAND)),
    "not_evaluated": (tag("circle", cx=8, cy=8, r="6.6", fill="none", stroke_dasharray="2.6 2.1", **_HAND),),
}
SHEET = tag(
    "svg",
    tag(
        "defs",
        [tag("symbol", shapes, id=f"m-{name}", viewBox="0 0 16 16") for name, shapes in _DRAWN.items()],
    ),
    width=0,
    height=0,
    class_="cb-sheet",
    aria_hidden="true",
)
"""Every mark once; ``mark`` shows one from here. A page has it before anything that shows a mark."""


def mark(state: State) -> Html:
    """Return the mark of a state, to be shown beside its word."""
    shown = tag("use", href=f"#m-{state}")
    # The word beside it is what is read out.
    return tag("svg", shown, class_=f"cb-mark cb-{state}", aria_hidden="true")


def badge(state: State, words: str = "", *, large: bool = False) -> Html:
    """Return a state as a mark and a word."""
    size = " cb-badge-large" if large else ""
    return join(
        tag("span", mark(state), words or known(state, STATES[state]), class_=f"cb-badge cb-{state}{size}"),
        " ",
    )


def where_of(prompt: PromptIndex, version: int) -> str:
    """Return the path of what says most about a version: its report where there is one, else its page."""
    found = verdicts(prompt, version)
    if not found:
        return version_page(prompt.name, version)
    # Of several suites, the report that the version's state comes from, which is the worst.
    state = state_of(found)
    speaks = next((entry for entry in found if entry.state == state), found[0])
    return report_page(prompt.name, version, speaks.suite)


def alias_chip(here: str, prompt: PromptIndex, alias: str, found: AliasState, *, named: bool = True) -> Html:
    """Return an alias with its version and its state, as one link; ``named`` writes the alias out."""
    words = f"{alias} v{found.version}" if named else f"v{found.version}"
    kind = "live" if alias == PRODUCTION else "other"
    state = tag("span", mark(found.state), STATES[found.state], class_=f"cb-{found.state}")
    return tag(
        "a",
        tag("span", words, class_=f"cb-alias-{kind}"),
        # Seen apart by their looks; read out, they would run into each other.
        tag("span", ": ", class_="cb-hidden"),
        state,
        href=link(here, where_of(prompt, found.version)),
        class_="cb-alias",
    )


def dots(here: str, prompt: PromptIndex, last: Sequence[tuple[int, State]], live: int | None) -> Html:
    """Return the newest versions from the oldest to the newest, each a link; what is live is underlined."""
    made = [
        tag(
            "a",
            tag("span", f"v{version}: {STATES[state]} ", class_="cb-hidden"),
            mark(state),
            # Heard with its state just before, so not once more.
            tag("span", f"v{version}", aria_hidden="true"),
            href=link(here, version_page(prompt.name, version)),
            class_="cb-dots-live" if version == live else None,
        )
        for version, state in last
    ]
    return tag("span", [(one, " ") for one in made], class_="cb-dots")
