"""The bad days of a gate, from real runs against a server on 127.0.0.1: what is said, and how it ends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.calls import engine
from cuebook.shapes.verdict import Verdict
from cuebook.site.pages import Site, report
from fixtures.reading import read
from fixtures.site_catalog import FakeCatalog, artifact
from judged import JUDGED
from loopback import Loopback, Request, error

Cli = Callable[..., Any]
KEY = "LOCAL_KEY"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0.0)
    monkeypatch.setenv(KEY, "right")
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY", "OPENAI_API_KEY", "GITHUB_EVENT_NAME"):
        monkeypatch.delenv(name, raising=False)


def answer(request: Request) -> str:
    """What the lamp's colour is, whatever is asked: both versions are right."""
    return "It is green."


def opened(root: Path, url: str, model: str = "local/m", **files: str) -> Path:
    """The small registry, asked at the server; ``files`` take the place of its own."""
    local = f'[endpoints.local]\nbase_url = "{url}"\napi_key_env = "{KEY}"\n'
    named = {
        name: text.replace("model: offline/rules", f"model: {model}").replace("offline/judge", "local/j")
        for name, text in (QA | files).items()
    }
    return write(root, named | {"cuebook.toml": f"timeout = 2\n{local}"})


def test_without_a_key_nothing_is_asked(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY)
    with Loopback(answer) as server:
        root = opened(tmp_path, server.url)
        assert f"local/m needs a key, and {KEY} is not set" in cli(root, "plan", "qa/2").out
        ended = cli(root, "gate", "qa/2")
        assert ended.code == 4
        assert f"local/m needs a key, and {KEY} is not set. No call was made." in ended.err
        assert f"export {KEY}=..." in ended.err
        assert server.calls == 0
        assert cli(opened(tmp_path, server.url, "openai/gpt-4o-mini"), "gate", "qa/2").code == 4
    monkeypatch.setenv(KEY, "right")


@pytest.mark.parametrize(
    ("fault", "said", "cure"),
    [
        (error(401, "invalid_api_key", "this key is unknown to us"), "this key is unknown to us", KEY),
        (error(402, "", "please pay the last bill"), "please pay the last bill", "no credit left"),
        (error(429, "insufficient_quota", "you spent it all"), "you spent it all", "no credit left"),
        (error(404, "model_not_found", "no model m here"), "no model m here", "check the model's name"),
        (error(400, "", "temperature is not supported"), "temperature is not supported", "parameters"),
    ],
)
def test_what_the_provider_refuses_is_said_in_its_words(
    tmp_path: Path, cli: Cli, fault: Any, said: str, cure: str
) -> None:
    with Loopback(answer, trouble=lambda request, tries: fault) as server:
        ended = cli(opened(tmp_path, server.url), "gate", "qa/2")
    assert ended.code == 4
    first, hint = ended.err.splitlines()
    assert first.startswith("cuebook: qa/2 on qa: Not evaluated: local ")
    assert said in first
    assert "; 0 of " in first
    assert cure in hint


def test_an_endpoint_that_is_down_is_named(tmp_path: Path, cli: Cli) -> None:
    with Loopback(answer) as server:
        root = opened(tmp_path, server.url)
    ended = cli(root, "gate", "qa/2")
    assert ended.code == 4
    assert "gave up on 'local'" in ended.err
    assert f"cannot connect to 127.0.0.1:{server.port}" in ended.err


def test_another_address_is_another_server(tmp_path: Path, cli: Cli) -> None:
    """What the old server said of the live version is not held against what the new one says."""
    with Loopback(lambda _: "No idea.") as bad, Loopback(answer) as good:
        root = opened(tmp_path, bad.url)
        git(root, "init", "-q", "-b", "main")
        commit(root)
        assert cli(root, "gate", "qa/2").code == 1
        assert "No idea." in cli(root, "run", "qa/2", "--case", "qa/q1").out
        third = QA["prompts/qa/v2.prompt.yml"].replace("short", "brief").replace("Short", "Brief")
        opened(root, good.url, **{"prompts/qa/v3.prompt.yml": third})
        assert "It is green." in cli(root, "run", "qa/2", "--case", "qa/q1").out
        assert "Not shown to be\n  better." in cli(root, "gate", "qa/3").out
        stale = "qa/2 on qa: the earlier verdict is stale: [endpoints.local] in the settings changed"
        assert stale in "".join(cli(root, "gate", "qa/2")[1:])
        refused = cli(root, "promote", "qa/3").err
        assert "see why: cuebook gate" not in refused
        assert good.url in refused
        assert bad.url in refused
        assert "to accept today's rules" in refused


