"""What the documents say is true: examples run, files are read, links lead somewhere."""

from __future__ import annotations

import ast
import asyncio
import doctest
import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

from build import case, version, write
from cuebook import check, models, scorers
from cuebook.cli import command_names
from cuebook.cli._root import root as cuebook_command
from cuebook.core.errors import install_line
from cuebook.core.files import Folder
from cuebook.core.yaml_files import read_yaml
from cuebook.doctor.github_settings import REQUIRED
from cuebook.doctor.workflows import Workflow, read_workflows
from cuebook.gate.plan import plan_record
from cuebook.jobs.evaluate import judge_all
from cuebook.jobs.score import load, score
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import Registry
from cuebook.registry.settings import Settings, load_config
from cuebook.shapes.file_formats import FILE_SHAPES
from fixtures.families import FAMILIES
from generate import OWN_WORKFLOWS
from plugged import installed

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "changelog.d").glob("README.md"),
        *ROOT.glob("skills/*/*.md"),
    ],
    key=lambda path: path.as_posix(),
)
_BLOCK = re.compile(r"^```(?P<kind>\w+)(?: (?P<path>\S+))?\n(?P<body>.*?)^```$", re.M | re.S)


def blocks(name: str, kind: str) -> list[str]:
    """The code blocks of one kind in a document."""
    text = (ROOT / name).read_text("utf-8")
    return [found["body"] for found in _BLOCK.finditer(text) if found["kind"] == kind]


def test_the_readme_snippet_runs() -> None:
    (snippet,) = blocks("README.md", "python")
    env = {**os.environ, "CUEBOOK_REGISTRY": str(ROOT), "PYTHONPATH": str(ROOT / "tools")}
    done = subprocess.run(
        [sys.executable, "-c", snippet], env=env, capture_output=True, text=True, check=True
    )
    live = Registry(Folder(ROOT)).resolve("qa-assistant@production")
    assert done.stdout.split() == [live.ref, live.model, "live", "system"]


def test_the_readme_setting_is_one() -> None:
    (snippet,) = blocks("README.md", "toml")
    table = tomllib.loads(snippet)["tool"]["cuebook"]
    assert Settings.model_validate(table).model == "openai/gpt-6-luna"


def test_the_shortest_suite_has_five_lines_and_every_rule_says_when_to_want_it() -> None:
    section = (ROOT / "docs/formats.md").read_text("utf-8").partition("The shortest suite")[2]
    (short, *_) = [found["body"] for found in _BLOCK.finditer(section)]
    assert len(short.splitlines()) == 5
    data = read_yaml(short.encode(), "suite.yml").data
    jsonschema.validate(data, _schema("suite"))
    rules = set(re.findall(r"`(\w+)(?:: \w+)?`", section.partition("All [scorers]")[0]))
    schema = _schema("suite")
    keys = {*schema["properties"], *(key for part in schema["$defs"].values() for key in part["properties"])}
    assert {"baseline", "protected", "limits", "repeats", "models", "judges", "enforce"} <= rules & keys


def test_the_prompt_of_the_guide_from_code_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = "site/guides/from-code.md"
    in_code, fetched = blocks(guide, "python")
    (prompt,), (cases,) = blocks(guide, "yaml"), blocks(guide, "json")
    suite = "prompt: triage\nscorers: [{contains: {expectation: must_mention}}]\n"
    write(
        tmp_path,
        {
            "prompts/triage/v1.prompt.yml": prompt,
            "prompts/triage/aliases.yml": "production: 1\n",
            "evals/triage/suite.yml": f"{suite}gate: {{metrics: {{contains: {{floor: 0.5}}}}}}\n",
            "evals/triage/dataset.jsonl": cases,
        },
    )
    problems = check.check(Folder(tmp_path))
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    before: dict[str, Any] = {"ticket": "I paid two times."}
    exec(in_code, before)
    after: dict[str, Any] = {}
    monkeypatch.chdir(tmp_path)
    exec(fetched, after)
    assert [{**item, "content": item["content"].strip()} for item in after["messages"]] == [
        {**item, "content": item["content"].strip()} for item in before["messages"]
    ]


def test_the_examples_of_the_gate_are_right() -> None:
    result = doctest.testfile(str(ROOT / "docs/gate.md"), module_relative=False)
    assert result.attempted > 5
    assert result.failed == 0


