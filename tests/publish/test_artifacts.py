from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

import build
from build import commit, write
from cuebook.client.prompt import Prompt, whole
from cuebook.core.canonical import behaviour, digest
from cuebook.core.errors import InvalidFiles, UnknownAlias
from cuebook.core.files import Folder
from cuebook.core.refs import Ref
from cuebook.models import connect
from cuebook.publish.artifacts import (
    artifact,
    artifact_bytes,
    from_checkout,
    plan_files,
    read_catalog,
)
from cuebook.publish.history import History, read_history
from cuebook.publish.writer import publish
from cuebook.registry.reader import Registry
from cuebook.registry.settings import Settings
from cuebook.shapes._base import is_newer
from cuebook.shapes.file_formats import FILE_SHAPES
from cuebook.shapes.moves import AliasMove
from cuebook.shapes.published import PUBLISHED_SHAPES, Artifact
from cuebook.shapes.run import ModelCall
from cuebook.shapes.verdict import Arm, ScorerSummary
from cuebook.wording.headline import headline
from loopback import Loopback
from publishing import plan, verdict

QA = "api/v1/prompts/qa"
CHAT = (
    "message: Chat\nmodel: openai/gpt-4o-mini\nmodelParameters: {temperature: 0.2, maxTokens: 400}\n"
    "inputs:\n  a: {type: object, description: What it is}\n  b: {default: é}\n"
    "messages:\n  - {role: system, content: 'Be {{b}}'}\n  - {role: user, content: '{{a.x}}'}\n"
    "responseFormat: json_schema\njsonSchema: {name: out, schema: {type: object, minimum: 1.0}}\n"
)


def load(files: dict[str, bytes], path: str) -> Any:
    return json.loads(files[path])


def at(root: Path, number: int) -> Any:
    return Registry(Folder(root)).version("qa", number)


def test_every_path_that_is_published(registry: Path) -> None:
    files = plan(registry, verdict(at(registry, 2)))
    schemas = {f"api/v1/schemas/{name}.json" for name in (*PUBLISHED_SHAPES, *FILE_SHAPES)}
    assert set(files) == schemas | {
        "api/v1/index.json",
        "api/v1/events.json",
        "api/v1/moves.csv",
        "api/v1/texts.json",
        f"{QA}/index.json",
        f"{QA}/versions/1.json",
        f"{QA}/versions/2.json",
        f"{QA}/aliases/production.json",
        f"{QA}/aliases/latest.json",
        "api/v1/evaluations/qa/2/qa.json",
    }


def test_an_empty_registry_publishes_an_empty_index(tmp_path: Path) -> None:
    files = plan(tmp_path)
    assert load(files, "api/v1/index.json") == {
        "schema": "cuebook/index/1",
        "prompts": [],
        "loosened": [],
        "renamed": {},
    }
    assert not [path for path in files if "/prompts/" in path]


def test_a_prompt_without_a_version_is_left_out(registry: Path) -> None:
    write(registry, {"prompts/soon/meta.yml": "title: Soon\n"})
    index = load(plan(registry), "api/v1/index.json")
    assert [entry["name"] for entry in index["prompts"]] == ["qa"]


