"""Write what is made from the code: the reference under docs/, the JSON Schemas of the file formats, and the
templates of ``cuebook init``: this repository's own workflows with Cuebook installed from its package; and
the table of rules in docs/gate.md.

    python tools/generate.py            write what has changed
    python tools/generate.py --check    write nothing; end with 1 and say what is stale

Run it after changing a command, a format of another tool, a scorer, a stand-in's skill, a file format, a
workflow or a lock file.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import click

import cuebook_standins
from client_page import client_page, markdown
from cuebook import exporters, importers, scorers
from cuebook.cli import command_names
from cuebook.cli._root import root
from cuebook.core import wire
from cuebook.core.files import dump_json, write_if_changed
from cuebook.doctor.local import LOCK
from cuebook.gate.decision import RULES
from cuebook.scorers import Scorer
from cuebook.shapes.file_formats import FILE_SHAPES
from cuebook.shapes.schemas import NAMES, schema
from cuebook.wording.glossary import GLOSSARY

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT
TEMPLATES = "tools/cuebook/templates"
FOLDERS = (
    "docs/reference",
    "schemas",
    TEMPLATES,
    f"{TEMPLATES}/workflows",
    f"{TEMPLATES}/ISSUE_TEMPLATE",
    f"{TEMPLATES}/skills/cuebook",
    *(f"{TEMPLATES}/judges/{name}" for name in ("correctness", "groundedness", "preference")),
)
"""Folders that hold nothing but generated files."""

NOTE = "<!-- Made by tools/generate.py from the code: edit that, then run it. -->\n"
WIDTH = 100
OWN_WORKFLOWS = ("adapters.yml", "release.yml")
"""Workflows that are about Cuebook's own package; those that others call are left out by their trigger."""

OWN_FORMS = ("bug.yml", "config.yml")
"""Issue forms about Cuebook itself, of no use to a repository of prompts."""

_SCORERS = """\
# Scorers

A scorer says what one answer is worth, on [0, 1], where 1 is best. A suite names it alone or with
settings: `- exact`, `- contains: {expectation: must_mention}`. Any scorer takes `as:`, its label in gate
rules and reports. `expectation` is the key of a case's `expectations` that it reads; a case without that
key is not applicable and counts for nothing.

Of a [dialogue](../formats.md#a-case-that-is-a-dialogue) a scorer looks at the last answer, `tool_calls` at
all calls, and each at the answers to turns that have an expectation it reads; the mean counts. What was
refused without a word is 0 for scorers that look at the text or the calls.
"""
_GLOSSARY = """\
# Glossary

Reports, pages and messages use each of these words for one thing only.

| word | meaning |
|---|---|
"""
_FORMATS = """\
# Other tools' formats

What `cuebook import` makes of each format, and what `cuebook export` writes. The guide
[Come from another tool](../../site/guides/from-other-tools.md) shows both.
"""
_STANDINS = """\
# The stand-ins of the example

`offline/rules` and `offline/judge` need no key and no network. They follow small rules over words, so that
another wording of a prompt gives other answers; they are no language models, every report says that they
answered, and they never replace a model that failed. They are a plug-in of their own
(`pip install ./tools/standins` in a checkout), made for the six tasks of the example registry. A prompt gets
the skill that fits its instructions best; the data of a task is between tags
(`<context>...</context>`) or after headings (`Question: ...`) in the user message.
"""


_PROVIDERS = """\
# Providers

A model is `provider/model`. These providers speak the OpenAI chat format and are asked directly, with the key
in the environment: nothing to configure. Names are translated into the provider's spelling, values never;
what a provider does not take is found by `cuebook check`, and otherwise stops the first call.

- `[endpoints.NAME]` of the settings comes first: `base_url`, `api_key_env`, and `like = "openai"` for one
  that shares a provider's spellings (Azure: `base_url = "https://RESOURCE.openai.azure.com/openai/v1"`).
- Every other id goes by [litellm](https://docs.litellm.ai/docs/providers); so does `litellm/provider/model`.
- Prices come from `[prices]` of the settings, else from the table that litellm brings. `cuebook check`
  warns of a model whose name differs by a slip from one in that table.

| models | key | `maxTokens` is sent as | response formats | `reasoningEffort` | further parameters |
|---|---|---|---|---|---|
"""


def main(words: list[str]) -> int:
    """Write or check every generated file; the exit code."""
    if words not in ([], ["--check"]):
        print(__doc__)
        return 2
    wanted = generated()
    stale = [path for path, data in wanted.items() if _read(path) != data]
    stray = [path for path in _present() if path not in wanted]
    for path in [*stale, *stray]:
        print(f"{'stale' if words else 'wrote' if path in wanted else 'removed'} {path}")
    if words:
        return 1 if stale or stray else 0
    for path in stale:
        write_if_changed(ROOT / path, wanted[path])
    for path in stray:
        (ROOT / path).unlink()
    return 0


