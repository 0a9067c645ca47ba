"""What ``cuebook check`` of a large registry costs beside reading and parsing its files, in the same run.

    PYTHONPATH=tools python tools/bench/bench_check.py [versions ...]

The registry is in Git, with one new version since ``main``. Times are CPU time of fresh processes, those
that they start included. The floor lists the files, reads each and parses it by PyYAML's C loader.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bench_gate import CUEBOOK, seconds
from bench_site import EACH, RULES

FLOOR = """
import pathlib, yaml
for path in sorted(pathlib.Path("prompts").rglob("*.yml")):
    yaml.load(path.read_bytes(), yaml.CSafeLoader)
"""
ROWS = {
    "check, alone": (*CUEBOOK, "check"),
    "check --base main": (*CUEBOOK, "check", "--base", "main"),
}


def version(name: str, number: int) -> str:
    """The file of one version, as long as that of a usual prompt."""
    lines = [*RULES[: 10 + number], f"This is {name}, version {number}."]
    text = "".join(f"      {line}\n" for line in lines)
    head = f"message: Add rule {10 + number}\nmodel: toy/answers\nmodelParameters:\n  temperature: 0\n"
    asked = "  - role: user\n    content: '{{question}}'\n"
    return f"{head}messages:\n  - role: system\n    content: |\n{text}{asked}"


def fill(root: Path, versions: int) -> None:
    """A registry on a branch that adds one version to what ``main`` holds."""

    def git(*words: str) -> None:
        who = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com")
        subprocess.run(("git", *who, *words), cwd=root, check=True, capture_output=True)

    for at in range(max(1, versions // EACH)):
        folder = root / "prompts" / f"prompt-{at}"
        folder.mkdir(parents=True)
        (folder / "meta.yml").write_text(f"title: Prompt {at}\ndescription: One of many.\n")
        (folder / "aliases.yml").write_text("production: 1\n")
        for number in range(1, EACH + 1):
            (folder / f"v{number}.prompt.yml").write_text(version(folder.name, number))
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "All")
    git("checkout", "-q", "-b", "change")
    (root / f"prompts/prompt-0/v{EACH + 1}.prompt.yml").write_text(version("prompt-0", EACH + 1))
    git("add", ".")
    git("commit", "-q", "-m", "One more")


def main() -> None:
    """Print one row for each size and command."""
    print(" versions  command             seconds  floor s  ratio")
    for versions in [int(text) for text in sys.argv[1:]] or [100, 1_000, 10_000]:
        with tempfile.TemporaryDirectory(prefix="cuebook-bench-") as folder:
            fill(Path(folder), versions)
            rounds = 3 if versions < 5_000 else 1
            floor = seconds((sys.executable, "-c", FLOOR), Path(folder), rounds)
            for name, words in ROWS.items():
                taken = seconds(words, Path(folder), rounds)
                print(
                    f"{versions:>9,}  {name:18} {taken:>8.2f} {floor:>8.2f} {taken / floor:>6.2f}", flush=True
                )


if __name__ == "__main__":
    main()
