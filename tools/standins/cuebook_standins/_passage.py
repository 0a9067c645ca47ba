"""A passage in sentences and keys of words, and how far a sentence speaks of a question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log

from cuebook_standins._text import STOP_WORDS, sentences, stem, words

_ASKED = """according amount ask asked cost costs date day days exactly far happen hour hours kind
long many month months much need needed number often one please price quickly soon tell time times
type up use used week weeks year years"""
_ASKED_WORDS = frozenset(_ASKED.split())
_FORMS = """begin began begun| bring brought| build built| buy bought| choose chose chosen| come came|
drive drove driven| eat ate eaten| fall fell fallen| find found| fly flew flown|
freeze froze frozen| give gave given| go goes went gone| grow grew grown| hold held| keep kept|
know knew known| lead led| leave left| lose lost| make made| meet met| pay paid| run ran|
say said| see saw seen| sell sold| send sent| sing sang sung| sink sank sunk|
speak spoke spoken| spend spent| swim swam swum| take took taken| teach taught| tell told|
think thought| wear wore worn| win won| write wrote written"""
_BASES = {form: forms.split()[0] for forms in _FORMS.split("|") for form in forms.split()[1:]}
_NEGATION = re.compile(
    r"\b(?:not|no(?! (?:more|less|fewer|later|earlier) than)|never|cannot|none|nobody|nothing|neither|nor"
    r"|excluded?|forbidden|prohibited|unable)\b|n['\u2019]t\b",
    re.I,
)
_CLAUSE = re.compile(r"[,;:]\s+|\s+(?=(?:but|although|unless|while|because|since)\b)")
_TITLE = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|approx)\.$")
_PRONOUN = re.compile(r"(?:it|its|they|their|this|these|those|he|she|his|her|there)\b", re.I)
_NAMED = re.compile(r"(?<=\s)[A-Z][\w-]+|\d+(?:[.,:]\d+)*")


@lru_cache(maxsize=8192)
def key(word: str) -> str:
    """A stem that also joins price/prices, carry/carried, renew/renewal and stop/stopped."""
    root = stem(_BASES.get(word, word)).rstrip("eyi")
    root = root[:-2] if root.endswith("al") and len(root) > 5 else root
    if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "ls":
        root = root[:-1]
    return root or word


def keys(text: str) -> list[str]:
    """Keys of the words that carry meaning, in order."""
    return [key(word) for word in words(text) if word not in STOP_WORDS]


def asked_keys(question: str) -> list[str]:
    """Distinct keys of what a question is about, without the words that only say what it wants."""
    found = [key(word) for word in words(question) if word not in STOP_WORDS and word not in _ASKED_WORDS]
    return list(dict.fromkeys(found))


def clauses(sentence: str) -> list[str]:
    """The parts of a sentence between commas, semicolons and words such as *but*; at least one."""
    return [part for part in _CLAUSE.split(sentence) if part.strip()] or [sentence]


def negations(text: str) -> int:
    """How many negating words are in the text."""
    return len(_NEGATION.findall(text))


def named(text: str) -> frozenset[str]:
    """Names and numbers of the text; its first word doesn't count as a name."""
    return frozenset(_NAMED.findall(text))


def refers_back(sentence: str) -> bool:
    """Whether the sentence begins with a pronoun."""
    return _PRONOUN.match(sentence) is not None


def close(left: str, right: str) -> bool:
    """Whether two words differ by one typing slip: a letter more, a letter less, or two swapped."""
    if left[:1] != right[:1] or min(len(left), len(right)) < 4 or abs(len(left) - len(right)) > 1:
        return False
    if len(left) == len(right):
        wrong = [at for at, pair in enumerate(zip(left, right, strict=True)) if pair[0] != pair[1]]
        at = wrong[0] if wrong else 0
        return not wrong or (wrong == [at, at + 1] and left[at : at + 2] == right[at : at + 2][::-1])
    short, long = sorted((left, right), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


@dataclass(frozen=True)
class Passage:
    """A text cut into sentences that can be compared with a question."""

    text: str

    @cached_property
    def sentences(self) -> list[str]:
        """The sentences in order; a title such as *Dr.* doesn't end one."""
        found: list[str] = []
        for part in sentences(self.text):
            if found and _TITLE.search(found[-1]):
                found[-1] += f" {part}"
            else:
                found.append(part)
        return found

    @cached_property
    def sentence_keys(self) -> list[frozenset[str]]:
        """The distinct keys of each sentence."""
        return [frozenset(keys(sentence)) for sentence in self.sentences]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All keys of the passage."""
        return frozenset().union(*self.sentence_keys)

    @cached_property
    def _holding(self) -> Counter[str]:
        return Counter(word for found in self.sentence_keys for word in found)

    def known(self, wanted: Iterable[str]) -> list[str]:
        """The wanted keys, each replaced by the passage's own key when it is one slip away."""
        own = sorted(self.vocabulary)
        return [
            word if word in self.vocabulary else next((other for other in own if close(word, other)), word)
            for word in wanted
        ]

    def weight(self, word: str) -> float:
        """How much a key tells: rare in the passage means more; absent counts like rare."""
        return log(1 + (len(self.sentence_keys) + 1) / max(self._holding[word], 1))

    def coverage(self, wanted: Iterable[str], place: int) -> float:
        """Weighted share of the wanted keys in the sentence, in [0, 1].

        Those of the sentence before count half, or nearly whole when this one begins with a pronoun.
        """
        listed = list(wanted)
        total = sum(map(self.weight, listed))
        if not total:
            return 0.0
        here = self.sentence_keys[place]
        before = self.sentence_keys[place - 1] if place else frozenset[str]()
        echo = 0.85 if refers_back(self.sentences[place]) else 0.5
        return (
            sum(
                self.weight(word) * (1.0 if word in here else echo if word in before else 0.0)
                for word in listed
            )
            / total
        )
