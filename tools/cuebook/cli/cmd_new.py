"""Write the next version of a prompt (or the first of a new one), ready to be edited."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from functools import partial
from typing import Any

import click

from cuebook.cli._judges import judge_files
from cuebook.cli._shared import say, workspace_option
from cuebook.core.errors import MalformedRef, UsageError
from cuebook.core.layout import DATASET, meta_path, suite_path
from cuebook.core.refs import LATEST, Ref, name_problem, parse_ref, ref_of_path, suggest_name
from cuebook.core.stand_ins import TOY
from cuebook.core.text import is_slip
from cuebook.core.yaml_files import dump_yaml
from cuebook.core.yaml_slips import quoted
from cuebook.jobs.workspace import Workspace
from cuebook.judging.ask import asked_of_cases
from cuebook.registry.includes import repinned
from cuebook.registry.paths import EVALS, LABELS, version_path
from cuebook.registry.version_files import as_file
from cuebook.wording.named import line_of_judge


@click.command("new")
@click.argument("name", required=False)
@click.option(
    "-m", "--message", help="Reason for this version, in one line; a terminal asks for it if left out."
)
@click.option("--from", "source", metavar="REF", help="Start from this version instead of the latest.")
@click.option(
    "--new", is_flag=True, help="Start a new prompt even though its name is close to an existing one."
)
@click.option(
    "--include",
    metavar="REF",
    help="Write a version of every live prompt that includes an older version of REF.",
)
@workspace_option
def command(
    workspace: Workspace,
    name: str | None,
    message: str | None,
    source: str | None,
    include: str | None,
    *,
    new: bool,
) -> None:
    """Write the next version of a prompt (or the first of a new one), ready to be edited.

    A copy of the latest version (or of --from) under the next number. Edit it before you commit: check
    refuses an unchanged copy. A new prompt also gets a suite with two cases. A new prompt named judge-...
    becomes a judge, with the settings' judge_model and two labels. With --include tone/4 and no NAME, every
    prompt whose live version includes an older tone gets a version in which nothing else changes; each is
    gated on its own. Example: cuebook new qa-assistant -m "Cite the passage"
    """
    if include is not None:
        if name or source or new:
            raise UsageError("--include takes no name, --from or --new", f"cuebook new --include {include}")
        _include_newer(workspace, include, message)
        return
    if name is None:
        raise UsageError("the name of a prompt is missing", 'cuebook new NAME -m "Why this version"')
    _write_next(workspace, name, message, source, new=new)


def _write_next(
    workspace: Workspace, name: str, message: str | None, source: str | None, *, new: bool
) -> None:
    if problem := name_problem(name):
        start = _version_in(name)
        if start and start.name in workspace.registry.names():
            cure = f'cuebook new {start.name} --from {start} -m "Why this version"'
            raise UsageError(f"{name!r} is not a name: to start from a version, use --from", cure)
        raise UsageError(problem, f"try {suggest_name(name)!r}")
    # Where nobody can answer, a question would wait for ever.
    if message is None and not sys.stdin.isatty():
        raise UsageError("the message is missing: one line that says why", 'add -m "Why this version"')
    message = click.prompt("Why this version, in one line") if message is None else message
    if not message.strip() or "\n" in message:
        raise UsageError("the message must be one line that says why", 'write -m "Why this version"')
    registry = workspace.registry
    is_there = name in registry.names()
    known = is_there and bool(registry.numbers(name))
    # Names that count, such as qa-2 beside qa-1, are no slips.
    near = next((other for other in registry.names() if is_slip(name, other)), "")
    if near and not is_there and not new:
        what = f"no prompt is called {name!r}, and {near!r} is nearly the same"
        raise UsageError(what, f"cuebook new {near} -m ...; if another prompt is meant: add --new")
    number = registry.next_number(name)
    is_judge = not known and source is None and name.startswith("judge-")
    made = _judge(workspace, name, number, message) if is_judge else {}
    if not is_judge:
        version = {"message": message, **_start(workspace, name, source, known=known)}
        made[version_path(name, number)] = dump_yaml(version, "prompt-version")
    if not known:
        title = {"title": name.replace("-", " ").capitalize(), "owners": [], "tags": ["judge"] * is_judge}
        made[meta_path(name)] = dump_yaml(title, "meta")
    # A judge is measured against labels, and needs no suite.
    if not known and not is_judge and not registry.suites_of(name):
        made[suite_path(name)] = dump_yaml(_SUITE | {"prompt": name}, "suite")
        made[f"{EVALS}/{name}/{DATASET}"] = _CASES
    made = _wanted(workspace, made, keep=is_there)
    for path, data in made.items():
        say(f"wrote {workspace.write(path, data)}")
    then = f"judge {name}" if is_judge else f"gate {name}/{number}"
    say(f"edit {'them' if len(made) > 1 else 'it'}, then: cuebook check && cuebook {then}")
    if is_judge:
        judge = Workspace(workspace.root).registry.version(name, number)  # one that reads what was written
        say(f"in the scorers of a suite: {line_of_judge(judge.ref, asked_of_cases(judge))}")


def _version_in(name: str) -> Ref | None:
    """The version or alias that stands where the name of a prompt belongs."""
    with suppress(MalformedRef):
        return parse_ref(ref_of_path(name) or name, default_alias=LATEST)
    return None


def _wanted(workspace: Workspace, made: dict[str, bytes], *, keep: bool) -> dict[str, bytes]:
    """The files to write: all or none, so that nobody has to tidy up before the next try.

    With ``keep``, for a prompt that only lacks a version, what already exists stays.
    """
    there = [path for path in made if (workspace.root / workspace.layout.there(path)).exists()]
    if there and not keep:
        raise UsageError(f"{workspace.layout.there(there[0])} already exists", "delete it or edit it")
    return {path: data for path, data in made.items() if path not in there}


def _include_newer(workspace: Workspace, include: str, message: str | None) -> None:
    registry = workspace.registry
    wanted = parse_ref(include, default_alias="latest")
    if "@" in include:
        raise UsageError(
            f"{include!r}: an include is pinned to a version", f"cuebook new --include {wanted.name}"
        )
    fragment = registry.resolve(wanted)
    made: list[str] = []
    for name in registry.names():
        # The live one and not the latest: a draft may hold changes that nobody gated.
        live = registry.live(name, workspace.config.protected_aliases)
        for version in map(partial(registry.version, name), live):
            pins = map(parse_ref, version.includes)
            if not any(one.name == fragment.prompt and one.version != fragment.number for one in pins):
                continue
            newest = registry.resolve(f"{name}@latest")
            # A second run, or somebody's own draft, has done it.
            if newest.number > version.number and fragment.ref in newest.includes:
                say(f"{newest.ref} includes {fragment.ref} already")
                break
            number = registry.next_number(name)
            said = message or f"Include {fragment.ref}"
            body = {"message": said, **as_file(version)}
            # From the text as it is written: what is read of a version has its fragments filled in.
            body |= repinned(dict(version.written), fragment.prompt, fragment.number)
            path = version_path(name, number)
            say(f"wrote {workspace.write(path, dump_yaml(body, 'prompt-version'))}, from v{version.number}")
            made.append(f"{name}/{number}")
            break
    if not made:
        say(f"nothing to write: no live version waits for {fragment.ref}")
        return
    say(f"then: cuebook check && cuebook gate {' && cuebook gate '.join(made)}")


def _judge(workspace: Workspace, name: str, number: int, message: str) -> dict[str, bytes]:
    """A judge to be edited: the starter judge that grades, and labels of what it should say."""
    config = workspace.config
    made = judge_files("correctness", name, config.judging_model or TOY.judge)
    body = made.pop(version_path(name, 1)).decode()
    body = re.sub(r"^message: .*$", lambda _: f"message: {quoted(message)}", body, count=1, flags=re.M)
    return made | {version_path(name, number): body.encode(), f"{EVALS}/{name}/{LABELS}": _LABELS}


_SUITE = {
    "prompt": "",
    "scorers": [{"contains": {"expectation": "must_mention"}}],
    "gate": {"metrics": {"contains": {"margin": 0.1, "floor": 0.5}}},
}
_CASES = (
    b'{"id": "case-1", "inputs": {"text": "Paris is the capital of France. Lyon is a city on the Rhone.", '
    b'"question": "What is the capital of France?"}, "expectations": {"must_mention": "Paris"}}\n'
    b'{"id": "case-2", "inputs": {"text": "Rome is the capital of Italy. Milan is a city in its north.", '
    b'"question": "Of which country is Rome the capital?"}, "expectations": {"must_mention": "Italy"}}\n'
)


_LABELS = (
    b'{"id": "right", "inputs": {"task": "What is the capital of France?", "reference": "Paris", '
    b'"answer": "It is Paris."}, "label": 5}\n'
    b'{"id": "wrong", "inputs": {"task": "What is the capital of France?", "reference": "Paris", '
    b'"answer": "It is Lyon."}, "label": 1}\n'
)


def _start(workspace: Workspace, name: str, source: str | None, *, known: bool) -> dict[str, Any]:
    """What the version begins with; its model is the one that answers here, for apps get what was gated."""
    if source is None and not known:
        start: dict[str, Any] = {
            "model": TOY.answers,
            "messages": [
                {"role": "system", "content": "Answer the question from the text, in one sentence.\n"},
                {"role": "user", "content": "<text>\n{{text}}\n</text>\nQuestion: {{question}}\n"},
            ],
        }
    else:
        start = as_file(workspace.registry.resolve(parse_ref(source or name, default_alias="latest")))
    return start | {"model": workspace.config.resolve(start["model"])}
