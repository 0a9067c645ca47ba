from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.core.format import points
from cuebook.shapes.verdict import MetricResult, Spending, Verdict
from cuebook.site.pages import Site, prompt, report
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog, artifact, metric, summary, verdict

UNIT = st.one_of(st.sampled_from([-1.0, -0.0, 0.0, 1e-12, -1e-12, 1.0]), st.floats(-1, 1, allow_nan=False))
AMOUNT = st.one_of(st.none(), st.sampled_from([0.0, 1e-9, 1e9]), st.floats(0, 1e6, allow_nan=False))
OUTCOMES = st.sampled_from(["pass", "fail", "inconclusive"])


@st.composite
def metrics(draw: st.DrawFn) -> MetricResult:
    low, middle, high = sorted(draw(st.tuples(UNIT, UNIT, UNIT)))
    known = draw(st.booleans())
    return metric(
        draw(st.sampled_from(["exact", "judge-x/1"])),
        middle,
        low,
        high,
        draw(OUTCOMES),
        kind=draw(st.sampled_from(["difference", "floor"])),
        bound=draw(st.floats(0, 1)),
        baseline=0.5 if known else None,
        candidate=0.5 if known else None,
        used=draw(st.integers(0, 10**6)),
        planned=10**6,
    )


@st.composite
def verdicts(draw: st.DrawFn) -> Verdict:
    spent = Spending(**{name: draw(AMOUNT) for name in Spending.model_fields})
    value = draw(st.one_of(st.none(), UNIT))
    return verdict(
        "one",
        2,
        draw(OUTCOMES),
        metrics=draw(st.lists(metrics(), max_size=3, unique_by=lambda item: (item.label, item.kind))),
        summaries=[summary("exact", value, decides=True, baseline=draw(st.one_of(st.none(), UNIT)))],
        candidate_spending=spent,
        cost_usd=draw(AMOUNT),
        protected=None,
        cases=[],
    )


def pages(found: Verdict) -> list[Element]:
    made = FakeCatalog()
    made.add("one", [artifact("one", n, "m", template="x") for n in (1, 2)], [found], aliases={"staging": 2})
    site = Site(made, "https://prompts.example.org/")
    shown = {page.path: page for kind in (prompt, report) for page in kind.pages(site)}
    return [read(shown[path].body) for path in ("prompts/one/v2.md", "reports/one/v2/one.md")]


def outside(picture: Element) -> list[str]:
    """Positions in per cent beyond the picture's edges."""
    places = ("x", "x1", "x2", "cx", "width")
    found = [item.attributes.get(name) or "" for item in picture.find() for name in places]
    return [at for at in found if at.endswith("%") and not -0.01 <= float(at.rstrip("%")) <= 100.01]


@settings(max_examples=40, deadline=None)
@given(verdicts())
def test_any_verdict_draws_inside_its_pictures_and_reads_as_itself(found: Verdict) -> None:
    for document in pages(found):
        pictures = [item for item in document.find("svg") if "cb-pic" in (item.attributes.get("class") or "")]
        assert [at for picture in pictures for at in outside(picture)] == []
        labels = [picture.attributes.get("aria-label") or "" for picture in pictures]
        for item in found.metrics:
            if item.kind == "difference":
                said = f"{points(item.mean)} points, between {points(item.lower)} and {points(item.upper)}"
                assert any(said in label for label in labels)
                assert points(item.mean) in document.words
        assert not {"nan", "None", "inf"} & set(document.words.replace(",", " ").split())
        assert "\u22120.0 " not in document.words, "there is no minus zero"


def evidence_of(**spent: float | None) -> Element:
    amounts = dict.fromkeys(Spending.model_fields) | spent
    found = verdict("one", 2, "pass", candidate_spending=Spending(**amounts), cases=[])
    return pages(found)[0].one(id="evidence")


def table_of(document: Element) -> list[list[str]]:
    shown = document.find("table", class_="cb-measured")[0]
    return [[cell.words for cell in row.inside] for row in shown.find("tr")]


def test_cost_and_time_of_an_answer_stand_beside_each_version_s_change() -> None:
    heads, newest, first = table_of(evidence_of(cost_usd=0.012, seconds=1.2, words=30.0))
    assert heads[-2:] == ["Cost", "Time"]
    assert newest[-2:] == ["$0.012", "1.20 s"]
    assert first[-2:] == ["\u2013", "\u2013"]


def test_where_neither_is_known_the_length_stands_there_once() -> None:
    document = evidence_of(cost_usd=0.0, words=30.0)
    heads, newest, _ = table_of(document)
    assert (heads[-1], newest[-1]) == ("Words", "30.0")
    assert [table.words.count("Words") for table in document.find("table", class_="cb-measured")] == [1, 0]


def test_a_suite_without_metrics_says_what_an_answer_takes() -> None:
    amounts = Spending(cost_usd=0.5, seconds=2.0, words=1.0, input_tokens=None, output_tokens=None)
    found = verdict("one", 2, "pass", metrics=[], candidate_spending=amounts, cases=[])
    (row,) = pages(found)[0].one(id="evidence").one("tbody").find("tr")
    assert [cell.words for cell in row.find("td")] == ["v2", "Pass", "$0.500", "2.00 s"]
