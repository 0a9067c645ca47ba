"""What ``cuebook init`` writes: a small prompt with a suite that the gate can decide on."""

from __future__ import annotations

import json

from cuebook.files import dump_json, dump_yaml
from cuebook.schema import FILE_SHAPES, file_schema

_CONFIG = """\
# Trusted settings of this registry. Prompts and suites cannot change what stands here.
site_url = ""          # where the site will be, such as https://example.org/prompts/
repo_url = ""          # where this repository is
protected_aliases = ["production"]

# One line puts a real model in the place of the built-in offline one:
# model = "openai/gpt-4o-mini"
# judge_model = "openai/gpt-4o"

# An OpenAI-compatible server of your own: models called "local/..." are asked there.
# [endpoints.local]
# base_url = "http://localhost:8080/v1"
# api_key_env = "LOCAL_API_KEY"
"""

_COLOURS = [
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "violet",
    "black",
    "white",
    "grey",
    "brown",
    "pink",
    "gold",
    "silver",
    "teal",
    "navy",
    "olive",
    "maroon",
]
_THINGS = ["kettle", "door", "lamp", "boat", "chair"]


def starter_files(*, has_prompts: bool) -> dict[str, bytes]:
    """Path to content of every file that a new registry starts with."""
    made = {f"schemas/{name}.json": dump_json(file_schema(name)) for name in FILE_SHAPES}
    made |= {"cuebook.toml": _CONFIG.encode(), ".gitignore": b".cuebook/\nbuild/\n"}
    if not has_prompts:
        made |= _example()
    return made


def _example() -> dict[str, bytes]:
    first = {
        "message": "Answer from the context",
        "model": "offline/rules",
        "modelParameters": {"temperature": 0},
        "messages": [
            {
                "role": "system",
                "content": "Answer the question from the context only, in one short sentence.\n",
            },
            {"role": "user", "content": "<context>\n{{context}}\n</context>\nQuestion: {{question}}\n"},
        ],
    }
    second = first | {
        "message": "Say so when the context does not hold the answer",
        "messages": [
            {
                "role": "system",
                "content": "Answer the question from the context only, in one short sentence.\n"
                'If the context does not hold the answer, say "I don\'t know".\n',
            },
            first["messages"][1],  # type: ignore[index]
        ],
    }
    meta = {
        "title": "Example",
        "description": "Answers a question from a text.",
        "owners": [],
        "tags": ["example"],
    }
    suite = {
        "prompt": "example",
        "scorers": [{"contains": {"expectation": "must_mention"}}, {"length": {"max_words": 40}}],
        "gate": {"baseline": "production", "metrics": {"contains": {"margin": 0.1, "floor": 0.5}}},
    }
    return {
        "prompts/example/v1.prompt.yml": dump_yaml(first, "prompt-version"),
        "prompts/example/v2.prompt.yml": dump_yaml(second, "prompt-version"),
        "prompts/example/aliases.yml": dump_yaml({"production": 1}, "aliases"),
        "prompts/example/meta.yml": dump_yaml(meta, "meta"),
        "evals/example/suite.yml": dump_yaml(suite, "suite"),
        "evals/example/dataset.jsonl": _cases(),
    }


def _cases() -> bytes:
    """Questions about coloured things; every fourth asks for what the text does not say."""
    lines = []
    for index, colour in enumerate(_COLOURS * len(_THINGS)):
        thing = _THINGS[index // len(_COLOURS)]
        other = _THINGS[(index // len(_COLOURS) + 1) % len(_THINGS)]
        context = f"The {thing} in the hall is {colour}. It was bought in {1990 + index % 30}."
        asked, answer = (
            (f"Where is the {other} kept?", "don't know")
            if index % 4 == 3
            else (f"What colour is the {thing}?", colour)
        )
        case = {
            "id": f"{thing}-{colour}",
            "inputs": {"context": context, "question": asked},
            "expectations": {"must_mention": [answer]},
            "tags": ["unanswerable" if index % 4 == 3 else "answerable"],
        }
        lines.append(json.dumps(case, ensure_ascii=False))
    return ("\n".join(lines) + "\n").encode()
