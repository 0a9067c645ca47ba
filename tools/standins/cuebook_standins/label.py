"""Pick one label of a list for a ticket, a mail or any short text.

The list is a JSON schema's ``enum``, lines such as ``- billing: invoices, charges``, or words after
"one of:". A label wins by the words that the text shares with its description; its bare name is weak
evidence. Without evidence the first label of the list is the answer.

Instructions that it understands:

- ``- billing: invoices, charges; not refunds``: what belongs to a label, and what doesn't
- ``- "Where is my parcel?" -> shipping``: an example
- "security before login-access", "if both bug and outage fit, choose outage", "security before
  everything else"
- "if nothing fits, choose other": the label for a text without evidence
- "the subject counts twice"; "decide by the subject only"
- "the main matter" or "what the customer wants done": requests count more, side remarks less
- "ignore quoted mails and signatures"; "allow for typos"
- "ignore what the customer rules out": "this is not about a refund" is no evidence for refunds
- "answer with the label only", "answer with JSON {"queue": ...}", or a JSON schema
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cuebook_standins._task import Task
from cuebook_standins._text import STOP_WORDS, sentences, stem, words

MODEL = "offline/rules"

NAME_WEIGHT, EXAMPLE_WEIGHT, EXCLUDED_WEIGHT, PHRASE_BONUS = 0.6, 0.35, 0.7, 1.0
REQUEST_WEIGHT, ASIDE_WEIGHT, SUBJECT_WEIGHT, TYPO_CERTAINTY = 2.0, 0.3, 2.0, 0.8
EVIDENCE_NEEDED = 0.3
FITS_AT_LEAST, FITS_SHARE = 0.7, 0.4
"""A label "fits too", for rules of precedence, from this evidence and this share of the best one's."""

_VERBS = re.compile(
    r"\b(?:classif\w+|categor\w+|triage\w*|rout(?:e|ing)|assign|sort|intent|queues?|one of|sentiment"
    r"|(?:choose|pick|select|decide) (?:exactly )?(?:one|the|which|a|between)"
    r"|which (?:queue|label|team|category))\b"
)
_BULLET = re.compile(
    r"^[ \t]*(?:[-*\u2022]|\d{1,2}[.)])[ \t]+"
    r"[`*\"']*(?P<name>[A-Za-z][\w&/-]*(?: [\w&/-]+){0,2}?)[`*\"']*"
    r"(?:[ \t]*(?::|\u2013|\u2014|--?(?=\s))[`*\"']*[ \t]*(?P<text>\S.*)|[ \t]*)$"
)
_INLINE = re.compile(
    r"\b(?:one of|labels?|queues?|categor(?:y|ies)|classes|options|intents?)\b[^:\n.]{0,40}:[ \t]*"
    r"(?P<list>[^\n.;]+(?:,\n[^\n.;]+)*)"
    r"|\b(?:as|into|between|either|is)[ \t]+"
    r"(?P<plain>(?:[\w-]+,[ \t]*)*[\w-]+,?[ \t]+(?:or|and)[ \t]+[\w-]+)",
    re.I,
)
_ARROW = re.compile(r"->|=>|\u2192")
_PIECES = re.compile(r"[,;:.()/]|\b(?:or|and)\b")
_EXCEPT = re.compile(r"\b(?:but not|not|except|never|excluding)\b(?P<text>[^;.)]*)", re.I)
_BEFORE = re.compile(r"\b(?:before|over|rather than|instead of|beats?|wins? over|outranks?)\b")
_EVERYTHING = re.compile(r"\b(?:before|over|beats?|outranks?) (?:everything|all|any|the (?:rest|others?))\b")
_CHOOSE = re.compile(r"\b(?:choose|pick|take|use|prefer|answer)\b")
_NOTHING_FITS = re.compile(
    r"\b(?:(?:if|when) (?:none|nothing|no (?:queue|label|category|other|one)|unsure|in doubt|unclear)"
    r"|otherwise)\b"
)
_REQUEST = re.compile(
    r"\?|\b(?:please|pls|kindly|(?:can|could|would) you|i(?:'d| would) (?:like|love)"
    r"|(?:i|we) (?:want|need|request|wish|ask)|we(?:'d| would) like|how (?:do|can)|where can"
    r"|when (?:will|do|is)|tell me)\b"
)
_ASIDE = re.compile(
    r"\b(?:by the way|btw|p\.?s\.?:|also,|not urgent|a detail|thank you for|thanks for|i love|love the)(?!\w)"
)
_RULED_OUT = re.compile(
    r"\b(?:not|isn['\u2019]t|no|don['\u2019]t|didn['\u2019]t|nothing)\s+(?:really\s+|just\s+)?"
    r"(?:about|ask(?:ing)? for|ask(?:ing)? about|a (?:question|matter) of|after|look(?:ing)? for"
    r"|want(?:ing)?|need(?:ed|ing)?)\b[^.,;!?\n]*",
    re.I,
)
_QUOTED = re.compile(r"^[ \t]*>.*$|^On .{1,80} wrote:[ \t]*$|^--[ \t]*\n[\s\S]*", re.M)
_SUBJECT_ONLY = re.compile(r"\bsubject(?: line)? (?:only|alone)\b|\bonly the subject\b")
_JSON_KEY = re.compile(r"\{\s*\"(?P<key>[A-Za-z_]\w*)\"\s*:")
_NOT_DATA = frozenset({"subject", "title", "channel", "date", "received"})
_SAY_NOTHING = """
    about all another any anything ask asking asks belong belongs can't cannot come comes customer customers
    does doesn't don't etc everything goes i'd i'm i've instead isn't it's kind like nothing one only other
    out question questions since something such that's thing things ticket tickets want wants whole yet
"""
_DULL = STOP_WORDS | frozenset(_SAY_NOTHING.split())