def generated() -> dict[str, bytes]:
    """Path to content of every generated file."""
    pages = {
        "cli": cli_page(),
        "client": client_page(),
        "scorers": scorers_page(),
        "standins": standins_page(),
        "providers": providers_page(),
        "glossary": glossary_page(),
        "formats": formats_page(),
    }
    made = {f"docs/reference/{name}.md": (NOTE + text).encode() for name, text in pages.items()}
    made["docs/gate.md"] = gate_page()
    shipped = {name: schema(name) for name in NAMES}
    made |= {f"schemas/{name}.json": dump_json(shipped[name]) for name in FILE_SHAPES}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(found)}" for name, found in shipped.items())
    made["tools/cuebook/data/schemas.json"] = f"{{\n{lines}\n}}\n".encode()
    return made | {f"{TEMPLATES}/{path}": data for path, data in templates().items()}


def glossary_page() -> str:
    """What the words of reports and pages mean: the strings of the pages' tooltips."""
    rows = [f"| {_cell(term)} | {_cell(meaning)} |" for term, meaning in GLOSSARY.items()]
    return _GLOSSARY + "\n".join(rows) + "\n"


def providers_page() -> str:
    """The table of providers that are asked directly."""
    rows = [
        f"| `{row.name}/` | {', '.join(f'`{key}`' for key in row.keys) or '-'} | `{row.max}` "
        f"| {', '.join(('text', *row.formats))} | {', '.join(row.effort) or '-'} "
        f"| {', '.join(f'`{name}`' for name in row.takes)} |"
        for row in wire.providers().values()
    ]
    return _PROVIDERS + "\n".join(rows) + "\n"


def gate_page() -> bytes:
    """The page on decisions with its table of rules as the code has them."""
    page = (SOURCE / "docs/gate.md").read_text("utf-8")
    rows = [f"| {number} | {rule.when} | {rule.outcome} |" for number, rule in enumerate(RULES, 1)]
    table = "\n".join(["| | when | outcome |", "|---|---|---|", *rows])
    head, mark, rest = page.partition("<!-- rules: made by tools/generate.py -->\n")
    return f"{head}{mark}{table}\n{rest[rest.index('<!-- /rules -->') :]}".encode()


def templates() -> dict[str, bytes]:
    """What ``cuebook init`` writes of this repository's own files, by path below the templates."""
    made = {"requirements.txt": (SOURCE / "requirements/all.txt").read_bytes()}
    for path in sorted((SOURCE / ".github/ISSUE_TEMPLATE").glob("*.yml")):
        if path.name not in OWN_FORMS:
            made[f"ISSUE_TEMPLATE/{path.name}"] = path.read_bytes()
    for path in sorted((SOURCE / ".github/workflows").glob("*.yml")):
        text = path.read_text("utf-8")
        if path.name not in OWN_WORKFLOWS and not re.search(r"^  workflow_call:", text, re.M):
            made[f"workflows/{path.name}"] = installed(text).encode()
    made["skills/cuebook/SKILL.md"] = (SOURCE / "skills/cuebook/SKILL.md").read_bytes()
    for folder in FOLDERS:
        if folder.startswith(f"{TEMPLATES}/judges/"):
            name = folder.rpartition("/")[2]
            made |= {f"judges/{name}/{file}": data for file, data in starter_judge(name).items()}
    return made


def starter_judge(name: str) -> dict[str, bytes]:
    """The judge of the example registry that is in production, as a first version, with cases and labels."""
    prompts, evals = SOURCE / f"prompts/judge-{name}", SOURCE / f"evals/judge-{name}"
    live = re.search(r"^production: (\d+)$", (prompts / "aliases.yml").read_text("utf-8"), re.M)
    assert live, "the example's judges are in production"
    suite = (evals / "suite.yml").read_text("utf-8")
    return {
        "prompt.yml": (prompts / f"v{live[1]}.prompt.yml").read_bytes(),
        "meta.yml": re.sub(rb"^owners: .*\n", b"", (prompts / "meta.yml").read_bytes(), flags=re.M),
        "suite.yml": re.sub(r"^  (?:protected|max_cost_usd): .*\n", "", suite, flags=re.M).encode(),
        **{file: (evals / file).read_bytes() for file in ("dataset.jsonl", "labels.jsonl")},
    }


def installed(workflow: str) -> str:
    """A workflow for a repository that installs Cuebook from its package instead of holding its source."""
    head, mark, jobs = workflow.partition("\njobs:\n")
    parts = re.split(r"^(?=  [\w-]+:\n)", jobs, flags=re.M)
    kept = "".join(part for part in parts if "quickstart.py" not in part)
    kept = re.sub(r"-r requirements/\w+\.txt$", f"-r {LOCK}", kept, flags=re.M)
    kept = re.sub(r"^.*install --no-deps --no-build-isolation \. \./tools/standins\n?", "", kept, flags=re.M)
    return f"{head}{mark}{kept.rstrip()}\n"


