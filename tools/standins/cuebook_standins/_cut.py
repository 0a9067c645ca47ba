"""Cut the few words that answer a question out of the sentence that holds them."""

from __future__ import annotations

import re
from itertools import pairwise

from cuebook_standins._passage import asked_keys, clauses, key, keys, negations
from cuebook_standins._question import NUMBER, VALUES, counted, kind
from cuebook_standins._text import STOP_WORDS, words

_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r"[^\W_][\w'\u2019.-]*[\w%]|[^\W_]|[,;:()]")
_EDGE = re.compile(r"[,;:]\s|\s(?:and|but|while|or)\s")
_REASON = re.compile(r"\b(?:because of|because|since|due to|so that|as|for)\s+(?P<rest>[^.;]+)", re.I)
_CAPITAL = r"[A-Z\u00c0-\u00de][\w\u2019'-]+"
_NAME = re.compile(rf"(?<![.!?] )(?<!^)\b{_CAPITAL}(?: (?:de |van |von )?{_CAPITAL})+")
_AGENT = re.compile(
    r"\bby (?P<rest>(?:the |a |an )?(?:(?:Dr|Mr|Mrs|Ms|Prof)\. )?[^,.;]+?)"
    r"(?=[,.;]| (?:who|which|and|between|in|at|on|from|until|within)\b|$)"
)
_WHERE = re.compile(
    r"\b(?:in|at|on|to|into|behind|beside|beneath|under|near|inside|outside|next to|from)\s"
    r"(?P<rest>(?:the |a |an |your )?[^,.;:]+?)"
    r"(?=[,.;:]| (?:where|which|that|and|until|from|after|on|by|with)\b|$)"
)
_NOUN = re.compile(
    r"\W*(?:\w+ )?(?:which|what|wich) (?:(?:kind|sort|type) of )?([^\W_]+)(?: ([^\W_]+))?", re.I
)
_OBJECT = re.compile(r"\bwhat (?:does|do|did|is|are|was|were|should|must|can|may)\b", re.I)
_TAIL_END = re.compile(r"[;.](?:\s|$)|,? (?:which|but|who|whose|so that|although)\b|, and [a-z]+s\b")
_LEAD = re.compile(
    r"^(?:(?:is|are|was|were|be|been|means?|that|and|or|but|so|of|it|its|they|will|has|have|as)\s+)+", re.I
)
_TRAIL = re.compile(
    r"(?:\s+(?:is|are|was|were|and|or|but|so|of|that|which|the|a|an|to|in|by|has|have))+$", re.I
)


def extract(question: str, sentence: str) -> str:
    """The words of the sentence that answer the question; the whole sentence when nothing can be cut."""
    wants = kind(question)
    if wants == "truth":
        return truth(question, sentence)
    if wants in VALUES:
        found = value(question, sentence, wants) or value(question, sentence, "number")
        if found:
            return found
    cutters = {"person": _person, "place": _place, "reason": _reason, "method": _method}
    cut = cutters.get(wants, _thing)(question, sentence)
    return _TRAIL.sub("", _LEAD.sub("", cut.strip(" \t\n,;:.!?()"))).strip(" ,;:") or sentence.rstrip(".!")


def truth(question: str, sentence: str) -> str:
    """Yes or No, by the negations of the clause that is nearest to the question."""
    wanted = set(asked_keys(question))
    nearest = max(clauses(sentence), key=lambda part: len(wanted & set(keys(part))))
    return "No" if (negations(nearest) - negations(question)) % 2 else "Yes"


def value(question: str, sentence: str, wants: str) -> str | None:
    """The value whose clause shares most with the question; values that the question names are left out."""
    named = set(words(question))
    found = [spot for spot in _values(sentence, wants) if not set(words(spot[0])) - STOP_WORDS <= named]
    if not found:
        return None
    return max(found, key=lambda spot: _nearness(question, sentence, spot, wants))[0].strip()


def _values(sentence: str, wants: str) -> list[re.Match[str]]:
    """Values of the kind wanted and, for the elliptic "the other within ten", bare numbers outside them."""
    found = list(VALUES[wants].finditer(sentence))
    if not found or wants == "date":
        return found
    bare = [spot for spot in re.finditer(NUMBER, sentence) if spot[0] not in ("a", "an")]
    return found + [
        spot for spot in bare if not any(other.start() <= spot.start() < other.end() for other in found)
    ]


