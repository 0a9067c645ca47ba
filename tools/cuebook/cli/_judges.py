"""Starter judges: prompts that grade, with the labels they are measured against, copied into a registry."""

from __future__ import annotations

import re
from pathlib import Path

from cuebook.core.layout import DATASET, LABELS, META, SUITE, aliases_path, meta_path, version_path
from cuebook.core.stand_ins import is_stand_in
from cuebook.judging.calibration import ENOUGH_LABELS
from cuebook.models import _catalog

TEMPLATES = Path(__file__).parents[1] / "templates"
"""Made from this project's own workflows, lock files and judges by tools/generate.py."""
KINDS = ("correctness", "groundedness", "preference")
MAKERS = "the Cuebook contributors, Apache 2.0"
DEFAULT = "openai/gpt-6-luna"
"""The model of a starter judge where the settings name none: an example, to be replaced."""

_USES = {
    "correctness": "judge: {prompt: judge-correctness/1, "
    "with: {task: inputs.question, reference: expectations.answer}}",
    "groundedness": "judge: {prompt: judge-groundedness/1}",
    "preference": "judge_pairwise: {prompt: judge-preference/1, with: {task: inputs.question}}",
}


def starter_judge(kind: str, model: str) -> dict[str, bytes]:
    """Path to content of a judge with its suite, cases and labels; ``model`` is the one that judges."""
    name = f"judge-{kind}"
    evals = {f"evals/{name}/{file}": (TEMPLATES / "judges" / kind / file).read_bytes() for file in _EVALS}
    schema = "# yaml-language-server: $schema=../../schemas/aliases.json\n"
    live = {aliases_path(name): f"{schema}production: 1\n".encode()}
    return judge_files(kind, name, model) | live | evals


def judge_files(kind: str, name: str, model: str) -> dict[str, bytes]:
    """Path to content of the prompt of a judge called ``name``, without what it is measured against."""
    source = TEMPLATES / "judges" / kind
    version = (source / "prompt.yml").read_text("utf-8")
    # By text, so that the comments of the template stay.
    version = re.sub(r"^model: .*$", f"model: {model}", version, count=1, flags=re.M)
    # A judge is asked without what its model refuses: some take no temperature, and of the model that takes
    # a toy's place nothing is known yet.
    if is_stand_in(model) or any(_catalog.refusals(model, {"temperature": 0})):
        version = version.replace("temperature: 0, ", "", 1)
    return {
        version_path(name, 1): version.encode(),
        meta_path(name): (source / META).read_bytes(),
    }


_EVALS = (SUITE, DATASET, LABELS)


def about(kind: str, model: str) -> list[str]:
    """Return what to know of a judge that was copied, and how to use it."""
    source = TEMPLATES / "judges" / kind
    labels, cases = (len((source / file).read_text("utf-8").splitlines()) for file in (LABELS, DATASET))
    what = (
        f"{labels} labels measure it (labels.jsonl), {cases} other cases choose between its versions "
        f"(dataset.jsonl); they share no task. Written by {MAKERS}"
    )
    holds = (
        "how far it agrees with people holds only for the model it was measured with. Its model is "
        f"{model}: measure it with that one before anything depends on it"
    )
    few = (
        []
        if labels >= ENOUGH_LABELS
        else [f"at least {ENOUGH_LABELS} labels are needed to rely on it: add your own"]
    )
    return [f"judge-{kind}: {text}" for text in (what, *few, holds, f"in a suite's scorers: - {_USES[kind]}")]
