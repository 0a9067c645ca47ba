"""Small workflows for tests of the runner."""

from __future__ import annotations

import json

CI = ".github/workflows/ci.yml"
CHECKOUT = "actions/checkout@v7"


def workflow(steps: str, on: str = "push", job: str = "", top: str = "permissions: {contents: read}") -> str:
    """A workflow of one job ``a``; steps are lines of YAML, a line of shell after ``$``."""
    lines = [
        f"- run: {json.dumps(line[1:].strip())}" if line.startswith("$") else line
        for line in steps.split("\n")
        if line
    ]
    body = "".join(f"      {line}\n" for line in lines)
    return f"name: ci\non: {on}\n{top}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n{job}    steps:\n{body}"