@dataclass(frozen=True, slots=True)
class _Guide:
    """What the instructions say about the labels; words are kept as roots, see ``_root``."""

    labels: tuple[str, ...]
    evidence: Mapping[str, Mapping[str, float]]
    phrases: tuple[tuple[str, frozenset[str]], ...]
    excluded: Mapping[str, frozenset[str]]
    beats: tuple[tuple[str, str], ...]
    fallback: str | None
    slips: Mapping[str, str]


def fits(task: Task) -> float:
    """How surely the task is to choose one label: two labels, a verb such as "classify", a small schema."""
    properties = _properties(task)
    if len(properties) > 4 or len(_labels(task)) < 2:
        return 0.0
    asked = bool(_VERBS.search(" ".join(_wording(task).casefold().split())))
    if _enum(properties):
        return 0.9 if asked else 0.5
    if properties:
        return 0.3 if asked else 0.0
    return 0.8 if asked else 0.1


def answer(task: Task) -> str:
    """The chosen label: as JSON when the task asks for JSON, alone when it asks for the label only."""
    labels = _labels(task)
    if not labels:
        return "unknown"
    guide = _guide(_wording(task), tuple(labels))
    scores, seen = _scores(guide, _weigh(task))
    label = _choose(guide, scores)
    return _reply(task, label, seen.get(label, []), scores)


def _wording(task: Task) -> str:
    """The instructions; for a task without sections without the last user message, which is the data then."""
    if task.sections or not any(message["role"] != "user" for message in task.messages):
        return task.instructions
    return "\n".join(message["content"] for message in task.messages if message["role"] != "user")


def _properties(task: Task) -> Mapping[str, Any]:
    found = (task.schema or {}).get("properties")
    return found if isinstance(found, Mapping) else {}


def _enum(properties: Mapping[str, Any]) -> tuple[str, list[str]] | None:
    for name, spec in properties.items():
        values = spec.get("enum") if isinstance(spec, Mapping) else None
        if isinstance(values, list) and (texts := [value for value in values if isinstance(value, str)]):
            return name, texts
    return None


