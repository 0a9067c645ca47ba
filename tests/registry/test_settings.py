from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.core.errors import InvalidFiles
from cuebook.core.files import FixedTree, Folder
from cuebook.publish.loosenings import MOST
from cuebook.registry.settings import FILES, Settings, both_settings, load_config


def load(root: Path, **files: str) -> Settings:
    return load_config(Folder(write(root, {name.replace("_", "."): text for name, text in files.items()})))


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings()
    assert load(tmp_path, pyproject_toml="[project]\nname = 'x'\n") == Settings()
    assert Settings().protected_aliases == ["production"]


def test_a_number_too_long_to_read_is_said_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidFiles, match="too many digits") as caught:
        load(tmp_path, cuebook_toml=f"timeout = 31\nmax_calls = {'9' * 5000}\nconcurrency = 3\n")
    assert caught.value.problems[0].line == 2


def test_a_file_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    monkeypatch.setattr(tomllib, "loads", lambda text: parsed.append(text) or {"timeout": 31})
    text = f"timeout = 31  # {tmp_path}\n"
    assert load(tmp_path, cuebook_toml=text) == load(tmp_path, cuebook_toml=text) == Settings(timeout=31)
    assert parsed == [text]


def test_a_history_of_settings_does_not_push_out_those_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    real = tomllib.loads
    monkeypatch.setattr(tomllib, "loads", lambda text: (parsed.append(text), real(text))[1])
    today, *earlier = [
        FixedTree({FILES[1]: f"# state {number} of a history\n".encode()}) for number in range(MOST)
    ]
    for tree in (today, *earlier, today):
        load_config(tree)
    assert len(parsed) == MOST


def test_settings_come_from_pyproject(tmp_path: Path) -> None:
    config = load(tmp_path, pyproject_toml="[tool.cuebook]\nsite_url = 'https://x'\ntimeout = 30\n")
    assert config.site_url == "https://x"
    assert config.timeout == 30


def test_cuebook_toml_wins(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        pyproject_toml="[tool.cuebook]\nsite_url = 'https://x'\n",
        cuebook_toml="repo_url = 'https://y'\n",
    )
    assert (config.site_url, config.repo_url) == ("", "https://y")
    assert both_settings(Folder(tmp_path)) == ["cuebook.toml", "pyproject.toml"]


def test_a_project_file_without_settings_is_no_second_one(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[project]\nname = 'x'\n", "cuebook.toml": ""})
    assert both_settings(Folder(tmp_path)) == []


def test_tables_of_endpoints_and_prices(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        cuebook_toml=(
            "[endpoints.local]\nbase_url = 'http://127.0.0.1:8000/v1'\napi_key_env = 'KEY'\n"
            "[prices.'openai/gpt-4o-mini']\ninput = 0.15\noutput = 0.6\nas_of = '2026-11-01'\n"
        ),
    )
    assert config.endpoints["local"].api_key_env == "KEY"
    assert config.prices["openai/gpt-4o-mini"].output == 0.6


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("site_url = ", "not TOML"),
        ("a = [" + "[" * 5000, "not TOML"),
        ("siteurl = 'x'", "unknown key 'siteurl'"),
        ("concurrency = 0", "concurrency"),
        ("concurrency = '50'", "concurrency"),
        ("timeout = inf", "timeout"),
        ("protected_aliases = ['v1 ']", "protected_aliases"),
        ("[endpoints.local]\nbase_url = 'ftp://x'", "endpoints.local.base_url"),
        (
            "[endpoints.local]\nbase_url = 'http://x'\napi_key = 'secret'",
            "unknown key 'endpoints.local.api_key'\n    take it out: put the value into an",
        ),
        ("[endpoints.local]\nbase_url = 'http://x'\napi_key_env = 'sk-123'", "api_key_env"),
        ("model = 'gpt'", "model"),
        ("new_file_url = 'javascript:{filename}'", "new_file_url"),
        ("new_file_url = 'https://git.example.org/new/{branch}'", "new_file_url"),
    ],
)
def test_settings_that_are_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InvalidFiles) as caught:
        load(tmp_path, cuebook_toml=text)
    assert all(problem.file == "cuebook.toml" for problem in caught.value.problems)
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\ncuebook = 3", "[[tool.cuebook]]\nsite_url = 'x'"])
def test_a_table_that_is_none(tmp_path: Path, text: str) -> None:
    if text == "tool = 3":
        assert load(tmp_path, pyproject_toml=text) == Settings()
        return
    with pytest.raises(InvalidFiles, match="must be a table"):
        load(tmp_path, pyproject_toml=text)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "cuebook.toml").write_bytes(b"a = '\xff'")
    with pytest.raises(InvalidFiles, match="not UTF-8"):
        load_config(Folder(tmp_path))


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidFiles) as caught:
        load(tmp_path, cuebook_toml="siteurl = 'x'\nconcurrency = 0\n")
    assert len(caught.value.problems) == 2
    assert "site_url" in caught.value.problems[-1].hint + caught.value.problems[0].hint


