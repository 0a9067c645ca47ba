"""Run an app that the settings name as a target, by hand: one case, or all of them into a file of answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from cuebook.calls.target import App
from cuebook.cli._shared import note, say, workspace_option, write_out
from cuebook.cli._values import case_of
from cuebook.core.environment import REGISTRY
from cuebook.core.errors import EXIT_FAIL, EXIT_PASS, UsageError
from cuebook.core.format import plural
from cuebook.core.reads import Reads
from cuebook.jobs.targets import AppAnswer, ask, ask_all, named, ready, samples, version_for
from cuebook.jobs.workspace import Workspace
from cuebook.registry.answer_files import answer_lines
from cuebook.shapes.run import Failure
from cuebook.wording.details import CHANGES
from cuebook.wording.notes import unread


@click.command("target")
@click.argument("name")
@click.argument("ref", required=False)
@click.option("--suite", required=True, help="The suite whose cases the app is given.")
@click.option(
    "--case", "case_id", help="Run only this case, and show the request, the answer and the errors."
)
@click.option(
    "--answers",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Run every case and write the answers to this file.",
)
@workspace_option
def command(
    workspace: Workspace, name: str, ref: str | None, suite: str, case_id: str | None, answers: Path | None
) -> int:
    """Run an app configured under [targets] on the cases of a suite.

    NAME is a [targets.NAME] of the settings. REF is the version that the app gets, under every alias of the
    prompt (CUEBOOK_REGISTRY names its registry); default: the live one. Starts one process per case, which
    reads a line of JSON and prints one. 'cuebook score' then scores the file, or compares two. Example:
    cuebook target desk order-desk/4 --suite order-desk --answers new.jsonl
    """
    if (case_id is None) == (answers is None):
        cure = f"cuebook target {name} --suite {suite} --answers answers.jsonl"
        raise UsageError("give either --case or --answers", cure)
    rules = workspace.registry.suite(suite)
    version = version_for(workspace, rules, ref)
    with ready(workspace, named(workspace, name), version) as apps:
        (app,) = apps.values()
        # An app that never reads its registry answers every version alike.
        reads = Reads([Path(app.environment[REGISTRY])])
        if answers is not None:
            done = ask_all(app, version, rules)
            lines = [line for case, said in samples(done).items() for line in answer_lines(None, case, said)]
            write_out(answers, "".join(lines).encode())
            note(f"wrote {plural(len(lines), 'answer')} of {name} with {version.ref} to {answers}")
            why = Counter(item.said.message for item in done if isinstance(item.said, Failure))
            # One cause fails most cases alike, so a few lines say all of it.
            for message, count in why.most_common(5):
                note(f"{plural(count, 'case')} {CHANGES['failed']}: {message}")
            _tell_unread(name, app, reads)
            return EXIT_PASS
        _, found = case_of(workspace.registry, f"{suite}/{case_id}")
        asked = ask(app, version, found)
        _show(asked, sorted(app.environment))
        _tell_unread(name, app, reads)
        return EXIT_FAIL if isinstance(asked.said, Failure) else EXIT_PASS


def _tell_unread(name: str, app: App, reads: Reads) -> None:
    if app.target.prompt == "registry" and reads.none:
        note(unread(name))


def _show(asked: AppAnswer, names: Sequence[str]) -> None:
    line = json.loads(asked.line) if asked.line else {}
    say(f"environment  {', '.join([*names, 'HOME', 'TMPDIR'])}")
    say(f"request      {json.dumps(line, indent=2, ensure_ascii=False)}")
    if asked.ran:
        say(f"seconds      {asked.ran.seconds:.2f}")
        if asked.ran.err:
            say(f"errors       {asked.ran.err}")
    if isinstance(asked.said, Failure):
        say(f"no answer    {asked.said.message}")
    else:
        say(f"answer       {asked.said.text}")
