"""How long the site takes: a whole build, and one after one prompt changed, beside plain Jinja2 and MkDocs.

The floor writes as many pages as the site has, each with one version's text, by a plain Jinja2 template,
and has MkDocs with the same theme and settings build them: no diffs, no links, no checks, no policy.
The ratio is of processor time, which other work on the machine sways less than the clock.
Run: PYTHONPATH=tools python tools/bench/bench_site.py [version pages ...]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import jinja2
import yaml

from cuebook.core.canonical import behaviour, digest
from cuebook.core.files import Folder, dump_json
from cuebook.publish.artifacts import read_catalog
from cuebook.publish.events import event_files
from cuebook.publish.texts import texts_file
from cuebook.registry.settings import Settings
from cuebook.shapes import published
from cuebook.shapes.published import Artifact, Index, IndexEntry, PromptIndex, VersionEntry
from cuebook.site import build as site

Result = TypeVar("Result")
EACH = 5
RULES = [
    f"{n}. Answer point {n} of {{{{question}}}} from the passage, in plain words, and cite it."
    for n in range(1, 21)
]
PAGE = jinja2.Environment(autoescape=True).from_string(
    "---\ntitle: {{ name }}\n---\n\n# {{ name }}\n\n<pre>\n{{ text }}\n</pre>\n\n## Settings\n\n{{ model }}\n"
)


def artifact(name: str, number: int) -> Artifact:
    text = "\n".join(RULES[: 10 + number]) + f"\nThis is {name}, version {number}."
    fields = {
        "name": name,
        "version": number,
        "ref": f"{name}/{number}",
        "digest": "",
        "message": f"Add rule {10 + number}",
        "author": "Ana Lima",
        "created": f"2026-0{number}-01T00:00:00+00:00",
        "model": "offline/rules",
        "modelParameters": {"temperature": 0},
        "inputs": {"question": {"type": "string"}},
        "messages": [{"role": "system", "content": text}, {"role": "user", "content": "{{question}}"}],
        "template": None,
        "templateFormat": "simple",
        "responseFormat": "text",
        "jsonSchema": None,
    }
    made = Artifact.model_validate(fields)
    return made.model_copy(update={"digest": digest(behaviour(made.model_dump(by_alias=True)))})


def write(api: Path, path: str, shape: Artifact | PromptIndex | Index) -> None:
    target = api / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(dump_json(shape.model_dump(by_alias=True)))


def add_prompt(api: Path, name: str, count: int) -> tuple[IndexEntry, PromptIndex]:
    versions = [artifact(name, n) for n in range(1, count + 1)]
    for made in versions:
        write(api, published.version_path(name, made.version), made)
    entries = [
        VersionEntry(
            version=made.version,
            digest=made.digest,
            message=made.message,
            author=made.author,
            created=made.created,
            url=published.version_path(name, made.version),
        )
        for made in versions
    ]
    facts = {"name": name, "title": name, "description": "", "owners": ["@a"], "tags": ["bench"]}
    facts |= {"latest": count, "aliases": {"production": count}}
    prompt = PromptIndex(**facts, suites=[], versions=entries, evaluations=[], history=[])
    write(api, published.prompt_path(name), prompt)
    return IndexEntry(**facts, url=published.prompt_path(name)), prompt


def write_index(api: Path, made: list[tuple[IndexEntry, PromptIndex]]) -> None:
    """The index of all, and what is published beside it."""
    write(api, published.index_path(), Index(prompts=[entry for entry, _ in made]))
    files = event_files([prompt for _, prompt in made]) | texts_file({})
    for path, data in files.items():
        (api / path).parent.mkdir(parents=True, exist_ok=True)
        (api / path).write_bytes(data)


def busy() -> float:
    """Processor seconds of this program and those it started."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def timed(work: Callable[[], Result]) -> tuple[float, float, Result]:
    """Seconds by the clock, processor seconds, and what came of it."""
    clock, processor = time.perf_counter(), busy()
    made = work()
    return time.perf_counter() - clock, busy() - processor, made


def build(api: Path, folder: Path) -> site.SiteSummary:
    return site.build(
        read_catalog(api),
        Settings(),
        folder / "site",
        api=api,
        published=Folder(api).paths(),
        guides=None,
        work=folder,
    )


def floor(folder: Path, pages: int) -> None:
    """As many plain pages."""
    settings = yaml.safe_load((folder / "mkdocs.yml").read_text("utf-8"))
    docs = folder / "plain"
    settings |= {"docs_dir": str(docs), "nav": [{"Home": "index.md"}]}
    settings.pop("exclude_docs", None)
    version = artifact("plain", 3)
    for at in range(pages):
        path = docs / ("index.md" if at == 0 else f"prompts/p{at // 10}/v{at % 10}.md")
        path.parent.mkdir(parents=True, exist_ok=True)
        said = {"name": f"p{at}", "text": version.messages[0]["content"], "model": version.model}
        path.write_text(PAGE.render(**said), "utf-8")
    shutil.copytree(site.THEME / "assets", docs / site.ASSETS)
    (folder / "plain.yml").write_text(yaml.safe_dump(settings), "utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "-q", "-f", str(folder / "plain.yml")]
    subprocess.run([*command, "-d", str(folder / "out")], check=True, capture_output=True)


def measure(versions: int) -> str:
    folder = Path(tempfile.mkdtemp(prefix="cuebook-bench-"))
    try:
        api = folder / "published"
        count = max(1, versions // EACH)
        entries = [add_prompt(api, f"prompt-{n}", EACH) for n in range(count)]
        write_index(api, entries)
        whole, whole_busy, made = timed(lambda: build(api, folder))
        entries[0] = add_prompt(api, "prompt-0", EACH + 1)
        write_index(api, entries)
        again, _, _ = timed(lambda: build(api, folder))
        least, least_busy, _ = timed(lambda: floor(folder, made.pages))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    each = 1000 / made.pages
    times = f"{whole:>8.1f} {whole * each:>8.1f} {least:>8.1f} {least * each:>8.1f}"
    return f"{versions:>9,} {made.pages:>7,} {times} {whole_busy / least_busy:>6.2f} {again:>9.1f}"


def main() -> None:
    print(" versions   pages  whole s  ms/page  floor s  ms/page  ratio  changed s", flush=True)
    for versions in [int(text) for text in sys.argv[1:]] or [100, 1_000, 5_000]:
        print(measure(versions), flush=True)


if __name__ == "__main__":
    main()