@pytest.mark.parametrize(
    ("model", "settings", "allowed"),
    [
        ("openai/gpt-4o", {}, True),
        ("openai/gpt-4o", {"models": ["openai/gpt-4o"]}, True),
        ("openai/gpt-4o", {"models": ["openai/*"]}, True),
        ("openai/gpt-4o-mini", {"models": ["openai/gpt-4o"]}, False),
        ("OpenAI/gpt-4o", {"models": ["openai/*"]}, False),
        ("azure/openai/gpt-4o", {"models": ["openai/*"]}, False),
        ("offline/rules", {"models": ["openai/*"]}, True),
        ("local/m", {"models": ["openai/*"], "model": "local/m"}, True),
        ("local/m", {"models": ["openai/*"], "judge_model": "local/m"}, True),
        ("local/x", {"models": ["openai/*"], "judge_model": "local/m"}, False),
    ],
)
def test_the_list_of_allowed_models(model: str, settings: dict[str, Any], allowed: bool) -> None:
    assert Settings(**settings).allows(model) is allowed


def test_an_unreviewed_change_may_use_the_models_in_use_only_where_there_is_no_list() -> None:
    assert Settings().allows("openai/gpt", among={"openai/gpt"})
    assert not Settings().allows("openai/gpt", among=set())
    assert not Settings(models=["local/*"]).allows("openai/gpt", among={"openai/gpt"})
    assert Settings(models=["local/*"]).allows("local/m", among=set())
    assert Settings(model="local/m").allows("local/m", among=set())
    assert Settings().allows("offline/rules", among=set())


def test_a_table_for_the_other_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidFiles) as caught:
        load(tmp_path, cuebook_toml="# ours\n[tool.cuebook]\nmodel = 'openai/gpt-6-luna'\n")
    (problem,) = caught.value.problems
    assert (problem.line, problem.message) == (2, "[tool.cuebook] is for pyproject.toml")
    assert "at its top" in problem.hint


def test_a_copy_with_other_values_means_what_it_says() -> None:
    settings = Settings(model="local/m")
    assert settings.resolve("offline/rules") == "local/m"
    assert settings.model_copy(update={"model": None}).resolve("offline/rules") == "offline/rules"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a = 1\nmodel = gpt", 2, 'a text needs quotes write model = "gpt"'),
        ("model 'x'", 1, 'write one key = "text" a line'),
        ("timeout = 1\ntimeout = 2", 2, "there twice"),
        ("timeout = 1\n[endpoints.local]\nbase_url = 5", 3, "endpoints.local.base_url: expected text"),
        ("[endpoints.local]\n\n[prices.'a/b']\ninput = -1", 4, "prices.a/b.input: it is -1; at least 0"),
        ("endpoints.local.base_url = 5", 1, "endpoints.local.base_url: expected text"),
        ("model = 'gpt-6'", 1, "write openai/gpt-6"),
        ("model = 2026-01-01", 1, "got a date or time: 2026-01-01 put it in quotes"),
        (
            "[endpoints.a]\nbase_url = 'http://x'\nlike = 'opnai'",
            3,
            "no provider is called 'opnai' did you mean",
        ),
        ("[endpoints.a]\nurl = 'http://x'", 2, "'endpoints.a.url' did you mean 'base_url'?"),
        ("[endpoints.a]\nbase_url = 'http://x'\nmodel = 'a/b'", 3, "move it above the first [table]"),
        ("[endpoints.a]", 1, "add base_url = "),
        ("timeout = 1\n[endpoint.a]\nbase_url = 'http://x'", 2, "did you mean 'endpoints'?"),
        ("base_url = 'http://x'", 1, "write it as base_url under [endpoints.NAME]"),
    ],
)
def test_a_wrong_setting_is_told_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    inside = re.sub(r"(?m)^\[", "[tool.cuebook.", text)
    for files, down in (
        ({"cuebook_toml": text}, 0),
        ({"pyproject_toml": f"[tool.other]\nmodel = 1\n[tool.cuebook]\n{inside}"}, 3),
    ):
        with pytest.raises(InvalidFiles) as caught:
            load(tmp_path, **files)
        (problem,) = [item for item in caught.value.problems if says in f"{item.message} {item.hint}"]
        assert problem.line == line + down
        for path in tmp_path.glob("*.toml"):
            path.unlink()


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ("acme-models", True),
        ("acme_models[gpu]>=1.2,<2", True),
        ("acme @ git+https://example.org/acme@v1", True),
        ("acme --index-url=http://evil", False),
        ("-r evil.txt", False),
        ("acme; rm -rf x", False),
        ("", False),
    ],
)
def test_what_a_plug_in_needs_is_one_thing_that_pip_installs(wanted: str, fits: bool) -> None:
    tree = FixedTree({"cuebook.toml": f'plugins = {{acme = "{wanted}"}}\n'.encode()})
    if fits:
        assert load_config(tree).plugins == {"acme": wanted}
    else:
        with pytest.raises(InvalidFiles, match="which is nothing that pip would install"):
            load_config(tree)


def test_settings_say_what_is_protected_still_and_no_longer() -> None:
    before = Settings(protected_aliases=["production", "eu"])
    now = Settings(protected_aliases=["production", "us"])
    assert now.unprotected_since(before) == ["eu"]
    assert now.protected_with(before) == ["production", "eu", "us"]


def test_a_new_judge_is_asked_of_the_model_for_judges_or_else_of_the_one_that_answers() -> None:
    both = Settings(model="openai/a", judge_model="openai/b")
    assert [found.judging_model for found in (both, Settings(model="openai/a"), Settings())] == [
        "openai/b",
        "openai/a",
        "",
    ]
