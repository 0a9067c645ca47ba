"""Which tool was called where which one was expected."""

from __future__ import annotations

from cuebook.shapes._base import Shape


class ToolCount(Shape):
    """How often each arm called one tool where another, or the same, was expected; by one scorer's label.

    ``expected`` is empty where none was, ``called`` where nothing was called in its place. ``right``: the
    call was the expected one. ``baseline`` is None where nothing was compared.
    """

    label: str
    expected: str
    called: str
    right: bool
    candidate: int
    baseline: int | None = None
