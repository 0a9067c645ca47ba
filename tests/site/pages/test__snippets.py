"""The code of *Use it*, run as pasted, against the built site as it is served."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from cuebook.core.templating import render
from cuebook.site import preview
from cuebook.site.pages._snippets import Use
from fixtures.built_site import CONFIG, built
from fixtures.reading import read
from fixtures.site_catalog import artifact

OPENAI = """
import json
class OpenAI:
    def __init__(self): self.chat = self.completions = self
    def create(self, **request):
        print(json.dumps(request))
        said = type("Said", (), {"content": "an answer"})
        choice = type("Choice", (), {"message": said})
        return type("Reply", (), {"choices": [choice]})
"""
"""Stands for the provider's client: it prints what it is asked."""
PAGES = ["qa-assistant/index", "qa-assistant/v4", "ticket-triage/v2", "release-notes/v1"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    running = preview.server(built().root, 0, base="/team/")
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running.address
    running.shutdown()
    running.server_close()


def snippets(page: str, language: str, address: str) -> list[str]:
    """What the page says to paste: for what is live, then for exactly this version."""
    document = read((built().root / f"prompts/{page}.html").read_text("utf-8"))
    found = [pane.one("pre").text for pane in document.find("section", aria_label=language)]
    assert found
    return [text.replace(str(CONFIG.site_url), address) for text in found]


def run(command: list[str], folder: Path, **more: str) -> str:
    env = {**os.environ, "CUEBOOK_CACHE": str(folder / "cache"), **more}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def wanted(page: str) -> list[str]:
    """The texts that a page's version comes to, filled with the values of the case that the page shows."""
    name, _, file = page.partition("/")
    shown = built().catalog.prompt(name)
    number = shown.aliases["production"] if file == "index" else int(file.removeprefix("v"))
    made = built().catalog.version(name, number)
    texts = [str(item["content"]) for item in made.messages or []] or [made.template or ""]
    text = snippets(page, "JavaScript", "")[0]
    given = text.partition("const values = ")[2].partition(";\n")[0]
    script = f"console.log(JSON.stringify({given}))"
    values = json.loads(subprocess.run(["node", "-e", script], capture_output=True, check=True).stdout)
    return render(texts, values, made.inputs, made.templateFormat)


needs_node = pytest.mark.skipif(not shutil.which("node"), reason="no node here: NO JavaScript WAS RUN")


@needs_node
@pytest.mark.parametrize("page", PAGES)
def test_the_code_runs_as_pasted_with_a_real_case(page: str, address: str, tmp_path: Path) -> None:
    texts = wanted(page)
    (tmp_path / "openai.py").write_text(OPENAI)
    for code in snippets(page, "Python", address):
        (tmp_path / "app.py").write_text(code)
        path = os.pathsep.join([str(tmp_path), *sys.path])
        asked, _, answer = run([sys.executable, "app.py"], tmp_path, PYTHONPATH=path).partition("\n")
        assert [item["content"] for item in json.loads(asked)["messages"]] == texts
        assert answer == "an answer\n"
    for code in snippets(page, "JavaScript", address):
        (tmp_path / "app.mjs").write_text(
            re.sub(r"console\.log\((\w+)\)", r"console.log(JSON.stringify(\1))", code)
        )
        shown = json.loads(run(["node", "app.mjs"], tmp_path))
        assert [shown] == texts if isinstance(shown, str) else [item["content"] for item in shown] == texts


@needs_node
def test_parts_of_a_value_are_filled_in_javascript(tmp_path: Path) -> None:
    inputs = {"a": {"type": "object"}, "c": {"type": "string"}}
    made = artifact("one", 1, "First", template="{{a.b}} {{ a.list }} {{c}}", inputs=inputs)
    code = Use("", made, None, {"a": {"b": "x", "list": [1]}, "c": "{{c}}"}).javascript()
    shown = read(code).one("pre").text
    data = "data:application/json," + quote(json.dumps(made.model_dump(by_alias=True)))
    (tmp_path / "app.mjs").write_text(re.sub(r'fetch\(".*?"\)', f'fetch("{data}")', shown))
    assert run(["node", "app.mjs"], tmp_path) == "x [1] {{c}}\n"
