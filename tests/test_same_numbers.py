"""Every verdict of the example registry says the same in JSON, on pages, in the comment and on a terminal."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cuebook import reports
from cuebook.core.format import MINUS, amount, points
from cuebook.gate.plan import compare, plan_record
from cuebook.jobs import run_all
from cuebook.jobs.evaluate import judge_all
from cuebook.jobs.workspace import Workspace
from cuebook.publish.artifacts import Catalog, read_catalog
from cuebook.shapes.verdict import MetricResult, Verdict
from cuebook.site.pages import Page, Site, all_pages
from cuebook.site.pages._cases import Cases
from cuebook.wording.details import CHANGES, changed
from cuebook.wording.headline import headline
from cuebook.wording.names import mean
from fixtures.reading import Element, read

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("prompts", "evals", "overrides", "cuebook.toml")


@dataclass(frozen=True)
class Example:
    """What the example registry publishes, and its pages by path."""

    workspace: Workspace
    verdicts: list[Verdict]
    catalog: Catalog
    pages: dict[str, Page]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("CUEBOOK_STATE", raising=False)
        patched.delenv("CUEBOOK_OUTPUT", raising=False)
        root = tmp_path_factory.mktemp("example")
        for name in (name for name in PARTS if (ROOT / name).exists()):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, root / name)
        workspace = Workspace(root)
        judged = judge_all(workspace, plan_record(workspace.registry).comparisons)
        run_all.publish_all(workspace)
        catalog = read_catalog(workspace.api)
        pages = {page.path: page for page in all_pages(Site(catalog))}
        yield Example(workspace, [item.verdict for item in judged], catalog, pages)


def differences(verdict: Verdict) -> list[MetricResult]:
    return [item for item in verdict.metrics if item.kind == "difference"]


def wanted(item: MetricResult) -> tuple[str, str, str, str]:
    return item.label, points(item.mean), points(item.lower), points(item.upper)


def plain(text: str) -> str:
    """Words of a report without what Markdown, a table or the width of a screen adds."""
    return " ".join(re.sub(r"[\\*|]|&#\d+;", " ", html.unescape(text)).split()).replace(" ", "")


def rows_of(document: Element, kind: str) -> list[str]:
    tables = [table for table in document.find("table") if kind in (table.attributes.get("class") or "")]
    return [plain(row.words) for table in tables for row in table.find("tr")]


def says(rows: list[str], item: MetricResult, joined: str) -> bool:
    """Whether one row has the label, the change and both ends of the interval."""
    label, change, lower, upper = map(plain, wanted(item))
    return any(label in row and change in row and f"{lower}{joined}{upper}" in row for row in rows)


def test_there_are_verdicts_of_many_versions(example: Example) -> None:
    assert {verdict.outcome for verdict in example.verdicts} >= {"pass", "fail"}
    assert len(example.verdicts) > 20


def test_the_published_entry_has_the_verdict_s_own_numbers(example: Example) -> None:
    for verdict in example.verdicts:
        entries = example.catalog.prompt(verdict.prompt).evaluations
        (entry,) = [
            entry
            for entry in entries
            if (entry.version, entry.suite) == (verdict.candidate.version, verdict.suite)
        ]
        assert entry.headline == headline(verdict)
        assert entry.deciding == verdict.metrics
        assert (entry.asked, entry.cases) == (verdict.coverage.used, verdict.coverage.cases)


def test_pages_say_the_same(example: Example) -> None:
    for verdict in example.verdicts:
        name, number = verdict.prompt, verdict.candidate.version
        report = read(example.pages[f"reports/{name}/v{number}/{verdict.suite}.md"].body)
        page = read(example.pages[f"prompts/{name}/v{number}.md"].body)
        said = plain(headline(verdict))
        assert said in plain(report.words), verdict.name
        assert said in plain(page.words), verdict.name
        for item in differences(verdict):
            assert says(rows_of(report, "cb-intervals"), item, "to"), (verdict.name, wanted(item))
            if not item.advisory:
                assert says([plain(table) for table in evidence(page, item, number)], item, "to"), (
                    verdict.name
                )


def evidence(page: Element, item: MetricResult, number: int) -> list[str]:
    """The rows of a version in the tables of this metric, each with the metric's name."""
    found = []
    for section in page.find("section"):
        if "cb-evidence" in (section.attributes.get("class") or "") and section.words.startswith(item.label):
            found += [f"{item.label} {row.words}" for row in section.find("tr") if f"v{number} " in row.words]
    return found


@pytest.mark.parametrize("form", ["markdown", "terminal"])
def test_comment_and_terminal_say_the_same(example: Example, form: str) -> None:
    for verdict in example.verdicts:
        text = reports.render(form, [verdict])
        assert plain(headline(verdict)) in plain(text), verdict.name
        rows = [plain(line) for line in text.splitlines()]
        for item in differences(verdict):
            assert says([row.replace("[", "").replace("]", "") for row in rows], item, ","), (
                verdict.name,
                wanted(item),
            )