def _commands() -> list[tuple[str, str]]:
    lines = [
        (path.name, line.strip())
        for path in DOCUMENTS
        for body in blocks(path.relative_to(ROOT).as_posix(), "sh")
        for line in body.splitlines()
    ]
    return [(name, line) for name, line in lines if line.startswith("cuebook ")]


def test_there_are_commands_to_look_at() -> None:
    assert len(_commands()) > 3


@pytest.mark.parametrize(("document", "line"), _commands())
def test_a_command_in_a_document_exists_with_its_options(document: str, line: str) -> None:
    words = re.sub(r'"[^"]*"', "text", line.partition("#")[0]).split()[1:]
    assert words[0] in command_names()
    command: click.Command | None = cuebook_command.get_command(click.Context(cuebook_command), words[0])
    assert command is not None
    if isinstance(command, click.Group):
        command = command.commands[words[1]]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= known


def _examples() -> dict[str, str]:
    text = (ROOT / "docs/formats.md").read_text("utf-8")
    return {found["path"]: found["body"] for found in _BLOCK.finditer(text) if found["path"]}


def test_the_examples_of_file_formats_are_read_by_our_readers(tmp_path: Path) -> None:
    app = {"app/desk/agent.py": "", "uv.lock": ""}  # of which the settings speak
    tree = Folder(write(tmp_path, _examples() | app))
    assert [str(problem) for problem in check.check(tree) if problem.severity == "error"] == []
    registry = Registry(tree)
    assert registry.names() == ["desk", "farewell", "greeter", "tone"]
    assert "Answer in a friendly tone" in str(registry.version("farewell", 2).template)
    assert set(registry.version("greeter", 2).inputs) == {"context", "question", "tone"}
    assert registry.resolve("greeter@staging").number == 2
    assert registry.pointers("greeter")["production"].tries == {2: 10}
    assert registry.suite("greeter").gate.limits == {"words": 60}
    assert len(registry.labels("judge-kindness").cases) == 3
    assert "local" in load_config(tree).endpoints


def test_every_file_format_has_an_example() -> None:
    kinds = {
        "prompt-version": r"prompts/.+/v\d+\.prompt\.yml",
        "aliases": r"prompts/.+/aliases\.yml",
        "meta": r"prompts/.+/meta\.yml",
        "suite": r"evals/.+/suite\.yml",
        "case": r"evals/.+/dataset\.jsonl",
        "label": r"evals/.+/labels(/.+)?\.jsonl",
        "override": r"overrides/.+-v\d+\.yml",
        "override-rules": r"overrides/.+-rules\.yml",
        "override-removed": r"overrides/.+-removed\.yml",
        "override-unprotected": r"overrides/.+-unprotected\.yml",
        "config": r"cuebook\.toml",
    }
    assert set(kinds) == set(FILE_SHAPES)
    for kind, pattern in kinds.items():
        assert any(re.fullmatch(pattern, path) for path in _examples()), kind


def _schema(kind: str) -> Any:
    return json.loads((ROOT / f"schemas/{kind}.json").read_text("utf-8"))


YAML_FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("prompts/*/*.yml", "evals/*/suite.yml", "overrides/*.yml")
    for path in ROOT.glob(pattern)
)


def test_every_file_of_the_registry_names_a_schema_and_follows_it() -> None:
    wrong = []
    for name in YAML_FILES:
        data = (ROOT / name).read_bytes()
        first = data.decode().partition("\n")[0].removeprefix("# yaml-language-server: $schema=")
        schema = (ROOT / name).parent / first
        if not schema.is_file():
            wrong.append(f"{name}: its first line names no schema")
            continue
        try:
            jsonschema.validate(read_yaml(data, name).data, json.loads(schema.read_text("utf-8")))
        except jsonschema.ValidationError as error:
            wrong.append(f"{name}: {error.message[:100]}")
    assert wrong == []


@pytest.mark.parametrize("kind", ["case", "label"])
def test_every_line_follows_its_schema(kind: str) -> None:
    validator = jsonschema.Draft202012Validator(_schema(kind))
    pattern = "labels.jsonl" if kind == "label" else "dataset.jsonl"
    lines = [
        json.loads(line)
        for path in ROOT.glob(f"evals/*/{pattern}")
        for line in path.read_text("utf-8").splitlines()
        if line.strip()
    ]
    assert lines
    assert [error.message[:100] for line in lines for error in validator.iter_errors(line)] == []


