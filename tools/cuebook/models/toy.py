"""A toy in the place of a model, for first steps and tests: ``toy/answers`` and ``toy/judge``.

``toy/answers`` repeats the sentence of a text that shares most words with the question; told what to say
(``say "I don't know"``) where the text does not hold the answer, it says that. With tools it calls the one
whose name shares most words with the question; its arguments are the question's words with a digit, in turn.
``toy/judge`` compares words: an answer with the reference, or two answers. No key, no network, no cost, and
no evidence about a model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from cuebook.core.canonical import digest_bytes
from cuebook.core.chat import plain, text_of
from cuebook.core.errors import Aborted, did_you_mean
from cuebook.core.stand_ins import TOY
from cuebook.core.text import fold, word_count
from cuebook.core.tool_calls import ToolCall
from cuebook.models._base import Transport, give_way
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall, ModelReply, Usage

NO_TEXT = "I am a toy: I find sentences in a text between tags, and there is none."

ENOUGH = 0.5
"""Share of a question's words that a sentence must have, or it does not hold the answer."""

CLOSE = 0.1
"""Two answers whose merits differ by less are equally good."""

_SECTION = re.compile(
    r"<(?P<name>[a-z][a-z_]*)(?P<mark>-\w+)?>\n?(.*?)\n?</(?P=name)(?(mark)(?P=mark))>", re.S
)
_SAY = re.compile(r"\bsay:? [\"“]([^\"”]+)[\"”]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_WORD = re.compile(r"\w+")
_VALUE = re.compile(r"\b[\w-]*\d[\w-]*")
"""Words of a question that become arguments of a tool: those with a digit, such as A-17."""
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "at",
        "be",
        "by",
        "can",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "that",
        "the",
        "their",
        "there",
        "they",
        "this",
        "to",
        "was",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "whose",
        "why",
        "will",
        "with",
    ]
)
"""Words that say nothing about what a sentence is about."""
_SCALE = re.compile(r"\b(\d+)\s*(?:to|-|–)\s*(\d+)\b")
_VERDICT = re.compile(r"\b(?:score|winner|rubric|full marks)\b", re.I)
"""Words of an answer that addresses its judge, which then scores lowest."""


class ToyClient:
    """Answers by rule, the same reply to the same call."""

    async def complete(self, call: ModelCall) -> ModelReply:
        """The toy's reply, words counted as tokens. Raises Aborted when there is no such toy."""
        await give_way()
        if call.model not in _TOYS:
            hint = did_you_mean(call.model, list(_TOYS))
            raise Aborted(f"no toy is called {call.model!r}", hint, cause="unknown_model")
        read = sum(word_count(text_of(message)) for message in call.messages)
        if call.model == TOY.answers and (called := _called(call)):
            usage = Usage(read, word_count(called.raw), 0.0)
            served = f"{call.model} (a toy)"
            return ModelReply("", served, usage, finish="tool_calls", tool_calls=(called,))
        text = _TOYS[call.model](plain(call.messages), (call.json_schema or {}).get("schema"))
        return ModelReply(text, f"{call.model} (a toy)", Usage(read, word_count(text), 0.0))

    async def close(self) -> None:
        """Do nothing: there is no connection."""


def answers(messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any] | None = None) -> str:
    """The sentence that fits the question best, as JSON where a schema asks for it."""
    rules, sections, question = _read(messages)
    found = _best(" \n".join(sections.values()), question, _SAY.search(rules)) if sections else NO_TEXT
    return json.dumps(_shaped(schema, found), ensure_ascii=False) if schema else found


def judge(messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any] | None = None) -> str:
    """A verdict as JSON: a score by words shared with the reference, or which of two answers shares more."""
    rules, sections, _ = _read(messages)
    graded = ("answer", "first", "second")
    given = {name: sections.pop(name) for name in graded if name in sections}
    wanted = sections.get("reference") or " ".join(sections.values())
    merits = {name: _merit(text, wanted) for name, text in given.items()}
    if {"first", "second"} <= merits.keys():
        gap = merits["first"] - merits["second"]
        winner = "tie" if abs(gap) < CLOSE else "first" if gap > 0 else "second"
        reason = f"Words shared: {merits['first']:.2f} and {merits['second']:.2f}."
        return json.dumps({"reason": reason, "winner": winner})
    low, high = _scale(rules, schema)
    merit = merits.get("answer", 0.0)
    reason = f"{merit:.2f} of the words are shared."
    return json.dumps({"reason": reason, "score": round(low + merit * (high - low))})