def _read(path: str) -> bytes | None:
    file = ROOT / path
    return file.read_bytes() if file.is_file() else None


def _present() -> list[str]:
    files = (file for folder in FOLDERS for file in (ROOT / folder).glob("*"))
    return sorted(file.relative_to(ROOT).as_posix() for file in files if file.is_file())


def cli_page() -> str:
    """``--help`` of every command and sub-command."""
    parts = ["# The command line\n", _help(root, "cuebook")]
    with click.Context(root, info_name="cuebook") as context:
        for name in command_names():
            command = root.get_command(context, name)
            assert command is not None
            parts += [f"## {name}\n", _help(command, f"cuebook {name}")]
            for sub, member in getattr(command, "commands", {}).items():
                parts += [f"### {name} {sub}\n", _help(member, f"cuebook {name} {sub}")]
    return "\n".join(parts)


def _help(command: click.Command, words: str) -> str:
    context = click.Context(
        command,
        info_name=words,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    return f"```text\n{command.get_help(context)}\n```\n"


def scorers_page() -> str:
    """What every scorer measures, its settings and traits."""
    return "\n".join([_SCORERS, *(_scorer(scorers.find(name)) for name in scorers.built_in())])


_SEES = {
    "text": "the text of the answer",
    "calls": "the calls of the answer",
    "ending": "how the answer ended",
    "usage": "what the answer took",
}


def _scorer(member: Scorer) -> str:
    module = sys.modules[member.function.__module__]
    traits = [
        f"version {member.version}",
        "asks a model" if member.needs_model else "needs no model",
        *([f"looks at {_SEES[member.sees]}"] if member.sees in _SEES else []),
        *(["compares with the baseline's answer, on [-1, 1]"] if member.paired else []),
    ]
    about = [module.__doc__, member.function.__doc__]
    paragraphs = "\n\n".join(markdown(text) for text in about if text)
    return f"## {member.name}\n\n{paragraphs}\n\n*{'; '.join(traits).capitalize()}.*\n\n{_settings(member)}"


def _settings(member: Scorer) -> str:
    schema = member.parameters.model_json_schema(by_alias=True)
    rows = [_row(name, spec, schema) for name, spec in schema.get("properties", {}).items()]
    if not rows:
        return "No settings.\n"
    return "\n".join(["| setting | type | default | meaning |", "|---|---|---|---|", *rows, ""])


def _row(name: str, spec: dict[str, Any], schema: dict[str, Any]) -> str:
    cells = [f"`{name}`", _type(spec, schema), _default(name, spec, schema), spec.get("description", "")]
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _type(spec: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" in spec:
        return _type(schema["$defs"][spec["$ref"].rpartition("/")[2]], schema)
    if "anyOf" in spec:
        kinds = [_type(item, schema) for item in spec["anyOf"]]
        return " or ".join(kind for kind in dict.fromkeys(kinds) if kind != "null")
    if "enum" in spec:
        return " or ".join(str(value) for value in spec["enum"])
    if spec.get("type") == "array":
        parts = spec.get("prefixItems") or [spec.get("items", {})]
        return f"list of {' and '.join(dict.fromkeys(_type(item, schema) for item in parts))}".strip()
    return str(spec.get("type", spec.get("const", "any")))


def _default(name: str, spec: dict[str, Any], schema: dict[str, Any]) -> str:
    if name in schema.get("required", []):
        return "required"
    value = spec.get("default")
    return "" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"


def _cell(text: str) -> str:
    return " ".join(markdown(text).replace("|", "\\|").split())


def standins_page() -> str:
    """The instructions that each skill of the built-in models understands."""
    parts = [
        f"## {name}\n\n*`{skill.MODEL}`*\n\n{markdown(skill.__doc__ or '')}\n"
        for name, skill in cuebook_standins.skills().items()
    ]
    return "\n".join([_STANDINS, *parts])


def formats_page() -> str:
    """What every importer reads and what every exporter writes."""
    parts = ["## Import"]
    for name in importers.names():
        said = markdown(importers.find(name).__doc__ or "")
        files = re.sub(r"(\*\.[\w.]+)", r"`\1`", importers.find(name).FILES)
        parts.append(f"### --from {name}\n\n*{files}*\n\n{said}\n")
    parts.append("## Export")
    docs = {name: markdown(exporters.find(name).__doc__ or "") for name in exporters.names()}
    parts += [f"### --to {name}\n\n{said}\n" for name, said in docs.items()]
    return "\n".join([_FORMATS, *parts])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
