"""The runner itself, on small workflows: order, conditions, outputs, matrices, files, failures."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from workflows.runner import events
from workflows.runner.commands import SUMMARY_LIMIT
from workflows.runner.documents import matches
from workflows.runner.expressions import Scope, expressions
from workflows.runner.matrix import expand
from workflows.runner.problems import InvalidWorkflow, Unsupported
from workflows.runner.results import Result

On = Callable[..., Result]


@pytest.fixture
def on_push(new_github: Any, run_workflow: Any) -> On:
    """Run jobs, given as YAML, on a push; more top-level keys and files may be given."""

    def run(jobs: str, top: str = "", files: dict[str, Any] | None = None, **options: Any) -> Result:
        indented = "".join(f"  {line}\n" for line in jobs.strip("\n").splitlines())
        text = f"name: ci\non: push\n{top}\njobs:\n{indented}"
        github = new_github({".github/workflows/ci.yml": text, "README.md": "Hello\n", **(files or {})})
        return run_workflow("ci.yml", events.push(github), **options)

    return run


def job(*steps: str, name: str = "a", **keys: str) -> str:
    """A job whose steps are lines of shell, or mappings when they begin with a brace."""
    written = [step if step.startswith("{") else f"{{run: {json.dumps(step)}}}" for step in steps]
    settings = "".join(f"\n  {key.replace('_', '-')}: {value}" for key, value in keys.items())
    return f"{name}:\n  runs-on: ubuntu-24.04{settings}\n  steps:\n" + "".join(
        f"    - {s}\n" for s in written
    )


def evaluate(text: str, **contexts: Any) -> Any:
    return expressions().resolve(text, Scope(contexts))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${{ contains(github.labels, 'B') }}", True),
        ("${{ contains('Hello', 'ell') }}", True),
        ("${{ contains(github.labels, 'c') }}", False),
        ("${{ fromJSON('[1, {\"a\": true}]') }}", [1, {"a": True}]),
        ('${{ fromJSON(\'{"a": "x"}\').a }}', "x"),
        ("${{ format('{0} {{0}} }} {1}', 'a', 2) }}", "a {0} } 2"),
        ("${{ github.nothing.at.all }}", None),
        ("a ${{ github.nothing }} b ${{ 1 == 1 }}", "a  b true"),
        ("${{ '' || github.number && 'yes' }}", "yes"),
        ("${{ github.people.*.name }}", ["ada", "bob"]),
        ("${{ 'A' == 'a' }}", True),
        ("no expression", "no expression"),
    ],
)
def test_expressions_are_githubs_own(text: str, value: Any) -> None:
    github = {"labels": ["a", "b"], "number": 7, "people": [{"name": "ada"}, {"name": "bob"}]}
    assert evaluate(text, github=github) == value


@pytest.mark.parametrize("text", ["${{ nope() }}", "${{ github. }}", "${{ github", "${{ fromJSON('{') }}"])
def test_a_bad_expression_stops_the_test(text: str) -> None:
    with pytest.raises(InvalidWorkflow):
        evaluate(text, github={})


def test_hash_files_depends_on_the_files_that_match(on_push: On) -> None:
    step = "echo ${{ hashFiles('**/*.lock') }}.${{ hashFiles('none*') }}."
    checkout = "{uses: actions/checkout@v7}"
    logs = [
        on_push(job(checkout, step), files=files).job("a").steps[1].log
        for files in ({"x/a.lock": "1"}, {"x/a.lock": "2"}, {"x/a.lock": "1", "b.txt": "2"})
    ]
    assert logs[0] == logs[2] != logs[1]
    assert len(logs[0].partition(".")[0]) == 64
    assert logs[0].endswith("..\n")


def test_a_failure_skips_what_follows_but_for_what_asks(on_push: On) -> None:
    result = on_push(
        job(
            "echo first; exit 3",
            "{run: echo second}",
            "{run: echo third, if: 'failure()'}",
            "{run: echo fourth, if: '${{ always() }}'}",
            "{run: echo fifth, if: '!cancelled() && github.ref == 1'}",
        )
    )
    assert result.conclusion == "failure"
    found = [step.conclusion for step in result.job("a").steps]
    assert found == ["failure", "skipped", "success", "success", "skipped"]
    assert "Process completed with exit code 3." in result.log


def test_jobs_wait_for_what_they_need_and_see_its_outputs(on_push: On) -> None:
    first = job('{id: x, run: \'echo "v=7" >> "$GITHUB_OUTPUT"\'}', outputs="{v: '${{ steps.x.outputs.v }}'}")
    second = job('echo "${{ needs.a.outputs.v }} ${{ needs.a.result }}"', name="b", needs="a")
    result = on_push(second + first)
    assert [item.id for item in result.jobs] == ["a", "b"]
    assert result.job("b").log == "7 success\n"


@pytest.mark.parametrize(
    ("condition", "conclusion"),
    [
        (None, "skipped"),
        ("always()", "success"),
        ("failure()", "success"),
        ("needs.b.result == 'skipped'", "skipped"),
        ("always() && needs.b.result == 'skipped'", "success"),
        ("success()", "skipped"),
    ],
)
def test_a_job_looks_at_everything_before_it(on_push: On, condition: str | None, conclusion: str) -> None:
    last = job("true", name="c", needs="b", **({"if": condition} if condition else {}))
    result = on_push(job("exit 1") + job("true", name="b", needs="a") + last)
    assert [item.conclusion for item in result.jobs] == ["failure", "skipped", conclusion]
    assert result.conclusion == "failure"


def test_forgiven_failures(on_push: On) -> None:
    steps = job("{id: x, run: exit 1, continue-on-error: true}", 'echo "${{ steps.x.outcome }}"')
    whole = job("exit 1", name="b", continue_on_error="true")
    result = on_push(steps + whole + job('echo "${{ needs.b.result }}"', name="c", needs="b"))
    assert result.conclusion == "success"
    assert result.job("a").step("x").outcome == "failure"
    assert result.job("a").log.endswith("failure\n")
    assert (result.job("b").conclusion, result.job("c").log) == ("failure", "success\n")


def test_cancelling_runs_only_what_asks_for_it(on_push: On) -> None:
    steps = ["true", "{name: Gate, run: 'true'}", "{run: 'true', if: '!cancelled()'}"]
    result = on_push(
        job(*steps, "{run: echo bye, if: cancelled()}") + job("true", name="b", needs="a"),
        cancel_before="Gate",
    )
    assert [step.conclusion for step in result.job("a").steps] == ["success", "skipped", "skipped", "success"]
    assert (result.conclusion, result.job("b").conclusion) == ("cancelled", "skipped")


def test_a_matrix_from_an_output(on_push: On) -> None:
    plan = job(
        "{id: p, run: 'echo \"n=[1,2,3]\" >> $GITHUB_OUTPUT'}", outputs="{n: '${{ steps.p.outputs.n }}'}"
    )
    matrix = "{matrix: {n: '${{ fromJSON(needs.a.outputs.n) }}'}}"
    legs = job('echo "${{ matrix.n }}"; test ${{ matrix.n }} != 2', name="b", needs="a", strategy=matrix)
    result = on_push(plan + legs)
    assert [leg.name for leg in result.legs("b")] == ["b (1)", "b (2)", "b (3)"]
    assert [leg.conclusion for leg in result.legs("b")] == ["success", "failure", "cancelled"]


def test_a_matrix_without_values_fails_as_on_github(on_push: On) -> None:
    result = on_push(job("true", strategy="{matrix: {n: '${{ fromJSON(''[]'') }}'}}"))
    assert result.job("a").conclusion == "failure"
    assert "Matrix vector 'n' does not contain any values" in result.job("a").error
    skipped = on_push(job("true", strategy="{matrix: {n: '${{ fromJSON(''[]'') }}'}}", **{"if": "false"}))
    assert skipped.conclusion == "skipped"


@pytest.mark.parametrize(
    ("matrix", "legs"),
    [
        ({"a": [1, 2], "b": ["x"]}, [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}]),
        ({"a": [1, 2], "exclude": [{"a": 1}]}, [{"a": 2}]),
        ({"a": [1, 2], "include": [{"a": 2, "c": 3}]}, [{"a": 1}, {"a": 2, "c": 3}]),
        ({"a": [1], "include": [{"c": 3}, {"a": 5}]}, [{"a": 1, "c": 3}, {"a": 5}]),
        ({"include": [{"a": 1}, {"a": 2}]}, [{"a": 1}, {"a": 2}]),
    ],
)
def test_matrix_combinations(matrix: dict[str, Any], legs: list[dict[str, Any]]) -> None:
    assert expand(matrix) == legs


def test_environment_comes_from_every_level(on_push: On) -> None:
    steps = job(
        'echo "C=job-file" >> "$GITHUB_ENV"; echo "GITHUB_SHA=evil" >> "$GITHUB_ENV"',
        "{run: 'echo $A $B $C ${{ env.A }}; test $GITHUB_SHA != evil', env: {A: step}}",
        "{run: 'echo $A', if: \"env.B == 'job'\"}",
        env="{B: job}",
    )
    assert on_push(steps, top="env: {A: top, B: top, C: top}").log == "step job job-file step\ntop\n"


def test_path_and_heredocs(on_push: On) -> None:
    result = on_push(
        job(
            'mkdir b; echo "echo mine" > b/tool; chmod +x b/tool; echo "$PWD/b" >> "$GITHUB_PATH"',
            '{id: t, run: \'tool; printf "%s\\\\n" "x<<END" a=1 "" "b<<c" END y=2 >> $GITHUB_OUTPUT\'}',
        )
    )
    assert result.job("a").step("t").log == "mine\n"
    assert result.job("a").step("t").outputs == {"x": "a=1\n\nb<<c", "y": "2"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "Invalid format 'nonsense'"),
        ("x<<END", "Matching delimiter not found 'END'"),
    ],
)
def test_a_malformed_output_fails_the_step(on_push: On, line: str, said: str) -> None:
    result = on_push(job(f"echo '{line}' >> $GITHUB_OUTPUT"))
    assert result.conclusion == "failure"
    assert said in result.log


def test_shells_differ_in_pipefail(on_push: On) -> None:
    result = on_push(
        job("{run: 'false | cat'}", "{run: 'false | cat', shell: bash, continue-on-error: true}")
    )
    assert [step.outcome for step in result.job("a").steps] == ["success", "failure"]
    with pytest.raises(Unsupported, match="shell pwsh"):
        on_push(job("{run: x, shell: pwsh}"))


def test_defaults_of_run(on_push: On) -> None:
    result = on_push(job("mkdir d", "{run: pwd, working-directory: d}", "pwd", defaults="{run: {shell: sh}}"))
    folders = [step.log.strip().rpartition("/")[2] for step in result.job("a").steps]
    assert folders == ["", "d", "prompts"]


def test_annotations_summary_and_masks(on_push: On) -> None:
    result = on_push(
        job(
            "echo '::error file=a.yml,line=3,title=x%2Cy::one%0Atwo'; echo '::add-mask::s3cret'; echo s3cret",
            "echo '# Hi' >> $GITHUB_STEP_SUMMARY; echo ::stop-commands::t; echo ::error::no; echo ::t::",
            'echo "${{ secrets.GITHUB_TOKEN }}"',
        )
    )
    (found,) = result.annotations
    assert (found.file, found.line, found.title, found.message) == ("a.yml", 3, "x,y", "one\ntwo")
    assert result.summary == "# Hi\n"
    assert "s3cret" not in result.log
    assert result.job("a").steps[2].log == "***\n"


@pytest.mark.parametrize(("size", "kept"), [(SUMMARY_LIMIT, SUMMARY_LIMIT), (SUMMARY_LIMIT + 1, 0)])
def test_a_summary_has_a_limit(on_push: On, size: int, kept: int) -> None:
    result = on_push(job(f'head -c {size} /dev/zero | tr "\\0" x >> $GITHUB_STEP_SUMMARY'))
    assert len(result.summary) == kept
    assert [item.level for item in result.annotations] == ([] if kept else ["error"])
    assert result.conclusion == "success"


def test_an_output_with_a_secret_is_dropped(on_push: On) -> None:
    step = (
        "{id: x, run: 'echo ::add-mask::hidden; echo v=hidden >> $GITHUB_OUTPUT; echo w=1 >> $GITHUB_OUTPUT'}"
    )
    result = on_push(job(step, outputs="{v: '${{ steps.x.outputs.v }}', w: '${{ steps.x.outputs.w }}'}"))
    assert result.job("a").outputs == {"w": "1"}
    assert "Skip output 'v' since it may contain secret." in result.log


def test_concurrency_is_recorded(on_push: On) -> None:
    result = on_push(
        job("true"), top="concurrency: {group: 'ci-${{ github.ref }}', cancel-in-progress: true}"
    )
    assert result.concurrency == {"group": "ci-refs/heads/main", "cancel-in-progress": True}


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        (job("true", needs="z"), "at least one job with no dependencies"),
        (job("{run: 'true', iff: x}"), "Unexpected value 'iff'"),
        (job("echo ${{ nope.x }}"), "Unrecognized named-value: 'nope'"),
        (job("true", **{"if": "secrets.X == 'a'"}), "Unrecognized named-value: 'secrets'"),
    ],
)
def test_what_github_would_not_start(on_push: On, jobs: str, said: str) -> None:
    with pytest.raises(InvalidWorkflow, match=said):
        on_push(jobs)


def test_an_unknown_action_stops_the_test(on_push: On) -> None:
    with pytest.raises(Unsupported, match="actions/github-script"):
        on_push(job("{uses: actions/github-script@v8, with: {script: x}}"))
    with pytest.raises(InvalidWorkflow, match="has no inputs"):
        on_push(job("{uses: actions/checkout@v7, with: {fetch_depth: 1}}"))


@pytest.mark.parametrize(
    ("name", "patterns", "found"),
    [
        ("main", ["main"], True),
        ("feature/a", ["*"], False),
        ("feature/a", ["**"], True),
        ("feature/a", ["feature/**", "!feature/a"], False),
        ("v1.2", ["v[0-9].*"], True),
        ("a/b.md", ["**/*.md"], True),
        ("b.md", ["**/*.md"], True),
    ],
)
def test_filter_patterns(name: str, patterns: list[str], found: bool) -> None:
    assert matches(name, patterns) is found
