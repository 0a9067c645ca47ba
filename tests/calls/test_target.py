from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from build import case
from cuebook.calls import target as targets
from cuebook.calls.target import App, answer, request, run
from cuebook.core.errors import UsageError
from cuebook.shapes.run import Case, Failure, ModelReply, Usage
from cuebook.shapes.settings_format import TargetApp

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")

CASE = Case("c1", {"question": "Which room?"}, {"answer": "SECRET-EXPECTED"}, tags=("SECRET-TAG",), note="x")
ID = targets._id(CASE, 0)
OK = f'cat > /dev/null; echo \'{{"id": "{ID}", "output": "room 7"}}\''


def app(folder: Path, script: str, *, name: str = "desk", **settings: object) -> App:
    """A target that is this shell script."""
    found = TargetApp.model_validate({"command": ["sh", "-c", script], **settings})
    return App.of(name, found, folder, {"CUEBOOK_REGISTRY": "there"})


def said(of: App, *, of_case: Case = CASE, repeat: int = 0) -> ModelReply | Failure:
    line = request(of_case, repeat, {"name": "qa"}, [{"role": "user", "content": "Which room?"}])
    return answer(of, of_case, repeat, run(of, line))


def test_a_case_goes_in_and_an_answer_comes_out(tmp_path: Path) -> None:
    more = '"usage": {"inputTokens": 3, "outputTokens": 2, "costUsd": 0.5}, "model": "m", "finish": "length"'
    script = f'cat > seen; echo \'{{"id": "{ID}", "output": "room 7", {more}}}\''
    found = said(app(tmp_path, script))
    assert isinstance(found, ModelReply)
    assert (found.text, found.served_model, found.usage) == ("room 7", "m", Usage(3, 2, 0.5))
    assert found.is_cut_off
    seen = json.loads((tmp_path / "seen").read_text("utf-8"))
    assert seen == {
        "cuebook": "target/1",
        "id": ID,
        "case": {"id": "c1", "inputs": {"question": "Which room?"}},
        "prompt": {"name": "qa"},
        "messages": [{"role": "user", "content": "Which room?"}],
        "repeat": 0,
    }


def test_an_app_plays_a_dialogue_and_answers_with_its_transcript(tmp_path: Path) -> None:
    turns = ({"user": "Which room?", "expectations": {"answer": "secret"}}, {"user": "Sure?"})
    talk = Case("c1", {}, turns=turns, tools={"look": [{"result": 7}]})
    transcript = [{"role": "user", "content": "Which room?"}, {"role": "assistant", "content": "room 7"}]
    line = json.dumps({"id": ID, "output": "room 7", "messages": transcript})
    found = said(app(tmp_path, f"cat > seen; echo '{line}'"), of_case=talk)
    assert isinstance(found, ModelReply)
    assert found.played
    assert list(found.played.said) == transcript
    assert "secret" not in (tmp_path / "seen").read_text("utf-8")
    seen = json.loads((tmp_path / "seen").read_text("utf-8"))["case"]
    assert seen["turns"] == [{"user": "Which room?"}, {"user": "Sure?"}]
    assert seen["tools"] == {"look": [{"result": 7}]}


def test_an_answer_may_be_calls_of_tools(tmp_path: Path) -> None:
    calls = '"toolCalls": [{"name": "look_up", "arguments": {"room": 7}}]'
    found = said(app(tmp_path, f'cat > /dev/null; echo \'{{"id": "{ID}", {calls}}}\''))
    assert isinstance(found, ModelReply)
    assert (found.text, found.finish) == ("", "tool_calls")
    assert [(call.name, call.arguments) for call in found.tool_calls] == [("look_up", {"room": 7})]


LATE = "not ended after 0.3 seconds"
HOSTILE: dict[str, tuple[str, str]] = {
    "sleeps for ever": ("exec sleep 600", LATE),
    "starts a child that sleeps, and ends": ("sleep 600 & echo $! > child", "exit code 0 and no answer"),
    "starts a child that sleeps, and waits": ("sleep 600 & echo $! > child; wait", LATE),
    "does not listen when asked to end": ("trap '' TERM; echo $$ > child; while :; do sleep 0.1; done", LATE),
    "prints without an end": ("exec yes", "more than 2,000 bytes of output"),
    "prints without a line's end": (
        "head -c 100000 /dev/zero | tr '\\0' x",
        "more than 2,000 bytes of output",
    ),
    "prints errors only": (
        "head -c 100000 /dev/zero | tr '\\0' x >&2; exit 3",
        "exit code 3 and no answer: xxx",
    ),
    "half a line, then the end": (f'printf \'{{"id": "{ID}", "out\'', "the answer is not JSON"),
    "NUL": (f'printf \'{{"id": "{ID}", "output": "\\000"}}\\n\'', "the answer is not JSON"),
    "no UTF-8": (f'printf \'{{"id": "{ID}", "output": "\\377"}}\\n\'', "the answer is not JSON"),
    "another id": ('echo \'{"id": "other", "output": "x"}\'', "the answer has the id 'other'"),
    "two lines": (f"{OK}; {OK}", "2 lines of output, and not one"),
    "a list": ("echo '[1]'", "the answer is not a JSON object: '[1]'"),
    "words": ("echo Loading the model", "the answer is not JSON: 'Loading the model': no value is here"),
    "no output": (
        f'echo \'{{"id": "{ID}", "result": 1, "status": 2}}\'',
        "neither 'output' nor 'toolCalls' (keys: id, result, status)",
    ),
    "a cost below nothing": (
        f'echo \'{{"id": "{ID}", "output": "x", "usage": {{"costUsd": -1}}}}\'',
        "the answer cannot be read: usage.costUsd",
    ),
    "an error of its own": (f'echo \'{{"id": "{ID}", "error": "no stock"}}\'', "no stock"),
    "ends with a code": ("echo broken >&2; exit 3", "exit code 3 and no answer: broken"),
    "is killed": ("kill -9 $$", "exit code -9 and no answer"),
    "prints nothing": ("exit 0", "exit code 0 and no answer"),
}


