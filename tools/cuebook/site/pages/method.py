"""The page that answers "how often is the gate itself right?": what it promises, and what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from cuebook.site import gate_rates
from cuebook.site.gate_rates import GATE, GateHealth, Quality, RateRow, quality
from cuebook.site.pages._base import GATE_HEALTH, GATE_METHOD, Page, Site
from cuebook.site.pages._charts import TrendLine, trend
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._limits import Rate, limits
from cuebook.site.pages._parts import body, fold, head, note, table
from cuebook.site.pages._rates import KEY, NAMES, change_words, measured, percent, size, unbroken

KIND = "method"
PAGE = GATE_METHOD
TITLE = "How often the gate is right"
SHOWN = 200
"""Cases of the comparison that is shown first."""
THEOREM = """This is a theorem, whatever the scores look like and however often one looks, as long
as the cases are drawn independently from the inputs you care about. In between lies the tolerated
loss: worse, but by less than the margin. There nothing is promised, and either answer is right."""
GROUPS = """Any of several metrics can block, so each is held to its part of the error; all must
pass. The cases of a cluster (one document, one conversation) resemble each other and count as one
observation, so twenty clusters are too few to decide much. Name the cluster in the dataset: without
that the promise is off."""
REAL = """Scores that judges and checks gave to real answers, drawn again with replacement. First
two runs of the same thing, where every block is false; then pairs of systems, by how far apart they
are over all items."""
RATES_ONLY = "Rates over many pairs and items only; no score, answer or item of these data is published."
UNCOVERED = """Inputs unlike your cases are not covered, nor is a judge that errs: one that shows
only a part of every difference lets more through, one that likes the new version for its length
blocks less."""


def pages(_: Site) -> Iterator[Page]:
    """Yield the one page; its numbers come with the package."""
    found = gate_rates.read()
    scores = "made-up and real scores" if found.of_kind("real") else "made-up scores"
    lead = f"How often the gate is right: counted on {scores}, with the code that decides here."
    top = head(PAGE, [("Gate health", GATE_HEALTH)], TITLE, tag("p", lead, class_="cb-lead"))
    parts: list[Html | str] = [
        join(top, _cards(found)),
        "What is promised",
        _promise(found),
        "Beside simpler rules",
        _rules(found),
        "How many cases it takes",
        _sizes(found),
        "Where it is weak",
        _weak(found),
        "Several metrics, and clusters",
        _groups(found),
    ]
    if rows := found.of_kind("real"):
        parts += ["On real judge scores", _real(found, rows)]
    parts += ["Every made-up family", _families(found), "Where the numbers come from", _origin(found)]
    said = "How often the gate blocks what does no harm, and how often it finds what does"
    yield Page(PAGE, TITLE, body(*parts), wide=True, description=said)


def _sum(found: GateHealth, rule: str, cases: int) -> Quality:
    return quality(found.of_kind("simulated"), rule, cases, found.margin)


def _most(found: GateHealth) -> str:
    return percent(gate_rates.limit(found.alpha, found.runs))


def _cards(found: GateHealth) -> Html:
    # Every row that the promise is about, of whichever family: its worst is what is shown.
    equal = [row for row in found.rows if row.low >= 0]
    worse = [row for row in found.rows if row.high <= -found.margin]
    clear = _sum(found, GATE, SHOWN)
    # The largest loss that was measured; of how often it is found nothing is promised.
    drop = min(clear.means)
    promise = f"promised: at most {percent(found.alpha, 0)}, and chance shows up to {_most(found)}"
    return tag(
        "div",
        _card(
            "Harmless changes blocked",
            max(row.rules[GATE].failed for row in equal),
            f"in the worst of {len(equal)} settings; {promise}",
            held=not any(found.broken_promises(row) for row in equal),
        ),
        _card(
            f"Losses of {size(found.margin)} points or more passed",
            max(row.rules[GATE].passed for row in worse),
            f"in the worst of {len(worse)} settings; {promise}",
            held=not any(found.broken_promises(row) for row in worse),
        ),
        _card(
            f"Losses of {size(drop)} points found",
            clear.means[drop].failed,
            f"with {SHOWN} cases, of which {percent(clear.means[drop].used, 0)} were run",
        ),
        class_="cb-cards",
    )


def _card(title: str, rate: float, below: str, *, held: bool | None = None) -> Html:
    # Of what nothing is promised, no colour says that it held or broke.
    kind = "live" if held is None else "pass" if held else "fail"
    return tag(
        "section",
        tag("p", title),
        tag("span", percent(rate), class_="cb-big"),
        tag("p", below, class_="cb-sub"),
        class_=f"cb-card cb-card-{kind}",
    )


def _promise(found: GateHealth) -> Html:
    alpha, margin = percent(found.alpha, 0), size(found.margin)
    broken = sum(bool(found.broken_promises(row)) for row in found.rows)
    count = len(found.rows)
    kept = f"It held in all {count} settings" if not broken else f"It broke in {broken} of {count} settings"
    off = percent(gate_rates.error(found.alpha, found.runs))
    counted = (
        f"{kept} measured for this page. A rate of {alpha} counted in {found.runs:,} runs is off by about "
        f"{off}, so a setting counts as broken above {_most(found)}."
    )
    return join(
        tag(
            "ul",
            tag("li", f"A change that is no worse is blocked in at most {alpha} of runs."),
            tag(
                "li",
                f"A change that is worse by the margin ({margin} points) or more passes in at most {alpha}.",
            ),
        ),
        tag("p", THEOREM),
        tag("p", counted, class_="cb-sub"),
    )


def _rules(found: GateHealth) -> Html:
    rows = [row for row in found.of_kind("simulated") if row.cases == SHOWN]
    # In the order of their names, ours first, which is not that of the file.
    sums = [_sum(found, name, SHOWN) for name in NAMES if any(name in row.rules for row in rows)]
    most = gate_rates.limit(found.alpha, found.runs)
    blocks = [_rate(item.rule, item.false_blocks.worst, most) for item in sums]
    passes = [_rate(item.rule, item.false_passes.worst, most) for item in sums]
    margin, alpha = size(found.margin), 100 * found.alpha
    few = min(row.cases for row in found.of_kind("simulated"))
    # With few cases the bell curve fits worst, which is what the remark below is about.
    bell = percent(_sum(found, "paired_t", few).false_passes.worst)
    remarks = (
        "Over: by more than chance explains. Any drop blocks whenever the mean fell, the next rule when it "
        "fell by more than the margin. A rule that looks once runs every case. The t test finds a little "
        f"more than the gate, but trusts the bell curve: with {few} cases it lets through {bell} of losses "
        "in the worst family. Peeking, looking after each batch and stopping when clear, breaks both "
        "promises. McNemar\u2019s test is for right or wrong scores, two of the families, so its means do "
        "not compare with the others."
    )
    title = f"{SHOWN} cases, margin {margin} points. Pictures: the worst family; dashed: the limit"
    pictures = tag(
        "div",
        _titled("Harmless changes blocked", limits(blocks, alpha, "False blocks by rule")),
        _titled(f"Losses of {margin} points passed", limits(passes, alpha, "False passes by rule")),
        class_="cb-beside",
    )
    parts = (tag("figcaption", title), pictures, _rule_table(found, sums), tag("p", remarks, class_="cb-sub"))
    return tag("figure", *parts, class_="cb-figure")


def _rate(rule: str, value: float, most: float) -> Rate:
    return Rate(NAMES[rule], 100 * value, within=value <= most)


def _titled(words: str, picture: Html) -> Html:
    return tag("div", tag("p", words, class_="cb-sub"), picture)


def _rule_table(found: GateHealth, sums: list[Quality]) -> Html:
    drops = sorted((change for change in sums[0].means if change), reverse=True)
    columns = ["Rule", "False blocks (worst)", f"{size(found.margin)} points passed (worst)"]
    columns += [f"{size(drop)} points found" for drop in drops]
    columns += ["Equal passed", "Cases used: equal", f"{size(drops[-1])} worse"]
    rows: list[list[Child]] = [
        [
            tag("strong" if item.rule == GATE else "span", unbroken(NAMES[item.rule])),
            f"{percent(item.false_blocks.mean)} ({percent(item.false_blocks.worst)})",
            f"{percent(item.false_passes.mean)} ({percent(item.false_passes.worst)})",
            *(percent(item.means[drop].failed) for drop in drops),
            percent(item.means[0].passed),
            *(percent(item.means[change].used) for change in (0, drops[-1])),
        ]
        for item in sums
    ]
    return table(columns, rows, "Rules side by side", numeric=" " + "n" * len(columns))


def _sizes(found: GateHealth) -> Html:
    sizes = sorted({row.cases for row in found.of_kind("simulated")})
    sums = [_sum(found, GATE, cases) for cases in sizes]
    drop, margin = min(sums[0].means), -found.margin
    # Four, as many as the style sheet can tell apart.
    lines = [
        TrendLine(f"{size(drop)} points found", [100 * item.means[drop].failed for item in sums]),
        TrendLine(f"{size(margin)} points found", [100 * item.means[margin].failed for item in sums]),
        TrendLine("equal passed", [100 * item.means[0].passed for item in sums]),
        TrendLine("cases used", [100 * item.means[drop].used for item in sums]),
    ]
    columns = ["Cases", "True change", "Pass", "Fail", "Inconclusive", "Cases used"]
    rows = [
        [
            f"{item.cases}",
            change_words(change, change, found.margin),
            *(percent(rate) for rate in (mean.passed, mean.failed, mean.undecided, mean.used)),
        ]
        for item in sums
        for change, mean in sorted(item.means.items(), reverse=True)
    ]
    key = f"Per cent, by number of cases. Cases used: when the change is {size(drop)} points worse."
    picture = trend([str(cases) for cases in sizes], lines, "What the gate does, by number of cases")
    numbers = table(columns, rows, "The gate by number of cases", numeric="nnnnnn")
    left = tag("div", picture, tag("p", key, class_="cb-sub"))
    return tag("figure", tag("div", left, numbers, class_="cb-beside"), class_="cb-figure")


def _weak(found: GateHealth) -> Html:
    few = min(row.cases for row in found.of_kind("simulated"))
    small, usual = _sum(found, GATE, few).means, _sum(found, GATE, SHOWN).means
    drop = min(small)
    open_runs = (
        f"With {few} cases most runs stay open: {percent(small[0].undecided)} when nothing changed, and a "
        f"loss of {size(drop)} points is found in {percent(small[drop].failed)}. Inconclusive is not a pass. "
        "Add cases, or accept a wider margin."
    )
    races = [
        f"A loss of {size(change)} points is inside the margin. With {SHOWN} cases it is blocked in "
        f"{percent(mean.failed)}, passed in {percent(mean.passed)} and left open in "
        f"{percent(mean.undecided)} of runs: a race that luck decides."
        for change, mean in usual.items()
        if -found.margin < change < 0
    ]
    edge = usual[-found.margin]
    found_late = (
        f"A loss of exactly the margin is found in {percent(edge.failed)} of runs with {SHOWN} cases and "
        f"left open in {percent(edge.undecided)}."
    )
    many = f"The {percent(found.alpha, 0)} are for one gate: of many harmless changes some will be blocked."
    said = [open_runs, *races, found_late, many, UNCOVERED]
    return tag("ul", [tag("li", words) for words in said])


def _groups(found: GateHealth) -> Html:
    return join(
        tag("p", GROUPS, " ", KEY),
        _by_size(found, found.of_kind("metrics"), "Several metrics"),
        measured(found, found.of_kind("clusters"), "Clusters"),
    )


def _real(found: GateHealth, rows: list[RateRow]) -> Html:
    # Of two runs of the same thing the true difference is known: none. Of two systems it is a range.
    equal = [row for row in rows if row.low == row.high]
    pairs = [row for row in rows if row.low != row.high]
    sources = [
        tag("li", tag("strong", item.name), f" ({item.licence}): {item.words}.") for item in found.sources
    ]
    return join(
        tag("p", REAL, " ", KEY),
        _by_size(found, equal, "Two runs of the same thing"),
        fold("Pairs of systems by true difference", _by_size(found, pairs, "Pairs of systems")),
        note(tag("p", RATES_ONLY), tag("ul", sources)),
    )


def _by_size(found: GateHealth, rows: list[RateRow], label: str) -> Html:
    """The usual number of cases, the others to open."""
    others = [row for row in rows if row.cases != SHOWN]
    return join(
        measured(found, [row for row in rows if row.cases == SHOWN], label),
        fold(f"{label}: other numbers of cases", measured(found, others, f"{label}, other numbers of cases")),
    )


def _families(found: GateHealth) -> Html:
    rows = found.of_kind("simulated")
    said = f"The same runs, family by family. {KEY}"
    folds = []
    for name in dict.fromkeys(row.family for row in rows):
        family = found.families[name]
        mine = [row for row in rows if row.family == name]
        folds.append(
            fold([tag("strong", family.title), f": {family.words}"], measured(found, mine, family.title))
        )
    return join(tag("p", said), folds)


def _origin(found: GateHealth) -> Html:
    return tag(
        "p",
        f"All rules, the gate's of version {found.gate_version}, on the same draws in one run "
        f"(seed {found.seed}); the numbers come with Cuebook, whose repository holds the benchmark.",
    )