def test_the_settings_of_this_repository_follow_their_schema() -> None:
    jsonschema.validate(PYPROJECT["tool"]["cuebook"], _schema("config"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8"))
    broken = [
        target
        for target in targets
        if not target.startswith(("https://", "#")) and not (path.parent / target.partition("#")[0]).exists()
    ]
    assert broken == []


def _headings(path: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.M | re.S)
    titles = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\s-]", "", title).strip().lower().replace(" ", "-") for title in titles}


def test_links_to_a_heading_find_it() -> None:
    home = PYPROJECT["project"]["urls"]["Repository"]
    pages = [*DOCUMENTS, *(ROOT / "docs/reference").glob("*.md"), *(ROOT / "site/guides").glob("*.md")]
    broken, looked_at = [], 0
    for page in pages:
        for path, heading in re.findall(r"\]\(([^)\s#]*)#([^)\s]+)\)", page.read_text("utf-8")):
            local = path.removeprefix(f"{home}/blob/main/")
            target = page if not path else (page.parent if local == path else ROOT) / local
            if not local.startswith("https://"):
                looked_at += 1
                found = target.exists() and heading in _headings(target)
                broken += [] if found else [(page.name, f"{path}#{heading}")]
    assert broken == []
    assert looked_at > 3


def test_links_of_the_readme_work_on_a_package_index_too() -> None:
    home = PYPROJECT["project"]["urls"]["Repository"]
    targets = re.findall(r"\]\(([^)\s]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert [target for target in targets if not target.startswith("https://")] == []
    paths = [
        match[1] for target in targets if (match := re.match(rf"{home}/(?:blob|tree)/main/(.+)", target))
    ]
    assert len(paths) > 5
    assert [path for path in paths if not (ROOT / path).exists()] == []


_DATED = re.compile(r"gpt-(3\.5|4)|claude-(2|3|instant)|gemini-1|llama-?[123]\b", re.IGNORECASE)


def test_models_that_documents_name_are_current() -> None:
    texts = [
        *DOCUMENTS,
        *(ROOT / "site/guides").glob("*.md"),
        *(path for path in (ROOT / "tools/cuebook").rglob("*.py")),
        *(ROOT / "tools/cuebook/theme/assets").glob("*.js"),
    ]
    found = {path.relative_to(ROOT).as_posix(): _DATED.findall(path.read_text("utf-8")) for path in texts}
    assert {name: names for name, names in found.items() if names} == {}


def _requirements() -> list[tuple[str, str, str]]:
    """(extra, package, version specifier) of every dependency of the project."""
    found = []
    for extra, lines in PYPROJECT["project"]["optional-dependencies"].items():
        for line in lines:
            name, specifier = re.fullmatch(r"([A-Za-z0-9_-]+)(?:\[.*\])?(.*)", line).groups()  # type: ignore[union-attr]
            if name != "cuebook":
                found.append((extra, name.lower(), specifier))
    return found


def _rows() -> dict[str, tuple[str, str]]:
    """Package to (extra, pin policy), as the table of dependencies has them."""
    rows = {}
    for line in (ROOT / "docs/dependencies.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[1].startswith("`"):
            for name in cells[0].split(", "):
                rows[name.lower()] = (cells[1].strip("`"), cells[3])
    return rows


def test_every_dependency_is_explained() -> None:
    wanted = {
        name: (extra, "exactly" if specifier.startswith("==") else "lower bound")
        for extra, name, specifier in _requirements()
    }
    assert _rows() == wanted


def test_the_client_has_no_dependency() -> None:
    assert PYPROJECT["project"]["dependencies"] == []


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_a_lock_file_holds_hashes_and_no_malicious_litellm(path: Path) -> None:
    text = path.read_text("utf-8")
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)[^\n]*\\\n    --hash=sha256:", text, re.M)
    assert len(pins) == len(re.findall(r"^[A-Za-z0-9]", text, re.M)) > 20
    litellm = {version for name, version in pins if name == "litellm"}
    assert litellm <= {specifier[2:] for _, name, specifier in _requirements() if name == "litellm"}
    assert not litellm & {"1.82.7", "1.82.8"}


@pytest.mark.parametrize("family", [*FAMILIES, "standins"])
def test_the_guide_says_where_a_member_goes(family: str) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert f"{family}/" in text
    assert f"`tests/{family}/test_<name>.py`" in text


def test_the_layers_are_drawn_in_their_order() -> None:
    (drawing, *_) = blocks("docs/architecture.md", "text")
    contract = next(
        item for item in PYPROJECT["tool"]["importlinter"]["contracts"] if item["type"] == "layers"
    )
    layer_of = {
        name: index
        for index, layer in enumerate(contract["layers"])
        for name in re.split(r"\s*[|:]\s*", layer)
    }
    drawn = [name.rstrip("/") for line in drawing.splitlines() for name in line[:44].split() if name != "..."]
    assert len(drawn) > 15
    assert [name for name in drawn if name not in layer_of] == []
    assert [layer_of[name] for name in drawn] == sorted(layer_of[name] for name in drawn)
    assert {index for name, index in layer_of.items() if name in drawn} == set(range(len(contract["layers"])))


PLACE = re.compile(r"(?<![\w./-])((?:[a-z_-]+/)+(?:[a-z_-]+(?:\.\w+)?)?)(?![\w/*<{])")


def test_the_architecture_is_read_in_one_sitting() -> None:
    assert len((ROOT / "docs/architecture.md").read_text("utf-8").split()) <= 1500


@pytest.mark.parametrize(
    "name", ["docs/architecture.md", "docs/owners.md", "docs/trust.md", "CONTRIBUTING.md"]
)
def test_every_place_that_a_guide_to_the_code_names_is_there(name: str) -> None:
    """Such as ``gate/plan``, ``tests/jobs/`` or ``core/git.py``, also in a drawing."""
    package = ROOT / "tools/cuebook"
    first = {path.name for folder in (ROOT, package) for path in folder.iterdir() if path.is_dir()}
    text = re.sub(r"\]\([^)]*\)", "", (ROOT / name).read_text("utf-8"))
    places = {place for place in PLACE.findall(text) if place.partition("/")[0] in first - {"build", "dist"}}
    assert len(places) > 10

    def is_there(place: str) -> bool:
        return any((top / f"{place}{end}").exists() for top in (ROOT, package) for end in ("", ".py"))

    assert [place for place in sorted(places) if not is_there(place)] == []


OWNER = re.compile(r"`([\w/]+\.py)` \(`(\w+)`")


def test_each_fact_has_the_owner_that_the_docs_name() -> None:
    _, *packages = (ROOT / "docs/owners.md").read_text("utf-8").split("\n## ")
    assert len(packages) > 10
    for package in packages:
        heading, _, table = package.partition("\n\n")
        for row in table.rstrip().splitlines()[2:]:
            named = OWNER.findall(row)
            assert named, f"name the file and what in it answers: {row}"
            assert named[0][0].startswith(heading), f"move it to the package of its owner: {row}"
            for path, name in named:
                tree = ast.parse((ROOT / "tools/cuebook" / path).read_text("utf-8"))
                there = {getattr(node, "name", "") for node in tree.body}
                there |= {ast.unparse(item) for node in tree.body for item in getattr(node, "targets", [])}
                assert name in there, f"{path} has no {name}"


WORKFLOWS = [flow for flow in read_workflows(Folder(ROOT))[0] if flow.file not in OWN_WORKFLOWS]
"""What users get, too: the guide is for them."""
_CODE = re.compile(r"`([^`]+)`")


def _table(first: str) -> list[list[str]]:
    """Cells of each row of the table in the guide whose heading begins with these words."""
    text = (ROOT / "site/guides/github.md").read_text("utf-8")
    (table,) = [part for part in text.split("\n\n") if part.startswith(first)]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.strip().splitlines()[2:]]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.file)
