from __future__ import annotations

import time
import tracemalloc
from typing import Any

import pytest
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cuebook.core import limited_jinja
from cuebook.core.errors import RenderError
from cuebook.core.limited_jinja import LimitedEnvironment
from cuebook.core.templating import new_template_problems, render, template_problems

HUGE = [
    "{{ 'a' * 10**9 }}",
    "{{ 10**9 * 'a' }}",
    "{{ [1] * 10**9 }}",
    "{{ 9**(9**9) }}",
    "{{ 2**16000 * 2**16000 }}",
    "{% set x = 7 %}" + "{% set x = x * x %}" * 40 + "{{ x > 1 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%*d' % (10**9, 1) }}",
    "{{ '%.999999999f' % 1.0 }}",
    "{{ '%1000000000d'|format(1) }}",
    "{{ '{:1000000000}'.format(1) }}",
    "{{ '{0:{1}}'.format(1, 1000000000) }}",
    "{{ '{a:1000000000}'.format_map({'a': 1}) }}",
    "{{ 'a'|center(1000000000) }}",
    "{{ ['a', 'b']|map('center', 1000000000)|list }}",
    "{{ 'a'.ljust(1000000000) }}",
    "{% set width = 1000000000 %}{{ '7'.zfill(width) }}",
    "{{ '\t'.expandtabs(1000000000) }}",
    "{{ (7).to_bytes(1000000000, 'big') }}",
    "{{ [1]|batch(1000000000, 'x')|list }}",
    "{{ [1]|slice(1000000000)|list }}",
    "{{ 'a\nb'|indent(1000000000) }}",
    "{{ 'a\nb'|indent('x' * 100000)|replace('x', 'y' * 100000) }}",
    "{{ 1.5|round(1000000000, 'ceil') }}",
    "{{ [[1] * 90000]|tojson(indent=90000) }}",
    "{{ ('a' * 9000)|replace('a', 'b' * 9000) }}",
    "{{ ('a' * 9000).replace('a', 'b' * 9000) }}",
    "{{ ('a' * 9000).translate({97: 'b' * 9000}) }}",
    "{{ ('b' * 9000).join('a' * 9000) }}",
    "{{ range(90000)|join('b' * 9000) }}",
    "{{ lipsum(n=1000000000) }}",
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x ~ x %}" * 40 + "{{ x|length }}",
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x + x %}" * 40 + "{{ x|length }}",
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x = [x, x]|join %}" * 40 + "{{ x|length }}",
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x = '%s%s' % (x, x) %}" * 40 + "{{ x|length }}",
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x = '{}{}'.format(x, x) %}" * 40 + "{{ x|length }}",
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 40 + "{{ x|length }}",
    "{% set x = [1, 2] %}" + "{% set x = [x, x] %}" * 40 + "{{ x }}",
    "{% set x = [1, 2] %}" + "{% set x = [x, x] %}" * 40 + "{{ x|upper|length }}",
    "{% set x = [1, 2] %}" + "{% set x = {'a': x, 'b': x} %}" * 40 + "{{ x|tojson|length }}",
    "{% set x = [1, 2] %}" + "{% set x = dict(a=x, b=x) %}" * 40 + "{{ x.values() }}",
    "{% set x = [1, 2] %}" + "{% set x = namespace(a=x, b=x) %}" * 40 + "{{ x }}",
    "{% set x = [1] %}{% set y = [1] %}" + "{% set x = [x, x] %}{% set y = [y, y] %}" * 40 + "{{ x == y }}",
    "{% set x = [1] %}{% set y = [1] %}" + "{% set x = [x, x] %}{% set y = [y, y] %}" * 40 + "{{ x in [y] }}",
    "{% set x = [1] %}{% set y = [1] %}"
    + "{% set x = [x, x] %}{% set y = [y, y] %}" * 40
    + "{{ x is eq y }}",
    "{% set x = [1] %}{% set y = [1] %}"
    + "{% set x = [x, x] %}{% set y = [y, y] %}" * 40
    + "{{ [x].index(y) }}",
    "{% set x = (1, 2) %}" + "{% set x = (x, x) %}" * 40 + "{{ {1: 2}[x] }}",
    "{% set x = (1, 2) %}" + "{% set x = (x, x) %}" * 40 + "{{ {x: 2}|length }}",
    "{% set x = (1, 2) %}" + "{% set x = (x, x) %}" * 40 + "{{ [x]|unique|list|length }}",
]
LONG = [
    "{% for a in range(10**4) %}{% for b in range(10**4) %}{% endfor %}{% endfor %}",
    "{% for a in many %}{% for b in many %}{% for c in [1] %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in range(10**5) if a in range(10**5)|list %}{% endfor %}",
    "{% for a in range(10**4) %}{{ a in many }}{% endfor %}",
    "{% for a in range(10**5) %}{% if [1, 2, 3] * 900 == [1, 2, 3] * 900 %}{% endif %}{% endfor %}",
    "{% for a in range(10**4) %}" + "{% if a %}{% endif %}" * 3_000 + "{% endfor %}",
    "{% for a in range(10**4) %}" + "x" * 5_000 + "{% endfor %}",
    "{% for a in range(10**4) %}{{ text[::-1]|length }}{% endfor %}",
    "{% for a in range(10**4) %}{{ text|upper|length }}{% endfor %}",
    "{% for a in range(10**4) %}{% if text.find('b' * 99) == 2 %}{% endif %}{% endfor %}",
    "{% for a in [1, 2] recursive %}{{ loop([1, 2]) if loop.depth < 40 }}{% endfor %}",
    "{% for a in [1] recursive %}{{ loop(range(9999)) if loop.depth < 40 }}{% endfor %}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    (
        "{% macro m(n) %}"
        + "{% if 0 %}{% endif %}" * 999
        + "{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}"
        "{% endmacro %}{{ m(30) }}"
    ),
    (
        "{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}"
        + "{% call m() %}" * 15
        + "x" * 99
        + "{% endcall %}" * 15
    ),
    "{{ ([[1, 2, 3]] * 90000)|sum(start=[])|length }}",
    "{{ ('<!---->' * 90000)|striptags|length }}",
    "{{ ('a' * 900000)|wordwrap(1)|length }}",
    (
        "{{ many|map('upper')|map('lower')|map('upper')|map('lower')|map('string')|map('list')|list|length }}"
        "{{ many|sort|unique|groupby(0)|list|length }}" * 40
    ),
]
VALUES: dict[str, Any] = {"many": [str(i) for i in range(90_000)], "text": "a" * 900_000}
INPUTS = {"many": {"type": "array"}, "text": {"type": "string"}}