def test_an_artifact_is_the_version_and_its_digest_can_be_computed_from_it(registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": CHAT})
    found = load(plan(registry), f"{QA}/versions/3.json")
    assert list(found) == [
        "schema", "name", "version", "ref", "digest", "message", "author", "created", "model",
        "modelParameters", "inputs", "messages", "template", "templateFormat", "responseFormat", "jsonSchema",
    ]  # fmt: skip
    assert found["schema"] == "cuebook/version/1"
    assert (found["ref"], found["author"]) == ("qa/3", None)
    assert found["inputs"] == {
        "a": {"type": "object", "description": "What it is"},
        "b": {"type": "string", "default": "é"},
    }
    assert found["messages"][1] == {"role": "user", "content": "{{a.x}}"}
    assert found["jsonSchema"] == {"name": "out", "schema": {"type": "object", "minimum": 1.0}}
    assert found["digest"] == at(registry, 3).digest == digest(behaviour(found))


DESK = (
    "message: Desk\nmodel: openai/gpt-6-luna\nmessages: [{role: developer, content: 'Help {{a}}'}]\n"
    "tools: [{name: look, parameters: {type: object, properties: {id: {default: null}}}}]\n"
    "toolChoice: {name: look}\n"
)


def test_a_version_with_tools_has_the_second_number_and_every_reader_of_ours_knows_it(
    registry: Path, tmp_path: Path
) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": DESK})
    files = plan(registry)
    found, alias = (load(files, f"{QA}/{path}.json") for path in ("versions/3", "aliases/latest"))
    assert list(found)[-4:] == ["jsonSchema", "tools", "toolChoice", "parallelToolCalls"]
    assert (found["schema"], alias["schema"]) == ("cuebook/version/2", "cuebook/alias/2")
    assert load(files, f"{QA}/versions/2.json")["schema"] == "cuebook/version/1"
    parameters = {"type": "object", "properties": {"id": {"default": None}}}
    assert found["tools"] == [{"name": "look", "parameters": parameters}]
    assert (found["toolChoice"], found["parallelToolCalls"]) == ({"name": "look"}, None)
    assert found["digest"] == at(registry, 3).digest == digest(behaviour(found))
    publish(files, tmp_path / "out")
    read = read_catalog(tmp_path / "out").version("qa", 3)
    assert read.calling == at(registry, 3).calling
    for path in ("versions/3", "aliases/latest"):
        assert whole(load(files, f"{QA}/{path}.json"), "here")["digest"] == found["digest"]
    assert json.loads(from_checkout(registry, Ref("qa", 3))) == found
    with pytest.raises(ValidationError) as caught:  # what a reader of the first number says
        Artifact.model_validate(found)
    assert is_newer(caught.value)


def test_text_prompts_have_a_template_and_no_messages() -> None:
    made = artifact(build.version(4))
    assert (made.messages, made.template, made.ref) == (None, "Answer: {{question}}", "qa/4")


def test_bytes_are_deterministic(registry: Path) -> None:
    proof = [verdict(at(registry, 2)), verdict(at(registry, 1))]
    first = plan(registry, *proof)
    assert first == plan(registry, *reversed(proof))
    assert all(data.endswith(b"}\n") for path, data in first.items() if path.endswith(".json"))


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("api/v1/index.json", "index"),
        ("api/v1/events.json", "events"),
        ("api/v1/texts.json", "texts"),
        (f"{QA}/index.json", "prompt"),
        (f"{QA}/versions/1.json", "version"),
        (f"{QA}/aliases/production.json", "alias"),
        (f"{QA}/aliases/latest.json", "alias"),
        ("api/v1/evaluations/qa/2/qa.json", "evaluation"),
    ],
)
def test_every_file_follows_its_published_schema(registry: Path, path: str, shape: str) -> None:
    commit(registry)
    files = plan(registry, verdict(at(registry, 2)), site_url="https://example.org/x/")
    schema = load(files, f"api/v1/schemas/{shape}.json")
    assert schema["$id"] == f"https://example.org/x/api/v1/schemas/{shape}.json"
    jsonschema.validate(load(files, path), schema, jsonschema.Draft202012Validator)
    assert next(iter(load(files, path))) == "schema"
    later = load(files, path) | {"more": 1}
    jsonschema.validate(later, schema, jsonschema.Draft202012Validator)  # keys may be added within a number
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(later | {"schema": "x/1"}, schema, jsonschema.Draft202012Validator)


def test_schemas_have_no_id_without_a_site(registry: Path) -> None:
    files = plan(registry)
    assert all("$id" not in load(files, path) for path in files if "/schemas/" in path)


def test_the_indexes_say_what_there_is(registry: Path) -> None:
    write(
        registry,
        {"prompts/qa/meta.yml": "title: T\ndescription: D\nowners: ['@ada']\ntags: [x]\nretired: [1]\n"},
    )
    files = plan(registry)
    (entry,) = load(files, "api/v1/index.json")["prompts"]
    assert {key: entry[key] for key in ("name", "title", "description", "owners", "tags", "kind")} == {
        "name": "qa",
        "title": "T",
        "description": "D",
        "owners": ["@ada"],
        "tags": ["x"],
        "kind": "prompt",
    }
    assert (entry["latest"], entry["aliases"], entry["url"]) == (2, {"production": 1}, f"{QA}/index.json")
    assert entry["states"]["production"]["state"] == "not_evaluated"
    assert entry["last"] == [[1, "not_evaluated"], [2, "not_evaluated"]]
    index = load(files, f"{QA}/index.json")
    assert (index["latest"], index["aliases"], index["suites"]) == (2, {"production": 1}, ["qa"])
    assert [(entry["version"], entry["retired"], entry["url"]) for entry in index["versions"]] == [
        (1, True, f"{QA}/versions/1.json"),
        (2, False, f"{QA}/versions/2.json"),
    ]
    assert index["versions"][0]["digest"] == at(registry, 1).digest


