"""What the cases of a suite can decide, as figures."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class TooFew:
    """So few ``cases`` (of ``units``) that a version as good as the baseline cannot pass at ``margin``.

    ``supported`` is the loss that they can rule out, on this metric ``alone`` where the suite has others.
    ``better`` says whether a version can pass that is right in every case where the baseline is wrong,
    ``needed`` how many cases let one that is as good pass as a rule.
    """

    cases: int
    units: str
    margin: float
    supported: float
    alone: bool = False
    better: bool = True
    needed: int = 0


@dataclass(frozen=True, slots=True)
class Power:
    """Whether a metric can decide: with ``cases`` observations of spread ``sd`` at its margin.

    ``measured`` tells a spread seen in an earlier run from the one usual for its ``kind``. ``needed`` cases
    pass an equally good candidate on all ``metrics`` deciding metrics together, with 80% power;
    ``margin_supported`` is what ``cases`` are enough for; ``never`` is set where so few can never pass.
    ``stated`` is the suite's margin where the errors of a judge make the one to test with smaller, as it
    shows at least the share ``shown`` of a true difference. ``units`` are what is counted. ``floor`` is what
    a version with nothing to compare with has to reach, and ``hopeless`` that so few cases cannot show it,
    whatever they score. ``judge`` is the prompt of the judge, if any.
    """

    label: str
    margin: float
    cases: int
    sd: float
    kind: str
    measured: bool
    metrics: int
    needed: int
    never: TooFew | None
    margin_supported: float
    error: float
    stated: float | None = None
    shown: float | None = None
    units: str = "cases"
    floor: float | None = None
    hopeless: bool = False
    judge: str = ""

    @property
    def enough(self) -> bool:
        """Whether the cases are enough for the margin."""
        return self.cases >= self.needed

    @property
    def proposed(self) -> float | None:
        """The margin to write in the suite so that the cases are enough; None where no margin is."""
        stated = self.margin_supported * (self.stated / self.margin if self.stated else 1)
        # A margin of 1 accepts any loss.
        return found if (found := rounded_up(stated)) < 1 else None


@dataclass(frozen=True, slots=True)
class ProtectedAlarm:
    """How often a version that is no worse fails on a protected case.

    In an earlier run the baseline passed the share ``passed`` of its ``cases``, so such a version fails on
    one of them in up to the share ``alarm`` of runs.
    """

    cases: int
    passed: float
    alarm: float


def rounded_up(margin: float) -> float:
    """A margin with two digits, as a suite states it, and not smaller than ``margin``."""
    return ceil(100 * margin - 1e-9) / 100