def test_a_key_that_is_taken_away_on_the_way_loses_nothing(tmp_path: Path, cli: Cli) -> None:
    asked: list[Request] = []

    def trouble(request: Request, tries: int) -> Any:
        asked.append(request)
        return error(401) if len(asked) > 30 else None

    with Loopback(answer, trouble=trouble) as server:
        root = opened(tmp_path, server.url)
        ended = cli(root, "gate", "qa/2")
        assert ended.code == 4
        assert "; 30 of " in ended.err
        server.trouble = None
        before = server.calls
        again = cli(root, "gate", "qa/2")
    assert again.code == 0
    assert server.calls - before <= 2 * 60 - 30


@pytest.mark.parametrize(
    ("fault", "says", "cure", "code"),
    [
        (None, "local/m needs a key", KEY, "no_key"),
        (
            error(401, "invalid_api_key", "this key is unknown to us"),
            "this key is unknown to us",
            KEY,
            "wrong_key",
        ),
        (
            error(500, message="boom"),
            "local/m did not answer 25 of 25 calls",
            "run the same command",
            "most_calls_failed",
        ),
    ],
)
def test_a_gate_of_a_change_is_red_and_tells_why(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, fault: Any, says: str, cure: str, code: str
) -> None:
    if fault is None:
        monkeypatch.delenv(KEY)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    with Loopback(answer, trouble=lambda request, tries: fault) as server:
        root = opened(tmp_path / "root", server.url)
        commit(root)
        git(root, "switch", "-q", "-c", "change")
        write(root, {"prompts/qa/v3.prompt.yml": QA["prompts/qa/v2.prompt.yml"].replace("short", "brief")})
        commit(root)
        ended = cli(root, "ci", "gate", "--base", "main")
        assert (ended.code, server.calls == 0) == (4, fault is None)
    (annotation,) = [
        line for line in ended.out.splitlines() if line.startswith("::error title=Not evaluated::")
    ]
    assert says in annotation
    assert cure in annotation
    assert says in summary.read_text()
    claim = json.loads((root / "build/gate/claim.json").read_text())
    cause = claim["stop"]["cause"]
    assert cause["code"] == code
    assert cause["cure"] == claim["stop"]["hint"]


def said(text: str = "It is green.", finish: str = "stop", model: str = "m-1") -> dict[str, Any]:
    """A whole reply of the server."""
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 9, "completion_tokens": 100}
    return {
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": usage,
    }


def is_new(request: Request) -> bool:
    """Whether it is the candidate that asks."""
    return "short" in request["messages"][0]["content"]


def verdict_of(ended: Any) -> dict[str, Any]:
    (verdict,) = json.loads(ended.out)
    return dict(verdict)


@pytest.mark.parametrize("who", ["candidate", "baseline"])
def test_calls_that_mostly_fail_end_with_4(tmp_path: Path, cli: Cli, who: str) -> None:
    def trouble(request: Request, tries: int) -> Any:
        return error(500, message="boom") if is_new(request) == (who == "candidate") else None

    with Loopback(answer, trouble=trouble) as server:
        root = opened(tmp_path, server.url)
        ended = cli(root, "gate", "qa/2")
        first = server.calls
        assert ended.code == 4
        assert "local/m did not answer 25 of 25 calls (local answered 500: boom" in ended.err
        assert "run the same command" in ended.err
        server.trouble = None
        again = cli(root, "gate", "qa/2")
    assert again.code == 0
    assert server.calls - first <= 2 * 60 - 25, "the answers that came are kept"