def _stopped(text: str) -> None:
    before = time.process_time()
    assert template_problems(text, "jinja2") == []
    with pytest.raises(RenderError, match=r"jinja2: (more|it computes|a \w+ is too large|.* has no text)"):
        render([text], VALUES, INPUTS, "jinja2")
    assert time.process_time() - before < 10


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:70])
def test_what_takes_long_is_stopped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    # The real budget takes about eight times as long, up to 3 s on an idle machine.
    monkeypatch.setattr(limited_jinja, "WORK", limited_jinja.WORK // 8)
    monkeypatch.setattr(limited_jinja, "ROUNDS", limited_jinja.ROUNDS // 8)
    _stopped(text)


@pytest.mark.parametrize("text", HUGE, ids=lambda text: text[-70:])
def test_what_is_huge_is_not_begun(text: str) -> None:
    tracemalloc.start()
    try:
        _stopped(text)
        assert tracemalloc.get_traced_memory()[1] < 300 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", [text for text in HUGE if len(text) < 60])
def test_compiling_computes_nothing(text: str) -> None:
    before = time.process_time()
    LimitedEnvironment().compile(text)
    LimitedEnvironment().compile(f"{{% set a = {text[2:-2]} %}}") if text.startswith("{{") else None
    assert time.process_time() - before < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "{{ joiner() }}",
        "{{ joiner()|string }}",
        "{{ 'a'.upper }}",
        "{{ range }}",
        "{{ docs|map('upper') }}",
        "{{ docs|map('upper')|string }}",
        "{{ 'x' ~ joiner() }}",
        "{{ '%s' % [docs.index] }}",
        "{{ '{}'.format(docs|map('upper')) }}",
        "{{ [joiner()]|upper }}",
        "{{ cycler(1) is lower }}",
    ],
)
def test_no_address_is_written(text: str) -> None:
    with pytest.raises(RenderError, match="has no text"):
        render([text], {"docs": ["a"]}, {"docs": {"type": "array"}}, "jinja2")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{{ docs|random }}", 1),
        ("\n{{ lipsum(2) }}", 2),
        ("{% set c = cycler('a', 'b') %}", 1),
        ("{% filter random %}ab{% endfilter %}", 1),
        ("{{ docs|map('random')|list }}", 1),
        ("{{ docs|map('ran' ~ 'dom')|list }}", 1),
        ("{{ docs|map(*['random'])|list }}", 1),
        ("{% set l = lipsum %}{{ l() }}", 1),
    ],
)
def test_chance_is_found_and_still_renders(text: str, line: int) -> None:
    [(found, _, cure)] = new_template_problems(text)
    assert (found, bool(cure)) == (line, True)
    render([text], {"docs": ["ab"]}, {"docs": {"type": "array"}}, "jinja2")


def test_what_is_no_chance() -> None:
    text = "{{ random }}{% for d in docs|map(attribute='lipsum')|map('upper') %}{{ d }}{% endfor %}"
    assert new_template_problems(text) == []


DOCS = [{"title": f"T{i}", "text": "one\ntwo\n\nthree " * i, "tags": ["a", "b"][: i % 3]} for i in range(6)]


