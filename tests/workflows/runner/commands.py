"""What a step tells the runner: commands in its log, and the files behind GITHUB_OUTPUT and its siblings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from workflows.runner.problems import StepFailed
from workflows.runner.results import Annotation

SUMMARY_LIMIT = 1024 * 1024
"""Bytes of a step's summary; a larger one is not shown at all."""

FILES = {
    "output": "GITHUB_OUTPUT",
    "env": "GITHUB_ENV",
    "path": "GITHUB_PATH",
    "summary": "GITHUB_STEP_SUMMARY",
    "state": "GITHUB_STATE",
}
"""Environment variables by kind of file command."""

_COMMAND = re.compile(r"^\s*::([a-zA-Z-]+)(?:\s+([^:]*(?::(?!:)[^:]*)*))?::(.*)$")
_LEVELS = {"error", "warning", "notice"}


@dataclass
class Spoken:
    """What a log says besides text."""

    annotations: list[Annotation] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)


def listen(log: str) -> Spoken:
    """The commands in a log; those after ``::stop-commands::token`` and before ``::token::`` are text."""
    found, stopped = Spoken(), ""
    for line in log.splitlines():
        match = _COMMAND.match(line)
        if not match:
            continue
        name, properties, value = match[1], match[2] or "", match[3]
        if stopped:
            stopped = "" if name == stopped else stopped
        elif name == "stop-commands":
            stopped = value.strip()
        elif name == "add-mask":
            found.masks += [part for part in [_unescape(value)] if part]
        elif name in _LEVELS:
            found.annotations.append(_annotation(name, properties, value))
        elif name in {"set-output", "save-state", "set-env", "add-path"}:
            raise StepFailed(f"The `{name}` command is disabled. Please upgrade to using Environment Files.")
    return found


def _annotation(level: str, properties: str, value: str) -> Annotation:
    named = dict(part.split("=", 1) for part in properties.split(",") if "=" in part)
    named = {key.strip(): _unescape(text, ":,") for key, text in named.items()}
    line = named.get("line", "")
    return Annotation(
        level,
        _unescape(value),
        named.get("file", ""),
        int(line) if line.isdigit() else None,
        named.get("title", ""),
    )


def _unescape(text: str, more: str = "") -> str:
    for character in ("\r", "\n", *more):
        text = text.replace(f"%{ord(character):02X}", character)
    return text.replace("%25", "%")


def new_files(folder: Path, number: int) -> dict[str, Path]:
    """Empty files for one step, by kind."""
    found = {kind: folder / f"{kind}_{number}" for kind in FILES}
    for path in found.values():
        path.touch()
    return found


def read_pairs(path: Path, kind: str) -> dict[str, str]:
    """``name=value`` lines and heredocs of a file; raises StepFailed as the runner fails the step."""
    try:
        return _pairs(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise StepFailed(f"Unable to process file command '{kind}' successfully. {error}") from None


def _pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        equals, heredoc = line.find("="), line.find("<<")
        if not line:
            continue
        if heredoc >= 0 and (equals < 0 or heredoc < equals):
            name, delimiter = line[:heredoc], line[heredoc + 2 :]
            if not name or not delimiter:
                raise ValueError(f"Invalid format '{line}'. Name and delimiter must not be empty")
            inside = []
            for value in lines:
                if value == delimiter:
                    break
                inside.append(value)
            else:
                raise ValueError(f"Invalid value. Matching delimiter not found '{delimiter}'")
            found[name] = "\n".join(inside)
        elif equals > 0:
            found[line[:equals]] = line[equals + 1 :]
        else:
            raise ValueError(f"Invalid format '{line}'")
    return found


def read_summary(path: Path) -> tuple[str, list[Annotation]]:
    """A step's summary; nothing and an error when it is too large."""
    data = path.read_bytes()
    if len(data) <= SUMMARY_LIMIT:
        return data.decode("utf-8", "replace"), []
    text = f"$GITHUB_STEP_SUMMARY upload aborted, supports content up to 1024k, got {len(data) // 1024}k."
    return "", [Annotation("error", text)]
