"""JUnit XML, for the test tabs of CI systems: one suite a verdict, one test case each for gate and cases.

The gate's own test case is called ``gate``: a failed verdict is a failure, an inconclusive one an error, so
that neither passes for a pass. A case that broke or has no answer is a failure, one without a score an
error; all others pass and say in ``system-out`` what became of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from cuebook.reports import _words
from cuebook.reports._audience import Audience
from cuebook.reports._text import line, plain
from cuebook.shapes.became import Became, CaseKind
from cuebook.shapes.case_result import CaseChange, CaseResult
from cuebook.shapes.verdict import Verdict
from cuebook.wording.details import changed, details, override_box
from cuebook.wording.finish import finish
from cuebook.wording.headline import headline
from cuebook.wording.names import app_called
from cuebook.wording.next_step import next_step
from cuebook.wording.notes import notes

SUFFIX = ".xml"
AUDIENCE: Audience = "programs"

_FAILURES: frozenset[CaseChange] = frozenset({"broken", "failed"})
_COMMAND = re.compile(r"^(\s*):(?=:)", re.MULTILINE)


def render(verdicts: Sequence[Verdict]) -> str:
    """Return one document with every verdict; a suite's counts are those of its test cases."""
    root = ET.Element("testsuites", name="cuebook")
    for verdict in verdicts:
        root.append(_suite(verdict))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    # Character references read back as what they stand for, and hide commands from a workflow's log.
    text = _COMMAND.sub(r"\1&#58;", text).replace("##[", "##&#91;")
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{text}\n"


def _suite(verdict: Verdict) -> ET.Element:
    suite = ET.Element("testsuite", name=plain(verdict.name))
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(verdict).items():
        ET.SubElement(properties, "property", name=name, value=plain(value))
    suite.append(_gate(verdict))
    for case, kind in zip(verdict.cases, Became(verdict).kinds, strict=True):
        suite.append(_case(verdict, case, kind))
    tests = suite.findall("testcase")
    suite.set("tests", str(len(tests)))
    suite.set("failures", str(sum(test.find("failure") is not None for test in tests)))
    suite.set("errors", str(sum(test.find("error") is not None for test in tests)))
    suite.set("skipped", "0")
    return suite


def _properties(verdict: Verdict) -> dict[str, str]:
    return {
        "outcome": verdict.outcome,
        "candidate": verdict.digests.candidate,
        "baseline": verdict.digests.baseline or "",
        "dataset": verdict.digests.dataset,
        "models": ", ".join(verdict.digests.models),
        **({"app": app_called(verdict.app)} if verdict.app else {}),
        "offline": str(verdict.offline).lower(),
    }


def _gate(verdict: Verdict) -> ET.Element:
    test = ET.Element("testcase", classname=plain(verdict.name), name="gate")
    told = [headline(verdict), f"Next: {next_step(verdict).text}"]
    told += [f"Override: {override_box(verdict.override)}"] if verdict.override else []
    text = "\n".join(line(part) for part in [*told, *details(verdict), *notes(verdict)])
    if verdict.outcome == "pass":
        ET.SubElement(test, "system-out").text = text
        return test
    kind = "failure" if verdict.outcome == "fail" else "error"
    found = ET.SubElement(test, kind, message=line(headline(verdict)), type=verdict.outcome)
    found.text = text
    return test


def _case(verdict: Verdict, case: CaseResult, became: CaseKind) -> ET.Element:
    # Several models may answer one case, and two test cases of a name would be taken for one.
    name = f"{verdict.name}, {case.model}"
    test = ET.Element("testcase", classname=plain(name), name=plain(case.id))
    if case.candidate.seconds is not None:
        test.set("time", f"{case.candidate.seconds:.3f}")
    told = [f"{label} {change}" for label, change, _ in _words.scores_of(verdict, case)]
    told += [f"{_words.FINISH} {ended}"] if (ended := finish(case)) else []
    message = ": ".join(filter(None, [changed(verdict, became), "; ".join(told)]))
    if case.change in _FAILURES:
        # A first version broke nothing that worked before.
        kind = "failed" if not verdict.baseline else case.change
        found = ET.SubElement(test, "failure", message=line(message), type=kind)
    elif case.change == "dropped":
        found = ET.SubElement(test, "error", message=line(message), type=case.change)
    else:
        ET.SubElement(test, "system-out").text = line(message)
        return test
    found.text = plain("\n".join(_details(verdict, case)))
    return test


def _details(verdict: Verdict, case: CaseResult) -> list[str]:
    old, new = _words.arms(verdict)[0], _words.arms(verdict)[-1]
    before, after = _words.answers(case)
    answers = [(old, before)] if case.baseline else []
    parts = [f"{name}: {text}" for name, text in _words.given(case)]
    parts += [f"expected: {_words.expected(case)}"] if case.expectations else []
    parts += [f"{name}: {said}" for name, said in [*answers, (new, after)]]
    return parts + [
        f"{label} {change}: {reason}" for label, change, reason in _words.scores_of(verdict, case)
    ]