CODES = {
    **dict.fromkeys((name for name, (_, why) in HOSTILE.items() if why == LATE), "timeout"),
    "prints without an end": "too_much_output",
    "prints without a line's end": "too_much_output",
    "another id": "other_id",
    "two lines": "several_lines",
    "no output": "unreadable",
    "a cost below nothing": "unreadable",
    "an error of its own": "own_error",
}


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_program_is_a_failed_answer_and_nothing_of_it_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(targets, "GRACE", 0.1)
    script, why = HOSTILE[name]
    found = said(app(tmp_path, script, timeout=0.3 if why == LATE else 60.0, max_output=2_000))
    assert isinstance(found, Failure)
    assert (found.kind, why in found.message) == ("candidate", True), found.message
    assert found.code == CODES.get(name, "no_output" if "no answer" in why else "not_json")
    if (tmp_path / "child").exists() and sys.platform == "linux":
        assert gone(int((tmp_path / "child").read_text()))
    assert not targets._running


@pytest.mark.parametrize(
    "script",
    [f"printf '\\357\\273\\277'; {OK}", f"{OK} | sed 's/$/\\r/'", f"exec < /dev/null; {OK}", f"{OK}; exit 1"],
)
def test_a_harmless_oddity_is_an_answer(tmp_path: Path, script: str) -> None:
    found = said(app(tmp_path, script))
    assert isinstance(found, ModelReply), found
    assert found.text == "room 7"


def test_what_a_filter_refused_is_an_answer(tmp_path: Path) -> None:
    line = {"id": targets._id(CASE, 0), "error": "blocked", "finish": "content_filter", "model": "acme-1"}
    found = said(app(tmp_path, f"echo '{json.dumps(line)}'"))
    assert isinstance(found, ModelReply), found
    assert (found.text, found.finish, found.served_model) == ("", "content_filter", "acme-1")


def test_a_request_may_be_long_and_unread(tmp_path: Path) -> None:
    long = Case("c1", {"text": "x" * 3_000_000})
    whole = said(app(tmp_path, OK), of_case=long)
    unread = said(app(tmp_path, OK.partition("; ")[2]), of_case=long)
    assert [isinstance(found, ModelReply) for found in (whole, unread)] == [True, True]


@pytest.mark.parametrize("script", ["exit 75", f'echo \'{{"id": "{ID}", "error": "busy", "retry": true}}\''])
def test_what_the_provider_did_is_not_held_against_the_app(tmp_path: Path, script: str) -> None:
    found = said(app(tmp_path, script))
    assert isinstance(found, Failure)
    assert found.kind == "provider"


def test_the_environment_is_what_the_settings_name_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PASSED_ON", "OPENAI_API_KEY", "GITHUB_TOKEN", "PYTHONPATH"):
        monkeypatch.setenv(name, f"value of {name}")
    of = app(tmp_path, 'env > seen; echo "$PASSED_ON" >&2; exit 1', env=["PASSED_ON", "NOT_SET"])
    found = said(of)
    seen = dict(line.partition("=")[::2] for line in (tmp_path / "seen").read_text().splitlines())
    ours = {
        "PATH",
        "HOME",
        "TMPDIR",
        "PYTHONDONTWRITEBYTECODE",
        "NO_COLOR",
        "CUEBOOK_TARGET",
        "CUEBOOK_REGISTRY",
    }
    assert seen.keys() - ours - {"PASSED_ON"} <= {"LANG", "TZ", "PWD", "SHLVL", "_", "OLDPWD"}
    assert ours <= seen.keys()
    assert not Path(seen["HOME"]).exists()
    assert isinstance(found, Failure)
    assert "value of" not in found.message
    assert "$PASSED_ON" in found.message


@pytest.mark.skipif(sys.platform != "linux", reason="no such limit elsewhere")
def test_memory_has_a_limit(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "import sys; sys.stdin.read(); x = bytearray(1 << 31); print(len(x))"]
    found = said(App.of("desk", TargetApp(command=program, max_memory=1 << 30), tmp_path, {}))
    assert isinstance(found, Failure)
    assert "MemoryError" in found.message


def test_what_cannot_be_started_is_said_before_anything_is(tmp_path: Path) -> None:
    for command, cwd, why in (
        (["no-such-program"], ".", "there is no program 'no-such-program'"),
        (["./x"], ".", "there is no program './x'"),
        (["sh"], "app", "there is no folder app"),
    ):
        with pytest.raises(UsageError, match=why):
            App.of("desk", TargetApp(command=command, cwd=cwd), tmp_path, {})
    broken = tmp_path / "broken"
    broken.write_text("no program")
    broken.chmod(0o755)
    with pytest.raises(UsageError, match="the target 'desk' cannot run"):
        said(App.of("desk", TargetApp(command=["./broken"]), tmp_path, {}))


def test_an_interrupted_run_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(targets._Watch, "wait", interrupted)
    monkeypatch.setattr(targets, "GRACE", 0.1)
    with pytest.raises(KeyboardInterrupt):
        said(app(tmp_path, "exec sleep 600"))
    assert not targets._running


def test_two_samples_of_a_case_have_ids_of_their_own() -> None:
    assert len({targets._id(case(n), repeat) for n in range(3) for repeat in range(3)}) == 9
    assert os.environ.get("CUEBOOK_TARGET") is None
