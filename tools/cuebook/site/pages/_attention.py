"""List what needs somebody's attention: a line each, the worst first; many of a kind are counted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cuebook.core.format import plural
from cuebook.core.layout import aliases_path, labels_path, shown
from cuebook.core.refs import PRODUCTION
from cuebook.judging.calibration import FAIR_KAPPA
from cuebook.models import ending
from cuebook.shapes.moves import State
from cuebook.shapes.published import AliasState, EvaluationEntry, Loosening, PromptIndex
from cuebook.shapes.verdict import MetricResult, Override
from cuebook.site.pages._base import (
    HISTORY,
    HOME,
    Site,
    edit_link,
    link,
    live,
    promote_command,
    prompt_page,
    propose_link,
    source_link,
)
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._loosened import open_ones
from cuebook.site.pages._marks import mark, where_of
from cuebook.site.pages._parts import chip
from cuebook.wording.attention import KINDS, NeedKind, low_agreement, need_of, shut_down, too_small
from cuebook.wording.loosening import loosened_by

MANY = 3
"""From this many of a kind on, one line counts them: nobody reads a strip of ten lines."""
ENDS = 30
"""Days in which somebody should decide what follows an override."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One thing: its kind, its mark, the prompt if it is about one, what is the matter, and what to do."""

    kind: NeedKind
    state: State
    prompt: PromptIndex | None
    said: Child
    to_do: Child
    by: str = ""
    """The day by which it is to be done, where there is one: the nearest comes first."""


def attention(site: Site, prompts: Sequence[PromptIndex]) -> Html | None:
    """Return the strip; None when nothing needs attention."""
    # The last change of any prompt stands for today: no clock is asked, so the same files make the same page.
    times = (entry.changed.time[:10] for entry in site.catalog.index.prompts if entry.changed)
    days = [day for day in times if _DAY.fullmatch(day)]
    last = date.fromisoformat(max(days, default="1970-01-01"))
    lines = [line for prompt in prompts for line in _lines(site, prompt, last)]
    lines += _doubted(site, prompts)
    # Settings hold for all prompts: whoever moved any of them since did so under the rules as they are now.
    moved = max((found.since or "" for prompt in prompts for found in prompt.states.values()), default="")
    settings = (item for item in site.catalog.index.loosened if item.holds and item.time > moved)
    lines += [_loosened(None, item) for item in settings]
    if not lines:
        return None
    items = []
    for kind, (words, state) in KINDS.items():
        mine = sorted((line for line in lines if line.kind == kind), key=lambda line: line.by)
        if len(mine) < MANY:
            items += [_shown(line) for line in mine]
            continue
        said = tag("span", tag("strong", f"{len(mine)} {words}"), class_="cb-attention-said")
        top = tag("summary", [mark(state), said], " ", tag("span", f"Show {len(mine)}", class_="cb-show"))
        items.append(tag("li", tag("details", top, tag("ul", [_shown(line) for line in mine]))))
    # What is ready is good news, so it is not counted among what is wrong.
    waiting = sum(line.kind == "ready" for line in lines)
    counts = [
        chip(len(lines) - waiting, "warn") if len(lines) > waiting else None,
        chip(f"{waiting} ready", "fixed") if waiting else None,
    ]
    top = tag("summary", tag("strong", "Needs attention"), " ", counts)
    return tag("details", top, tag("ul", items), class_="cb-attention", open=True)


def _lines(site: Site, prompt: PromptIndex, last: date) -> Iterator[_Line]:
    soon = (last + timedelta(days=ENDS)).isoformat()
    for alias, found in prompt.states.items():
        stale = [entry for entry in prompt.evaluations if entry.version == found.version and entry.stale]
        changed = list(dict.fromkeys(what for entry in stale for what in entry.stale))
        decided = max((entry.decided for entry in stale if entry.decided), default=None)
        if words := need_of(alias, found, soon, changed, _ended(prompt, alias, found, last), decided):
            kind, said = words
            if kind == "ready" and _was_live(prompt, found.version):
                continue
            where = link(HOME, where_of(prompt, found.version))
            to_do: Child = tag("a", "See why" if found.state == "override" else "Read the report", href=where)
            if kind == "ready":
                edit = edit_link(site, aliases_path(prompt.name))
                to_do = _step("Promote\u2026", edit, promote_command(prompt.name, found.version))
            until = found.override.until if found.override else ""
            yield _Line(kind, found.state, prompt, _of(found.version, said), to_do, until)
    yield from (_loosened(prompt, item) for item in open_ones(prompt))
    alive = [entry for entry in prompt.evaluations if entry.version == live(prompt)]
    for entry in alive:
        if metric := _too_small(entry):
            path = f"evals/{entry.suite}"
            see = _step("See the suite", source_link(site, path), shown(path))
            small = _of(entry.version, too_small(entry.suite, metric, entry.units))
            yield _Line("small", "inconclusive", prompt, small, see)
    if (number := live(prompt)) is not None:
        model = site.catalog.version(prompt.name, number).model
        # Asked of the owner that check asks, so that both say it of the same models.
        if end := ending(model, site.settings, last.isoformat()):
            write = tag("a", "Write the next version", href=propose_link(HOME, prompt.name, number))
            gone = _of(number, shut_down(model, end.day))
            yield _Line("retires", "stale", prompt, gone, write, end.day)