def test_a_few_failed_calls_are_bounded(tmp_path: Path, cli: Cli) -> None:
    def trouble(request: Request, tries: int) -> Any:
        return error(500, message="boom") if "lamp in room 2" in request["messages"][-1]["content"] else None

    with Loopback(answer, trouble=trouble) as server:
        ended = cli(opened(tmp_path, server.url), "gate", "qa/2", "--format", "json")
    assert ended.code == 3
    verdict = verdict_of(ended)
    missing = verdict["coverage"]["missing"]
    assert missing >= 5
    said = f"Not decided: local/m did not answer {2 * missing} of "
    assert verdict["headline"].startswith(said)
    assert "questions put to both versions (local answered 500: boom" in verdict["headline"]
    assert verdict["next"]["text"].startswith("Run the same command again")


def test_a_judge_that_fails_now_and_then_is_asked_again_and_then_bounded(tmp_path: Path, cli: Cli) -> None:
    """Every third judgement fails until all tries are used up, and comes when it is asked for once more."""

    def trouble(request: Request, tries: int) -> Any:
        shown = request["messages"][-1]["content"]
        if "Say whether" not in request["messages"][0]["content"] or "lamp in room" not in shown:
            return None
        number = int(re.findall(r"lamp in room (\d+)", shown)[0])
        return (
            error(500, message="boom")
            if number % 8 == 1 or (number % 3 == 0 and tries < engine.TRIES)
            else None
        )

    with Loopback(lambda request: graded(request, lambda text: 5 if "green" in text else 1)) as server:
        root = opened(tmp_path, server.url, **JUDGED)
        text = (root / "prompts/grader/v1.prompt.yml").read_text().replace("local/j", "toy/judge")
        config = f'judge_model = "local/j"\n{(root / "cuebook.toml").read_text()}'
        write(root, {"prompts/grader/v1.prompt.yml": text, "cuebook.toml": config})
        assert cli(root, "judge", "grader").code == 0
        server.trouble = trouble
        ended = cli(root, "gate", "qa/2", "--format", "json")
        verdict = verdict_of(ended)
        assert ended.code == 3
        unjudged = [
            case["id"] for case in verdict["cases"] if not case["candidate"]["scores"]["grader/1"]["value"]
        ]
        assert verdict["coverage"]["missing"] == len(unjudged) >= 5
        assert {int(name.removeprefix("q")) % 8 for name in unjudged} == {1}, "the others came at last"
        assert "Not decided: local/j did not answer " in verdict["headline"]
        assert "questions (the judge gave no reply: local answered 500: boom" in verdict["headline"]
        server.trouble = None
        again = cli(root, "gate", "qa/2")
    assert again.code == 0


@pytest.mark.parametrize(
    ("reply", "count", "how"),
    [
        (said("", "length"), "cut_off", "cut off at 100 tokens"),
        (said("", "stop"), "empty", "empty"),
        (said("", "content_filter"), "filtered", "refused by the model or a filter"),
    ],
)
def test_answers_of_no_use_are_counted_and_never_pass(
    tmp_path: Path, cli: Cli, reply: dict[str, Any], count: str, how: str
) -> None:
    limited = {
        name: text.replace(
            "model: offline/rules\n", "model: offline/rules\nmodelParameters: {maxTokens: 100}\n"
        )
        for name, text in QA.items()
        if name.endswith(".prompt.yml")
    }
    with Loopback(lambda request: reply if is_new(request) else said()) as server:
        ended = cli(opened(tmp_path / "one", server.url, **limited), "gate", "qa/2", "--format", "json")
        verdict = verdict_of(ended)
        assert ended.code == 1
        assert f"of v2 were {how}" in str(verdict["headline"])
        (arm, other) = verdict["answers"]
        assert (arm[count], arm["answers"], other[count]) == (arm["answers"], arm["answers"], 0)
        assert {case["candidate"]["finish"] for case in verdict["cases"]} == {
            reply["choices"][0]["finish_reason"]
        }
        server.answer = lambda request: reply
        ended = cli(opened(tmp_path / "both", server.url, **limited), "gate", "qa/2", "--format", "json")
    assert ended.code == 3
    assert verdict_of(ended)["coverage"]["used"] < 60, "the rest is not asked"
    if count == "cut_off":
        assert "raise maxTokens" in str(verdict_of(ended))