def test_the_guide_says_what_starts_a_workflow_and_what_its_jobs_may(workflow: Workflow) -> None:
    starts = {row[0]: _CODE.findall(row[1]) for row in _table("| Workflow | Starts on |")}
    assert starts[f"`{workflow.file}`"] == list(workflow.triggers)
    rows = [row for row in _table("| Workflow | Job |") if row[0] == f"`{workflow.file}`"]
    said = {row[1]: (_CODE.findall(row[2]), _CODE.findall(row[3])) for row in rows}
    assert said == {
        f"`{job.id}`": (
            [f"{name}: {right}" for name, right in (job.permissions or {}).items()],
            [job.environment] if job.environment and "${{" not in job.environment else [],
        )
        for job in workflow.jobs
    }


def test_the_guide_names_no_workflow_that_is_gone() -> None:
    rows = _table("| Workflow | Starts on |") + _table("| Workflow | Job |")
    assert {row[0] for row in rows} == {f"`{workflow.file}`" for workflow in WORKFLOWS}


def test_the_guide_says_which_secret_goes_where() -> None:
    said = {row[0].strip("`"): set(_CODE.findall(row[1])) for row in _table("| Environment | Secrets |")}
    wanted: dict[str, set[str]] = {}
    for job in (job for workflow in WORKFLOWS for job in workflow.jobs):
        if "${{" not in job.environment and (job.environment or job.secrets):
            wanted.setdefault(job.environment, set()).update(job.secrets)
    assert said == wanted


