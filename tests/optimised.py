"""A registry whose prompt can be improved by words, and a server that answers, judges and proposes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from build import write
from loopback import Loopback

CASES = 140
PRICE = 1000.0
"""US dollars for a million tokens, sent or answered."""
REFLECTS = "You improve one text"
Request = Mapping[str, Any]


def marker(number: int, what: str) -> str:
    """A word of 24 and more characters that is in one place only."""
    return f"{what}-{sha256(f'{what}{number}'.encode()).hexdigest()[:26]}"


LINES = [
    {
        "id": marker(number, "case"),
        "inputs": {"question": f"Is {marker(number, 'input')} so? {number}"},
        "expectations": {"answer": f"YES {marker(number, 'expected')}"},
    }
    for number in range(CASES)
]
FILES = {
    "prompts/qa/v1.prompt.yml": (
        "message: First\nmodel: local/m\nmessages:\n"
        "  - {role: system, content: Answer the question.}\n  - {role: user, content: '{{question}}'}\n"
    ),
    "prompts/qa/aliases.yml": "production: 1\n",
    "prompts/qa/meta.yml": "title: Questions\n",
    "evals/qa/suite.yml": (
        "prompt: qa\nscorers:\n  - regex: {pattern: '^YES'}\ngate:\n  metrics:\n    regex: {margin: 0.1}\n"
    ),
    "evals/qa/dataset.jsonl": "".join(f"{json.dumps(line)}\n" for line in LINES),
}


def registry(root: Path, server: Loopback, more: Mapping[str, str] = {}) -> Path:
    """The registry, with the server's endpoint in its settings."""
    settings = f'models = ["local/*"]\n[endpoints.local]\nbase_url = "{server.url}"\n'
    for model in ("m", "big"):
        settings += f'[prices."local/{model}"]\ninput = {PRICE}\noutput = {PRICE}\nas_of = "2026-11-01"\n'
    return write(root, {"cuebook.toml": settings, **FILES, **more})


def answers(request: Request, *, right: Callable[[str, int], bool], proposes: Callable[[str], str]) -> str:
    """A proposal for a text, or YES where the system message makes it ``right`` for the question's number."""
    text = str(request["messages"][-1]["content"])
    if text.startswith(REFLECTS):
        return f"Here it is:\n```\n{proposes(text.split('```')[1].strip())}\n```"
    number = int(re.findall(r"\d+$", text)[0])
    return "YES" if right(str(request["messages"][0]["content"]), number) else "no"


def general(system: str, number: int) -> bool:
    """Capitals help everywhere; without them a quarter is right."""
    return "in capitals" in system or number % 4 == 0


def more_words(text: str) -> str:
    """The text with the next of some words."""
    words = ["in capitals", "truly", "briefly"]
    return f"{text} {next((word for word in words if word not in text), 'again')}"


def helpful(request: Request) -> str:
    """A server whose proposals help."""
    return answers(request, right=general, proposes=more_words)


def reflections(server: Loopback) -> list[str]:
    """Every prompt that asked for a proposal."""
    texts = [str(request["messages"][-1]["content"]) for request in server.requests]
    return [text for text in texts if text.startswith(REFLECTS)]
