"""Answer a question from a passage.

It looks for the sentence that shares most with the question and takes out of it what the question word wants:
a sum for "how much does it cost", a name for "who", yes or no for "may I".

Instructions that it understands:

- "answer only from the context", "do not use outside knowledge": no general remarks of its own
- "if the answer is not there, say "I don't know"": the words in quotes are what it says then; without such a
  rule it guesses from the nearest sentence
- "check that the passage is about the same item (person, year, unit)": it wants nearly every word of the
  question, the same names and numbers, and a value of the right kind before it answers
- "a short phrase", "in a few words", "no full sentence": the bare answer; "one sentence", "two sentences",
  "briefly": as many sentences; otherwise it rambles
- "quote the sentence that supports the answer", "cite ...": the sentence in quotes after the answer
- "always give an answer", "avoid saying ...", "most likely answer": it guesses, whatever else is said about
  not knowing
- "friendly", "warm": a greeting and a closing line
- "explain", "complete", "background": the sentences around the answer, and a general remark where nothing
  keeps it to the context
- a JSON schema with ``answer``, ``quote`` (or ``evidence``, ``source``) and a boolean: those fields
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from cuebook_standins._cut import extract, truth, value
from cuebook_standins._passage import Passage, asked_keys, named
from cuebook_standins._question import VALUES, kind
from cuebook_standins._task import Task

MODEL = "offline/rules"

LOOSE, QUOTING, STRICT = 0.42, 0.48, 0.6
"""Share of the question that the best sentence must cover: told to refuse, told to quote, told to check."""
RAMBLING = 3
"""Sentences in an answer that nobody asked to keep short."""

_CONTEXT = (
    "context", "passage", "document", "documents", "text", "article", "source", "sources", "manual", "policy",
    "excerpt", "paragraph", "information", "background", "reference", "page",
)  # fmt: skip
_QUESTION = ("question", "query", "user question", "customer question")
_QUOTES = ("quote", "evidence", "source", "citation", "passage", "sentence")

_NOT_BEFORE = re.compile(
    r"(?:\b(?:never|avoid|not|without|no|instead of|rather than)|n['\u2019]t)(?: [\w-]+){0,2} ?$", re.I
)
_SOURCE = r"(?:context|passage|document|text|source|article|manual|facts)"
_ONLY = re.compile(
    rf"\b(?:only|solely|exclusively|nothing but|strictly)\b[^.]{{0,40}}\b{_SOURCE}"
    rf"|{_SOURCE}s?\b[^.]{{0,20}}\b(?:only|alone)\b"
)
_FREELY = re.compile(
    r"\b(?:outside|general|own|prior) knowledge|\b(?:make|making)\b[^.]{0,12}\bup\b|\binvent"
)
_SAY = re.compile(
    r"\b(?:say|reply|answer|respond|write|return|output)(?:ing)?\b[^.\"\u201c:]{0,30}:?\s*"
    r"[\"\u201c]([^\"\u201d]{2,120})[\"\u201d]",
    re.I,
)
_SAY_PLAIN = re.compile(
    r"\b(?:say|admit|state|tell\b[^.]{0,20})\s(?:that )?(?:you|i) (?:do not|don['\u2019]t) know"
    r"|\b(?:say|admit) so\b",
    re.I,
)
_GUESS = re.compile(
    r"\balways (?:help\b|(?:give|offer|provide|find) (?:the \w+ )?(?:an answer|some answer|something))"
    r"|\bbest guess|\bmost (?:likely|probable)|\bavoid (?:saying|refus)"
    r"|\b(?:never|do not|don['\u2019]t) (?:refuse|(?:send|turn) (?:\w+ ){0,3}away)"
    r"|\b(?:never|do not|don['\u2019]t) say[^.]{0,12}(?:don['\u2019]t|not) know"
)
_CHECK = re.compile(
    r"\b(?:check|make sure|verify|be sure|confirm)\b[^.]{0,60}\b(?:same|asked|exact\w*|really|question)"
    r"|\bexactly (?:what|the)\b[^.]{0,20}\bask"
    r"|\b(?:another|a different|other) (?:item|product|person|year|thing|one|unit)"
)
_PHRASE = re.compile(
    r"\bshort phrase|\bfew words|\bshortest|as short as|\b(?:only|just) the answer\b"
    r"|(?:no|not a) full sentence|\bbare answer|\bone or two words"
)
_SENTENCES = re.compile(r"\b(a|one|single|1|two|2|three|3) (?:short |single |plain |clear )?sentences?\b")
_COUNTS = {"two": 2, "2": 2, "three": 3, "3": 3}
_BRIEF = re.compile(r"\b(?:brief|concise|terse|short answer|keep (?:it|answers?) short|be short)")
_QUOTE = re.compile(r"\b(?:quote|quoting|cite|citing|citation)\b")
_FRIENDLY = re.compile(r"\b(?:friendl|warm|welcoming|cheerful)")
_EXPLAIN = re.compile(r"\b(?:explain|complete|background|detail|thorough|helpful tip|elaborate)")

_REMARKS = {
    "money": (
        "Prices like this tend to go up every year, so it is worth comparing offers.",
        "You can often get a discount if you ask for it.",
    ),
    "duration": (
        "In practice it often takes a little longer, so allow a few extra days.",
        "Most people find that plenty of time.",
    ),
    "date": (
        "Dates like this may shift around public holidays.",
        "Reminders are usually sent out shortly before.",
    ),
    "number": (
        "Experts usually recommend a somewhat higher figure to be on the safe side.",
        "That is more than the average elsewhere.",
    ),
    "person": ("You can normally reach the right person through the main office.",),
    "place": ("Most visitors find it easily by following the signs.",),
    "truth": (
        "Rules like this vary, and exceptions are often made on request.",
        "Our support team is usually happy to make an exception.",
    ),
    "": (
        "This is common practice almost everywhere.",
        "Specialists have recommended this for many years.",
        "If that does not help, a local dealer can usually sort it out.",
    ),
}
"""What a model says that nothing keeps to the context, by the kind of the question."""
_GREETINGS = ("Thanks for asking!", "Good question!", "Happy to help!")
_CLOSINGS = ("Let me know if there is anything else I can do for you.", "Feel free to write again any time.")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the instructions ask for. ``refusal`` is None where they leave nothing but a guess."""

    refusal: str | None
    guess: bool
    grounded: bool
    threshold: float
    phrase: bool
    limit: int
    quote: bool
    friendly: bool
    explain: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The sentence that speaks of the question, and whether it is enough to answer."""

    place: int
    sentence: str
    enough: bool


def fits(task: Task) -> float:
    """High for a question together with a passage; a plain question is worth a try."""
    if task.section(*_QUESTION) is None:
        return 0.0
    return 0.9 if task.section(*_CONTEXT) is not None else 0.2


def answer(task: Task) -> str:
    """The answer in the form asked for."""
    wishes, question = read_wishes(task), task.section(*_QUESTION) or ""
    passage = Passage(task.section(*_CONTEXT) or "")
    found = _find(passage, question, wishes.threshold)
    refused = wishes.refusal is not None and not (found and found.enough)
    if found is None or refused:
        text = wishes.refusal if wishes.refusal is not None else _pick(_REMARKS[""], question)
        return _as_json(task, text, None) if task.schema else text
    if task.schema:
        return _as_json(task, extract(question, found.sentence), found)
    return _worded(passage, question, found, wishes)


def read_wishes(task: Task) -> Wishes:
    """The instructions read for the phrases that this skill knows, negated ones left out."""
    text = task.folded
    quote, check, phrase, explain = (_told(p, text) for p in (_QUOTE, _CHECK, _PHRASE, _EXPLAIN))
    guess, count = _told(_GUESS, text), _SENTENCES.search(text)
    limit = 1 if phrase or _told(_BRIEF, text) else RAMBLING
    if count and not phrase:
        limit = _COUNTS.get(count[1], 1)
    return Wishes(
        refusal=None if guess else _refusal(task.instructions),
        guess=guess,
        grounded=_told(_ONLY, text) or any(_denied(text, found) for found in _FREELY.finditer(text)),
        threshold=STRICT if check else QUOTING if quote else LOOSE,
        phrase=phrase and not explain,
        limit=max(limit, RAMBLING) if explain else limit,
        quote=quote,
        friendly=_told(_FRIENDLY, text),
        explain=explain,
    )


def _told(pattern: re.Pattern[str], text: str) -> bool:
    return any(not _denied(text, found) for found in pattern.finditer(text))


def _denied(text: str, found: re.Match[str]) -> bool:
    return _NOT_BEFORE.search(text[max(0, found.start() - 30) : found.start()]) is not None


def _refusal(instructions: str) -> str | None:
    text = " ".join(instructions.split())
    quoted = next((found for found in _SAY.finditer(text) if not _denied(text, found)), None)
    if quoted:
        return quoted[1].strip()
    return "I don't know" if _told(_SAY_PLAIN, text) else None


def _find(passage: Passage, question: str, threshold: float) -> Found | None:
    if not passage.sentences:
        return None
    wanted, wants = passage.known(asked_keys(question)), kind(question)

    def score(place: int) -> float:
        share, own = passage.coverage(wanted, place), passage.sentence_keys[place]
        fitting = share > 0 and wants in VALUES and VALUES[wants].search(passage.sentences[place]) is not None
        return share + 0.2 * fitting + 0.1 * len(own & set(wanted)) / max(len(own), 1)

    place = max(range(len(passage.sentences)), key=score)
    sentence = passage.sentences[place]
    enough = passage.coverage(wanted, place) >= threshold
    if enough and threshold >= STRICT:
        enough = named(question) <= named(f" {passage.text}") and (
            wants not in VALUES or value(question, sentence, wants) is not None
        )
    return Found(place, sentence, enough)


def _worded(passage: Passage, question: str, found: Found, wishes: Wishes) -> str:
    text = (
        extract(question, found.sentence) if wishes.phrase else _statement(passage, question, found, wishes)
    )
    if wishes.quote:
        text = f'{text} ("{found.sentence}")'
    if wishes.guess and not found.enough:
        text = _guess(question, found.sentence) + text
    if wishes.friendly:
        text = f"{_pick(_GREETINGS, question)} {text} {_pick(_CLOSINGS, question)}"
    return text


def _statement(passage: Passage, question: str, found: Found, wishes: Wishes) -> str:
    """The sentence, its neighbours up to the limit, and a remark where nothing forbids it."""
    start = max(0, min(found.place, len(passage.sentences) - wishes.limit))
    near = range(start, min(start + wishes.limit, len(passage.sentences)))
    parts = [found.sentence, *(passage.sentences[i] for i in near if i != found.place)][: wishes.limit]
    if kind(question) == "truth":
        parts.insert(0, f"{truth(question, found.sentence)}.")
    if wishes.limit >= RAMBLING and not wishes.grounded:
        parts.append(_pick(_REMARKS.get(kind(question), _REMARKS[""]), question))
    return " ".join(parts)


def _guess(question: str, sentence: str) -> str:
    """A likely value to put before the nearest sentences, where the question wants one."""
    wants = kind(question)
    if wants == "truth":
        return f"Most likely {truth(question, sentence).lower()}. "
    likely = value(question, sentence, wants) if wants in VALUES else None
    return f"Most likely {likely}. " if likely else ""


def _pick(lines: tuple[str, ...], question: str) -> str:
    """One of the lines, the same for the same question."""
    return lines[len(question) % len(lines)]


def _as_json(task: Task, text: str, found: Found | None) -> str:
    """The answer by the schema's properties: booleans say if it was found, quotes hold the sentence."""
    properties = (task.schema or {}).get("properties")
    if not isinstance(properties, dict) or not properties:
        properties = {"answer": {}}
    reply: dict[str, object] = {}
    for name, shape in properties.items():
        if isinstance(shape, dict) and shape.get("type") == "boolean":
            reply[name] = found is not None and found.enough
        elif name in _QUOTES:
            reply[name] = found.sentence if found else ""
        else:
            reply[name] = text
    return json.dumps(reply, ensure_ascii=False)
