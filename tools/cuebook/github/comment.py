"""Make the comment and the check run of a pull request from what each workflow claims. Pure.

The comment keeps earlier verdicts in a hidden marker, so that each new one can list them, folded.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cuebook.core.errors import EXIT_PROVIDER
from cuebook.core.escape import defuse, fence, html, markdown, shorten
from cuebook.core.format import plural
from cuebook.github.run_report import Claim, Stop, Wording
from cuebook.reports._cut import LIMIT, cut_markdown
from cuebook.reports._text import line, no_commands, plain
from cuebook.reports.markdown import MARKER, paragraphs
from cuebook.shapes.cause import Nothing
from cuebook.wording import runs
from cuebook.wording.elsewhere import not_evaluated, not_evaluated_line
from cuebook.wording.stopped import NotEvaluated

Conclusion = Literal["success", "failure", "neutral"]
RunState = Literal["running", "waiting", "claimed", "refused", "silent", "cancelled", "skipped"]

# Base64, as nothing in it can end the comment of HTML that hides it.
_STATE = re.compile(r"<!-- cuebook:state ([A-Za-z0-9+/=]{1,20000}) -->")
# Nothing in it can end the target of a link in Markdown.
_URL = re.compile(r"https?://[A-Za-z0-9._:/?=&%-]{1,300}")
_MOST_EARLIER, _MOST_SHOWN, _MOST_WORDED, _MOST_NOTED = 10, 20, 4, 40
"""Lines of earlier commits, problems, changed texts and what a run said: a comment of more is not read."""
_AWAITED = {"running", "waiting", "refused", "silent"}
"""States of the gate's run in which a check that evaluated nothing is left out of the comment."""

