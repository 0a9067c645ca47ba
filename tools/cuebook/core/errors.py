"""Everything that can go wrong, as one family; each class knows the exit code of the command line.

CuebookError                      2
├── UsageError                    2  wrong words on the command line, or a missing file or setting
├── InvalidFiles                  2  files that a command needs are wrong; carries every problem
├── MissingExtra                  2  an optional dependency is not installed
├── BrokenPlugin                  2  an installed plug-in cannot be used
├── RefError                      2
│   ├── MalformedRef                 not of the form name/3 or name@alias
│   ├── UnknownPrompt
│   ├── UnknownVersion
│   └── UnknownAlias
├── RenderError                   2  variables missing, unknown or of the wrong type; a bad template
├── GitError                      2  git failed; carries command, code and what it printed
├── GitHubError                   4  GitHub cannot be reached or refused; carries the HTTP status
│   └── Refused                      a request that no retry can fix: token, permission, not there, invalid
├── CeilingReached                3  a limit on money or calls stopped a run; replies are kept
├── PublishConflict               1  publishing would change or drop what is already published
├── RegistryUnreachable           4  no copy of a prompt could be had from any source
├── DigestMismatch                4  a fetched artifact is not what its digest says
└── ModelError                    4
    ├── Retryable                    busy, timed out, broken connection: the same call may work later
    ├── CaseFailed                   this case cannot be answered (refused, too long); others can
    └── Aborted                      no call can work (key, model name, parameters): stop the run
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

EXIT_PASS, EXIT_FAIL, EXIT_USAGE, EXIT_INCONCLUSIVE, EXIT_PROVIDER, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 130


COMING = "0.1.0"
"""The release that is being made: checks that it brings refuse only files that were not accepted before."""


class Problem(NamedTuple):
    """One thing wrong in one file: where, what, and what to do about it.

    ``file`` is relative to the registry's root with forward slashes; ``line`` counts from 1, 0 if
    the file as a whole is meant. ``since`` names the release that began to look for it, where an earlier
    one let it through: then it refuses new and edited files only. ``code`` names a problem that a program
    looks for, ``key`` the key or name that a file has and may not have; words are for people.
    """

    file: str
    line: int
    message: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"
    since: str = ""
    code: str = ""
    key: str = ""

    @property
    def breaks(self) -> bool:
        """Whether the file cannot be used: what an earlier release let through stays usable."""
        return self.severity == "error" and not self.since

    def __str__(self) -> str:
        return self.said_as(self.severity)

    def said_as(self, kind: str) -> str:
        """The problem in words, for a log: its place, ``kind`` in place of the severity, and what to do."""
        from cuebook.core.escape import block, line
        from cuebook.core.layout import shown

        # A file's name may hold a line feed, after which a log would find a command.
        file, what, cure = (shown(text) for text in (self.file, self.message, self.hint))
        place = f"{line(file)}:{self.line}" if self.line else line(file)
        return f"{place}: {kind}: {line(what)}" + (f"\n    {block(cure)}" if cure else "")


class CuebookError(Exception):
    """Base of the family. ``hint`` is the command or edit that usually repairs it."""

    exit_code = EXIT_USAGE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        from cuebook.core.escape import block

        return block(f"{self.message}\n    {self.hint}" if self.hint else self.message)


class UsageError(CuebookError):
    """Wrong words on the command line, or a file or setting that is not there."""


class InvalidFiles(CuebookError):
    """Files that a command needs are wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


REPOSITORY = "git+https://github.com/cuebook/cuebook"
"""Where pip finds Cuebook, until its name is registered with the package index."""


def install_line(extra: str = "") -> str:
    """The command that installs Cuebook with an extra."""
    return f"pip install 'cuebook[{extra}] @ {REPOSITORY}'" if extra else f"pip install {REPOSITORY}"


UPGRADE = f"pip install --upgrade {REPOSITORY}"

HOW_TO_PIN = (
    f"pip wheel --no-deps -w .github/wheels {REPOSITORY} && pip hash .github/wheels/cuebook-*.whl; commit "
    "the wheel, and in place of the line of Cuebook write its path and that hash: "
    "./.github/wheels/cuebook-...whl[all] --hash=sha256:..."
)
"""How workflows get Cuebook itself: pip takes no address of a repository where it asks for hashes."""