def test_verdicts_are_published_as_they_are_and_summed_up(registry: Path) -> None:
    version = at(registry, 2)
    means = [("exact", "a", 0.5), ("exact", "b", 1.0), ("length", "a", None)]
    summaries = [
        ScorerSummary(
            label=label, model=model, decides=True, baseline=None, candidate=mean, measured=1, failed=0
        )
        for label, model, mean in means
    ]
    made = verdict(version, summaries=summaries, baseline=Arm(version=1, digest="x", message="m"))
    files = plan(registry, made)
    assert load(files, "api/v1/evaluations/qa/2/qa.json") == made.model_dump(mode="json", by_alias=True)
    (entry,) = load(files, f"{QA}/index.json")["evaluations"]
    assert (entry["version"], entry["suite"], entry["outcome"], entry["baseline"]) == (2, "qa", "pass", 1)
    assert (entry["sentence"], entry["metrics"]) == (headline(made), {"exact": 0.75})
    assert entry["url"] == "api/v1/evaluations/qa/2/qa.json"


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "other"},
        {"candidate": Arm(version=9, digest="x", message="m")},
        {"suite": "../../index"},
        {"suite": "QA"},
    ],
)
def test_verdicts_about_something_else_are_left_out(registry: Path, fields: dict[str, Any]) -> None:
    files = plan(registry, verdict(at(registry, 2), **fields))
    assert not [path for path in files if "evaluations" in path]


def test_a_verdict_about_other_digests_is_left_out(registry: Path) -> None:
    made = verdict(at(registry, 2))
    stale = made.model_copy(update={"digests": made.digests.model_copy(update={"candidate": "sha256:0"})})
    assert not [path for path in plan(registry, stale) if "evaluations" in path]


def test_evidence_is_what_passed_about_that_version(registry: Path) -> None:
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    second = at(registry, 2)
    commit(registry)
    files = plan(
        registry,
        verdict(at(registry, 1)),
        verdict(second),
        verdict(second, suite="b"),
        verdict(second, "fail", "c"),
    )
    proof = ["api/v1/evaluations/qa/2/b.json", "api/v1/evaluations/qa/2/qa.json"]
    assert load(files, f"{QA}/aliases/production.json")["evidence"] == proof
    assert load(files, f"{QA}/aliases/latest.json")["evidence"] == proof
    every = [proof[0], "api/v1/evaluations/qa/2/c.json", proof[1]]
    assert load(files, f"{QA}/index.json")["history"][0]["evidence"] == every
    assert all(path in files for path in every)


def test_who_and_when_reach_the_published_files(repo: Path) -> None:
    files = plan(repo)
    history = read_history(repo)
    added = history.added["prompts/qa/v2.prompt.yml"]
    version = load(files, f"{QA}/versions/2.json")
    assert (version["author"], version["created"]) == ("Ada Tester", added.time)
    production = load(files, f"{QA}/aliases/production.json")
    assert (production["alias"], production["version"]) == ("production", 2)
    assert production["since"] == history.moves["qa"][1].time
    assert load(files, f"{QA}/aliases/latest.json")["since"] == added.time
    index = load(files, f"{QA}/index.json")
    assert [entry["author"] for entry in index["versions"]] == ["Ada Tester"] * 2
    assert [move["alias"] for move in index["history"]] == ["staging", "production", "production"]


def test_a_registry_without_authors_gets_them_from_the_history(repo: Path) -> None:
    from cuebook.publish.artifacts import plan_files
    from cuebook.registry.settings import Settings

    files = plan_files(Registry(Folder(repo)), read_history(repo), [], Settings())
    assert load(files, f"{QA}/versions/2.json")["author"] == "Ada Tester"


def test_an_alias_that_is_not_committed_yet_has_no_since(repo: Path) -> None:
    write(repo, {"prompts/qa/aliases.yml": "production: 1\nstaging: 2\nbeta: 1\n"})
    files = plan(repo)
    since = {
        name: load(files, f"{QA}/aliases/{name}.json")["since"] for name in ("production", "staging", "beta")
    }
    assert since["production"] is None
    assert since["beta"] is None
    assert since["staging"]


