from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.importers.mlflow import SCHEMA
from cuebook.jobs import mlflow_registry, workspace

Cli = Callable[..., Any]
OLD = """\
name: Ticket triage
model: openai/gpt-4o-mini
messages: [{role: user, content: "{{input}}"}]
testData: [{input: My invoice is wrong, expected: billing}]
evaluators: [{name: right, string: {contains: "{{expected}}"}}]
"""


def test_what_is_imported_is_accepted_by_check(cli: Cli, registry: Path) -> None:
    write(registry, {"old/Ticket Triage.prompt.yml": OLD})
    ended = cli(registry, "import", "old/Ticket Triage.prompt.yml")
    assert ended.code == 0
    head, row, *rest = ended.out.splitlines()
    assert re.split("  +", head) == [
        *("source", "prompt", "versions", "aliases", "rows", "scorers", "changed", "left out")
    ]
    assert re.split("  +", row) == [
        *("old/Ticket Triage.prompt.yml", "ticket-triage", "1 new", "-", "1", "right", "1", "0")
    ]
    assert rest == [
        "wrote prompts/ticket-triage/v1.prompt.yml",
        "wrote prompts/ticket-triage/meta.yml",
        "wrote evals/ticket-triage/dataset.jsonl",
        "wrote evals/ticket-triage/suite.yml",
        "next: cuebook check && cuebook gate ticket-triage/1",
    ]
    assert "old/Ticket Triage.prompt.yml:4: changed: testData: 1 row cannot tell" in ended.err
    checked = cli(registry, "check")
    assert checked.code == 0
    # Import and check reckon by the same formula.
    assert re.findall(r"aim at ([0-9,]+) cases", ended.err) == re.findall(
        r"with ([0-9,]+) cases", checked.out
    )


def test_an_imported_prompt_can_be_gated(cli: Cli, registry: Path) -> None:
    rows = "".join(
        f"  - {{input: 'Text: the lamp is red. Question: what colour is lamp {n}?', expected: red}}\n"
        for n in range(80)
    )
    text = OLD.replace(
        "testData: [{input: My invoice is wrong, expected: billing}]\n", f"testData:\n{rows}"
    ).replace(
        "{{input}}", "Answer the question from the context.\\nContext: {{input}}\\nQuestion: lamp colour?"
    )
    write(registry, {"old.prompt.yml": text})
    assert cli(registry, "import", "old.prompt.yml", "--name", "lamps", "--model", "offline/rules").code == 0
    (verdict,) = json.loads(cli(registry, "gate", "lamps/1", "--format", "json").out)
    assert verdict["coverage"]["used"] > 0
    assert verdict["metrics"][0]["kind"] == "floor"


def test_a_dry_run_writes_nothing(cli: Cli, registry: Path) -> None:
    write(registry, {"old.prompt.yml": OLD})
    ended = cli(registry, "import", "old.prompt.yml", "--dry-run", "--name", "triage")
    assert "would write prompts/triage/v1.prompt.yml" in ended.out
    assert not (registry / "prompts/triage").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["old.prompt.yml", "--name", "qa"], "qa already exists and is something else"),
        (["old.prompt.yml", "--name", "Bad Name"], "try --name bad-name"),
        (["old.prompt.yml", "--format", "nonsense"], "Invalid value for '--from'"),
        (["nowhere.yml"], "does not exist"),
        (["notes.rst"], "no importer knows this file"),
        (["broken.prompt.yml", "--name", "x"], "broken.prompt.yml:1: error: messages"),
    ],
)
def test_wrong_words_and_files(cli: Cli, registry: Path, words: list[str], said: str) -> None:
    write(registry, {"old.prompt.yml": OLD, "notes.rst": "hello", "broken.prompt.yml": "messages: 3\n"})
    ended = cli(registry, "import", *words)
    assert ended.code == 2
    assert said in ended.err


