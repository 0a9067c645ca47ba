"""What is released is the wheel that was tested, away from its source."""

from __future__ import annotations

import re
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import release

ROOT = Path(__file__).parents[1]
TAG = f"v{tomllib.loads((ROOT / 'pyproject.toml').read_text('utf-8'))['project']['version']}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    assert release.main(["build", str(folder), TAG]) == 0
    return folder


def test_the_wheel_works_without_the_source(built: Path) -> None:
    assert release.main(["test", str(built), "tests/core/test_canonical.py"]) == 0


def test_a_wheel_that_lacks_a_module_fails(built: Path, tmp_path: Path) -> None:
    for path in built.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (wheel,) = tmp_path.glob("cuebook-*.whl")
    with zipfile.ZipFile(built / wheel.name) as whole, zipfile.ZipFile(wheel, "w") as part:
        for name in whole.namelist():
            if name != "cuebook/core/canonical.py":
                part.writestr(name, whole.read(name))
    assert release.main(["test", str(tmp_path), "tests/core/test_canonical.py"]) != 0


def test_the_stand_ins_are_released_with_the_version_that_they_are_for(built: Path) -> None:
    (wheel,) = built.glob("cuebook_standins-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (told,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        lines = archive.read(told).decode().splitlines()
    version = TAG.removeprefix("v")
    assert {f"Version: {version}", f"Requires-Dist: cuebook[cli]=={version}"} <= set(lines)


def test_the_sdist_has_what_its_tests_need(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "tools/standins/cuebook_standins/__init__.py"} <= names
    assert all((ROOT / "tests" / name).is_dir() for name in release.TESTS)


@pytest.mark.parametrize("name", release.TESTS)
def test_the_tests_of_a_release_read_no_file_of_the_checkout(name: str) -> None:
    for path in (ROOT / "tests" / name).rglob("*.py"):
        reads = re.findall(
            r'\(__file__\)(?:\.resolve\(\))?\.parents\[\d\] / "(?!tools)\w+', path.read_text("utf-8")
        )
        assert not reads, path


def test_a_tag_that_is_not_the_version_builds_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release.main(["build", str(tmp_path / "dist"), "v99.0.0"]) == 1
    assert f"tag {TAG}, or change it" in capsys.readouterr().out
    assert not (tmp_path / "dist").exists()


def test_words_that_mean_nothing_get_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(["publish"]) == 2
    assert "tools/release.py build" in capsys.readouterr().out
