"""GitHub's own expression evaluator and workflow parser, run in one long-lived node process.

``package-lock.json`` beside this folder pins the packages; ``npm ci --prefix tests/workflows`` gets them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from workflows.runner.problems import InvalidWorkflow

HERE = Path(__file__).parent


def missing() -> str | None:
    """Why expressions cannot be evaluated here; None when they can."""
    for command in ("node", "git", "openssl"):
        if shutil.which(command) is None:
            return f"{command} is not installed"
    if not (HERE.parent / "node_modules" / "@actions" / "expressions").is_dir():
        return "GitHub's parser is not installed: npm ci --prefix tests/workflows"
    return None


@dataclass
class Scope:
    """What an expression sees: contexts, the answers of the status functions, the checkout for hashFiles."""

    contexts: dict[str, Any]
    success: bool = True
    failure: bool = False
    cancelled: bool = False
    workspace: Path = field(default_factory=Path)

    def data(self) -> dict[str, Any]:
        """The scope as the node process reads it."""
        status = {"success": self.success, "failure": self.failure, "cancelled": self.cancelled}
        return {"contexts": self.contexts, "status": status, "workspace": str(self.workspace)}


class Expressions:
    """The node process; each method is one question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            ["node", str(HERE / "expressions.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def resolve(self, tree: Any, scope: Scope) -> Any:
        """A value without ``${{ }}``; a string that is one expression becomes whatever that yields."""
        return self._ask(op="resolve", tree=tree, scope=scope.data())

    def text(self, value: Any, scope: Scope) -> str:
        """The same as a string, in GitHub's spelling of numbers, booleans and null."""
        return as_text(self.resolve(value, scope))

    def condition(self, text: Any, scope: Scope) -> bool:
        """The value of an ``if``, with GitHub's implicit ``success()``."""
        return bool(self._ask(op="condition", text=as_text(text), scope=scope.data()))

    def references(self, text: str) -> list[str]:
        """The context paths that a string's expressions read, ``*`` for a computed part."""
        return list(self._ask(op="references", text=text))

    def validate(self, name: str, text: str, kind: str = "workflow") -> None:
        """Raise InvalidWorkflow with everything that GitHub's parser refuses."""
        if found := self._ask(op="validate", kind=kind, name=name, text=text):
            raise InvalidWorkflow("\n".join(found))

    def close(self) -> None:
        """End the process."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        self._process.wait(10)

    def _ask(self, **request: Any) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with self._lock:
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
            line = stdout.readline()
        if not line:
            raise RuntimeError("the node process has died")
        answer = json.loads(line)
        if "error" in answer:
            raise InvalidWorkflow(
                f"{answer['error']} in {json.dumps(request.get('text', request.get('tree')))}"
            )
        return answer["value"]


@cache
def expressions() -> Expressions:
    """The process that all tests share."""
    return Expressions()


def as_text(value: Any) -> str:
    """A value as GitHub writes it into an environment variable or an input."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Mapping):
        return "Object"
    return "Array" if isinstance(value, list) else str(value)