def test_all_errors_and_all_else_of_all_sources_are_told_at_once(cli: Cli, registry: Path) -> None:
    old = OLD.replace("model: openai/gpt-4o-mini", "modelParameters: {speed: 3}")
    write(registry, {"old.prompt.yml": old, "b.prompt": "---\ninput: {schema: {a: text}}\n---\nSay {{a}}\n"})
    ended = cli(registry, "import", "nowhere.yml", "old.prompt.yml", "b.prompt", "--report", "all.md")
    assert (ended.code, ended.out) == (2, "")
    lines = [line.strip() for line in ended.err.splitlines()]
    assert (
        "old.prompt.yml:2: left-out: modelParameters.speed: no equivalent; a version cannot set it" in lines
    )
    assert [line for line in lines if ": error: " in line] == [
        "cuebook: nowhere.yml: error: it does not exist",
        "old.prompt.yml:1: error: no model is named here",
        "b.prompt:2: error: 'text' is not a type; known: any, boolean, integer, null, number, string",
        "b.prompt:2: error: no model is named here",
    ]
    assert "modelParameters.speed" in (registry / "all.md").read_text("utf-8")
    assert not (registry / "prompts/ticket-triage").exists()


def test_nothing_of_an_existing_prompt_is_touched(cli: Cli, registry: Path) -> None:
    write(registry, {"old.prompt.yml": OLD})
    before = {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()}
    cli(registry, "import", "old.prompt.yml", "--name", "qa")
    assert {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()} == before


def test_without_a_suite_it_is_said_what_to_write_before_the_gate(cli: Cli, registry: Path) -> None:
    bare = "name: Bare\nmodel: openai/gpt-4o\nmessages:\n- {role: user, content: 'Say {{word}}'}\n"
    (registry / "bare.prompt.yml").write_text(bare)
    said = cli(registry, "import", "bare.prompt.yml").out
    assert "next: write evals/bare/suite.yml and its dataset: without them nothing is gated" in said


def test_rows_alone_are_followed_by_what_scores_them(cli: Cli, registry: Path) -> None:
    write(registry, {"triage.csv": "ticket,answer\na,b\n", "more.csv": "question,answer\nnew?,b\n"})
    said = cli(registry, "import", "triage.csv").out
    assert "next: write evals/triage/suite.yml, which says what scores them; then cuebook check" in said
    assert cli(registry, "import", "more.csv", "--name", "qa", "--data").out.endswith("next: cuebook check\n")


def test_a_folder_of_our_own_versions_is_told_as_that(cli: Cli, registry: Path) -> None:
    result = cli(registry, "import", "prompts/qa")
    assert (result.code, "of Cuebook already" in result.err) == (2, True)


def test_the_settings_model_is_for_the_prompts_of_an_export_that_name_none(cli: Cli, registry: Path) -> None:
    one = {"version": 1, "type": "text", "prompt": "Say {{word}}", "labels": []}
    data = [{"name": "bare", **one}, {"name": "own", **one, "config": {"model": "gpt-4o"}}]
    write(registry, {"lf.json": json.dumps(data)})
    assert "'model' in cuebook.toml for those that name none" in cli(registry, "import", "lf.json").err
    (registry / "cuebook.toml").write_text('model = "anthropic/claude-haiku-4-5"\n')
    assert cli(registry, "import", "lf.json").code == 0
    for name, model in (("bare", "anthropic/claude-haiku-4-5"), ("own", "openai/gpt-4o")):
        assert f"model: {model}\n" in (registry / f"prompts/{name}/v1.prompt.yml").read_text()


TWO = {"in/a.prompt.yml": OLD, "in/b.prompt.yml": OLD.replace("Ticket triage", "Mail")}


def test_a_folder_is_imported_as_one_and_a_second_time_writes_nothing(cli: Cli, registry: Path) -> None:
    write(registry, TWO)
    first = cli(registry, "import", "in")
    assert (first.code, first.out.count("wrote prompts/")) == (0, 4)
    assert cli(registry, "check").code == 0
    again = cli(registry, "import", "in")
    assert (again.code, "wrote" in again.out) == (0, False)
    assert "nothing new: 2 of 2 versions already exist" in again.out