def _ended(prompt: PromptIndex, alias: str, found: AliasState, last: date) -> Override | None:
    """The override that let in what an alias points to, if it ended and nothing else lets it through now."""
    move = next((move for move in prompt.history if move.alias == alias), None)
    held = move.override if move and move.version == found.version else None
    return held if held and held.until < last.isoformat() and found.state != "override" else None


def _was_live(prompt: PromptIndex, number: int) -> bool:
    """Whether apps get a version, or got it until another took its place: it waits for nothing."""
    past = (move for move in prompt.history if move.alias == PRODUCTION)
    return number == live(prompt) or any(number in {move.version, move.previous} for move in past)


def _step(words: str, where: str | None, terminal: str) -> Html:
    """What to do next, as a link; where no repository is known, its command or file."""
    return tag("a", words, href=where) if where else tag("code", terminal)


def _too_small(entry: EvaluationEntry) -> MetricResult | None:
    """A metric that all cases of a suite could not settle."""
    short = (
        metric
        for metric in entry.deciding
        if metric.outcome == "inconclusive" and metric.used >= metric.planned < (metric.needed or 0)
    )
    return next(short, None)


_DAY = re.compile(r"2\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])")
"""Days that every month has; another is passed over, as is what is no day."""


def _of(version: int, said: str) -> list[Child]:
    return [tag("strong", f"v{version}"), " ", said]


def _doubted(site: Site, prompts: Sequence[PromptIndex]) -> Iterator[_Line]:
    """Judges that decide about what is live and may agree too little with people, each once."""
    found: dict[str, tuple[float | None, list[str]]] = {}
    for prompt in prompts:
        for entry in prompt.evaluations:
            for judge in entry.judges if entry.version == live(prompt) else ():
                if judge.decides and (judge.lower is None or judge.lower < FAIR_KAPPA):
                    names = found.setdefault(judge.ref, (judge.lower, []))[1]
                    names += [] if prompt.name in names else [prompt.name]
    for ref, (lower, names) in found.items():
        path = labels_path(ref.partition("/")[0])
        to_do = _step("Label answers", edit_link(site, path), shown(path))
        yield _Line("judge", "inconclusive", None, low_agreement(ref, names, lower), to_do)


def _loosened(prompt: PromptIndex | None, item: Loosening) -> _Line:
    where = f"{link(HOME, prompt_page(prompt.name))}#history" if prompt else link(HOME, HISTORY)
    return _Line("loosened", "stale", prompt, loosened_by(item.change), tag("a", "See when", href=where))


def _shown(line: _Line) -> Html:
    prompt = line.prompt
    name = (
        tag("a", prompt.name, href=link(HOME, prompt_page(prompt.name)), class_="cb-ref") if prompt else None
    )
    said = tag("span", name, " ", line.said, class_="cb-attention-said")
    return tag("li", mark(line.state), said, " ", line.to_do, class_=f"cb-of-{line.state}")


def summary(prompts: Sequence[PromptIndex]) -> Html:
    """Return how many prompts and judges there are, and how many are live."""
    judges = sum(prompt.kind == "judge" for prompt in prompts)
    versions = sum(len(prompt.versions) for prompt in prompts)
    alive = sum(live(prompt) is not None for prompt in prompts)
    first = plural(len(prompts) - judges, "prompt")
    among = f" and {plural(judges, 'judge')}" if judges else ""
    every = "It" if alive == 1 else f"All {alive}"
    of_all = every if alive == len(prompts) else f"{alive} of {len(prompts)}"
    words = f"{of_all} {'is' if alive == 1 else 'are'} live."
    return join(f"{first}{among} in {plural(versions, 'version')}. {words}")
