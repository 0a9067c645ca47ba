"""Summarises notes by picking whole sentences; it never writes a sentence of its own.

Told nothing more than "summarise", it takes the first three sentences. It also understands:

- keep decisions; list actions (action items, next steps, to-dos); list open questions
- owner (who does it) and due date: sentences with a name and a date win, "I" and "she" get a name in front
- leave out small talk; without it the opening sentence is always kept
- the final decision, or "changed later": drops what a later sentence takes back
- at most N sentences, N words, N bullets (digits, or words up to twelve)
- headings (Decisions, Actions, Open questions); bullet points
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cuebook_standins._task import Task
from cuebook_standins._text import content_words, sentences, words

MODEL = "offline/rules"

LEAD = 3
"""How many sentences are taken from the top when nothing is asked for."""
FILL = 4
"""Up to how many sentences are filled with the most central ones when fewer were asked for."""
MOST = 10
"""How many sentences are taken when no limit is given."""

_TITLE_WORDS = 4
"""Words in the headings Decisions, Actions and Open questions."""

_SOURCES = ("notes", "meeting", "minutes", "transcript", "text", "article", "document", "thread")
_SUMMARY = re.compile(r"\b(summar(?:y|ise|ize|ies|ising|izing)|minutes of|tl;?dr|key points|recap)\b")

_REFUSED = (
    r"\b(?:do not|don't|never|no|without|leave out|skip|omit|ignore)\b(?:(?!\b(?:and|but|keep)\b)[^.;,])*$"
)
_NUMBERS = {
    word: number
    for number, word in enumerate(words("one two three four five six seven eight nine ten eleven twelve"), 1)
}
_LIMIT = re.compile(
    rf"\b(\d{{1,4}}|{'|'.join(_NUMBERS)})[ -](?:[a-z]+ )?(sentence|word|bullet|line|item)s?\b"
    r"(?! (?:per|each))"
)

_BULLET = re.compile(r"^\s*(?:[-*•>·–]+|\d{1,2}[.)]|\[[ x]?\])\s+")
_LABEL = re.compile(r"^(?P<label>[^\W\d][\w.']*(?: [A-Z][\w.']*)?):\s+(?=\S)")
_NAME = re.compile(r"(?<![\w@])@?[^\W\d_a-z][\w'’-]+|@\w+")
_DATE = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:days?)?\b"
    r"|\b(?:jan(?:uary)?|feb(?:ruary)?|march|april|june|july|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|\d{1,2} may|easter|christmas)\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)\b|\b\d{1,2}[:.]\d\d\b|\b\d{1,2} ?[ap]m\b"
    r"|\b(?:today|tonight|tomorrow|tmrw|noon|next (?:week|month)|this (?:week|afternoon)|end of)\b",
    re.I,
)
_DECISION = re.compile(
    r"\b(?:decid\w*|decisions?|agreed?|agreement|approv\w+|resolved|accept(?:s|ed)|adopted|vote[ds]?"
    r"|settled|reject(?:s|ed)|awarded|unanimous\w*|motion|deal)\b",
    re.I,
)
_STATE = re.compile(
    r"\b(?:instead|stays?|remains?|moves? (?:to|up)|goes (?:up|to|on)|no (?:longer|more)|postponed|cancelled"
    r"|cut|closed?|starts?|from (?:now|today|next)|must|valid|limited|not allowed|confirmed|it is|then"
    r"|only)\b",
    re.I,
)
_ACTION = re.compile(
    r"^(?:action|to-?do|owner|task)s?\b|\b(?:will|wil|must|shall|has to|needs to|is to)"
    r" (?!be\b|have\b|not\b)[a-z]+"
    r"|\bI(?:'|’)?(?:ll| will)\b|\b(?:can|could|will) you\b"
    r"|^[\w'. ]{2,20}(?<!decided)(?<!agreed) to (?!the\b|a\b|be\b|\d)[a-z]+",
    re.I,
)
_ASSIGNED = re.compile(
    r"\b(?:sends?|writes?|calls?|phones?|asks?|books?|orders?|brings?|gets?|makes?|takes?|pays?|checks?|tells?"
    r"|buys?|prints?|posts?|informs?|prepares?|looks?|fetch(?:es)?|does|draws?|fix(?:es)?|repairs?|signs?|reports?)\b",
    re.I,
)
_QUESTION = re.compile(
    r"\?(?:$|\s)|\b(?:open|unclear|unknown|tbd|parked|nobody knew|nobody knows|no idea|no(?:t| one) (?:yet )?"
    r"(?:settled|clear|solved|decided|found|answered)|to be (?:decided|answered))\b",
    re.I,
)
_CHATTER = re.compile(
    r"\b(?:coffee|tea|cake|biscuits?|cookies?|pizza|lunch|weather|weekend|birthday|holidays?|bik(?:e|ing)|cat|dog"
    r"|baby|jok(?:e|es|ing)|laugh\w*|applause|clapped|funny|smell\w*|late|traffic|thanks?|lovely|photos?|sandwiches"
    r"|soup|sorry|haha|lol|hiccups|queue|bravo|cheers?)\b",
    re.I,
)
_REVERSAL = re.compile(
    r"\b(?:scratch that|on second thoughts?|correction|new decision|hang on|repeated with|overturned"
    r"|after all|changed (?:his|her|their|our) minds?)\b|\bno, we\b|\bnow (?:it is|it's)\b",
    re.I,
)
_PRONOUN = re.compile(r"\b(?:I|he|she|him|her)\b|\bI['’]", re.I)
_NOT_NAMES = frozenset(
    words(
        """monday tuesday wednesday thursday friday saturday sunday january february march april may june july
        august september october november december decision decided action agreed open question next point
        item present please everyone everybody nobody somebody someone still also"""
    )
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the instructions ask of a summary; a limit of 0 means none was given."""

    decisions: bool
    actions: bool
    owners: bool
    questions: bool
    no_small_talk: bool
    final: bool
    headings: bool
    bullets: bool
    sentences: int
    words: int

    @property
    def picky(self) -> bool:
        """Whether any kind of sentence was asked for, so that reading from the top is not enough."""
        return self.decisions or self.actions or self.questions


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the notes: its text, place, speaker and how much it is worth."""

    text: str
    place: int
    speaker: str = ""
    kind: str = "other"
    worth: float = 0.0


def fits(task: Task) -> float:
    """High when a summary is asked for and no form or question is beside the text."""
    if task.schema or not _SUMMARY.search(task.folded):
        return 0.0
    if "question" in task.sections or "labels" in task.sections:
        return 0.2
    return 0.9 if task.section(*_SOURCES) is not None else 0.6


def answer(task: Task) -> str:
    """The summary, in whole sentences of the notes; empty when there are no notes."""
    notes = _notes(task)
    wishes = read_wishes(task.instructions.replace(notes, " ") if notes.strip() else task.instructions)
    lines = _lines(notes)
    if not wishes.picky:
        return " ".join(line.text for line in _shorten(lines[: wishes.sentences or LEAD], wishes))
    picked = _pick(_judged(lines, wishes), wishes)
    return _laid_out(picked, wishes)


def read_wishes(instructions: str) -> Wishes:
    """Read the instructions: what to keep, what to leave out, how long and in which form."""
    text = " ".join(instructions.casefold().split())
    limits = {"sentence": 0, "word": 0}
    for number, unit in _LIMIT.findall(text):
        limit = _NUMBERS.get(number) or int(number)
        limits["word" if unit == "word" else "sentence"] = limit
    return Wishes(
        decisions=_wants(text, r"decisions?|decided|agreed|agreements?"),
        actions=_wants(text, r"actions?|action items?|next steps|to-?dos?|tasks|follow-ups?"),
        owners=_wants(text, r"owners?|who (?:does|will|is)|responsible|due|deadlines?|by when"),
        questions=_wants(text, r"open (?:questions?|points?|issues?)|unresolved|undecided|still open"),
        no_small_talk=bool(re.search(r"small talk|chatter|chit-?chat|jokes|irrelevant|off-topic", text)),
        final=_wants(text, r"final|latest|changed later|taken back|overturned|last word"),
        headings=_wants(text, r"headings?|headed"),
        bullets=_wants(text, r"bullets?|bullet points?|bulleted"),
        sentences=limits["sentence"],
        words=limits["word"],
    )


def _wants(text: str, pattern: str) -> bool:
    found = re.finditer(rf"\b(?:{pattern})\b", text)
    return any(not re.search(_REFUSED, text[: match.start()]) for match in found)


def _notes(task: Task) -> str:
    """The text to summarise: a section named for it with all after it, else the longest, else the message."""
    names = list(task.sections)
    start = next((names.index(name) for name in _SOURCES if name in task.sections), None)
    if start is not None:
        first, *rest = names[start:]
        return "\n".join([task.sections[first], *(f"{name}: {task.sections[name]}" for name in rest)])
    if task.sections:
        return max(task.sections.values(), key=len)
    users = [message["content"] for message in task.messages if message["role"] == "user"]
    last = users[-1] if users else ""
    head, gap, body = last.partition("\n\n")
    return body if gap and _SUMMARY.search(head.casefold()) else last


def _lines(notes: str) -> list[Line]:
    """The sentences with bullets dropped and the speaker known; a title on the first line is left out."""
    rows = [_BULLET.sub("", row).strip() for row in notes.splitlines()]
    rows = [row for row in rows if row]
    if len(rows) > 2 and len(words(rows[0])) <= 6 and not re.search(r"[.!?:]\s*$|:\s", rows[0]):
        rows = rows[1:]
    labels = Counter(match["label"] for row in rows if (match := _LABEL.match(row)))
    found: list[Line] = []
    for row in rows:
        match = _LABEL.match(row)
        label = match["label"] if match else ""
        speaker = label if labels[label] > 1 and label.casefold() not in _NOT_NAMES else ""
        found += [Line(text, len(found) + i, speaker) for i, text in enumerate(sentences(row))]
    return found


def _judged(lines: Sequence[Line], wishes: Wishes) -> list[Line]:
    """The same lines with their kind and worth."""
    common = Counter(word for line in lines for word in set(content_words(line.text)))
    judged = [_judge(line, common, wishes) for line in lines]
    return _without_reversed(judged) if wishes.final else judged


def _judge(line: Line, common: Mapping[str, int], wishes: Wishes) -> Line:
    own = content_words(line.text)
    worth = sum(common[word] - 1 for word in own) / (2 * len(own) + 4)
    named, dated = bool(_names(line) or line.speaker), bool(_DATE.search(line.text))
    action = 3.0 * bool(_ACTION.search(line.text)) or 2.0 * (named and bool(_ASSIGNED.search(line.text)))
    marks = {
        "question": 3.0 * bool(_QUESTION.search(line.text)) * wishes.questions,
        "action": (action + wishes.owners * (named + dated) * bool(action)) * wishes.actions,
        "decision": (3.0 * bool(_DECISION.search(line.text)) + 1.2 * bool(_STATE.search(line.text)))
        * wishes.decisions,
    }
    if _DECISION.search(line.text) and not dated:
        marks["action"] = 0.0
    kind = max(marks, key=lambda name: marks[name])
    worth += marks[kind] + 0.5 * dated + 0.3 * bool(re.search(r"\d", line.text))
    if _CHATTER.search(line.text):
        worth -= 1.5 if wishes.no_small_talk else 0.2
    if len(own) < 3:
        worth -= 1.5
    return replace(line, kind=kind if marks[kind] else "other", worth=worth)


def _without_reversed(lines: Sequence[Line]) -> list[Line]:
    kept: list[Line] = []
    for line in lines:
        if not _REVERSAL.search(line.text):
            kept.append(line)
            continue
        earlier = next((old for old in reversed(kept) if old.kind == "decision"), None)
        kept = [old for old in kept if old is not earlier]
        kept.append(replace(line, kind="decision", worth=line.worth + 3))
    return kept


def _pick(lines: Sequence[Line], wishes: Wishes) -> list[Line]:
    """The worthiest lines within the limits, in the order of the notes."""
    ranked = sorted(lines, key=lambda line: (-line.worth, line.place))
    wanted = [line for line in ranked if line.kind != "other" and line.worth >= 1.2]
    fillers = [line for line in ranked if line not in wanted]
    picked = wanted + fillers[: max(0, FILL - len(wanted))]
    if lines and not wishes.no_small_talk and lines[0] not in picked[: wishes.sentences or MOST]:
        picked.insert(0, lines[0])
    chosen = picked[: wishes.sentences or MOST]
    owned = [_owned(line, lines) if wishes.owners else line for line in chosen]
    return sorted(_shorten(owned, wishes), key=lambda line: line.place)


def _owned(line: Line, lines: Sequence[Line]) -> Line:
    """Put the speaker, or the last person named before, in front of a line that says only I, he or she."""
    if line.kind != "action" or not _PRONOUN.search(line.text) or _names(line) or _LABEL.match(line.text):
        return line
    before = [name for old in lines if old.place < line.place for name in _names(old)]
    owner = line.speaker or (before[-1] if before else "")
    return replace(line, text=f"{owner}: {line.text}") if owner else line


def _names(line: Line) -> list[str]:
    """Capitalised words that may name somebody; the first word counts only if a verb of doing follows."""
    found = []
    for match in _NAME.finditer(line.text):
        name = match[0]
        first = match.start() == 0 and not re.match(
            r"\s+(?:will|wil|to|has|must|and|is|[a-z]+s)\b", line.text[match.end() :]
        )
        if not first and name.casefold() not in _NOT_NAMES and not name.isupper():
            found.append(name)
    return found


def _shorten(lines: Sequence[Line], wishes: Wishes) -> list[Line]:
    """Drop lines from the end of the ranking until the word limit holds; cut the last one left."""
    if not wishes.words:
        return list(lines)
    marks = int(wishes.headings or wishes.bullets)
    room = max(1 + marks, wishes.words - (_TITLE_WORDS if wishes.headings else 0))
    kept: list[Line] = []
    for line in lines:
        size = len(line.text.split()) + marks
        if size <= room:
            kept.append(line)
            room -= size
    if lines and not kept:
        kept = [replace(lines[0], text=" ".join(lines[0].text.split()[: room - marks]))]
    return kept


def _laid_out(lines: Sequence[Line], wishes: Wishes) -> str:
    bullet = "- " if wishes.bullets or wishes.headings else ""
    if not wishes.headings:
        return ("\n" if bullet else " ").join(bullet + line.text for line in lines)
    parts = []
    for title, kinds in (
        ("Decisions", ("decision", "other")),
        ("Actions", ("action",)),
        ("Open questions", ("question",)),
    ):
        rows = [bullet + line.text for line in lines if line.kind in kinds]
        if rows:
            parts.append("\n".join([f"{title}:", *rows]))
    return "\n\n".join(parts)