def _labels(task: Task) -> list[str]:
    enum = _enum(_properties(task))
    if enum:
        return enum[1]
    wording = _wording(task)
    return _bulleted(wording) or _inline(wording)


def _bulleted(text: str) -> list[str]:
    """Names of the longest run of lines such as ``- name: description`` or ``- name``."""
    best: list[str] = []
    run: list[str] = []
    for line in [*text.splitlines(), "end"]:
        found = None if _ARROW.search(line) else _BULLET.match(line)
        if found:
            run.append(found["name"])
        elif line.strip():
            best, run = max(best, run, key=len), []
    return list(dict.fromkeys(best)) if len(best) > 1 else []


def _inline(text: str) -> list[str]:
    for found in _INLINE.finditer(text):
        parts = re.split(r",|\||/|\b(?:or|and)\b", found["list"] or found["plain"])
        names = [name for part in parts if (name := part.strip(" \t\n`*\"'")) and len(name.split()) <= 3]
        if len(names) > 1:
            return list(dict.fromkeys(names))
    return []


def _root(word: str) -> str:
    """A stem on which ``charge`` and ``charged``, ``delivery`` and ``delivered`` meet."""
    base = stem(word)
    if len(base) > 3 and base[-1] in "eyi":
        base = base[:-1]
    return base[:-1] if len(base) > 3 and base[-1] == base[-2] else base


def _roots(text: str) -> list[str]:
    return [_root(word) for word in words(text) if word not in _DULL]


@lru_cache(maxsize=64)
def _guide(wording: str, labels: tuple[str, ...]) -> _Guide:
    evidence: dict[str, dict[str, float]] = {}
    phrases: list[tuple[str, frozenset[str]]] = []
    described = _descriptions(wording, labels)
    fallback = _fallback(wording, labels)
    for label in labels:
        for piece in _PIECES.split(_EXCEPT.sub("", described.get(label, ""))):
            roots = frozenset(_roots(piece))
            for root in roots:
                _raise(evidence, root, label, 1 / len(roots))
            if len(roots) > 1:
                phrases.append((label, roots))
        for root in _roots(re.sub(r"[-_/]", " ", label)) if label != fallback else ():
            _raise(evidence, root, label, NAME_WEIGHT)
    for label, text in _examples(wording, labels):
        for root in _roots(text):
            _raise(evidence, root, label, EXAMPLE_WEIGHT)
    shared = {root: {k: v / len(by) for k, v in by.items()} for root, by in evidence.items()}
    excluded = {
        label: frozenset(root for found in _EXCEPT.finditer(text) for root in _roots(found["text"]))
        for label, text in described.items()
    }
    slips = _slips(shared) if re.search(r"typo|misspel|spelling", wording, re.I) else {}
    return _Guide(labels, shared, tuple(phrases), excluded, tuple(_beats(wording, labels)), fallback, slips)


def _raise(evidence: dict[str, dict[str, float]], root: str, label: str, weight: float) -> None:
    by_label = evidence.setdefault(root, {})
    by_label[label] = max(by_label.get(label, 0.0), weight)


def _descriptions(wording: str, labels: Sequence[str]) -> dict[str, str]:
    known = {label.casefold(): label for label in labels}
    found: dict[str, str] = {}
    for line in wording.splitlines():
        match = _BULLET.match(line)
        if match and match["text"] and match["name"].casefold() in known:
            found.setdefault(known[match["name"].casefold()], match["text"])
    return found