def test_floors_are_the_same_scores_everywhere(example: Example) -> None:
    floors = 0
    for verdict in example.verdicts:
        name, number = verdict.prompt, verdict.candidate.version
        rows = rows_of(
            read(example.pages[f"reports/{name}/v{number}/{verdict.suite}.md"].body), "cb-intervals"
        )
        said = [plain(line).replace("[", "").replace("]", "") for line in printed(verdict)]
        for item in (item for item in verdict.metrics if item.kind == "floor"):
            floors += 1
            shown, *ends = (mean(item, value) for value in (item.mean, item.lower, item.upper))
            label = plain(item.label)
            assert any(label in row and f"{shown}{'to'.join(ends)}" in row for row in rows), verdict.name
            assert sum(f"{label}floor" in row and ",".join(ends) in row for row in said) == 2, verdict.name
    assert floors > 20


def printed(verdict: Verdict) -> list[str]:
    return [
        line for form in ("markdown", "terminal") for line in reports.render(form, [verdict]).splitlines()
    ]


def test_cases_are_counted_alike_everywhere(example: Example) -> None:
    kinds: Counter[str] = Counter()
    for verdict in example.verdicts:
        found = Cases(verdict)
        every = Counter(view.kind for view in found.views)
        kinds += every
        said = ", ".join(f"{every[kind]:,} {changed(verdict, kind)}" for kind in CHANGES if every[kind])
        assert plain(said) in plain("\n".join(printed(verdict))), verdict.name
        name, number = verdict.prompt, verdict.candidate.version
        report = example.pages[f"reports/{name}/v{number}/{verdict.suite}.md"]
        assert plain(said) in plain(read(report.body).words), verdict.name
        filters = example.pages[f"reports/{name}/v{number}/{verdict.suite}/cases.md"].body
        buttons = re.findall(r'data-kind="(\w+)"[^>]*>[^<]*<span class="cb-count">(\d+)<', filters)
        assert {kind: int(count) for kind, count in buttons if kind in every} == every, verdict.name
        for kind in every:
            said = f'data-kind="{kind}" aria-pressed="false">{changed(verdict, kind).capitalize()} <'
            assert said in filters, verdict.name
    assert {"broken", "mixed", "worse", "wrong", "fixed", "same"} <= set(kinds)


def test_rows_of_cases_have_the_scores_of_the_verdict(example: Example) -> None:
    for verdict in example.verdicts:
        name, number = verdict.prompt, verdict.candidate.version
        page = example.pages[f"reports/{name}/v{number}/{verdict.suite}/cases.md"]
        data = json.loads(page.files["cases.json"])
        assert len(data["rows"]) == len(verdict.cases)
        told = {row["id"]: dict(zip(data["scorers"], row["scores"], strict=True)) for row in data["rows"]}
        for case in verdict.cases:
            for label, score in case.candidate.scores.items():
                if score.value is not None and case.baseline and label in case.baseline.scores:
                    assert told[case.id][label].endswith(f" {100 * score.value:.0f}".replace("-", MINUS))


def test_what_an_answer_takes_is_the_same_in_the_evidence_and_in_the_report(example: Example) -> None:
    for verdict in example.verdicts:
        name, number = verdict.prompt, verdict.candidate.version
        words = amount(verdict.candidate_spending.words)
        report = read(example.pages[f"reports/{name}/v{number}/{verdict.suite}.md"].body)
        page = read(example.pages[f"prompts/{name}/v{number}.md"].body)
        assert words in report.one(aria_label="Cost, time, length").words
        (first, *_) = page.find("section", class_="cb-evidence")
        assert any(row.words.endswith(words) and f"v{number} " in row.words for row in first.find("tr"))


def test_the_readme_shows_what_the_example_comes_to(example: Example) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = readme.partition("<!-- verdicts -->\n```text\n")[2].partition("```")[0].splitlines()
    rows = [line.split() for line in shown[1:-1] if not line.startswith(" ")]
    # Without Git's history the example does not know what was live before, and would compare some otherwise.
    registry = example.workspace.registry
    wanted = []
    for name, number, against in re.findall(r"(?m)^([a-z-]+)/(\d+)●? +v(\d+)", "\n".join(shown)):
        arms = registry.version(name, int(number)), registry.version(name, int(against))
        wanted.append(compare(registry, registry.suites_of(name)[0], *arms, "on record"))
    made = [item.verdict for item in judge_all(example.workspace, wanted)]
    told = [reports.render("table", [verdict]).splitlines()[1].split() for verdict in made]
    assert len(rows) >= 7
    assert [found[: len(row)] for found, row in zip(told, rows, strict=True)] == rows