def test_of_many_files_all_errors_are_told_and_nothing_is_written(cli: Cli, registry: Path) -> None:
    broken = {"in/c.prompt.yml": "messages: [\n", "in/d.prompt.yml": "messages: 3\n"}
    write(registry, TWO | broken)
    ended = cli(registry, "import", "in")
    assert ended.code == 2
    assert "in/c.prompt.yml:1: error" in ended.err
    assert "in/d.prompt.yml:1: error" in ended.err
    assert not (registry / "prompts/mail").exists()


def test_the_report_and_the_json_have_every_note(cli: Cli, registry: Path) -> None:
    odd = "".join(f"  key{n}: x\n" for n in range(30))
    text = OLD.replace("messages:", f"modelParameters:\n{odd}messages:", 1)
    write(registry, {"a.prompt.yml": text})
    ended = cli(registry, "import", "a.prompt.yml", "--dry-run")
    assert "11 further reasons: --report FILE writes all of them" in ended.err
    cli(registry, "import", "a.prompt.yml", "--dry-run", "--report", "said.md")
    head, ruler, row = (registry / "said.md").read_text().splitlines()[2:5]
    assert head.startswith("| source | prompt | versions |")
    assert head.count("|") == ruler.count("|") == row.count("|")
    assert (registry / "said.md").read_text().count("| left\\-out |") == 30
    found = json.loads(cli(registry, "import", "a.prompt.yml", "--dry-run", "--json").out)
    assert next(item["at"] for item in found["notes"] if item["kind"] == "left-out") == "modelParameters.key0"
    assert found["prompts"][0]["new"] == [1]


def test_what_is_counted_of_a_file_is_in_one_row_of_it(cli: Cli, registry: Path) -> None:
    config = {
        "prompts": ["Say {{x}}"],
        "providers": ["openai:gpt-4o"],
        "tests": [{"vars": {"x": "a"}, "assert": [{"type": "llm-rubric", "value": "kind"}]}],
    }
    write(registry, {"two.yaml": json.dumps(config)})
    said = cli(registry, "import", "two.yaml", "--from", "promptfoo", "--dry-run").out.splitlines()
    first, second = (re.split("  +", line) for line in said[1:3])
    assert first[-2] != "-"
    assert second[-2:] == ["-", "-"]
    assert f"; {first[-2]} changed, {first[-1]} left out" in said[3]


def test_strict_fails_where_anything_was_left_out(cli: Cli, registry: Path) -> None:
    write(registry, {"a.prompt.yml": f"extra: 1\n{OLD}"})
    assert cli(registry, "import", "a.prompt.yml", "--dry-run").code == 0
    assert cli(registry, "import", "a.prompt.yml", "--dry-run", "--strict").code == 1


def test_protected_aliases_need_somebody_who_answers_for_them(cli: Cli, registry: Path) -> None:
    write(registry, TWO)
    assert "add --who @you" in cli(registry, "import", "in", "--aliases", "all").err
    named = cli(registry, "import", "in", "--aliases", "all", "--who", "ada")
    assert (named.code, "write --who @ada" in named.err) == (2, True), "check would refuse the override"
    assert "import them one by one" in cli(registry, "import", "in", "--name", "x").err
    assert "name what to import" in cli(registry, "import").err


def test_one_reason_in_many_files_is_told_once(cli: Cli, registry: Path) -> None:
    write(registry, {name: f"extra: 1\n{text}" for name, text in TWO.items()})
    said = cli(registry, "import", "in", "--dry-run").err
    assert said.count("the format has no key 'extra'") == 1
    assert "it was left out (and 1 place more)" in said
    told = cli(registry, "import", "in", "--dry-run").out
    assert "\n2 prompts, 2 versions and 2 rows taken; " in told


def test_a_place_is_said_once_and_protected_aliases_together(cli: Cli, registry: Path) -> None:
    versions = [{"version": 1, "messages": [{"role": "user", "content": "Hi"}], "config": {"store": True}}]
    for at, name in enumerate("ab"):
        given = {
            "openai_prompt_id": f"pmpt_{at}",
            "name": name,
            "production_version": 1,
            "versions": versions,
        }
        write(registry, {f"in/{name}.json": json.dumps(given)})
    said = cli(registry, "import", "in", "--model", "openai/gpt-6-luna").err
    assert "versions, item 1, config.store: no equivalent; a version cannot set it (and 1 place more)" in said
    assert said.count("was not set to 1") == 1
    assert "a@production was not set to 1: it is protected, and needs a verdict (and 1 alias more)" in said