def test_a_judge_that_nobody_can_read_stops_the_buying(tmp_path: Path, cli: Cli) -> None:
    def reply(request: Request) -> dict[str, Any]:
        graded = "Say whether" in request["messages"][0]["content"]
        return said("I would give this a 5." if graded else "It is green.")

    with Loopback(reply) as server:
        root = opened(tmp_path, server.url, **JUDGED)
        ended = cli(root, "gate", "qa/2")
        text = " ".join(ended.out.split())
        assert ended.code == 3
        assert re.search(
            r"\d+ of \d+ replies of grader/1 were unusable \(the judge's reply cannot be read:", text
        )
        assert "one said: I would give this a 5." in text
        judged = [item for item in server.requests if "Say whether" in item["messages"][0]["content"]]
    assert len(judged) <= 2 * (20 + 6 + 2 * 25), "labels, canaries and one batch, each once more"
    assert "cuebook new grader" in text


@pytest.mark.parametrize("wrap", ["```json\n{}\n```", "<think>Hm.</think>\n{}"])
def test_a_judge_that_fences_or_thinks_is_read(tmp_path: Path, cli: Cli, wrap: str) -> None:
    def reply(request: Request) -> dict[str, Any]:
        shown = request["messages"][-1]["content"]
        if "Say whether" not in request["messages"][0]["content"]:
            return said()
        graded = re.search(r"<answer-(\w+)>\n(.*?)\n</answer-\1>", shown, re.S)
        good = graded is not None and "green" in graded[2]
        return said(wrap.replace("{}", json.dumps({"reason": "fine", "score": 5 if good else 1})))

    with Loopback(reply) as server:
        root = opened(tmp_path, server.url, **JUDGED)
        ended = cli(root, "gate", "qa/2", "--format", "json")
    assert verdict_of(ended)["judges"][0]["unread"] == 0
    assert verdict_of(ended)["judges"][0]["replies"] > 20


def graded(request: Request, score: Callable[[str], int]) -> dict[str, Any]:
    """The lamp's colour, or a grade of the answer shown to a judge."""
    if "Say whether" not in request["messages"][0]["content"]:
        return said()
    shown = re.search(r"<answer-(\w+)>\n(.*?)\n</answer-\1>", request["messages"][-1]["content"], re.S)
    return said(json.dumps({"reason": "because", "score": score(shown[2] if shown else "")}))


def test_a_ceiling_says_how_far_it_came(tmp_path: Path, cli: Cli) -> None:
    suite = QA["evals/qa/suite.yml"] + "  max_calls: 30\n"
    with Loopback(answer) as server:
        root = opened(tmp_path, server.url, **{"evals/qa/suite.yml": suite})
        ended = cli(root, "gate", "qa/2")
        assert ended.code == 3
        assert "30" in ended.out
        assert "Raise the ceiling (cuebook plan says what it takes)" in " ".join(ended.out.split())
        assert "settle a margin" not in ended.out, "nothing was seen yet"
        assert 0 < server.calls <= 30
        write(root, {"evals/qa/suite.yml": suite.replace("30", "50")})
        ended = cli(root, "gate", "qa/2")
        assert "The other 35 cases would take up to 70 calls." in ended.out
        assert "Raise the ceiling (the rest takes up to 70 calls)" in " ".join(ended.out.split())
        assert "0 of 25 cases broke: a break rate above 11.3% is ruled out." in ended.out
        write(root, {"evals/qa/suite.yml": suite.replace("30", "300")})
        assert cli(root, "gate", "qa/2").code == 0
    assert server.calls <= 120, "what was answered is kept"


def worse(request: Request, *wrong: int) -> dict[str, Any]:
    """Right, but in the rooms whose number leaves one of these when it is divided by four."""
    room = int(re.findall(r"lamp in room (\d+)\?", request["messages"][-1]["content"])[0])
    return said("It is blue." if room % 4 in wrong else "It is green.")


def each(old: Any, new: Any) -> Callable[[Request], Any]:
    """A server that answers the old version with one thing and the new version with another."""

    def reply(request: Request) -> Any:
        found = new if is_new(request) else old
        return found(request) if callable(found) else found

    return reply


def broken(who: str, share: int) -> Callable[[Request, int], Any]:
    """The server breaks down in every ``share``-th room, asked by ``who``."""

    def trouble(request: Request, tries: int) -> Any:
        room = int(re.findall(r"lamp in room (\d+)\?", request["messages"][-1]["content"])[0])
        mine = who == "both" or is_new(request) == (who == "new")
        return error(500, message="boom") if mine and room % share == 0 else None

    return trouble