def test_a_broken_file_stops_the_plan(registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": "message: ["})
    with pytest.raises(InvalidFiles):
        plan(registry)


def test_a_checkout_answers_for_itself(registry: Path) -> None:
    assert Artifact.model_validate_json(from_checkout(registry, Ref("qa", 2))).ref == "qa/2"
    found = json.loads(from_checkout(registry, Ref("qa", alias="production")))
    assert (found["schema"], found["alias"], found["version"]) == ("cuebook/alias/1", "production", 1)
    with pytest.raises(UnknownAlias):
        from_checkout(registry, Ref("qa", alias="beta"))


def test_an_alias_that_tries_a_version_is_the_one_in_use_with_a_split(registry: Path) -> None:
    before = plan(registry)[ALIAS]
    write(registry, {"prompts/qa/aliases.yml": "production: {use: 1, try: {2: 10}}\n"})
    made = plan(registry)
    found, second = json.loads(made[ALIAS]), json.loads(made["api/v1/prompts/qa/versions/2.json"])
    split = found.pop("split")
    assert found == {**json.loads(before), "since": found["since"]}
    tried = {"version": 2, "share": 10, "digest": second["digest"]}
    assert split == {"salt": "qa@production\n2", "try": [tried]}
    assert json.loads(from_checkout(registry, Ref("qa", alias="production")))["split"] == split
    index = json.loads(made["api/v1/prompts/qa/index.json"])
    assert (index["aliases"], index["tries"]) == (
        {"production": 1},
        {"production": [{"version": 2, "share": 10}]},
    )
    schema = json.loads(made["api/v1/schemas/alias.json"])
    jsonschema.validate(json.loads(made[ALIAS]), schema)


ALIAS = "api/v1/prompts/qa/aliases/production.json"


@pytest.fixture
def out(registry: Path, tmp_path: Path) -> Path:
    publish(plan(registry, verdict(at(registry, 2))), tmp_path / "out")
    return tmp_path / "out"


def test_a_catalog_reads_back_what_was_published(registry: Path, out: Path) -> None:
    catalog = read_catalog(out)
    assert [entry.name for entry in catalog.index.prompts] == ["qa"]
    prompt = catalog.prompt("qa")
    assert (prompt.title, prompt.latest, prompt.aliases) == ("Questions", 2, {"production": 1})
    assert catalog.prompt("qa") is prompt
    for entry in prompt.versions:
        assert catalog.version("qa", entry.version) == artifact(at(registry, entry.version))
    assert [catalog.verdict("qa", item.version, item.suite) for item in prompt.evaluations] == [
        verdict(at(registry, 2))
    ]


@pytest.mark.parametrize(
    ("path", "change", "says"),
    [
        ("api/v1/index.json", None, "missing"),
        ("api/v1/index.json", b"[", "it is not JSON, from line 1, column 1 on"),
        ("api/v1/index.json", {"schema": "cuebook/index/2"}, "a newer Cuebook wrote it"),
        ("api/v1/index.json", {"schema": "cuebook/prompt/1"}, "schema"),
        (f"{QA}/index.json", None, "missing"),
        (f"{QA}/versions/2.json", None, "missing"),
        (f"{QA}/versions/2.json", {"version": "2"}, "version"),
        (f"{QA}/versions/2.json", {"version": 1}, "is about qa/1, not qa/2"),
        (f"{QA}/versions/2.json", {"model": "openai/gpt-4o"}, "not what its digest says"),
        ("api/v1/evaluations/qa/2/qa.json", {"suite": "b"}, "is about qa/2/b, not qa/2/qa"),
        ("api/v1/evaluations/qa/2/qa.json", {"outcome": "Maybe!"}, "outcome"),
        (
            "api/v1/evaluations/qa/2/qa.json",
            {"causes": [{"code": "brand_new_code"}]},
            "a newer Cuebook wrote it: causes.0.code 'brand_new_code' is not known here",
        ),
    ],
)
def test_a_catalog_refuses_what_is_wrong(out: Path, path: str, change: Any, says: str) -> None:
    data = (out / path).read_bytes()
    (out / path).unlink()
    if isinstance(change, dict):
        write(out, {path: json.dumps(json.loads(data) | change)})
    elif change is not None:
        write(out, {path: change})
    with pytest.raises(InvalidFiles) as caught:
        catalog = read_catalog(out)
        catalog.prompt("qa")
        catalog.version("qa", 2)
        catalog.verdict("qa", 2, "qa")
    assert says in str(caught.value)
    assert caught.value.problems[0].file == path


@pytest.mark.parametrize("name", ["../secret", "a/b", ""])
def test_a_catalog_takes_no_name_that_leads_elsewhere(out: Path, name: str) -> None:
    index = json.loads((out / "api/v1/index.json").read_bytes())
    index["prompts"][0]["name"] = name
    write(out, {"api/v1/index.json": json.dumps(index)})
    with pytest.raises(InvalidFiles):
        read_catalog(out)


def test_a_move_is_a_plain_shape() -> None:
    move = AliasMove(alias="a", version=None, previous=1, commit="c", author="x", time="t", subject="s")
    assert move.evidence == []


LOCAL = {"local": {"base_url": "URL"}}


@pytest.mark.parametrize(
    ("model", "endpoints", "added"),
    [
        ("local/team/mail", LOCAL, {}),
        ("local/mail", {"local": {"base_url": "URL", "like": "openai"}}, {"wireLike": "openai"}),
        ("mistral/m", {"mistral": {"base_url": "URL"}}, {"wireLike": ""}),
        (
            "fireworks_ai/llama",
            {"fireworks_ai": {"base_url": "URL", "like": "openai"}},
            {"wireModel": "llama", "wireLike": "openai"},
        ),
    ],
)
def test_an_app_sends_what_the_gate_sent(
    registry: Path, model: str, endpoints: dict[str, dict[str, str]], added: dict[str, str]
) -> None:
    text = f"message: m\nmodel: {model}\nmodelParameters: {{maxTokens: 9, seed: 3}}\ntemplate: hi\n"
    write(registry, {"prompts/qa/v3.prompt.yml": text, "prompts/qa/aliases.yml": "production: 3\n"})
    with Loopback() as server:
        given = {name: {**item, "base_url": server.url} for name, item in endpoints.items()}
        config = Settings.model_validate({"endpoints": given})
        files = plan_files(Registry(Folder(registry)), History(), [], config)
        data = load(files, f"{QA}/aliases/production.json")
        version = load(files, f"{QA}/versions/3.json")
        assert {key: value for key, value in data.items() if key.startswith("wire")} == added
        assert not any(key.startswith("wire") for key in version), "a version's file is for good"

        async def ask() -> None:
            client = connect("openai_compatible", config)
            messages = ({"role": "user", "content": "hi"},)
            await client.complete(ModelCall(model, messages, version["modelParameters"]))
            await client.close()

        asyncio.run(ask())
    asked = Prompt(whole(data, "here"), "live", 0.0, time.monotonic).to_openai()
    extra = asked.pop("extra_body", {})
    assert server.requests == [asked | extra]


def test_where_the_id_says_it_all_no_key_is_added(registry: Path) -> None:
    for model in ("openai/gpt-6-luna", "litellm/openai/x", "anthropic/claude-haiku-5-5", "toy/answers"):
        text = f"message: m\nmodel: {model}\ntemplate: hi\n"
        write(registry, {"prompts/qa/v3.prompt.yml": text, "prompts/qa/aliases.yml": "production: 3\n"})
        files = plan_files(Registry(Folder(registry)), History(), [], Settings())
        assert not [key for key in load(files, f"{QA}/aliases/production.json") if key.startswith("wire")]


@pytest.mark.parametrize(("most", "once"), [(100, True), (0, False)])
def test_a_verdict_is_read_once_as_long_as_memory_is_kept(
    out: Path, most: int, *, once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cuebook.publish.artifacts.MOST_KEPT", most)
    catalog = read_catalog(out)
    [entry] = catalog.prompt("qa").evaluations
    first, second = (catalog.verdict("qa", entry.version, entry.suite) for _ in range(2))
    assert first == second
    assert (first is second) is once


def test_what_is_included_is_named_beside_the_words() -> None:
    digest = "sha256:" + "a" * 64
    made = json.loads(artifact_bytes(artifact(build.version(1, includes={"tone/3": digest}))))
    assert made["includes"] == [{"ref": "tone/3", "digest": digest}]
    plain = json.loads(artifact_bytes(artifact(build.version(1))))
    assert "includes" not in plain, "files that were published before keep their bytes"
    assert made["digest"] == plain["digest"]
