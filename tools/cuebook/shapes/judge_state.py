"""What a verdict says of one judge: how far it agrees with people, and how it behaved in the run."""

from __future__ import annotations

from typing import Any

from cuebook.shapes._base import Shape
from cuebook.shapes.cause import Caution, Doubt


class PassChange(Shape):
    """How many more answers pass with the candidate: as the judge saw it, and corrected for its errors.

    ``baseline`` and ``candidate`` are the shares that the judge passed, the differences on [-1, 1] are over
    ``pairs`` (cases, or clusters where declared), each with a 95% interval that takes their number as fixed
    beforehand. ``beyond`` says that the corrected change lies outside what is possible, so that only its
    interval is of use. It decides nothing.
    """

    pairs: int
    baseline: float
    candidate: float
    seen: float
    seen_lower: float
    seen_upper: float
    true: float
    true_lower: float
    true_upper: float
    beyond: bool = False


class JudgeState(Shape):
    """What is known of one judge and of its behaviour in this run; ``label`` is that of its scorer.

    ``kappa`` is its agreement with people, each bound wrong in 5% of cases (None: it was never measured
    against labels), ``j`` the share of a true difference in passing that it shows, ``slope`` that of a
    difference in mean grade, by which the margin is shrunk; ``blind`` are steps between grades that it
    hardly shows, ``pooled`` grades with too few labels to be told apart; ``people`` is the kappa of people
    among themselves, where several labelled the same answers. ``scale`` is from its lowest to its highest
    grade (None: it compares), ``sources`` where the suite says that its variables come from. A ``void`` judge
    let a canary, a known-bad answer, win (``fooled_by`` names them), and its scores count for nothing; an
    ``advisory`` one has not shown the agreement that the suite demands, and ``doubt`` says what it lacks
    (``why`` in earlier releases).
    ``flips`` is the share of pairs in which the order of the answers changed the winner, ``ties`` the
    share without a winner, ``words_more`` how many words the candidate's answers are longer by.
    ``passing`` is there when J is known and both arms were judged. ``bound_to`` identifies what was measured.
    ``cautions`` are what to beware of (``warnings``, in words, in earlier releases).
    Of ``replies`` that came, ``unread`` could not be read: ``unread_reason`` is the commonest reason, and
    ``unread_reply`` one of these replies.
    """

    label: str
    ref: str
    digest: str
    model: str = ""
    decides: bool = False
    kappa: float | None = None
    lower: float | None = None
    upper: float | None = None
    j: float | None = None
    j_lower: float | None = None
    slope: float | None = None
    slope_lower: float | None = None
    blind: list[list[str]] = []
    pooled: list[str] = []
    people: float | None = None
    scale: tuple[float, float] | None = None
    sources: dict[str, Any] = {}
    labels: int = 0
    judged: int = 0
    measured: str | None = None
    bound_to: str = ""
    canaries_lost: int = 0
    canaries_total: int = 0
    fooled_by: list[str] = []
    void: bool = False
    advisory: bool = False
    doubt: Doubt | None = None
    why: str = ""
    flips: float | None = None
    ties: float | None = None
    words_more: float | None = None
    replies: int = 0
    unread: int = 0
    unread_reason: str = ""
    unread_reply: str = ""
    passing: PassChange | None = None
    cautions: list[Caution] = []
    warnings: list[str] = []
