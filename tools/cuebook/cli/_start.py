"""What ``cuebook init`` writes: settings, workflows, and a small prompt with a suite that decides."""

from __future__ import annotations

import json
from pathlib import Path

from cuebook.cli._surroundings import Surroundings
from cuebook.core.files import dump_json, dump_yaml
from cuebook.registry.settings import FILES
from cuebook.shapes.file_formats import FILE_SHAPES, file_schema

TEMPLATES = Path(__file__).parents[1] / "templates"
"""Made from this project's own workflows and lock files by tools/generate.py."""

LOCK_FILE = ".github/cuebook-requirements.txt"

PRE_COMMIT = """\
  - repo: https://github.com/cuebook/cuebook
    rev: v{version}
    hooks: [{{id: cuebook-check}}, {{id: cuebook-immutable}}]
"""

_ATTRIBUTES = b"""\
# The same bytes on every system: Git for Windows would write other line ends.
prompts/** text eol=lf
evals/** text eol=lf
overrides/** text eol=lf
"""

_CONFIG = """\
# Trusted settings of this registry. Prompts and suites cannot change them.
site_url = {site_url}  # where the site will be, such as https://example.org/prompts/
repo_url = {repo_url}  # where this repository is
default_branch = {branch}
protected_aliases = ["production"]
{output}
# toy/answers is a toy that finds sentences. One line puts a real model in its place everywhere:
# model = "openai/gpt-4o-mini"
# judge_model = "openai/gpt-4o"

# An OpenAI-compatible server of your own: models called "local/..." are asked there.
# [endpoints.local]
# base_url = "http://localhost:8080/v1"
# api_key_env = "LOCAL_API_KEY"
"""

_OUTPUT = 'output = ".cuebook/out"  # because build/ holds files of yours\n'

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


def starter_files(found: Surroundings, *, has_prompts: bool) -> dict[str, bytes]:
    """Path to content of every file that a new registry starts with, wherever it is kept."""
    values = {"site_url": found.site_url, "repo_url": found.repo_url, "branch": found.branch}
    quoted = {key: json.dumps(value) for key, value in values.items()}
    config = _CONFIG.format(**quoted, output=_OUTPUT if found.has_build else "")
    made = {f"schemas/{name}.json": dump_json(file_schema(name)) for name in FILE_SHAPES}
    listed = "".join(f"{line}\n" for line in ignored(found))
    made |= {"cuebook.toml": config.encode(), ".gitignore": listed.encode()}
    made[".gitattributes"] = _ATTRIBUTES
    if not has_prompts:
        made |= _example()
    return made


def github_files(found: Surroundings, pin: str) -> dict[str, bytes]:
    """Path to content of what GitHub reads; ``pin`` is the lock file's line for Cuebook itself."""
    locked = (TEMPLATES / "requirements.txt").read_text("utf-8")
    locked = "".join(line for line in locked.splitlines(keepends=True) if not line.startswith("#"))
    head = "# What the workflows install. To update: delete this file, then cuebook init.\n"
    made = {LOCK_FILE: f"{head}{pin}\n{locked}".encode()}
    for path in sorted(TEMPLATES.glob("*/*.yml")):
        text = path.read_text("utf-8").replace("branches: [main]", f"branches: [{json.dumps(found.branch)}]")
        made[f".github/{path.relative_to(TEMPLATES).as_posix()}"] = text.encode()
    if found.owner:
        made[".github/CODEOWNERS"] = _owners(found.owner)
    return made


def ignored(found: Surroundings) -> list[str]:
    """The folders that Git should leave to Cuebook."""
    return [".cuebook/"] if found.has_build else [".cuebook/", "build/"]


def _owners(owner: str) -> bytes:
    paths = ["/prompts/*/aliases.yml", "/evals/", "/overrides/", "/site/", "/.github/"]
    paths += [f"/{name}" for name in FILES]
    lines = "".join(f"{path:<24}{owner}\n" for path in paths)
    return f"# Require review from code owners in the branch rules for this to hold.\n{lines}".encode()


def _example() -> dict[str, bytes]:
    first = {
        "message": "Answer from the context",
        "model": "toy/answers",
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