_ORDER: tuple[Conclusion, ...] = ("failure", "neutral", "success")
"""From the worst to the best: the worst conclusion of several runs is that of the comment."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """The state of the newest run of one workflow. ``why`` says what is wrong with a refused claim."""

    step: str
    state: RunState
    url: str = ""
    claim: Claim | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReportedChange:
    """The change that the runs are about. ``guarded`` are those of its files that take part in verdicts.

    ``doubt`` says why the runs may have been those of other workflows than ours.
    """

    head: str
    number: int | None = None
    from_fork: bool = False
    guarded: tuple[str, ...] = ()
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class EarlierComment:
    """What the comment said before: its commit, its verdict in one ``line``, and the (commit, line) before.

    ``is_open`` while a run was still at work.
    """

    head: str = ""
    line: str = ""
    is_open: bool = False
    earlier: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Announcement:
    """The report to show. ``conclusion`` is None while a run is at work; ``line`` is its summary."""

    line: str
    blocks: tuple[str, ...]
    conclusion: Conclusion | None
    subject: ReportedChange = field(repr=False)

    @property
    def text(self) -> str:
        """The text for a check run, without marker and history."""
        return cut_markdown("\n\n".join(self.blocks) + "\n", LIMIT - 1_024)

    def body(self, past: EarlierComment) -> str:
        """Return the comment, its history folded at the end, at most 65,536 bytes."""
        commit = self.subject.head
        verdicts = list(past.earlier)
        # Of a commit only its last verdict is listed, so nothing that was said while a run was at work.
        if past.head and past.head != commit and past.line and not past.is_open:
            verdicts.insert(0, (past.head[:12], past.line))
        # What the same commit said before is replaced by this comment.
        earlier = [(sha, shorten(said, 200)) for sha, said in verdicts if sha != commit[:12]][:_MOST_EARLIER]
        now = {"head": commit, "line": self.line, "open": self.conclusion is None}
        state = json.dumps({**now, "earlier": earlier})
        head = f"{MARKER}\n<!-- cuebook:state {b64encode(state.encode()).decode()} -->\n"
        tail = ""
        if earlier:
            rows = "\n".join(f"* {markdown(sha)} {markdown(line(said))}" for sha, said in earlier)
            tail = f"\n<details>\n<summary>Earlier: {len(earlier)}</summary>\n\n{rows}\n\n</details>\n"
        room = LIMIT - len(head.encode()) - len(tail.encode())
        return head + cut_markdown("\n\n".join(self.blocks) + "\n", room) + tail


def announce(told: Sequence[RunStatus], subject: ReportedChange) -> Announcement:
    """Return what to tell a pull request, given the newest run of each of its workflows."""
    main = _main(told)
    conclusion = _conclusion(told, main, subject)
    said = _line(told, main, conclusion)
    blocks = [*_above(told, main), *(_said(main) if main else ())] or [f"⚪ **{markdown(said)}.**"]
    blocks = [*_first(subject), *blocks, *_below(told, subject)]
    return Announcement(said, tuple(no_commands(block) for block in blocks), conclusion, subject)


def read_past(body: str) -> EarlierComment:
    """Return the state hidden in an earlier comment of ours; an empty one when it cannot be read."""
    found = _STATE.search(body)
    try:
        state = json.loads(b64decode(found[1], validate=True)) if found else {}
        earlier = tuple((str(head), str(said)) for head, said in state.get("earlier", ()))
        is_open = state.get("open") is True
        return EarlierComment(
            str(state.get("head", "")), str(state.get("line", "")), is_open, earlier[:_MOST_EARLIER]
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return EarlierComment()


def _main(told: Sequence[RunStatus]) -> RunStatus | None:
    """The claim to show whole: the gate's, or while there is none the check's rehearsal."""
    claimed = {item.step: item for item in told if item.claim}
    # A gate has asked the models with a key; what check evaluates without one is only a rehearsal.
    if "gate" in claimed or "check" not in claimed:
        return claimed.get("gate")
    rehearsed = claimed["check"]
    awaited = any(item.step == "gate" and item.state in _AWAITED for item in told)
    return None if awaited and rehearsed.claim and not rehearsed.claim.verdicts else rehearsed


def _is_open(item: RunStatus) -> bool:
    return item.state in {"running", "waiting"}


def _conclusion(
    told: Sequence[RunStatus], main: RunStatus | None, subject: ReportedChange
) -> Conclusion | None:
    """Success only for a claim that everything passed, made by a run that the change could not forge."""
    if any(_is_open(item) for item in told):
        return None
    # All that speaks against success is gathered, and the worst of it is told.
    found: list[Conclusion] = [main.claim.conclusion] if main and main.claim else ["neutral"]
    found += ["failure" for item in told if item.state in {"refused", "silent"}]
    found += ["failure" for item in told if item.claim and item.claim.conclusion == "failure"]
    found += ["neutral" for item in told if item.state == "cancelled"]
    # Not red: nothing is wrong, but the run could have been bent, or was no gate.
    bent = subject.from_fork or subject.guarded or subject.doubt
    if bent or (main and main.step != "gate"):
        found.append("neutral")
    return next(each for each in _ORDER if each in found)


def _line(told: Sequence[RunStatus], main: RunStatus | None, conclusion: Conclusion | None) -> str:
    if conclusion is None:
        return runs.running(", ".join(item.step for item in told if _is_open(item)))
    # In the order of what has to be put right first: no report, no answer, then files.
    if bad := [item for item in told if item.state in {"refused", "silent"}]:
        return runs.unreported(", ".join(item.step for item in bad))
    if stopped := [stop for item in told if item.claim and (stop := _stop(item.claim))]:
        stop = stopped[0]
        why = not_evaluated_line(stop.cause) if stop.cause else runs.stopped(f"{stop.message} {stop.hint}")
        return shorten(line(why), 200)
    if problems := sum(len(item.claim.problems) for item in told if item.claim):
        return runs.wrong_files(problems)
    if main is None or main.claim is None:
        return runs.NOTHING_RUN
    outcomes = [f"{verdict.name}: {verdict.outcome}" for verdict in main.claim.verdicts]
    return shorten("; ".join(outcomes), 200) or runs.NOTHING_TO_EVALUATE


def _first(subject: ReportedChange) -> Iterator[str]:
    """The files that a reviewer must read before anything else: they run beside a key, or make verdicts."""
    if subject.guarded:
        names = [markdown(line(name, 100)) for name in subject.guarded]
        yield f"> {runs.guarded(names, _MOST_GUARDED)}"
    if subject.doubt:
        yield f"> {runs.of_other_workflows(subject.doubt)}"


_MOST_GUARDED = 10
"""Names of files that are listed: they come first of all, and a reviewer reads on."""


def _above(told: Sequence[RunStatus], main: RunStatus | None) -> Iterator[str]:
    """What a reader must know before any number."""
    if at_work := [item for item in told if _is_open(item)]:
        names = ", ".join(_link(item) for item in at_work)
        waits = any(item.state == "waiting" for item in at_work)
        yield f"⏳ {runs.at_work(names, waits=waits, rehearsed=main is not None)}"
    for item in told:
        if item.state == "refused":
            why = markdown(line(item.why, 500))
            yield f"❌ **{runs.refused(_link(item))}** {why} **Next:** {runs.REFUSED_NEXT}."
        if item.state == "silent":
            yield f"❌ **{runs.silent(_link(item))}** **Next:** {runs.SILENT_NEXT}."
        if item.claim and (stop := _stop(item.claim)):
            yield f"❌ {_stopped(stop)}"
        elif item.claim and item.claim.problems:
            problems = item.claim.problems
            shown = fence("\n".join(plain(text) for text in problems[:_MOST_SHOWN]))
            more = f"\n\n{len(problems) - _MOST_SHOWN} more." if len(problems) > _MOST_SHOWN else ""
            said = f"❌ **{runs.wrong_files(len(problems))}.** **Next:** {runs.WRONG_NEXT}."
            yield f"{said}\n\n{shown}{more}"


def _stopped(stop: Stop) -> str:
    """The sentence of the cause; without one, as an earlier release leaves it, that of the step."""
    told = NotEvaluated(stop.cause) if stop.cause else None
    said = markdown(line(told.message if told else stop.message, 1_000))
    hint = told.hint if told else stop.hint
    first = f"**{said}**" if told else f"**Not evaluated:** {said}"
    return first + (f" **Next:** {markdown(line(hint, 500))}." if hint else "")


def _stop(claim: Claim) -> Stop | None:
    """What kept a step from asking any model; an earlier release wrote it as a problem, in one text."""
    if claim.stop or claim.exit_code != EXIT_PROVIDER or not claim.problems:
        return claim.stop
    return Stop(message=claim.problems[0])


def _said(main: RunStatus) -> Iterator[str]:
    """The report on the verdicts, as everywhere, and what they do to the change."""
    assert main.claim is not None
    claim = main.claim
    if not claim.verdicts and claim.problems:
        return
    notes = [text for text in claim.lines if text.strip()]
    tables: list[str] = []
    if claim.nothing and not claim.verdicts:
        said = dict.fromkeys(not_evaluated(item) for item in claim.nothing[:_MOST_SHOWN])
        yield "\n\n".join(f"⚪ **{markdown(line(text, 500))}**" for text in said)
    else:
        notes += [not_evaluated_line(item) for item in claim.nothing]
        first, *tables = paragraphs(claim.verdicts)
        yield first
    yield from worded(claim.words)
    if notes:
        yield "\n".join(f"* {markdown(line(text, 500))}" for text in notes[:_MOST_NOTED])
    if len(notes) > _MOST_NOTED:
        yield f"**{plural(len(notes) - _MOST_NOTED, 'more line')}** in the log of the run: read them, too."
    # The long tables come last: the comment is cut at its end.
    yield from tables


def worded(words: Sequence[Wording]) -> Iterator[str]:
    """Yield the changed words of each version, folded, in a code block that they cannot end."""
    for item in words[:_MOST_WORDED]:
        names = " → ".join(html(defuse(line(name, 200))) for name in (item.old, item.new))
        block = fence(plain(item.text), "diff")
        yield f"<details>\n<summary>Words that changed: {names}</summary>\n\n{block}\n\n</details>"
    if len(words) > _MOST_WORDED:
        yield f"Words of {len(words) - _MOST_WORDED} more versions changed: `cuebook diff`."


def _below(told: Sequence[RunStatus], subject: ReportedChange) -> Iterator[str]:
    """How far the verdict carries, and where it comes from."""
    if subject.from_fork:
        yield f"> {runs.by_hand(subject.number, subject.head)}"
        left = (found for item in told if item.claim for found in item.claim.nothing)
        for app in sorted({found.target for found in left if found.code == "target_elsewhere"}):
            yield f"> {markdown(not_evaluated(Nothing(code='target_fork', target=app)))}"
    links = " · ".join(_link(item) for item in told)
    yield f"`{subject.head[:12]}` · {links}" if links else f"`{subject.head[:12]}`"


def _link(item: RunStatus) -> str:
    name = markdown(item.step)
    return f"[{name}]({item.url})" if _URL.fullmatch(item.url) else name
