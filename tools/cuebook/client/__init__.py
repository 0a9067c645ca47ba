"""The runtime client, as apps import it; its parts are loaded when they are first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cuebook.client.client import Client, aload_prompt, load_prompt
    from cuebook.client.prompt import Prompt

__all__ = ["Client", "Prompt", "aload_prompt", "load_prompt"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = "prompt" if name == "Prompt" else "client"
    found = globals()[name] = getattr(import_module(f"cuebook.client.{home}"), name)
    return found
