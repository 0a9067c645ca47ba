"""A registry whose live prompts name one model, and scripts for that model and its successor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from build import write
from cuebook.models.scripted import register
from cuebook.shapes.run import ModelCall, ModelReply, Usage

OLD, NEW = "scripted/old", "scripted/new"
NAMES = [f"desk-{n}" for n in range(8)]
WORSE = "desk-3"
"""The prompt that the successor gets wrong."""
PRICE = 0.01
"""US dollars of one answer, of either model."""


def prompt(name: str, model: str = OLD) -> str:
    return (
        f"message: First\nmodel: {model}\nmodelParameters: {{temperature: 0}}\n"
        f'messages:\n  - {{role: user, content: "{name}: {{{{question}}}}"}}\n'
    )


def files(names: list[str]) -> dict[str, str]:
    """A prompt each with 20 cases, one of which nobody answers right; later drafts are not live."""
    cases = "".join(
        f'{{"id": "q{n}", "inputs": {{"question": "What is {n}?"}}, "expectations": {{"answer": "{n}"}}}}\n'
        for n in range(20)
    )
    suite = "scorers: [exact]\ngate: {metrics: {exact: {margin: 0.9, floor: 0.1}}}\n"
    made = {}
    for name in names:
        made |= {
            f"prompts/{name}/v1.prompt.yml": prompt(name),
            f"prompts/{name}/v2.prompt.yml": prompt(f"{name} draft"),
            f"prompts/{name}/aliases.yml": "production: 1\n",
            f"prompts/{name}/meta.yml": f"title: {name}\nowners: ['@ada']\n",
            f"evals/{name}/suite.yml": f"prompt: {name}\n{suite}",
            f"evals/{name}/dataset.jsonl": cases,
        }
    return made


def registry(root: Path, names: list[str] = NAMES, **more: str) -> Path:
    """The registry in a folder; ``more`` are further files, with ``__`` for a slash."""
    return write(root, files(names) | {name.replace("__", "/"): text for name, text in more.items()})


@contextmanager
def models() -> Iterator[list[ModelCall]]:
    """Serve both models; the list fills with what is asked."""
    asked: list[ModelCall] = []

    def says(call: ModelCall) -> ModelReply:
        asked.append(call)
        text = str(call.messages[-1]["content"])
        right = text.rpartition(" ")[2].removesuffix("?")
        said = "no" if call.model == NEW and text.startswith(f"{WORSE}:") else right
        return ModelReply(said, call.model, Usage(10, 1, PRICE), seconds=2.0 if call.model == OLD else 1.0)

    with ExitStack() as stack:
        for model in (OLD, NEW):
            stack.enter_context(register(model.partition("/")[2], says))
        yield asked