def _nearness(question: str, sentence: str, spot: re.Match[str], wants: str) -> float:
    """Question words in the value's own clause, those of earlier clauses a little less, and small bonuses."""
    asked = set(asked_keys(question))
    start = max((edge.end() for edge in _EDGE.finditer(sentence, 0, spot.start())), default=0)
    after = _EDGE.search(sentence, spot.end())
    clause = set(keys(sentence[start : after.start() if after else len(sentence)])) & asked
    earlier = (set(keys(sentence[:start])) & asked) - clause
    score = len(clause) + 0.9 * len(earlier)
    if VALUES[wants].fullmatch(spot[0].strip()) is None:
        score -= 0.4
    follows = _WORD.search(sentence, spot.end())
    if follows and counted(question) and key(follows[0].casefold()) == key(counted(question)):
        score += 1.5
    shared = _shared(question, sentence)
    return score + 0.05 * (bool(shared) and spot.start() > shared[0].start())


def _shared(question: str, sentence: str) -> list[re.Match[str]]:
    asked = set(asked_keys(question))
    return [spot for spot in _WORD.finditer(sentence) if key(spot[0].casefold()) in asked]


def _person(question: str, sentence: str) -> str:
    asked = set(words(question))
    names = [spot[0] for spot in _NAME.finditer(sentence) if not set(words(spot[0])) & asked]
    agent = _AGENT.search(sentence)
    if agent and (not names or names[0] in agent["rest"]):
        return agent["rest"]
    return names[0] if names else _head(question, sentence) or _tail(question, sentence)


def _place(question: str, sentence: str) -> str:
    asked = set(asked_keys(question))
    found = [spot for spot in _WHERE.finditer(sentence) if not set(keys(spot["rest"])) <= asked]
    fresh = [spot for spot in found if not set(keys(spot["rest"])) & asked]
    return (fresh or found)[0][0] if found else _thing(question, sentence)


def _reason(question: str, sentence: str) -> str:
    asked = set(asked_keys(question))
    for found in _REASON.finditer(sentence):
        if set(keys(found["rest"])) - asked:
            return found["rest"].split(", ")[0] if found.start() == 0 else found["rest"]
    return _thing(question, sentence)


def _method(question: str, sentence: str) -> str:
    if sentence.startswith("To ") and ", " in sentence:
        return sentence.split(", ", 1)[1].split("; ")[0]
    asked, parts = set(asked_keys(question)), sentence.split("; ")
    fresh = [part for part in parts if len(set(keys(part)) & asked) < len(set(keys(part))) / 2]
    return (fresh or parts)[-1]


def _thing(question: str, sentence: str) -> str:
    asked = set(asked_keys(question))
    sentence = max(re.split(r"[;:]\s", sentence), key=lambda part: len(asked & set(keys(part))))
    noun = _NOUN.match(question)
    if noun:
        nouns = {key(word.casefold()) for word in noun.groups() if word and word.casefold() not in STOP_WORDS}
        beside = _beside(question, sentence, nouns)
        if beside:
            return beside
    head, tail, middle = (cut(question, sentence) for cut in (_head, _tail, _middle))
    return (tail or middle or head) if _OBJECT.search(question) else (head or tail or middle)


def _beside(question: str, sentence: str, nouns: set[str]) -> str:
    """A new word next to the noun that the question asks for: "status 429", "Parquet format"."""
    asked = set(asked_keys(question))

    def is_new(token: str) -> bool:
        word = token.casefold()
        return token[0].isalnum() and word not in STOP_WORDS and key(word) not in asked

    tokens = ["", *_TOKEN.findall(sentence), ""]
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if key(token.casefold()) not in nouns:
            continue
        if after and is_new(after) and (after[0].isupper() or after[0].isdigit()):
            return f"{token} {after}"
        if before and is_new(before):
            return f"{before} {token}"
    return ""


def _tail(question: str, sentence: str) -> str:
    """What follows the last word shared with the question, up to the end of the statement."""
    shared = _shared(question, sentence)
    rest = sentence[shared[-1].end() :] if shared else sentence
    rest = _TAIL_END.split(rest)[0].strip(" ,:()")
    return rest if keys(rest) else ""


def _head(question: str, sentence: str) -> str:
    """What comes before the first word shared with the question."""
    shared = _shared(question, sentence)
    lead = sentence[: shared[0].start()] if shared else ""
    lead = re.split(r"[;,:] ", lead)[-1].strip(" ,:")
    return lead if keys(lead) else ""


def _middle(question: str, sentence: str) -> str:
    """The longest stretch between two words shared with the question."""
    gaps = [sentence[a.end() : b.start()] for a, b in pairwise(_shared(question, sentence))]
    return max(gaps, key=lambda gap: len(keys(gap)), default="").strip(" ,:")
