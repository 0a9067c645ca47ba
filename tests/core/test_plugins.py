from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.core import plugins
from cuebook.core.errors import BrokenPlugin
from plugged import installed

ACME = {"acme-models": "1.2", "cuebook.models": "acme = acme_models:PLUGIN"}
GOOD = ACME | {"acme_models.py": "PLUGIN = 'something'\n"}


def test_a_plug_in_is_found_with_its_name_and_version(tmp_path: Path) -> None:
    with installed(tmp_path, GOOD):
        assert "acme" in plugins.names("cuebook.models")
        assert plugins.source("cuebook.models", "acme") == "acme-models 1.2"
        assert plugins.source("cuebook.scorers", "acme") == ""
        assert plugins.load("cuebook.models", "acme", str) == "something"
    assert plugins.source("cuebook.models", "acme") == ""


def test_the_distributions_are_looked_through_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, looks = plugins.metadata.entry_points, []
    monkeypatch.setattr(plugins.metadata, "entry_points", lambda: looks.append(1) or real())
    with installed(tmp_path, GOOD):
        assert "acme" in plugins.names("cuebook.models")
        assert "acme" not in plugins.names("cuebook.scorers")
        assert plugins.source("cuebook.scorers", "acme") == ""
        assert len(looks) == 1


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("raise RuntimeError('no licence')", r"acme-models 1.2 cannot be loaded .*RuntimeError: no licence"),
        ("", r"cannot be loaded \(acme_models:PLUGIN\): AttributeError"),
        ("PLUGIN = 7", r"offers 'acme' as int \(acme_models:PLUGIN\), not as str"),
    ],
)
def test_a_broken_plug_in_says_whose_it_is(tmp_path: Path, module: str, says: str) -> None:
    with installed(tmp_path, ACME | {"acme_models.py": module}), pytest.raises(BrokenPlugin, match=says):
        plugins.load("cuebook.models", "acme", str)


def test_two_plug_ins_of_one_name_are_refused_whatever_their_order(tmp_path: Path) -> None:
    other = {"zeta": "0.1", "cuebook.models": "acme = acme_models:PLUGIN"}
    with installed(tmp_path, GOOD, other):
        with pytest.raises(BrokenPlugin, match=r"acme-models 1\.2 and zeta 0\.1 both offer 'acme'") as caught:
            plugins.source("cuebook.models", "acme")
        assert caught.value.hint == "uninstall one of them"


class Dist:
    """What pip recorded of where a distribution came from (PEP 610)."""

    def __init__(self, told: dict[str, Any] | None) -> None:
        self.told = told

    def read_text(self, _: str) -> str | None:
        return None if self.told is None else json.dumps(self.told)


def test_what_is_missing_is_installed_from_where_cuebook_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def line(told: dict[str, Any] | None) -> str:
        monkeypatch.setattr(plugins.metadata, "distribution", lambda _: Dist(told))
        monkeypatch.setattr(plugins.metadata, "version", lambda _: "1.0")
        return plugins.plugin_install_line("cuebook-standins", "tools/standins")

    own = Path(plugins.__file__).parents[3]
    beside = own / "tools/standins"  # a wheel has none
    assert line(None) == f"pip install {beside if beside.is_dir() else 'cuebook-standins==1.0'}"
    monkeypatch.setattr(plugins, "__file__", str(tmp_path / "lib/site-packages/cuebook/core/plugins.py"))
    assert line(None) == "pip install cuebook-standins==1.0"
    git = {"url": "https://x.example/c.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}
    assert line(git) == (
        "pip install 'cuebook-standins @ git+https://x.example/c.git@abc#subdirectory=tools/standins'"
    )
    wheel = {"url": "file:///x/cuebook.whl", "archive_info": {}}
    assert line(wheel) == (
        "pip install 'cuebook-standins @ "
        "git+https://github.com/cuebook/cuebook@v1.0#subdirectory=tools/standins'"
    )
    write(tmp_path, {"a b/tools/standins/pyproject.toml": ""})
    checkout = {"url": f"file://{tmp_path}/a%20b", "dir_info": {}}
    assert line(checkout) == f"pip install '{tmp_path}/a b/tools/standins'"
