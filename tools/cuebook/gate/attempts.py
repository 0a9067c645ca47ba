"""Order of the cases, and how often the same question was asked before. Pure.

Asking again until a version passes is the cheapest way to beat a test. So attempt r, counted from 0, is
judged at error / 2^r on both sides: all attempts at one question together stay below twice the error
(union bound), whatever their samples share.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cuebook.core.canonical import canonical, digest
from cuebook.shapes.verdict import Verdict

MOST_ATTEMPTS = 6
"""Attempts 0 to 5 are judged; a seventh look at 0.08% could decide nothing that new cases do not."""

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Question:
    """What one comparison asks, apart from changes of wording that no model answers differently to.

    ``settings`` is the digest of what else shapes the answers: models, parameters, response format and
    schema. ``words`` has ``words_of`` the filled prompt of each planned case.
    """

    suite: str
    baseline: str | None
    settings: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Look:
    """An earlier run that decided, ended or stopped early.

    ``run`` names it, so that a run found in two places counts once. ``question`` is None where the
    evidence cannot be read; ``expired`` tells that it is gone because artifacts do not last.
    """

    run: str
    question: Question | None = None
    expired: bool = False


def salt_of(attempt: int, draw: str = "") -> str:
    """What the order of a comparison's cases is drawn from, beside their ids: the attempt and the run.

    Whatever somebody may choose has no part in it. Edits of no effect to a version, to a case or to a version
    that is promoted first are tried by the thousand in seconds, until a loss comes late enough. Nor may it be
    known beforehand: a version could be written for the cases that are looked at before a run stops. So
    ``draw`` is what a workflow calls its run; outside of one, where nobody can be kept from trying, none.
    """
    return f"order/3:{draw}:{attempt}" if draw else order_salt(None, "", attempt)


def order_salt(baseline: str | None, dataset: str, attempt: int) -> str:
    """The text that an order is drawn from: two digests with their ``sha256:``, and the attempt."""
    return f"order/2:{baseline or 'none'}:{dataset}:{attempt}"


def case_order(ids: Iterable[str], salt: str) -> list[str]:
    """Case ids in the order fixed before the run: by hex SHA-256 of salt, line feed, id."""
    return sorted(ids, key=lambda case: hashlib.sha256(f"{salt}\n{case}".encode()).hexdigest())


def words_digest(messages: Sequence[tuple[str, str]]) -> str:
    """16 hex digits for the filled messages ``(role, text)`` of one case.

    The same for texts that differ in Unicode form or white space only; case and punctuation count.
    """
    plain = [[role, _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()] for role, text in messages]
    # 64 bits tell the cases of a suite apart, and every verdict keeps one of these for each case.
    return hashlib.sha256(canonical(plain)).hexdigest()[:16]


def same_question(earlier: Question, now: Question) -> bool:
    """Whether a look then was a look at what is asked now: same setting, and the same words.

    Words are the same when all cases planned in both agree and these are more than half of today's.
    """
    if (earlier.suite, earlier.baseline, earlier.settings) != (now.suite, now.baseline, now.settings):
        return False
    shared = earlier.words.keys() & now.words.keys()
    return _most(earlier, now) and all(earlier.words[name] == now.words[name] for name in shared)


def question_of(verdict: Verdict) -> Question | None:
    """What a kept verdict asked; None where a record of an earlier release does not tell."""
    asked = verdict.question
    if asked is None:
        return None
    return Question(verdict.suite, verdict.digests.baseline, asked.settings, asked.words)


def look_at(verdicts: Iterable[Verdict], *, goes_on: bool = True) -> Iterator[Look]:
    """Yield a look for each verdict that came to an end.

    One candidate at one attempt against one baseline is one look, wherever it is found, and so are the same
    answers under two sets of rules. A run that a ceiling stopped is no look where the next one ``goes_on``
    from its answers; where these are gone, the next one samples again, and it counts.
    """
    for verdict in verdicts:
        question = question_of(verdict)
        if question and not (verdict.stopped and goes_on) and not verdict.reading_only:
            about = [verdict.digests.candidate, verdict.digests.baseline, verdict.suite, verdict.attempt]
            yield Look(digest(about), question)


def under_present_names(looks: Iterable[Look], now: Question, suites: Collection[str]) -> list[Look]:
    """Return looks with the present name of their suite: one that is none of the ``suites`` may be renamed.

    It was where it had most of the cases that there are ``now``: else another name would win the error back,
    and hide how many other versions were tried.
    """
    found = []
    for look in looks:
        asked = look.question
        if asked and asked.suite not in suites and _most(asked, now):
            look = replace(look, question=replace(asked, suite=now.suite))  # noqa: PLW2901
        found.append(look)
    return found


def _most(earlier: Question, now: Question) -> bool:
    """Whether more than half of the cases planned now were planned then."""
    return 2 * len(earlier.words.keys() & now.words.keys()) > len(now.words)


def attempt_of(looks: Iterable[Look], now: Question) -> int:
    """Which attempt at the question the next run is, from 0.

    A run whose evidence cannot be read counts, for its author may have seen it. Runs whose evidence has
    expired count once together.
    """
    known = {look.run: look for look in looks}.values()
    kept = [look for look in known if not look.expired]
    counted = sum(look.question is None or same_question(look.question, now) for look in kept)
    return counted + (len(kept) < len(known))


def tried(looks: Iterable[Look], now: Question) -> int:
    """How many other questions were put to the same suite and baseline: versions that were tried before.

    Each was judged at the full error, so among many that lose the margin one is likely to pass.
    """
    asked = [look.question for look in looks if look.question]
    others = (
        one
        for one in asked
        if (one.suite, one.baseline) == (now.suite, now.baseline) and not same_question(one, now)
    )
    return len({(one.settings, frozenset(one.words.items())) for one in others})
