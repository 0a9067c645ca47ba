"""Annotations on the prompt files of a pull request: GitHub workflow commands, one a line.

``::error file=prompts/qa/v3.prompt.yml,title=qa/3 fails::...`` for a failed verdict, ``::warning`` for an
inconclusive one, ``::notice`` for a pass. GitHub keeps ten of a kind in each step, so the tenth is for
all that are left. Printed to standard output of a step, or written to a file that a step prints.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cuebook.core.escape import command, shorten
from cuebook.core.format import plural
from cuebook.core.layout import shown, version_path
from cuebook.reports import _words
from cuebook.reports._audience import Audience
from cuebook.reports._text import line, no_commands
from cuebook.shapes.verdict import Outcome, Verdict
from cuebook.wording.details import models, override_box
from cuebook.wording.headline import headline
from cuebook.wording.names import broke
from cuebook.wording.next_step import next_step
from cuebook.wording.states import VERBS

SUFFIX = ".annotations.txt"
AUDIENCE: Audience = "log"
MOST = 10
KINDS: dict[Outcome, str] = {"fail": "error", "inconclusive": "warning", "pass": "notice"}

_BROKEN, _LENGTH = 5, 300
"""Cases named in an annotation, and characters of each text in it: GitHub shows it beside a line."""


def render(verdicts: Sequence[Verdict]) -> str:
    """Return one command a verdict, failures first; nothing for no verdicts."""
    return "".join(f"{each}\n" for outcome in KINDS for each in _of(outcome, verdicts))


def _of(outcome: Outcome, verdicts: Sequence[Verdict]) -> Iterator[str]:
    mine = [verdict for verdict in verdicts if verdict.outcome == outcome]
    # The last line that GitHub keeps is for the names of all that have none.
    room = MOST if len(mine) <= MOST else MOST - 1
    for verdict in mine[:room]:
        title = f"{line(_words.ref(verdict))} {VERBS[outcome]} {_words.against(verdict)}"
        path = shown(version_path(verdict.prompt, verdict.candidate.version))
        yield _command(outcome, _message(verdict), file=path, title=title)
    if rest := mine[room:]:
        names = ", ".join(_words.ref(verdict) for verdict in rest)
        yield _command(outcome, names, title=f"{plural(len(rest), 'more verdict')}: {outcome}")


def _message(verdict: Verdict) -> str:
    """Headline, what to do, and the protected cases that broke with what was said and is said."""
    parts = [line(headline(verdict)), f"Next: {line(next_step(verdict).text)}"]
    parts += [f"Override: {line(override_box(verdict.override))}"] if verdict.override else []
    old, new = _words.arms(verdict)[0], _words.arms(verdict)[-1]
    for case in _words.broken_protected(verdict)[:_BROKEN]:
        was, now = _words.answers(case)
        before = f"{old} said: {line(was, _LENGTH)} · " if case.baseline else ""
        verb = broke(compared=bool(verdict.baseline))
        parts.append(f"{line(case.id)} {verb}. {before}{new} said: {line(now, _LENGTH)}")
    # An annotation stands alone: who reads it on the file sees no report that names the stand-ins.
    if verdict.offline:
        parts.append(f"Models: {line(models(verdict))}")
    return "\n".join(parts)


def _command(outcome: Outcome, message: str, **properties: str) -> str:
    """One workflow command, on text that stays in its lines."""
    shown = {name: shorten(line(value), _LENGTH) for name, value in properties.items()}
    return command(KINDS[outcome], no_commands(message), **shown)
