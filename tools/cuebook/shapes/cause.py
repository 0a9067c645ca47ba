"""Why a gate came to its outcome, as codes and numbers: ``wording`` makes the sentences from these."""

from __future__ import annotations

from typing import Literal, NamedTuple

from cuebook.shapes._base import Shape

CauseCode = Literal[
    # what fails
    "protected_broken",
    "metric_lost",
    "metrics_together",
    "below_floor",
    "over_limit",
    # what fails when it is the new version alone, and leaves open when it is both or the old one alone
    "answers_unusable",
    # what leaves a comparison open
    "not_shown",
    "stopped_early",
    "ceiling",
    "models_silent",
    "judge_unreadable",
    "judge_unsteady",
    "all_zero",
    "scores_missing",
    "two_models",
    "judge_void",
    "judge_advisory",
    "protected_unseen",
    "limit_unknown",
    "no_rule",
    "no_case",
    "inputs_unfilled",
    "samples_wrong",
    "asked_before",
]

NothingCode = Literal[
    "no_change",
    "shares_only",
    "no_suite",
    "new_suite",
    "needs_model",
    "no_key",
    "no_answer",
    "most_calls_failed",
    "target_cannot_run",
    "target_elsewhere",
    "target_fork",
    "new_target",
    "no_plugin",
    "new_scorer",
    "wrong_key",
    "no_credit",
    "unknown_model",
    "not_allowed",
    "parameters",
    "unreachable",
    "stopped",
]
"""Why there is no verdict at all; ``stopped`` where nobody could tell."""

Reason = Literal["new version", "alias moves", "suite changed", "on record", "for reading"]
"""Why a comparison is made; a plan publishes it."""

Effect = Literal["none", "warns", "stops"]
"""What a verdict does to a change."""

StaleCode = Literal[
    "candidate",
    "baseline",
    "dataset",
    "suite",
    "judges",
    "calibrations",
    "models",
    "tool",
    "gate",
    "scorer",
    "providers",
    "target",
    "plugin",
    "own_scorer",
    "endpoint",
    "suite_removed",
]
"""What makes a verdict out of date; ``tool`` is Cuebook itself, where a verdict does not say which part."""

DoubtCode = Literal["unmeasured", "unanswered", "no_labels", "moved", "expired", "unjudged", "kappa"]

CautionCode = Literal[
    # of the measurement
    "never_measured",
    "few_labels",
    "unbalanced",
    "low_kappa",
    "blind",
    "pooled",
    "unjudged",
    "unreadable",
    "repeats",
    # of the run
    "canaries_unjudged",
    "likes_length",
    "kin",
    # in the words of an earlier release
    "recorded",
]

LackCode = Literal[
    "not_evaluated",
    "stale",
    "not_after_rollback",
    "not_under_former_rules",
    "not_passed",
    "no_suite",
    "judge_unmeasured",
    "judge_weak",
    "judge_labels",
    # labels that come with the promotion that they would be the evidence for
    "judge_labels_new",
    "call_refused",
    "default_untried",
    "unshown",
    "rules_lost",
]

RuleCode = Literal[
    "margin",
    "floor",
    "limit",
    "error",
    "repeats",
    # rounds of tool calls that a turn of a dialogue may take
    "steps",
    "metric",
    "protected",
    "judge",
    "kappa",
    "age",
    "cases",
    # test cases beside the former ones, which make a loss on those look smaller
    "cases_added",
    "scorer",
    # the file of a scorer of the repository's own is another one
    "own_scorer",
    "models",
    "labels",
    # labels beside the former ones, which may end that a judge decides
    "labels_added",
    "baseline",
    "suite",
    # of these no promotion is compared twice: they change what is spent and what is stopped
    "enforce",
    "ceiling",
    # of the settings
    "price",
    "protected_alias",
    "model_list",
    "asked_model",
    "endpoint",
    # what an app under test is called by, or runs with, is something else
    "target",
    # what is installed for a model's prefix or a scorer's name is something else
    "plugin",
]
"""Which rule was loosened; ``cases`` are test cases removed or altered."""


