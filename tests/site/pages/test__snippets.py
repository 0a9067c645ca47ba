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

import cuebook
from build import write
from cuebook.core.chat import tools_sent
from cuebook.core.images import image
from cuebook.core.messages import fill
from cuebook.core.templating import render
from cuebook.publish.artifacts import read_catalog
from cuebook.publish.writer import publish
from cuebook.shapes.published import Artifact
from cuebook.site import preview
from cuebook.site.pages._snippets import REAL, Use
from fixtures.built_site import CONFIG, built
from fixtures.reading import read
from fixtures.site_catalog import artifact
from publishing import plan

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
JS = Path(__file__).resolve().parents[3] / "tools" / "client-js"
PAGES = ["qa-assistant/index", "qa-assistant/v4", "ticket-triage/v2", "release-notes/v1"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    running = preview.server(built().root, 0, base="/team/")
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
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


PROVIDER = """
export default class {
  chat = { completions: { create: async (request) => {
    console.log(JSON.stringify(request));
    return { choices: [{ message: { content: "an answer" } }] };
  } } };
}
"""
"""Stands for the provider's client in JavaScript: it prints what it is asked."""


@needs_node
@pytest.mark.parametrize("alias", ["production", None])
def test_the_package_runs_as_pasted(address: str, tmp_path: Path, alias: str | None) -> None:
    found = built().catalog.prompt("qa-assistant").aliases["production"]
    version = built().catalog.version("qa-assistant", found)
    values = {"context": "Cats purr.", "question": "What do cats do?"}
    code = read(str(Use(address, version, alias, values).package("@cuebook/client"))).one("pre").text
    (tmp_path / "app.mjs").write_text(code)
    client = {path.name: path.read_text("utf-8") for path in JS.glob("*.js")}
    for name, files in (("openai", {"index.js": PROVIDER}), ("@cuebook/client", client)):
        about = '{"type": "module", "exports": "./index.js"}'
        write(tmp_path / "node_modules" / name, {"package.json": about, **files})
    asked, answer = run(["node", "app.mjs"], tmp_path).splitlines()
    assert json.loads(asked)["messages"] == fill(version.model_dump(by_alias=True), values)
    assert answer == "an answer"


@pytest.mark.parametrize("alias", ["production", None])
def test_a_version_is_held_to_its_digest_and_an_alias_is_not(alias: str | None) -> None:
    made = artifact("one", 1, "First", template="x")
    use = Use("", made, alias, {})
    for shown in (use.python(), use.package("@me/prompts")):
        assert (made.digest in read(str(shown)).text) == (alias is None)


@pytest.mark.parametrize(("model", "replaced"), [("offline/rules", True), ("openai/gpt-6-luna", False)])
def test_a_stand_in_is_replaced_and_a_real_model_is_asked(model: str, *, replaced: bool) -> None:
    made = artifact("one", 1, "First", template="x").model_copy(update={"model": model})
    use = Use("", made, None, {})
    for shown in (use.python(), use.package("@me/prompts")):
        assert (REAL in read(str(shown)).text) == replaced


def test_the_package_is_shown_once_it_has_a_name() -> None:
    version = built().catalog.version("qa-assistant", 1)
    assert (
        "npm install @me/prompts openai" in read(str(Use("", version, None, {}).package("@me/prompts"))).text
    )
    document = read((built().root / "prompts/qa-assistant/index.html").read_text("utf-8"))
    assert not document.find("section", aria_label="npm")


@needs_node
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": "cuebook/version/9"}, "unknown: cuebook/version/9"),
        ({"digest": "sha256:other"}, "sha256:other"),
        ({"template": "{{a.toString}}"}, "no value for {{a.toString}}"),
        ({"template": "{{toString}}"}, "no value for {{toString}}"),
        ({"template": "{{a.b.length}}"}, "no value for {{a.b.length}}"),
        ({"template": "{{d}}"}, "no value for {{d}}"),
    ],
)
def test_javascript_stops_where_it_must(change: dict[str, str], says: str, tmp_path: Path) -> None:
    made = artifact("one", 1, "First", template="{{a.b}}", inputs={"a": {"type": "object"}})
    shown = read(str(Use("", made, None, {"a": {"b": "x"}}).javascript())).one("pre").text
    data = "data:application/json," + quote(json.dumps(made.model_dump(by_alias=True) | change))
    (tmp_path / "app.mjs").write_text(re.sub(r'fetch\(".*?"\)', f'fetch("{data}")', shown))
    done = subprocess.run(["node", "app.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"Error: {says}" in done.stderr


@needs_node
def test_parts_of_a_value_are_filled_in_javascript(tmp_path: Path) -> None:
    inputs = {"a": {"type": "object"}, "c": {"type": "string"}}
    made = artifact("one", 1, "First", template="{{a.b}} {{ a.list }} {{c}}", inputs=inputs)
    code = Use("", made, None, {"a": {"b": "x", "list": [1]}, "c": "{{c}}"}).javascript()
    shown = read(code).one("pre").text
    data = "data:application/json," + quote(json.dumps(made.model_dump(by_alias=True)))
    (tmp_path / "app.mjs").write_text(re.sub(r'fetch\(".*?"\)', f'fetch("{data}")', shown))
    assert run(["node", "app.mjs"], tmp_path) == "x [1] {{c}}\n"


DESK = """\
message: Desk
model: openai/gpt-6-luna
messages:
  - {role: assistant, content: "", toolCalls: [{id: c1, name: look, arguments: {id: A-17}}]}
  - {role: tool, toolCallId: c1, content: "{{status}}"}
  - {placeholder: history}
  - {role: user, content: [{type: text, text: "See {{status}}"}, {type: image, image: photo, detail: low}]}
tools: [{name: look, description: Find it., parameters: {type: object, properties: {id: {type: string}}}}]
"""
CALLING = """
import json
class Said:
    def __init__(self, **said): self.__dict__ = said
    def model_dump(self, **_): return {"role": "assistant", "content": self.content}
class OpenAI:
    def __init__(self):
        self.chat = self.completions = self
        self.asked = 0
    def create(self, **request):
        self.asked += 1
        print(json.dumps(request["messages"][-1], sort_keys=True))
        function = Said(name="look", arguments='{"id": "B-2"}')
        calls = [Said(id="x", function=function)] if self.asked == 1 else None
        return Said(choices=[Said(message=Said(content=f"answer {self.asked}", tool_calls=calls))])
"""
"""Stands for the provider's client: its first answer is a call."""


@pytest.fixture
def desk(tmp_path: Path) -> Artifact:
    """A version with tools, published."""
    write(tmp_path / "here", {"prompts/desk/v1.prompt.yml": DESK})
    publish(plan(tmp_path / "here"), tmp_path / "out")
    return read_catalog(tmp_path / "out").version("desk", 1)


def test_python_for_a_version_with_tools_calls_and_asks_again(desk: Artifact, tmp_path: Path) -> None:
    use = Use(str(tmp_path / "out"), desk, None, {"status": "shipped", "history": []})
    (tmp_path / "openai.py").write_text(CALLING)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    tools = str(Path(cuebook.__file__).parents[1])
    said = run(
        [sys.executable, "-c", read(str(use.python())).one("pre").text],
        tmp_path,
        PYTHONPATH=f"{tmp_path}:{tools}",
    )
    picture = {"url": "data:image/jpeg;base64,/9j/", "detail": "low"}
    seen = [{"type": "text", "text": "See shipped"}, {"type": "image_url", "image_url": picture}]
    assert said.splitlines() == [
        json.dumps({"content": seen, "role": "user"}, sort_keys=True),
        '{"content": "...", "role": "tool", "tool_call_id": "x"}',
        "answer 2",
    ]


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not here")
def test_javascript_for_a_version_with_tools_sends_what_the_client_sends(
    desk: Artifact, tmp_path: Path
) -> None:
    history = [{"role": "user", "content": "{{status}}"}]
    photo = image(b"\xff\xd8\xff")
    use = Use("https://x.example/", desk, None, {"status": "shipped", "history": history})
    given = json.dumps(desk.model_dump(by_alias=True))
    code = (
        read(str(use.javascript()))
        .one("pre")
        .text.replace("console.log({ messages, tools })", "console.log(JSON.stringify({ messages, tools }))")
    )
    code = code.replace("data:image/png;base64,...", photo)
    fake = f"globalThis.fetch = async () => ({{ ok: true, json: () => ({given}) }});\n"
    (tmp_path / "use.mjs").write_text(fake + code)
    said = json.loads(run(["node", "use.mjs"], tmp_path))
    sent = fill(desk.model_dump(by_alias=True), {"status": "shipped", "history": history, "photo": photo})
    assert said == {"messages": sent, **tools_sent(desk.model_dump(by_alias=True))}