def _called(call: ModelCall) -> ToolCall | None:
    """The call of the tool that the question names, if it names one; no other after a tool's result."""
    tools, choice = call.calling.get("tools", ()), call.calling.get("toolChoice")
    if not tools or choice == "none" or call.messages[-1]["role"] == "tool":
        return None
    *_, question = _read(plain(call.messages))
    wanted = _words(question)
    near = {tool["name"]: len(wanted & _words(tool["name"].replace("_", " "))) for tool in tools}
    name = choice["name"] if isinstance(choice, Mapping) else max(near, key=lambda item: near[item])
    if not near.get(name) and not isinstance(choice, Mapping) and choice != "required":
        return None
    schema = next((tool.get("parameters") or {} for tool in tools if tool["name"] == name), {})
    values = iter(_VALUE.findall(question))
    arguments = {
        key: _shaped(part, next(values, question) if _is_text(part) else question)
        for key, part in (schema.get("properties") or {}).items()
    }
    return ToolCall.of("call-1", name, json.dumps(arguments, ensure_ascii=False))


def _is_text(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "string"


def _read(messages: Sequence[Mapping[str, str]]) -> tuple[str, dict[str, str], str]:
    """What the prompt's author says, the texts between tags, and the question: the last line beside them."""
    rules: list[str] = []
    sections: dict[str, str] = {}
    question = ""
    for message in messages:
        text = message["content"]
        if message["role"] == "user":
            for found in _SECTION.finditer(text):
                sections.setdefault(found["name"], found[3])
            text = _SECTION.sub("", text)
            question = next(reversed([line for line in text.splitlines() if line.strip()]), question)
        rules.append(text)
    return "\n".join(rules), sections, question.partition(": ")[2] or question


def _best(text: str, question: str, say: re.Match[str] | None) -> str:
    wanted = _words(question)
    sentences = [part.strip() for part in _SENTENCE.split(text) if part.strip()]
    best = max(sentences, key=lambda part: len(wanted & _words(part)), default="")
    if say and len(wanted & _words(best)) < ENOUGH * len(wanted):
        return say[1]
    return best


def _merit(text: str, wanted: str) -> float:
    """How many words two texts share, on [0, 1]: 1 where they have the same ones."""
    mine, theirs = _words(text), _words(wanted)
    if not mine or not theirs or _VERDICT.search(text):
        return 0.0
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


def _words(text: str) -> set[str]:
    return set(_WORD.findall(fold(text))) - _SMALL


def _scale(rules: str, schema: Mapping[str, Any] | None) -> tuple[float, float]:
    """The lowest and highest score: as the schema says, else as the instructions do, else 1 and 5."""
    field = ((schema or {}).get("properties") or {}).get("score") or {}
    told = _SCALE.search(rules)
    low, high = (float(told[1]), float(told[2])) if told else (1.0, 5.0)
    return float(field.get("minimum", low)), float(field.get("maximum", high))


def _shaped(schema: Mapping[str, Any] | None, text: str) -> Any:
    """The smallest value that a schema of objects, lists and plain values takes; texts are the answer."""
    schema = schema if isinstance(schema, Mapping) else {}
    if options := schema.get("enum"):
        return next((item for item in options if str(item) in text), options[0])
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {
                name: _shaped(fields[name], text) for name in schema.get("required", fields) if name in fields
            }
        case "array":
            return [_shaped(schema.get("items"), text)]
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
        case "null":
            return None
    return text


_TOYS = {TOY.answers: answers, TOY.judge: judge}


@cache
def _state() -> str:
    """Digest of this file: a stored reply holds only as long as the rules stay as they are."""
    return digest_bytes(Path(__file__).read_bytes())


def _serves(model: str, _: Settings) -> bool:
    return model.startswith(TOY.prefix)


def _connect(_: Settings) -> ToyClient:
    return ToyClient()


TRANSPORT = Transport(_serves, _connect, priority=100, deterministic=True, state=_state)
