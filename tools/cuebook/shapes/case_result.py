"""One case of a verdict: both answers, their scores, and what became of it."""

from __future__ import annotations

from typing import Any, Literal

from cuebook.core.images import image_named
from cuebook.core.tool_calls import calls_said
from cuebook.shapes._base import Shape
from cuebook.shapes._units import unit_of


class ScoreResult(Shape):
    """One score of one answer, repeats averaged."""

    state: Literal["measured", "not_applicable", "failed"]
    value: float | None = None
    passed: bool | None = None
    reason: str = ""


class Answer(Shape):
    """What one arm said to one case (its first repeat), or why it said nothing.

    Of a call of a tool ``arguments`` are None, and ``raw`` is the text, where that is not one JSON object.
    ``dialogue`` is all that was said in one, as messages by OpenAI's names, with the answer last.
    """

    text: str | None
    failure: str | None = None
    finish: str = ""
    scores: dict[str, ScoreResult] = {}
    seconds: float | None = None
    cost_usd: float | None = None
    tool_calls: list[dict[str, Any]] = []
    refusal: str = ""
    dialogue: list[dict[str, Any]] = []

    @property
    def said(self) -> str | None:
        """All that the answer says, to be read: its text, then each call on a line of its own."""
        parts = (self.text, calls_said(self.tool_calls))
        return None if self.text is None else "\n".join(part for part in parts if part)


CaseChange = Literal["broken", "worse", "same", "better", "fixed", "failed", "dropped"]


class ShownImage(Shape):
    """An image of a case: its file below the suite's folder (empty for a data URL), and what is in it."""

    file: str = ""
    media_type: str
    bytes: int
    digest: str


class CaseResult(Shape):
    """One case, both answers, and what became of it.

    Of a dialogue also the script: ``turns``, and what its ``tools`` give back. ``images`` are by their input.
    """

    id: str
    model: str
    change: CaseChange
    difference: float | None
    protected: bool = False
    tags: list[str] = []
    cluster: str | None = None
    inputs: dict[str, Any]
    expectations: dict[str, Any]
    turns: list[dict[str, Any]] = []
    tools: dict[str, Any] = {}
    images: dict[str, ShownImage] = {}
    candidate: Answer
    baseline: Answer | None = None

    @property
    def unit(self) -> str:
        """What cases that depend on each other share; see ``Case.unit``."""
        return unit_of(self.cluster, self.id)

    @property
    def readable(self) -> dict[str, Any]:
        """The inputs as people read them: of an image its file, kind, size and digest."""
        return self.inputs | {
            name: image_named(found.file, found.media_type, found.bytes, found.digest)
            for name, found in self.images.items()
        }
