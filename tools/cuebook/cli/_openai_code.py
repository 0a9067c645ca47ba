"""Show where code asks for prompt objects of OpenAI, what to copy, and what replaces the call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cuebook.cli._shared import note, print_json, say
from cuebook.core import escape
from cuebook.core.errors import UsageError
from cuebook.core.format import plural
from cuebook.importers.openai_prompt import skeleton
from cuebook.jobs.openai_code import PromptUse, uses_below

CODE = "openai-code"
"""The word behind ``--from`` that searches code, and imports nothing."""


def tell(words: Sequence[str], *, as_json: bool) -> None:
    """Print every place below these folders that names a prompt object. Raises UsageError."""
    found: list[PromptUse] = []
    for word in words:
        if not Path(word).is_dir():
            raise UsageError(f"{word} is not a folder", f"name a folder of code: --from {CODE} src")
        found += [use._replace(file=(Path(word) / use.file).as_posix()) for use in uses_below(Path(word))]
    if as_json:
        # Null, not an empty text, where the code takes an id or version from elsewhere.
        rows = [use._asdict() | {"id": use.id or None, "version": use.version or None} for use in found]
        print_json({"found": rows})
        return
    if not found:
        say("no code here uses an OpenAI prompt object")
        return
    known: dict[str, list[PromptUse]] = {}
    for use in found:
        known.setdefault(use.id, []).append(use)
    for name, uses in known.items():
        say(name or "an id from the environment")
        for use in uses:
            pinned = f"  version {use.version}" if use.version else ""
            filled = f"  with {', '.join(use.variables)}" if use.variables else ""
            say(f"  {escape.line(use.file)}:{use.line}{pinned}{filled}")
    # Places with an id from the environment have none to show.
    ids = [name for name in known if name]
    say(f"next: copy the text of {plural(len(known), 'prompt')} from OpenAI's dashboard, each into a file:")
    say(f"  {skeleton(*ids[:1])}")
    say("then: cuebook import FILE, and in place of each call, with the variables that it has:")
    # An example of a call has the variables of one that is there.
    given = next((use.variables for use in found if use.variables), ("city",))
    python = ", ".join(f"{name}={name}" for name in given)
    script = ", ".join(given)
    say(f'  Python:      load_prompt("NAME@production").to_openai({python})')
    say(f'  JavaScript:  (await loadPrompt("NAME@production")).toOpenAI({{ {script} }})')
    if "" in known:
        note("an id from the environment is set where the app is deployed: look for it there")
