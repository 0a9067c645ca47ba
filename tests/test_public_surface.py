from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import cuebook
from cuebook.core.errors import CuebookError

PUBLIC = [
    "Client",
    "CuebookError",
    "DigestMismatch",
    "MalformedRef",
    "MissingExtra",
    "Prompt",
    "RefError",
    "RegistryUnreachable",
    "RenderError",
    "UnknownAlias",
    "UnknownPrompt",
    "UnknownVersion",
    "UsageError",
    "aload_prompt",
    "image",
    "load_prompt",
]
HEAVY = {"litellm", "pydantic", "click", "yaml", "jinja2", "rich", "mkdocs", "aiohttp"}
SLOW = {
    "urllib.request",
    "http.client",
    "json",
    "hashlib",
    "threading",
    "logging",
    "asyncio",
    "pathlib",
    "typing",
    "re",
}


def loaded(code: str) -> set[str]:
    """The modules that a fresh process has after some code, beyond those of an empty one."""
    tools = str(Path(cuebook.__file__).parents[1])
    show = "; import sys; print('\\n'.join(sys.modules))"
    start = f"import sys; sys.path.insert(0, {tools!r}); "
    sets = [
        set(
            subprocess.run(
                [sys.executable, "-I", "-c", start + body + show], capture_output=True, text=True, check=True
            ).stdout.split()
        )
        for body in ("pass", code)
    ]
    return sets[1] - sets[0]


def test_the_public_names() -> None:
    assert cuebook.__all__ == sorted(PUBLIC)
    assert dir(cuebook) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_is_there_and_documented(name: str) -> None:
    found = getattr(cuebook, name)
    assert found.__name__ == name
    assert found.__doc__


def test_every_error_an_app_can_meet_is_public() -> None:
    for name in PUBLIC:
        found = getattr(cuebook, name)
        if isinstance(found, type) and issubclass(found, Exception):
            assert issubclass(found, CuebookError)


def test_other_names_are_not() -> None:
    assert not hasattr(cuebook, "publish_all")
    with pytest.raises(ImportError):
        exec("from cuebook import nothing_of_this_name")


def test_importing_cuebook_imports_nothing() -> None:
    assert loaded("import cuebook") <= {"cuebook", "__future__"}


def test_importing_the_client_imports_nothing_heavy_or_slow() -> None:
    found = loaded("from cuebook import load_prompt, Client, Prompt, CuebookError")
    assert not {name.split(".")[0] for name in found} & HEAVY
    assert not found & (SLOW - {"typing", "re"})
    ours = {name for name in found if name.startswith("cuebook.")}
    assert ours == {
        f"cuebook.{name}"
        for name in (
            "client",
            "client.client",
            "client.fetch",
            "client.prompt",
            "core",
            "core.canonical",
            "core.environment",
            "core.errors",
            "core.messages",
            "core.parameters",
            "core.refs",
            "core.templating",
            "core.values",
        )
    }


def test_a_star_import_gives_the_public_names() -> None:
    names: dict[str, object] = {}
    exec("from cuebook import *", names)
    assert set(PUBLIC) <= set(names)