def test_the_guide_names_every_check_to_require() -> None:
    text = " ".join((ROOT / "site/guides/github.md").read_text("utf-8").split())
    rules = text[text.index("Require these checks") :].partition(". ")[0]
    wanted = [job.check for flow in WORKFLOWS if flow.file in REQUIRED for job in flow.last_jobs]
    assert sorted(_CODE.findall(rules)) == sorted(wanted)


def test_no_job_has_a_models_key_and_may_write() -> None:
    keyed = [job for flow in WORKFLOWS for job in flow.jobs if any("API_KEY" in name for name in job.secrets)]
    assert keyed
    assert {right for job in keyed for right in (job.permissions or {}).values()} == {"read"}


def _attacks() -> list[tuple[str, str]]:
    """Test file and name in it, for each row of the guide's table of attacks."""
    rows = _table("| Attack | What happens |")
    assert all(len(row) == 3 and row[0] and row[1] for row in rows)
    found = [name.partition(": ") for row in rows for name in _CODE.findall(row[2])]
    assert len(found) >= len(rows)
    return [(file, name) for file, _, name in found]


@pytest.mark.parametrize(("file", "name"), _attacks())
def test_an_attack_in_the_guide_is_one_that_a_test_makes(file: str, name: str) -> None:
    source = (ROOT / f"tests/workflows/test_{file}.py").read_text("utf-8")
    assert f"\ndef test_{name}(" in source or f'\n    "{name}": ' in source


def test_every_attack_that_tests_make_is_in_the_guide() -> None:
    made = set()
    for path in (ROOT / "tests/workflows").glob("test_*.py"):
        for table in re.findall(r"^(?:HOSTILE|FORGED): .*?^}$", path.read_text("utf-8"), re.M | re.S):
            made |= {
                (path.stem.removeprefix("test_"), name) for name in re.findall(r'^    "(.+?)": ', table, re.M)
            }
    assert len(made) >= 20
    assert made <= set(_attacks())


def test_the_plug_ins_of_the_guide_work(tmp_path: Path) -> None:
    _, model, scorer = blocks("docs/plugins.md", "python")
    _, *tables = map(tomllib.loads, blocks("docs/plugins.md", "toml"))
    points = [table["project"]["entry-points"] for table in tables if "project" in table]
    assert [Settings.model_validate(table).plugins for table in tables if "plugins" in table]
    acme: dict[str, str] = {"acme": "1", "acme_models.py": model, "acme_scorers.py": scorer}
    for group, offered in (item for table in points for item in table.items()):
        acme[group] = "\n".join(f"{name} = {value}" for name, value in offered.items())
    call = models.ModelCall("acme/large", ({"role": "user", "content": "hello"},))
    with installed(tmp_path, acme):
        client = models.connect(models.transport_for("acme/large", Settings()), Settings())
        reply = asyncio.run(client.complete(call))
        found = scorers.find("shouts")
        context = scorers.Context(case(0), version(), reply)
        assert found.function(context, found.parameters()).value == 1.0
        assert found.summary == "Whether the answer is in capitals."


LAMPS = "site/guides/your-app.md"


def lamps(root: Path, cases: list[dict[str, Any]]) -> Workspace:
    """A registry with the prompt and suite of the guide on apps, and these cases."""
    version_file, _, suite = blocks(LAMPS, "yaml")
    write(
        root,
        {
            "prompts/lamps/v1.prompt.yml": version_file,
            "prompts/lamps/aliases.yml": "production: 1\n",
            "evals/lamps/suite.yml": suite,
            "evals/lamps/dataset.jsonl": "".join(json.dumps(case) + "\n" for case in cases),
        },
    )
    return Workspace(root)