def _examples(wording: str, labels: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in wording.splitlines():
        text, *after = _ARROW.split(line, maxsplit=1)
        named = _mentioned(after[0].casefold(), labels) if after else []
        if named:
            yield named[0], text


def _mentioned(clause: str, labels: Sequence[str]) -> list[str]:
    """The labels named in a lower-case clause, in order."""
    places = []
    for label in labels:
        found = re.search(rf"(?<![\w-]){re.escape(label.casefold())}(?![\w-])", clause)
        if found:
            places.append((found.start(), label))
    return [label for _, label in sorted(places)]


def _clauses(wording: str) -> Iterator[str]:
    """Sentences in lower case; lines that describe a label or give an example are left out."""
    lines = [line for line in wording.splitlines() if not _ARROW.search(line)]
    prose = "\n".join(line for line in lines if not ((found := _BULLET.match(line)) and found["text"]))
    for part in re.split(r"[.;](?:\s|$)|\n\s*\n|\n(?=[ \t]*[-*\u2022])", prose):
        yield " ".join(part.casefold().split())


def _beats(wording: str, labels: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(winner, loser) of each rule of precedence."""
    for clause in _clauses(wording):
        if _NOTHING_FITS.search(clause):
            continue
        everything = _EVERYTHING.search(clause)
        if everything:
            for winner in _mentioned(clause[: everything.start()], labels):
                yield from ((winner, loser) for loser in labels if loser != winner)
        for part in re.split(r",(?! ?(?:choose|pick|take|use|prefer|answer))", clause):
            yield from _pairs(part, labels)


def _pairs(part: str, labels: Sequence[str]) -> Iterator[tuple[str, str]]:
    before = _BEFORE.search(part)
    chosen = list(_CHOOSE.finditer(part))
    if before:
        winners = _mentioned(part[: before.start()], labels)[-1:]
        losers = _mentioned(part[before.end() :], labels)
    elif chosen:
        winners = _mentioned(part[chosen[-1].end() :], labels)[:1]
        losers = _mentioned(part, labels)
    else:
        return
    yield from ((winner, loser) for winner in winners for loser in losers if loser != winner)


def _fallback(wording: str, labels: Sequence[str]) -> str | None:
    for clause in _clauses(wording):
        named = _mentioned(clause, labels) if _NOTHING_FITS.search(clause) else []
        if named:
            return named[-1]
    return None


def _slips(roots: Iterable[str]) -> dict[str, str]:
    """Each longer root under itself less one letter: two words one slip apart share such a key."""
    found: dict[str, str] = {}
    for root in roots:
        for key in _less_one(root):
            found.setdefault(key, root)
    return found


def _less_one(root: str) -> list[str]:
    if not 5 <= len(root) <= 20:
        return []
    return [root, *(root[:at] + root[at + 1 :] for at in range(1, len(root)))]


def _weigh(task: Task) -> list[tuple[str, float]]:
    """The text's sentences, each with its weight as the instructions want it."""
    subject, body = _parts(task)
    if task.asks("quoted", "signature"):
        body = _QUOTED.sub("", body)
    if task.asks("rules out", "ruled out"):
        body = _RULED_OUT.sub(" ", body)
    if subject and _SUBJECT_ONLY.search(task.folded):
        body = ""
    twice = task.asks("subject counts", "weigh the subject", "subject more")
    requests = task.asks(
        "main matter", "main request", "main concern", "wants done", "want done", "asks us to do"
    )
    return [
        (subject, SUBJECT_WEIGHT if twice else 1.0),
        *((sentence, _sentence_weight(sentence) if requests else 1.0) for sentence in sentences(body)),
    ]


def _sentence_weight(sentence: str) -> float:
    folded = sentence.casefold()
    if _ASIDE.search(folded):
        return ASIDE_WEIGHT
    return REQUEST_WEIGHT if _REQUEST.search(folded) else 1.0


def _parts(task: Task) -> tuple[str, str]:
    """Subject and body: of the named sections, or of the last user message when it has none."""
    subject, _, rest = (task.section("subject", "title") or "").partition("\n")
    data = [text for name, text in task.sections.items() if name not in _NOT_DATA]
    if not task.sections:
        data = [message["content"] for message in task.messages if message["role"] == "user"][-1:]
    body = "\n".join([rest, *data])
    found = None if subject else re.match(r"\s*subject:[ \t]*(.*)", body, re.I)
    return (found[1], body[found.end() :]) if found else (subject, body)


def _scores(
    guide: _Guide, parts: Sequence[tuple[str, float]]
) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Evidence for each label, and the words of the text that make it, strongest first."""
    found: dict[str, tuple[float, str]] = {}
    complete: dict[tuple[str, frozenset[str]], float] = {}
    for sentence, weight in parts:
        here = _matched(guide, sentence)
        for root, (certainty, word) in here.items():
            if weight * certainty > found.get(root, (0.0, ""))[0]:
                found[root] = (weight * certainty, word)
        for phrase in guide.phrases:
            if phrase[1] <= here.keys():
                complete[phrase] = max(complete.get(phrase, 0.0), weight)
    scores = dict.fromkeys(guide.labels, 0.0)
    for (label, _), weight in complete.items():
        scores[label] += PHRASE_BONUS * weight
    marks: dict[str, list[tuple[float, str]]] = {}
    for root, (weight, word) in found.items():
        for label, value in guide.evidence.get(root, {}).items():
            scores[label] += weight * value
            marks.setdefault(label, []).append((-weight * value, word))
        for label, roots in guide.excluded.items():
            scores[label] -= weight * EXCLUDED_WEIGHT if root in roots else 0.0
    return scores, {label: [word for _, word in sorted(pairs)] for label, pairs in marks.items()}


def _matched(guide: _Guide, sentence: str) -> dict[str, tuple[float, str]]:
    """Roots of the sentence with (certainty, the word as written); slips of a letter repaired if allowed."""
    here: dict[str, tuple[float, str]] = {}
    for word in words(sentence):
        root = _root(word)
        if word in _DULL:
            continue
        if guide.slips and root not in guide.evidence:
            meant = next((guide.slips[key] for key in _less_one(root) if key in guide.slips), None)
            if meant is not None:
                here.setdefault(meant, (TYPO_CERTAINTY, word))
        else:
            here[root] = (1.0, word)
    return here


def _choose(guide: _Guide, scores: Mapping[str, float]) -> str:
    best = max(guide.labels, key=lambda label: scores[label])
    if scores[best] < EVIDENCE_NEEDED:
        return guide.fallback or guide.labels[0]
    for _ in guide.labels:
        bar = max(FITS_AT_LEAST, FITS_SHARE * scores[best])
        better = [winner for winner, loser in guide.beats if loser == best and scores[winner] >= bar]
        if not better:
            break
        best = max(better, key=lambda label: scores[label])
    return best


def _reply(task: Task, label: str, seen: Sequence[str], scores: Mapping[str, float]) -> str:
    reason = f"It says {', '.join(seen[:3])}." if seen else "No description fits its words."
    properties = _properties(task)
    if properties:
        return json.dumps(_filled(properties, label, reason, scores), ensure_ascii=False)
    key = _JSON_KEY.search(_wording(task))
    if key or "json" in task.folded:
        return json.dumps({key["key"] if key else "label": label}, ensure_ascii=False)
    if re.search(
        r"\b(?:(?:label|name|queue|category|one) only|only the|just the|nothing else|one word)\b", task.folded
    ):
        return label
    return f"This belongs to {label}. {reason}"


def _filled(
    properties: Mapping[str, Any], label: str, reason: str, scores: Mapping[str, float]
) -> dict[str, Any]:
    enum = _enum(properties)
    place = enum[0] if enum else next(iter(properties))
    total = sum(value for value in scores.values() if value > 0)
    sure = round(max(0.0, scores[label]) / total, 2) if total else 0.0
    plain: dict[object, Any] = {"string": reason, "number": sure, "integer": round(sure), "boolean": False}
    kinds = {
        name: spec.get("type") if isinstance(spec, Mapping) else None for name, spec in properties.items()
    }
    return {name: label if name == place else plain.get(str(kind)) for name, kind in kinds.items()}
