"""Runs the scorers of a repository's own, each in a process of its own, within its time.

Such a process has no key in its environment, and can neither end this one nor leave anything in it. What it
says is read as data.
"""

from __future__ import annotations

import os
import pickle
import queue
import re
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from itertools import count
from types import ModuleType
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    TypeAdapter,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from cuebook.core.canonical import read_json
from cuebook.core.environment import for_python
from cuebook.core.errors import InvalidFiles, UsageError
from cuebook.core.limited import OverBudget, patience
from cuebook.scorers._base import Asked, Context, NoParameters, ScoreKind, Scorer, Sees
from cuebook.scorers._host import HEADER, PACKAGE
from cuebook.scorers._own import OwnScorer, UnsteadyScorer, file_problems
from cuebook.shapes.run import Failure, ModelCall, ModelReply, Score
from cuebook.wording.own_scorers import own_scorer_problem

SECONDS = 10.0
"""Of wall time, for one score."""
LOADING = 60.0
"""The same for a file and all that it imports."""
ASKED_TWICE = 3
"""Answers that are scored twice: what is not the same then would be luck in every verdict."""
_LONGEST = 1 << 24
"""Bytes of one thing that such a process says."""
_DEPTH = 100
"""How deep what it says may be nested: reading it must not use up the stack here."""
_SCORE, _CALLS = TypeAdapter(Score), TypeAdapter(list[ModelCall])


