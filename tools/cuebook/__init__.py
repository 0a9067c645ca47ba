"""A prompt registry in a Git repository.

The names below are what apps use; they need nothing but the standard library, and are imported when
they are first touched.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cuebook.client.client import Client, Prompt, aload_prompt, load_prompt
    from cuebook.core.errors import (
        CuebookError,
        DigestMismatch,
        MalformedRef,
        MissingExtra,
        RefError,
        RegistryUnreachable,
        RenderError,
        UnknownAlias,
        UnknownPrompt,
        UnknownVersion,
        UsageError,
    )
    from cuebook.core.images import image

__all__ = [
    "Client",
    "CuebookError",
    "DigestMismatch",
    "MalformedRef",
    "MissingExtra",
    "Prompt",
    "RefError",
    "RegistryUnreachable",
    "RenderError",
    "UnknownAlias",
    "UnknownPrompt",
    "UnknownVersion",
    "UsageError",
    "aload_prompt",
    "image",
    "load_prompt",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'cuebook' has no attribute {name!r}")
    from importlib import import_module

    homes = {"Client": "client", "Prompt": "client", "aload_prompt": "client", "load_prompt": "client"}
    home = "core.images" if name == "image" else homes.get(name, "core.errors")
    found = globals()[name] = getattr(import_module(f"cuebook.{home}"), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