class Cause(Shape):
    """One reason for an outcome. Only the fields that the sentence of its ``code`` names are set.

    ``label`` is the label of a metric, or of the scorer whose judge it is about, or the name of a limit.
    ``who`` tells whose answers; ``how`` why they are of no use; ``count`` of ``total`` things are
    concerned, ``names`` are some of them (case ids, models). ``limit`` is what was exceeded or reached: of
    tokens an answer, or of a ceiling, whose ``unit`` it is in. ``words`` were said by somebody else (a
    provider's error), ``since`` is a date. The chances are those of a pass and of a fail on [0, 1] when
    the run stopped early.
    """

    code: CauseCode
    label: str = ""
    who: Literal["", "candidate", "baseline", "both"] = ""
    how: Literal["", "cut_off", "empty", "filtered"] = ""
    count: int | None = None
    total: int | None = None
    limit: float | None = None
    unit: Literal["", "cost_usd", "tokens", "calls"] = ""
    names: list[str] = []
    words: str = ""
    since: str = ""
    pass_chance: float | None = None
    fail_chance: float | None = None


class Doubt(Shape):
    """Why a judge only advises: what its agreement with people, as it was measured, lacks.

    ``judge`` is its name. It was ``measured`` on a day, which may be ``max_age_days`` old; ``judged`` of
    ``labels`` got a judgement; its kappa is at least ``lower``, and ``least_kappa`` is asked for.
    """

    code: DoubtCode
    judge: str
    measured: str = ""
    max_age_days: int | None = None
    judged: int = 0
    labels: int = 0
    lower: float | None = None
    least_kappa: float | None = None

    @property
    def passes_by(self) -> bool:
        """Whether a measurement would end it: what the judge is worth is not known today, or no more."""
        return self.code in {"unmeasured", "unanswered", "moved", "expired"}

    @property
    def is_gap(self) -> bool:
        """Whether the next run may end it by itself: labels were not asked about, or not answered."""
        return self.code in {"unmeasured", "unanswered"}


class Caution(Shape):
    """What to beware of with a judge: ``count`` of ``total`` things, a ``share``, grades by ``names``.

    ``words`` are why most replies could not be read (one is among the ``names``), or a family of models.
    """

    code: CautionCode
    count: int = 0
    total: int = 0
    share: float | None = None
    names: list[str] = []
    words: str = ""


class Lack(Shape):
    """What is in the way of a promotion, with the names and numbers that its sentence needs.

    ``changed`` is what a verdict depends on and is no longer as it was, where that is the reason.
    """

    code: LackCode
    values: dict[str, str | int | float] = {}
    changed: list[StaleInput] = []


class StaleInput(NamedTuple):
    """One thing that a verdict depends on and that changed since, with its name where it has one."""

    code: StaleCode
    name: str = ""


class Nothing(Shape):
    """Why something was not evaluated. ``model`` is the one asked, ``key`` the variable that is not set.

    ``count`` of ``total`` calls got no answer, or the only ones where the words are the provider's. ``words``
    is what the provider or the target said, ``cure`` what repairs it; earlier releases say among the words
    how a missing plug-in is installed. What ``stops`` the change would have decided about it.
    """

    code: NothingCode
    prompt: str = ""
    version: int | None = None
    suite: str = ""
    model: str = ""
    key: str = ""
    target: str = ""
    count: int | None = None
    total: int | None = None
    words: str = ""
    cure: str = ""
    stops: bool = False


class RuleChange(Shape):
    """One rule that asks for less than before: of ``label``, ``old`` to ``new`` in the rule's own unit.

    ``was`` and ``now`` are the same for rules that are no numbers. ``count`` is the number of things
    removed, where that is what changed. ``file`` holds the rule, ``by`` whose commit changed it last.
    """

    code: RuleCode
    label: str = ""
    old: float | None = None
    new: float | None = None
    count: int | None = None
    was: str = ""
    now: str = ""
    file: str = ""
    by: str = ""