class _Loaded(BaseModel):
    """What a process says of its scorer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: int
    needs_model: bool
    paired: bool
    kind: ScoreKind
    sees: Sees
    fields: list[str]
    doc: str


class _Process:
    """One such process, started when first needed and again after it ended or ran out of time."""

    def __init__(self, own: OwnScorer) -> None:
        self.own = own
        self._process: subprocess.Popen[bytes] | None = None
        self._said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._shared: tuple[Any, ...] = (None, None, None)

    def load(self) -> dict[str, Any]:
        """Start it and let it run the file: what it says of the scorer. Raises OverBudget."""
        # -P: the working folder may be a stranger's checkout, which must not bring modules.
        command = [sys.executable, "-P", "-c", "from cuebook.scorers._host import main; main()"]
        pipe = subprocess.PIPE
        # A session of its own: Ctrl-C is for who runs it, and who ends it ends what it started.
        started = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, env=for_python(os.environ), start_new_session=True
        )
        # A new process has been told nothing yet.
        self._process, self._shared = started, (None, None, None)
        weakref.finalize(self, _end, started)
        said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=_read, args=(started, said), daemon=True).start()
        self._said = said
        return self._tell(LOADING, "load", self.own.name, self.own.path, self.own.data)

    def ask(self, what: str, *rest: Any) -> dict[str, Any]:
        """What it says to one thing. Raises OverBudget when it ends, or does not answer in time."""
        if self._process is None:
            self.load()
        return self._tell(SECONDS if what in {"score", "send"} else LOADING, what, *rest)

    def share(self, context: Context) -> Context:
        """The context without what many have in common, which it is told once."""
        common = (context.files, context.judges, context.json_schema)
        if self._process is None:
            self.load()
        # By identity: these are the same objects for a whole suite, and its files may be large.
        if any(one is not other for one, other in zip(common, self._shared, strict=True)):
            self.ask("share", dict(zip(("files", "judges", "json_schema"), common, strict=True)))
            self._shared = common
        return Context(
            context.case, context.version, context.reply, rival=context.rival, repeat=context.repeat
        )

    def _tell(self, seconds: float, *words: Any) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        data = pickle.dumps(words)
        # In a thread: one that is busy reads nothing, and a pipe holds little.
        threading.Thread(target=_write, args=(self._process.stdin, data), daemon=True).start()
        try:
            line = self._said.get(timeout=seconds)
        except queue.Empty:
            self._stop()
            raise OverBudget(f"not ended after {seconds:g} seconds") from None
        # Ended, or went on beyond what is read of one line.
        if not line.endswith(b"\n"):
            code = self._stop()
            raise OverBudget(f"its process ended (exit code {code})")
        try:
            found = read_json(line.decode(), depth=_DEPTH)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self._stop()
            raise OverBudget("what its process said cannot be read")
        return found

    def _stop(self) -> int | None:
        assert self._process is not None
        code = _end(self._process)
        self._process = None
        return code


def _read(process: subprocess.Popen[bytes], said: queue.SimpleQueue[bytes]) -> None:
    assert process.stdout is not None
    with process.stdout as pipe:
        while (line := pipe.readline(_LONGEST)).endswith(b"\n"):
            said.put(line)
    said.put(b"")


def _write(pipe: Any, data: bytes) -> None:
    try:
        pipe.write(HEADER.pack(len(data)) + data)
        pipe.flush()
    except (OSError, ValueError):  # it has ended, which is told by its answer
        return


def _end(process: subprocess.Popen[bytes]) -> int | None:
    code = process.poll()
    process.kill()
    process.wait()
    assert process.stdin is not None
    with suppress(OSError):  # what was on its way to it
        process.stdin.close()
    return process.returncode if code is None else code


class _Settings(NoParameters):
    """The settings of such a scorer: checked in its process, by its own class."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    own_process: ClassVar[_Process]
    _given: dict[str, Any] = PrivateAttr(default_factory=dict)
    _reads: str | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _there(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            found = cls.own_process.ask("check", dict(data))
        except OverBudget as error:
            path = cls.own_process.own.path
            raise InvalidFiles([own_scorer_problem("scorer_settings_unchecked", path, why=error)]) from None
        if "wrong" in found:
            raise _as_here(cls.__name__, found["wrong"])
        _raise_error(found)
        made = handler(found["values"])
        made.keep(dict(data), found["reads"])
        return made

    def keep(self, given: dict[str, Any], reads: str | None) -> None:
        """Keep what was given, for the process to make the same of it again."""
        self._given, self._reads = given, reads

    @property
    def given(self) -> dict[str, Any]:
        """The settings as the suite writes them."""
        return self._given

    @property
    def reads(self) -> str | None:
        """As the scorer's own class says."""
        return self._reads


def _as_here(title: str, wrong: Sequence[Mapping[str, Any]]) -> ValidationError:
    """What was wrong there, as if it had been found here."""
    errors: list[InitErrorDetails] = []
    for item in wrong:
        details: InitErrorDetails = {
            "type": str(item["type"]),
            "loc": tuple(item["loc"]),
            "input": item.get("input"),
            "ctx": item.get("ctx") or {},
        }
        try:
            ValidationError.from_exception_data(title, [details])
        except (KeyError, TypeError, ValueError):  # a kind that its own code made up
            # pydantic fills braces of a message, and these words are somebody's.
            words = str(item["msg"]).replace("{", "(").replace("}", ")")
            details["type"] = PydanticCustomError("own", words)
            details["ctx"] = {}
        errors.append(details)
    return ValidationError.from_exception_data(title, errors)


def load(own: OwnScorer) -> Scorer:
    """Run a scorer's file in a process of its own and return its scorer. Raises InvalidFiles.

    Its bytes are run from memory, and no folder of the checkout is among those that modules come from.
    """
    if wrong := list(file_problems(own)):
        raise InvalidFiles(wrong)
    process = _Process(own)
    try:
        said = process.load()
    except OverBudget as error:
        raise InvalidFiles([own_scorer_problem("scorer_not_loaded", own.path, why=error)]) from None
    if "error" in said:
        why = f"{said.get('name')}: {said['error']}"
        raise InvalidFiles([own_scorer_problem("scorer_not_loaded", own.path, why=why)])
    if "none" in said:
        raise InvalidFiles([own_scorer_problem("scorer_no_scorer", own.path)])
    found = _Loaded.model_validate(said)
    module = ModuleType(f"{PACKAGE}.{own.name}", found.doc)  # what it says of itself, and no code
    sys.modules[module.__name__] = module
    fields: dict[str, Any] = dict.fromkeys(found.fields, (Any, None))
    parameters = create_model("Parameters", __base__=_Settings, **fields)
    parameters.own_process = process
    function: Callable[..., Any] = _asking(process) if found.needs_model else _scoring(process)
    function.__module__ = module.__name__
    return Scorer(
        own.name, found.version, parameters, found.needs_model, found.paired, function, found.kind, found.sees
    )


def _scoring(process: _Process) -> Callable[[Context, _Settings], Score]:
    """The scorer as a function here, asked twice about the first answers. Raises UnsteadyScorer."""
    own, asked = process.own, count()

    def once(context: Context, parameters: _Settings) -> Score:
        with patience(own.path):
            return _score_of(own, process.ask("score", 0, process.share(context), parameters.given))

    @wraps(once)
    def score(context: Context, parameters: _Settings) -> Score:
        found = once(context, parameters)
        # Not each time: it would take twice as long, and chance shows in the first few.
        if next(asked) < ASKED_TWICE and (again := once(context, parameters)) != found:
            what = f"{own.path}: scored twice, the answer to {context.case.id} got {found.value} and "
            raise UnsteadyScorer(f"{what}{again.value}", "let the score depend on the answer alone")
        return found

    return score


def _asking(process: _Process) -> Callable[[Context, _Settings], Asked]:
    """The scorer as a function here that yields what the one there wants to ask."""
    own, numbers = process.own, count(1)

    def score(context: Context, parameters: _Settings) -> Asked:
        number = next(numbers)
        words: tuple[Any, ...] = ("score", number, process.share(context), parameters.given)
        while True:
            with patience(own.path):
                said = process.ask(*words)
            if "calls" not in said:
                return _score_of(own, said)
            replies: Sequence[ModelReply | Failure] = yield _CALLS.validate_python(said["calls"])
            words = ("send", number, list(replies))

    return score


def _score_of(own: OwnScorer, said: Mapping[str, Any]) -> Score:
    _raise_error(said)
    if "score" not in said:
        raise UsageError(
            f"{own.path} returned {str(said.get('odd'))[:100]} and no score",
            "return measured(0.5), for example",
        )
    try:
        return _SCORE.validate_python(said["score"])
    except ValidationError:
        raise UsageError(
            f"{own.path} returned a score that cannot be read", "a value is from 0 to 1"
        ) from None


def _raise_error(said: Mapping[str, Any]) -> None:
    """Raise what was raised there, by a class of the same name: reports tell the name and the words."""
    if "error" not in said:
        return
    name, words = str(said.get("name")), str(said["error"])
    if said.get("ours"):
        raise UsageError(words)
    # The name becomes that of a class, and reports show it.
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,79}", name):
        name = "Error"
    raise type(name, (Exception,), {})(words)
