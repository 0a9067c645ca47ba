"""Rules in the place of models, for Cuebook's example: one file per skill, found by a folder scan.

No key, no network. A skill says which model it belongs to (``MODEL``), how surely a task asks for it
(``fits``), and answers (``answer``). They are small rules over words, good enough to show that wording
matters; they are no language models and never replace one that failed.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

from cuebook.core.canonical import digest_bytes
from cuebook.core.chat import plain
from cuebook.core.errors import Aborted, did_you_mean
from cuebook.core.text import word_count
from cuebook.core.tool_calls import ToolCall
from cuebook.models import ModelCall, ModelPlugin, ModelReply, Settings, Usage
from cuebook_standins._task import Said, Task, read_task

__all__ = [
    "PLUGIN",
    "REFUSAL",
    "Said",
    "Skill",
    "StandIns",
    "Task",
    "fingerprint",
    "models",
    "reply",
    "skills",
]

REFUSAL = "I can't do that offline."
"""The reply when no skill fits the task."""


class Skill(Protocol):
    """What a module of this folder offers."""

    MODEL: str

    def fits(self, task: Task) -> float:
        """How surely the task asks for this skill, 0 to 1."""

    def answer(self, task: Task) -> str | Said:
        """The text of the reply, or its calls or refusal."""


@cache
def skills() -> dict[str, Skill]:
    """Every skill by the name of its file, sorted."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return {name: cast("Skill", importlib.import_module(f"{__name__}.{name}")) for name in names}


@cache
def models() -> list[str]:
    """The models that have a skill, sorted; read from the files, as importing all skills takes far longer."""
    files = (path for folder in __path__ for path in Path(folder).glob("[!_]*.py"))
    return sorted({found for path in files for found in _MODEL.findall(path.read_text("utf-8"))})


_MODEL = re.compile(r'^MODEL = "([^"]+)"$', re.M)


def reply(
    model: str,
    messages: Sequence[Mapping[str, Any]],
    schema: Mapping[str, Any] | None = None,
    calling: Mapping[str, Any] | None = None,
) -> str | Said:
    """The answer of the model's skill that fits best, or ``REFUSAL``; the same words get the same answer.

    ``schema`` is the JSON Schema asked for, ``calling`` the tools and their choice. Of two skills that fit
    alike the first by name answers.
    """
    task = read_task(messages, schema, calling)
    best, sure = None, 0.0
    for skill in skills().values():
        if model == skill.MODEL and (fit := skill.fits(task)) > sure:
            best, sure = skill, fit
    return best.answer(task) if best else REFUSAL


@cache
def fingerprint() -> str:
    """Digest of the skills' source: a stored reply of theirs holds only as long as they stay as they are."""
    files = sorted(path for folder in __path__ for path in Path(folder).glob("*.py"))
    return digest_bytes(b"\0".join(path.read_bytes() for path in files))


class StandIns:
    """Answers by rule, the same reply to the same call. Words are counted as tokens."""

    async def complete(self, call: ModelCall) -> ModelReply:
        """The reply of a stand-in. Raises Aborted when there is no such model."""
        import asyncio  # a gate whose verdicts hold asks no model, and this is half of the import

        await asyncio.sleep(0)  # lets an interrupt through: nothing else here waits
        known = models()
        if call.model not in known:
            hint = did_you_mean(call.model, known)
            raise Aborted(f"no stand-in is called {call.model!r}", hint, cause="unknown_model")
        schema = (call.json_schema or {}).get("schema")
        said = reply(call.model, call.messages, schema, call.calling)
        read = sum(word_count(message["content"]) for message in plain(call.messages))
        return _replied(said if isinstance(said, Said) else Said(said), f"{call.model} (stand-in)", read)

    async def close(self) -> None:
        """Nothing to give back."""


def _replied(said: Said, served: str, read: int) -> ModelReply:
    calls = tuple(
        ToolCall.of(f"call-{at}", name, json.dumps(arguments, ensure_ascii=False))
        for at, (name, arguments) in enumerate(said.calls, 1)
    )
    written = sum(word_count(text) for text in (said.text, *(call.raw for call in calls)))
    finish = "refusal" if said.refused else "tool_calls" if calls else "stop"
    usage = Usage(read, written, 0.0)
    refusal = said.text if said.refused else ""
    return ModelReply(said.text, served, usage, finish=finish, tool_calls=calls, refusal=refusal)


def _connect(_: Settings) -> StandIns:
    return StandIns()


PLUGIN = ModelPlugin(_connect, deterministic=True, state=fingerprint, models=models)