@dataclass(frozen=True)
class Day:
    """A bad day: what the server does and what the registry holds; how the gate ends and what it says."""

    name: str
    answer: Callable[[Request], Any]
    code: int
    cause: str
    says: str
    then: str
    trouble: Callable[[Request, int], Any] | None = None
    files: dict[str, str | None] = field(default_factory=dict)


def is_label(request: Request, share: int) -> bool:
    """Whether a judge is asked about every so-manieth of its labels, and not about an answer of the run."""
    shown = request["messages"][-1]["content"]
    room = re.search(r"The lamp in room (\d+) is green\.\n</reference", shown)
    return bool(room) and "Say whether" in request["messages"][0]["content"] and int(room[1]) % share == 0


SUITE = QA["evals/qa/suite.yml"]
BOTH = JUDGED["evals/qa/suite.yml"].replace("  metrics:\n", "  metrics:\n    contains: {margin: 0.1}\n")
LIMITED = {
    name: text.replace("model: offline/rules\n", "model: offline/rules\nmodelParameters: {maxTokens: 100}\n")
    for name, text in QA.items()
    if name.endswith(".prompt.yml")
}
TODAY = datetime.now(UTC).date().isoformat()
DAYS = (
    Day(
        "the new version's answers are cut off",
        each(said(), said("It", "length")),
        1,
        "answers_unusable",
        "Worse than v1: 25 of 25 answers of v2 were cut off at 100 tokens",
        "write_version",
        files=LIMITED,
    ),
    Day(
        "the old version's answers are empty",
        each(said(""), said()),
        3,
        "answers_unusable",
        "Not decided: 25 of 25 answers of v1 were empty",
        "see_broken",
    ),
    Day(
        "the answers of both are cut off",
        each(said("It", "length"), said("It", "length")),
        3,
        "answers_unusable",
        "Not decided: 50 of 50 answers of both versions were cut off at 100 tokens: raise maxTokens",
        "raise_tokens",
        files=LIMITED,
    ),
    Day(
        "both refuse",
        each(said("I cannot.", "refusal"), said("I cannot.", "refusal")),
        3,
        "answers_unusable",
        "Not decided: 50 of 50 answers of both versions were refused by the model or a filter",
        "see_broken",
    ),
    Day(
        "some calls of one version fail",
        each(said(), said()),
        3,
        "models_silent",
        "questions put to v2 (local answered 500: boom",
        "run_again",
        trouble=broken("new", 5),
    ),
    Day(
        "two models behind one name",
        each(said(model="m-1"), said(model="m-2")),
        3,
        "two_models",
        f"Not decided: v1 was answered by m-1, v2 by m-2 (since {TODAY})",
        "pin_model",
    ),
    Day(
        "a judge that nobody can read",
        lambda request: said(
            "A 5." if "Say whether" in request["messages"][0]["content"] else "It is green."
        ),
        3,
        "judge_unreadable",
        "one said: A 5.",
        "write_judge",
        files=JUDGED,
    ),
    Day(
        "a judge that lets canaries win",
        lambda request: graded(request, lambda text: 1 if "Nobody" in text else 5),
        3,
        "judge_void",
        "Not decided: grader/1 let 6 of 6 known-bad answers win; its scores count for nothing",
        "write_judge",
        files=JUDGED,
    ),
    Day(
        "a judge that agrees with nobody",
        lambda request: graded(request, lambda text: 3),
        3,
        "judge_advisory",
        "Not decided: grader/1 has not shown that it agrees with people (kappa at least",
        "measure_judge",
        files=JUDGED,
    ),
    Day(
        "a judge that some labels get no answer of, beside a metric that passes",
        lambda request: graded(request, lambda text: 5 if "green" in text else 1),
        3,
        "judge_advisory",
        "Not decided: grader/1 has not shown that it agrees with people (only ",
        "run_again",
        trouble=lambda request, tries: error(500, message="boom") if is_label(request, 8) else None,
        files=JUDGED | {"evals/qa/suite.yml": BOTH},
    ),
    Day(
        "a judge without labels",
        lambda request: graded(request, lambda text: 5),
        3,
        "judge_advisory",
        "there is no evals/grader/labels.jsonl",
        "label_answers",
        files=JUDGED | {"evals/grader/labels.jsonl": None},
    ),
    Day(
        "a ceiling",
        answer,
        3,
        "ceiling",
        "Not decided: stopped at the ceiling of 80 calls after 25 of 60 cases",
        "raise_ceiling",
        files={"evals/qa/suite.yml": f"{SUITE}  max_calls: 80\n"},
    ),
    Day(
        "too few cases",
        answer,
        3,
        "not_shown",
        "Not decided: on contains, a loss of 5 points or more is neither shown nor ruled out",
        "add_cases",
        files={"evals/qa/suite.yml": SUITE.replace("0.1", "0.05")},
    ),
    Day(
        "no hope",
        each(lambda request: worse(request, 0, 2), lambda request: worse(request, 1, 3)),
        3,
        "stopped_early",
        "Not decided: stopped after 50 of 60 cases; neither a pass (",
        "add_cases",
    ),
)