@pytest.mark.parametrize(
    "text",
    [
        (
            "{% for d in docs %}{{ loop.index }}/{{ loop.length }} {{ d.title }}"
            "{% if not loop.last %}, {% endif %}{% else %}none{% endfor %}"
        ),
        "{% for d in docs recursive %}{{ d.title }}{{ loop(d.children) if d.children else '' }}{% endfor %}",
        "{{ docs|map(attribute='title')|join(', ') }} {{ docs|selectattr('tags')|list|length }}",
        "{{ docs|join(' | ', attribute='title') }}{{ ', '.join(docs|map(attribute='title')) }}",
        "{% for tag, group in docs|groupby('tags') %}{{ tag }}{{ group|length }}{% endfor %}",
        "{{ n }} {{ n + 1 }} {{ 2 ** 10 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ 3 * 'ab' }} {{ [1] * 3 + [2] }}",
        "{{ 'a' ~ n ~ none ~ [1, 'x'] ~ {'k': true} }}",
        "{{ '%s is %05.2f (%d %%)' % ('x', 1.5, 1718000000) }} {{ '{:>8}|{a!r}'.format(n, a='b') }}",
        "{{ docs[1:3]|tojson(indent=2) }} {{ docs[0]|pprint }} {{ 'b<c>'|e }} {{ docs[2]|xmlattr }}",
        "{{ docs[3].text|indent(4)|wordwrap(20)|truncate(90) }} {{ 'ab'|center(9) }} {{ 'x y'|title }}",
        "{{ docs[5].text|replace('one', 'two', 2)|trim|wordcount }} {{ '<b>x'|striptags }}",
        (
            "{% macro item(d, mark='-') %}{{ mark }} {{ d.title }}{{ caller() }}{% endmacro %}"
            "{% call item(docs[0]) %}{% endcall %}{% call item(docs[1], mark='*') %} !{% endcall %}"
        ),
        (
            "{% set ns = namespace(total=0) %}{% for d in docs %}"
            "{% set ns.total = ns.total + d.text|length %}{% endfor %}"
            "{{ ns.total }}{% set block %}<{{ n }}>{% endset %}{{ block }}"
        ),
        "{{ nothing|default('-') }} {{ nothing is defined }} {{ docs[0].nope|d(5000000) }}",
        "{{ 'b' in ['a', 'b'] }} {{ 1 < n <= 7 }} {{ 'T1' in docs|map(attribute='title') }}",
        "{{ (1, 2)|sum }} {{ [3, 1, 2]|sort|reverse|list }} {{ [1, 1]|unique|list }} {{ n is odd }}",
        "{{ docs[0].items()|list }} {{ docs[0].get('title') }} {{ {'b': 1, 'a': 2}|dictsort }}",
        "{{ 'a,b'.split(',') }} {{ 'a-b'.partition('-') }} {{ 'ab'.startswith(('x', 'a')) }}",
        "{% for row in range(7)|batch(3, '-') %}{{ row|join }};{% endfor %}",
        "{% for column in range(7)|slice(3) %}{{ column }}{% endfor %}{{ range(3) }}",
        "{% set c = joiner('; ') %}{% for d in docs %}{{ c() }}{{ loop.cycle('a', 'b') }}{% endfor %}",
        "{% raw %}{{ n }}{% endraw %}{# gone #}{%- if n > 3 -%} big {%- elif n -%} small {%- endif %}\n",
        "{% filter upper %}a{{ n }}{% endfilter %}{% with x = 2 %}{{ x }}{% endwith %}{{ 3.14159|round(2) }}",
        "{{ docs[4].text[::2] }}{{ docs[-1]['title'][0] }}{{ n|string ~ (n if n else 'x') }}{{ 'x' * n }}",
    ],
)
def test_other_templates_write_what_jinja2_writes(text: str) -> None:
    plain = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    values = {"docs": [{**doc, "children": []} for doc in DOCS], "n": 7}
    assert LimitedEnvironment().from_string(text).render(values) == plain.from_string(text).render(values)


def test_large_values_can_be_given_and_shortened() -> None:
    docs = [{"text": "word " * 100_000}] * 40
    text = "{% for d in docs %}{{ d.text|truncate(100) }}{{ d.text[:100] }}{{ d.text|length }}{% endfor %}"
    [made] = render([text], {"docs": docs}, {"docs": {"type": "array"}}, "jinja2")
    assert len(made) < 10_000


def test_output_has_a_limit() -> None:
    with pytest.raises(RenderError, match="the limit is 1,048,576"):
        render(["{{ text }}{{ text }}"], {"text": "a" * 900_000}, {"text": {"type": "string"}}, "jinja2")


def test_a_list_that_holds_itself_is_no_end() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert render(["{{ x|length }}"], {"x": loop}, {"x": {"type": "array"}}, "jinja2") == ["1"]