class MissingExtra(CuebookError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed", install_line(extra))


class BrokenPlugin(CuebookError):
    """An installed plug-in cannot be used."""


class RefError(CuebookError):
    """A ref that names nothing."""


class MalformedRef(RefError):
    """Not of the form ``name/3``, ``name@alias`` or the same with ``prompts:/`` before it."""


class UnknownPrompt(RefError):
    """No prompt has this name."""


class UnknownVersion(RefError):
    """The prompt has no version of this number."""


class UnknownAlias(RefError):
    """The prompt has no alias of this name."""


class RenderError(CuebookError):
    """Variables are missing, unknown or of the wrong type, or the template is wrong."""


class GitError(CuebookError):
    """A git command failed."""


class GitHubError(CuebookError):
    """GitHub could not be reached, failed or refused; ``status`` is that of HTTP, 0 without an answer."""

    exit_code = EXIT_PROVIDER

    def __init__(self, message: str, hint: str = "", *, status: int = 0) -> None:
        super().__init__(message, hint)
        self.status = status


class Refused(GitHubError):
    """GitHub says no, and would say so again: the token, a permission, a missing or invalid thing."""


class CeilingReached(CuebookError):
    """A limit on money, tokens or calls stopped a run; every reply so far is kept.

    ``limit`` is the ceiling, in ``unit``.
    """

    exit_code = EXIT_INCONCLUSIVE

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        limit: float | None = None,
        unit: Literal["cost_usd", "tokens", "calls"] = "calls",
    ) -> None:
        super().__init__(message, hint)
        self.limit = limit
        self.unit = unit


class PublishConflict(CuebookError):
    """Publishing would change or drop what is already published."""

    exit_code = EXIT_FAIL


class RegistryUnreachable(CuebookError):
    """No copy of a prompt could be had; ``away`` when the registry as a whole does not answer."""

    exit_code = EXIT_PROVIDER
    away = False


class DigestMismatch(CuebookError):
    """A fetched artifact is not what its digest says."""

    exit_code = EXIT_PROVIDER


class ModelError(CuebookError):
    """A call to a model failed."""

    exit_code = EXIT_PROVIDER


FailureCode = Literal[
    "",
    "timeout",
    "too_much_output",
    "try_again",
    "no_output",
    "several_lines",
    "not_json",
    "unreadable",
    "other_id",
    "own_error",
]
"""How an app gave no answer; empty for a model's failure, and for a version that a case does not fill."""


class Retryable(ModelError):
    """The same call may work later; ``after`` is the provider's Retry-After in seconds, if it gave one.

    ``throttled`` means that there were too many calls, ``unreachable`` that there was no answer at all;
    ``code`` is how an app failed.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        after: float | None = None,
        throttled: bool = False,
        unreachable: bool = False,
        code: FailureCode = "",
    ):
        super().__init__(message, hint)
        self.after = after
        self.throttled = throttled
        self.unreachable = unreachable
        self.code: FailureCode = code


class CaseFailed(ModelError):
    """One case cannot be answered (too long, or ``filtered``: refused unread); others can.

    ``code`` is how an app failed.
    """

    def __init__(
        self, message: str, hint: str = "", *, filtered: bool = False, code: FailureCode = ""
    ) -> None:
        super().__init__(message, hint)
        self.filtered = filtered
        self.code: FailureCode = code


StopCode = Literal[
    "",
    "no_key",
    "no_plugin",
    "wrong_key",
    "no_credit",
    "unknown_model",
    "not_allowed",
    "parameters",
    "unreachable",
    "most_calls_failed",
    "target_cannot_run",
]
"""Why no call can work; empty where nobody could tell."""


class Aborted(ModelError):
    """No call can work: wrong key, unknown model, refused parameters. ``cause`` says which of these."""

    def __init__(self, message: str, hint: str = "", *, cause: StopCode = "") -> None:
        super().__init__(message, hint)
        self.cause = cause


def nearest(word: str, known: Sequence[str], *, cutoff: float = 0.55) -> str:
    """The known word most like ``word``, or the empty string when none is close.

    ``cutoff`` is how like it must be, 1 for the same word. Capitals make no difference.
    """
    import difflib  # costs 10 ms, and only a failing program needs it

    spelled = {name.casefold(): name for name in reversed(known)}  # of the same but for capitals, the first
    # Of two letters a slip in one leaves no more than half of them alike.
    least = min(cutoff, 0.5) if len(word) <= 2 else cutoff
    close = difflib.get_close_matches(word.casefold(), spelled, n=1, cutoff=least)
    if not close and len(word) > 2 and cutoff < _SURE:
        # A part of a longer name, such as url of base_url.
        close = sorted((name for name in spelled if word.casefold() in name), key=len)
    return spelled[close[0]] if close else ""


_SURE = 0.6
"""From here on somebody asked for a slip of the pen alone."""


def did_you_mean(word: str, known: Sequence[str], *, shown: int = 12) -> str:
    """A hint naming the nearest known word, or listing the known ones."""
    if close := nearest(word, known):
        return f"did you mean {close!r}?"
    if not known:
        return ""
    listed = ", ".join(sorted(known)[:shown])
    return f"known: {listed}{', ...' if len(known) > shown else ''}"