def test_a_judge_whose_labels_nobody_answered_is_measured_by_the_next_run(tmp_path: Path, cli: Cli) -> None:
    """A half measurement is neither kept nor taken over, and no other metric passes in the judge's place."""
    with Loopback(lambda request: graded(request, lambda text: 5 if "green" in text else 1)) as server:
        server.trouble = lambda request, tries: error(500, message="boom") if is_label(request, 8) else None
        root = opened(tmp_path, server.url, **JUDGED | {"evals/qa/suite.yml": BOTH})
        assert cli(root, "gate", "qa/2").code == 3
        server.trouble = None
        ended = cli(root, "gate", "qa/2", "--format", "json")
    assert (ended.code, verdict_of(ended)["attempt"]) == (0, 0)
    assert verdict_of(ended)["judges"][0]["judged"] == 120


RENDERED = {"terminal": ".terminal.txt", "markdown": ".md"}


def plain(text: str) -> str:
    """Words alone: without lines, markup and escapes."""
    return " ".join(re.sub(r"[\\`*]", "", unescape(text)).split())


def _page(found: Verdict) -> str:
    """The words of the site's page on a verdict."""
    made = FakeCatalog()
    made.add(found.prompt, [artifact(found.prompt, n, "m", template="x") for n in (1, 2)], [found])
    (only,) = report.pages(Site(made, "", ""))
    return read(only.body).words


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_a_bad_day_has_a_cause_a_sentence_a_next_action_an_exit_code_and_an_annotation(
    tmp_path: Path, cli: Cli, day: Day
) -> None:
    with Loopback(day.answer, trouble=day.trouble) as server:
        files = {name: text for name, text in day.files.items() if text is not None}
        root = opened(tmp_path, server.url, **files)
        out = tmp_path / "out"
        every = [word for name in (*RENDERED, "json", "annotations") for word in ("--format", name)]
        ended = cli(root, "gate", "qa/2", *every, "--out", str(out))
        before = server.calls
        again = cli(root, "gate", "qa/2", "--format", "json")
    (verdict,) = json.loads(next(out.glob("*.json")).read_text("utf-8"))
    annotation = next(out.glob("*.annotations.txt")).read_text("utf-8")
    assert (ended.code, verdict["causes"][0]["code"], verdict["next"]["code"]) == (
        day.code,
        day.cause,
        day.then,
    )
    assert day.says in verdict["headline"]
    level = "error" if day.code == 1 else "warning"
    assert annotation.startswith(f"::{level} file=prompts/qa/v2.prompt.yml,title=qa/2 ")
    assert all(text.replace("%", "%25") in annotation for text in (day.says, verdict["next"]["text"]))
    told = [plain(next(out.glob(f"*{suffix}")).read_text("utf-8")) for suffix in RENDERED.values()]
    told.append(plain(_page(Verdict.model_validate(verdict))))
    wanted = [plain(text) for text in (day.says, verdict["next"]["text"])]
    assert [text for words in told for text in wanted if text not in words] == []
    is_more_to_ask = day.then in {"raise_ceiling", "run_again"}
    assert again.code == (0 if day.cause == "ceiling" else day.code)
    assert is_more_to_ask or server.calls == before, "nothing is asked twice"