def test_an_app_behind_an_endpoint_is_asked_like_a_model(tmp_path: Path) -> None:
    app: dict[str, Any] = {}
    exec(blocks(LAMPS, "python")[0].replace("print(", "str("), app)
    threading.Thread(target=app["server"].serve_forever, args=(0.01,), daemon=True).start()
    address = f"http://127.0.0.1:{app['server'].server_port}/v1"
    settings, _ = blocks(LAMPS, "toml")
    cases = [
        {
            "id": f"l{n}",
            "inputs": {"question": f"Is lamp {n} on?"},
            "expectations": {"expected_facts": ["green"]},
        }
        for n in range(20)
    ]
    workspace = lamps(tmp_path, cases)
    write(tmp_path, {"pyproject.toml": settings.replace("http://127.0.0.1:8080/v1", address)})
    (judged,) = judge_all(workspace, plan_record(workspace.registry).comparisons)
    app["server"].shutdown()
    app["server"].server_close()
    assert judged.verdict.summaries[0].candidate == 1.0
    assert judged.verdict.served_models == ["agent"]


def test_the_program_of_the_guide_answers_as_a_target(tmp_path: Path) -> None:
    told = tomllib.loads(blocks(LAMPS, "toml")[1])["tool"]["cuebook"]
    _, *words = Settings.model_validate(told).targets["desk"].command
    write(tmp_path, {words[0]: blocks(LAMPS, "python")[1]})
    asked = json.dumps({"id": "7f", "case": {"inputs": {"question": "Is the lamp on?"}}})
    done = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, input=asked, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {"id": "7f", "output": "The lamp is green."}


@pytest.mark.skipif(sys.platform == "win32", reason="the program is called python3")
def test_the_suite_of_the_guide_is_answered_by_its_program(tmp_path: Path) -> None:
    case_line = {
        "id": "a",
        "inputs": {"question": "Is the lamp on?"},
        "expectations": {"expected_facts": ["green"]},
    }
    workspace = lamps(tmp_path, [case_line])
    settings = {"pyproject.toml": blocks(LAMPS, "toml")[1], "app/desk.py": blocks(LAMPS, "python")[1]}
    write(tmp_path, {**settings, "evals/lamps/suite.yml": blocks(LAMPS, "yaml")[1]})
    scorers.offer(Folder(tmp_path))
    (judged,) = judge_all(workspace, plan_record(workspace.registry).comparisons)
    assert judged.verdict.summaries[0].candidate == 1.0
    assert judged.verdict.digests.target.startswith("desk ")


def test_the_data_of_another_evaluation_is_scored_as_it_is(tmp_path: Path) -> None:
    found: dict[str, Any] = {}
    exec(blocks(LAMPS, "python")[2], found)
    rows = found["eval_data"]
    keys = ("inputs", "expectations")
    cases = [{"id": f"c{n}", **{key: row[key] for key in keys}} for n, row in enumerate(rows)]
    workspace = lamps(tmp_path, cases)
    write(tmp_path, {"answers.json": json.dumps(rows)})
    given, comparison = load(workspace, "lamps", tmp_path / "answers.json", None, only_given=False)
    verdict, _ = score(workspace, given, comparison)
    assert {case.id: case.candidate.scores["contains"].value for case in verdict.cases} == {
        "c0": 1.0,
        "c1": 0.0,
    }


def test_the_scorer_of_the_guide_works(tmp_path: Path) -> None:
    own, settings = blocks("docs/plugins.md", "python")[0], blocks("docs/plugins.md", "toml")[0]
    write(tmp_path, {"cuebook.toml": settings, "evals/_scorers/polite.py": own})
    assert scorers.own_problems(Folder(tmp_path)) == []
    scorers.offer(Folder(tmp_path))
    found = scorers.find("polite")
    context = scorers.Context(case(0), version(), models.ModelReply("Thank you", "m"))
    said = [
        found.function(context, found.parameters.model_validate(given)) for given in ({}, {"word": "please"})
    ]
    assert [score.value for score in said if isinstance(score, scorers.Score)] == [1.0, 0.0]


@pytest.mark.parametrize("extra", ["", "all"])
def test_the_readme_promises_the_line_that_errors_advise(extra: str) -> None:
    assert install_line(extra) in (ROOT / "README.md").read_text("utf-8")
