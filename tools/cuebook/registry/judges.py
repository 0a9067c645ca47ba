"""Which prompts judge the answers of others. Pure."""

from __future__ import annotations

from cuebook.core.errors import MalformedRef
from cuebook.core.refs import parse_ref
from cuebook.registry.labels import labelled
from cuebook.registry.reader import Registry
from cuebook.shapes.suite import Suite


def pinned_judges(suite: Suite) -> list[str]:
    """The refs of judges that a suite's scorers pin, without what is no ref: ``check`` refuses that."""
    return [ref for ref in named_judges(suite) if _is_ref(ref)]


def named_judges(suite: Suite) -> list[str]:
    """What a suite's scorers name as their judges, whether it is a ref or not."""
    named = (spec.parameters.get("prompt") for spec in suite.scorers)
    return sorted({ref for ref in named if isinstance(ref, str)})


def _is_ref(text: str) -> bool:
    try:
        parse_ref(text)
    except MalformedRef:
        return False
    return True


def judges(registry: Registry) -> dict[str, list[str]]:
    """Return the prompts that judge, each with the prompts whose answers it grades, sorted.

    A prompt judges where a suite pins it, or where people have graded answers for it, whether or not a suite
    uses it yet. Raises InvalidFiles where a suite cannot be read.
    """
    found: dict[str, set[str]] = {name: set() for name in labelled(registry.tree) & {*registry.names()}}
    for suite in map(registry.suite, registry.suite_names()):
        for ref in pinned_judges(suite):
            found.setdefault(parse_ref(ref).name, set()).add(suite.prompt)
    return {judge: sorted(prompts) for judge, prompts in sorted(found.items())}