def test_rows_go_behind_those_that_are_there(cli: Cli, registry: Path) -> None:
    data = registry / "evals/more/dataset.jsonl"
    write(registry, {"rows.csv": "id,q,expected\na,1,x\nb,2,y\n"})
    assert cli(registry, "import", "rows.csv", "--name", "more").code == 0
    write(registry, {"rows.csv": "id,q,expected\nz,2,y\na,3,w\n"})
    ended = cli(registry, "import", "rows.csv", "--name", "more")
    assert ended.err.count("evals/more/dataset.jsonl") == 1
    assert "--data appends the rows that it lacks" in ended.err
    assert ended.out.endswith("nothing was taken\n")
    before = data.read_text()
    ended = cli(registry, "import", "rows.csv", "--name", "more", "--data")
    assert "wrote evals/more/dataset.jsonl" in ended.out
    assert data.read_text() == before + (
        '{"id": "a-2", "inputs": {"q": "3"}, "expectations": {"answer": "w"}}\n'
    )
    again = cli(registry, "import", "rows.csv", "--name", "more", "--data")
    assert again.out.endswith("nothing new: all rows already exist\n")


def test_rows_that_are_appended_expect_what_the_scorers_read(cli: Cli, registry: Path) -> None:
    write(registry, {"old.prompt.yml": OLD, "rows.csv": "ticket,expected\na,billing\n"})
    assert cli(registry, "import", "old.prompt.yml", "--name", "triage").code == 0
    ended = cli(registry, "import", "rows.csv", "--name", "triage", "--data")
    assert "answer is expected here, as in the rows that are there" in ended.err
    last = (registry / "evals/triage/dataset.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["expectations"] == {"expected": "billing"}
    again = cli(registry, "import", "rows.csv", "--name", "triage", "--data")
    assert again.out.endswith("nothing new: all rows already exist\n")


def test_of_many_prompts_those_that_are_named(cli: Cli, registry: Path) -> None:
    config = {
        "prompts": [{"raw": "Say {{x}}", "label": "short"}, {"raw": "Please say {{x}}", "label": "polite"}],
        "providers": ["openai:gpt-6-luna"],
        "tests": [{"vars": {"x": "a"}, "assert": [{"type": "llm-rubric", "value": "polite"}]}],
    }
    write(registry, {"two/promptfooconfig.yaml": json.dumps(config)})
    words = ("import", "two", "--split", "--judge-model", "openai/gpt-6-luna", "--dry-run")
    whole = cli(registry, *words)
    assert "would write prompts/two/v1.prompt.yml" in whole.out, whole.err
    assert "would write prompts/two-polite/v1.prompt.yml" in whole.out
    part = cli(registry, *words, "--only", "two-polite").out
    written = re.findall(r"would write (\S+)", part)
    assert "prompts/two-polite-rubric/v1.prompt.yml" in written
    assert {path.split("/")[1] for path in written} == {"two-polite", "two-polite-rubric"}
    unknown = cli(registry, *words, "--only", "two-polit")
    assert (unknown.code, "did you mean 'two-polite'?" in unknown.err) == (2, True)


def test_code_that_asks_for_prompt_objects_is_listed(cli: Cli, registry: Path) -> None:
    call = 'client.responses.create(prompt={"id": "pmpt_1a", "variables": {"city": city}})'
    write(registry, {"app/a.py": f"{call}\n", "app/b.py": 'prompt={"id": os.environ["P"]}\n'})
    ended = cli(registry, "import", "--from", "openai-code", "app")
    assert ended.code == 0
    assert "pmpt_1a\n  app/a.py:1  with city\nan id from the environment\n  app/b.py:1\n" in ended.out
    assert 'load_prompt("NAME@production").to_openai(city=city)' in ended.out
    assert '"openai_prompt_id": "pmpt_1a"' in ended.out
    found = json.loads(cli(registry, "import", "--from", "openai-code", "app", "--json").out)["found"]
    assert [item["id"] for item in found] == ["pmpt_1a", None]
    assert "no code here uses" in cli(registry, "import", "--from", "openai-code", "prompts").out
    assert "is not a folder" in cli(registry, "import", "--from", "openai-code", "app/a.py").err


HOSTILE = {
    "promptfooconfig.yaml": (
        "prompts: ['file://../secret.txt', 'file://link.txt', 'gen.py', 'exec:touch ran', 'Say {{x}}']\n"
        "providers: [{id: 'openai:gpt-4o', config: {apiKey: sk-planted-key, headers: {a: planted-header}}}]\n"
        "tests: ['file://t.py', {vars: {x: 'file://../secret.txt'}, assert: [{type: python, value: x}]}]\n"
    ),
    "bomb.prompt.yml": "a: &a [x, x]\nb: [*a, *a]\nmodel: a/b\nmessages: [{role: user, content: *a}]\n",
    "deep.json": f'{{"lc": 1, "type": "constructor", "id": [], "kwargs": {"[" * 200}{"]" * 200}}}',
    "_a.prompt": "{{>a}}",
    "a.prompt": "---\nmodel: openai/gpt-4o\n---\n{{>a}} x",
}


def test_nothing_hostile_is_run_read_or_shown(cli: Cli, registry: Path) -> None:
    write(registry, {f"in/{name}": text for name, text in HOSTILE.items()})
    write(
        registry,
        {"secret.txt": "TOP SECRET {{x}}", "in/gen.py": "open('ran', 'w')", "in/t.py": "open('ran', 'w')"},
    )
    (registry / "in/link.txt").symlink_to(registry / "secret.txt")
    said = ""
    for name in HOSTILE:
        ended = cli(registry, "import", f"in/{name}")
        said += ended.out + ended.err
        assert ended.code in {0, 1, 2}
    written = "".join(path.read_text() for path in (registry / "prompts").rglob("*.yml"))
    assert not list(registry.rglob("ran"))
    for word in ("TOP SECRET", "sk-planted-key", "planted-header"):
        assert word not in written + said
    assert "Say {{x}}" in written
    assert cli(registry, "check").code == 0


def test_a_promptfoo_project_comes_from_its_config_to_a_verdict(cli: Cli, registry: Path) -> None:
    context = "Context: The lamp in room {{room}} is green. The door is red."
    prompts = [
        f"Answer from the context.\n{context}\nQuestion: {ask} lamp in room {{{{room}}}}?" for ask in ASKED
    ]
    tests = [
        {"vars": {"room": str(n)}, "assert": [{"type": "icontains", "value": "green"}]} for n in range(60)
    ]
    config = {"prompts": prompts, "providers": ["openai:gpt-4o"], "tests": tests}
    write(registry, {"lamps/promptfooconfig.yaml": json.dumps(config)})
    taken = cli(registry, "import", "lamps/promptfooconfig.yaml", "--model", "offline/rules")
    assert "next: cuebook check && cuebook gate lamps/2" in taken.out, taken.err
    (verdict,) = json.loads(cli(registry, "gate", "lamps/2", "--format", "json").out)
    assert (verdict["coverage"]["used"] > 0, verdict["metrics"][0]["label"]) == (True, "icontains")


LAMPS = (
    "Answer from the context.\nContext: The lamp in room {{room}} is green.\n"
    "Question: What colour is the lamp?"
)
SUITE = "prompt: lamps\nscorers: [contains]\ngate: {metrics: {contains: {floor: 0.5, margin: 0.2}}}\n"


def gated(cli: Cli, registry: Path, *source: str) -> dict[str, Any]:
    """The verdict of a prompt that comes from elsewhere, with rows of a table and a suite of one's own."""
    rows = "".join(f"{room},green\n" for room in range(60))
    write(registry, {"rooms.csv": f"room,expected\n{rows}", "evals/lamps/suite.yml": SUITE})
    taken = cli(registry, "import", *source, "--model", "offline/rules")
    assert "cuebook gate lamps/2" in taken.out, taken.err
    assert cli(registry, "import", "rooms.csv", "--name", "lamps").code == 0
    assert cli(registry, "check").code == 0
    (verdict,) = json.loads(cli(registry, "gate", "lamps/2", "--format", "json").out)
    found: dict[str, Any] = verdict
    return found


def test_a_prompt_object_comes_from_what_was_copied_to_a_verdict(cli: Cli, registry: Path) -> None:
    texts = (f"{LAMPS} Be brief.", LAMPS)
    versions = [
        {"version": str(at), "messages": [{"role": "user", "content": text}], "config": {"model": "gpt-5"}}
        for at, text in enumerate(texts, 1)
    ]
    copied = {"openai_prompt_id": "pmpt_1", "name": "Lamps", "production_version": "1", "versions": versions}
    write(registry, {"copied.json": json.dumps(copied)})
    verdict = gated(cli, registry, "copied.json")
    assert verdict["coverage"]["used"] > 0
    kinds = [(item["label"], item["kind"]) for item in verdict["metrics"]]
    assert kinds == [("contains", "difference"), ("contains", "floor")]


def test_a_registry_of_mlflow_comes_to_a_verdict(
    cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {"provider": "openai", "model_name": "gpt-4o-mini"}
    versions = [
        {"version": at, "template": text, "aliases": aliases, "tags": {}, "model_config": config}
        for at, (text, aliases) in enumerate([(f"{LAMPS} Be brief.", ["champion"]), (LAMPS, [])], 1)
    ]
    there = {"schema": SCHEMA, "prompts": [{"name": "Lamps", "tags": {}, "versions": versions}]}
    monkeypatch.setattr(mlflow_registry, "registry_json", lambda *_: json.dumps(there).encode())
    verdict = gated(cli, registry, "--mlflow", "sqlite:///x.db", "Lamps")
    assert verdict["coverage"]["used"] > 0
    assert "champion: 1" in (registry / "prompts/lamps/aliases.yml").read_text()


ASKED = ("What colour is the", "Say what colour is the")


@pytest.mark.parametrize("stop", [OSError("no space left on device"), KeyboardInterrupt()])
def test_an_import_that_is_interrupted_while_it_writes_leaves_nothing(
    cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    write(registry, TWO)
    before = {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()}
    real, calls = workspace.write_inside, iter(range(99))

    def failing(*given: Any) -> None:
        if next(calls) == 5:
            raise stop
        real(*given)

    monkeypatch.setattr(workspace, "write_inside", failing)
    ended = cli(registry, "import", "in")
    assert ended.code == (2 if isinstance(stop, OSError) else 130)
    if ended.code == 2:
        assert "cannot be written, so nothing was: no space left on device" in ended.err
    assert {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()} == before
    assert not (registry / "prompts/ticket-triage").exists()
    monkeypatch.setattr(workspace, "write_inside", real)
    assert cli(registry, "import", "in").code == 0


def test_what_our_own_reader_refuses_is_told_at_the_source(cli: Cli, registry: Path) -> None:
    body = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "a\0b"}]}
    write(registry, {"old.json": json.dumps(body)})
    ended = cli(registry, "import", "old.json")
    assert ended.code == 2
    assert "old.json:1: error: the text holds a NUL character" in ended.err


def test_a_setting_that_an_own_endpoint_refuses_is_left_out_not_its_prompt(cli: Cli, registry: Path) -> None:
    (registry / "cuebook.toml").write_text('[endpoints.local]\nbase_url = "http://127.0.0.1:9/v1"\n')
    form = {"response_format": {"type": "json_object"}}
    given = {
        "name": "desk",
        "type": "text",
        "prompt": "Hi {{who}}",
        "config": form,
        "labels": [],
        "version": 1,
    }
    write(registry, {"export.json": json.dumps([given])})
    ended = cli(registry, "import", "export.json", "--model", "local/small")
    assert (ended.code, "wrote prompts/desk/v1.prompt.yml" in ended.out) == (0, True), ended.err
    assert "json_object is asked for, and no message says JSON\n    say in a message that" in ended.err
    assert "responseFormat" not in (registry / "prompts/desk/v1.prompt.yml").read_text()
