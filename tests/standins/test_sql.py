from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from cuebook.scorers._sqlite import make_database, run_query
from cuebook_standins import reply
from cuebook_standins._sql_question import read_question
from cuebook_standins._sql_rules import read_rules
from cuebook_standins._sql_schema import read_schema, singular
from cuebook_standins._sql_words import Days, days, repaired, rephrased
from cuebook_standins._task import read_task
from cuebook_standins.sql import answer, fits

LIBRARY = """
CREATE TABLE branches (id INTEGER PRIMARY KEY, title TEXT, city TEXT);  -- 3 of them
CREATE TABLE members (
  id INTEGER PRIMARY KEY,
  name TEXT,
  level TEXT,           -- 'adult', 'child', 'honorary member'
  joined_on DATE,
  email TEXT,
  blocked INTEGER,      -- 1 yes, 0 no
  branch_id INTEGER REFERENCES branches (id)
);
CREATE TABLE loans (
  id INTEGER PRIMARY KEY,
  member_id INTEGER REFERENCES members (id),
  book TEXT,
  loan_date TEXT,
  fee REAL,
  state TEXT,           -- 'open', 'returned', 'lost'
  FOREIGN KEY (member_id) REFERENCES members (id)
);
"""
COMPACT = """
branches(id, title, city)
members(id, name, level, joined_on, email, blocked, branch_id)
loans(id, member_id, book, loan_date, fee, state)
"""
EXACT = "Write one SQLite query, only the SQL. Select exactly the columns that are asked for."


def ask(question: str, instructions: str = EXACT, tables: str = LIBRARY) -> str:
    system = {"role": "system", "content": f"{instructions}\n{tables}"}
    user = {"role": "user", "content": f"<question>\n{question}\n</question>"}
    return answer(read_task([system, user]))


QUESTIONS = """
How many members are there?
  SELECT COUNT(*) FROM members
how many membrs do we have
  SELECT COUNT(*) FROM members
List all books
  SELECT DISTINCT loans.book FROM loans
What is the email of Ann Lee?
  SELECT members.email FROM members WHERE members.name = 'Ann Lee'
Which members are blocked?
  SELECT members.name FROM members WHERE members.blocked = 1
members who are not blocked
  SELECT members.name FROM members WHERE members.blocked = 0
How many children joined in 2023?
  SELECT COUNT(*) FROM members WHERE strftime('%Y', members.joined_on) = '2023'
How many child members joined in March 2023?
  SELECT COUNT(*) FROM members WHERE strftime('%Y-%m', members.joined_on) = '2023-03' AND
  members.level = 'child'
How many honorary members are there?
  SELECT COUNT(*) FROM members WHERE members.level = 'honorary member'
loans since 2024-05-01
  SELECT loans.id FROM loans WHERE loans.loan_date >= '2024-05-01'
Average fee of lost loans
  SELECT AVG(loans.fee) FROM loans WHERE loans.state = 'lost'
Total fee
  SELECT SUM(loans.fee) FROM loans
What was the highest fee?
  SELECT MAX(loans.fee) FROM loans
Which loans have a fee over 3?
  SELECT loans.id FROM loans WHERE loans.fee > 3
loans with a fee between 2 and 4
  SELECT loans.id FROM loans WHERE loans.fee BETWEEN 2 AND 4
Number of members per level
  SELECT members.level, COUNT(*) FROM members GROUP BY members.level
loans per month in 2024
  SELECT strftime('%m', loans.loan_date), COUNT(*) FROM loans WHERE strftime('%Y', loans.loan_date)
  = '2024' GROUP BY strftime('%m', loans.loan_date)
Which member has the most loans?
  SELECT members.name FROM members JOIN loans ON loans.member_id = members.id GROUP BY members.name
  ORDER BY COUNT(*) DESC LIMIT 1
Top 3 members by number of loans
  SELECT members.name FROM members JOIN loans ON loans.member_id = members.id GROUP BY members.name
  ORDER BY COUNT(*) DESC LIMIT 3
second newest member
  SELECT members.name FROM members ORDER BY members.joined_on DESC LIMIT 1 OFFSET 1
Which levels have more than 5 members?
  SELECT members.level FROM members GROUP BY members.level HAVING COUNT(*) > 5
Which members have no loans?
  SELECT members.name FROM members WHERE members.id NOT IN (SELECT loans.member_id FROM loans)
Which members belong to the branch in Leeds?
  SELECT members.name FROM members JOIN branches ON members.branch_id = branches.id WHERE
  branches.city = 'Leeds'
members whose name starts with B
  SELECT members.name FROM members WHERE members.name LIKE 'b%'
List members alphabetically
  SELECT members.name FROM members ORDER BY members.name
What percentage of loans is lost?
  SELECT 100.0 * SUM(CASE WHEN loans.state = 'lost' THEN 1 ELSE 0 END) / COUNT(*) FROM loans
"""


def pairs(text: str) -> list[tuple[str, str]]:
    """(question, query) of a text: a query stands indented below its question, on one line or more."""
    blocks = re.split(r"\n(?=\S)", text.strip())
    parts = [block.partition("\n") for block in blocks]
    return [(question, " ".join(query.split())) for question, _, query in parts]


@pytest.mark.parametrize(("question", "sql"), pairs(QUESTIONS))
def test_questions(question: str, sql: str) -> None:
    written = ask(question)
    assert written == sql
    run_query(make_database(LIBRARY.encode()), written)


@pytest.mark.parametrize(
    "question", ["loans with a fee over the average", "", "?!", "'; DROP TABLE loans; --"]
)
def test_whatever_is_asked_a_query_runs(question: str) -> None:
    run_query(make_database(LIBRARY.encode()), ask(question))


SHOP = """
customers(id, name, city)
goods(id, name, price)
orders(id, customer_id, order_date, status)
order_items(id, order_id, goods_id, quantity, unit_price)
"""
REVENUE = "- Revenue, spent = SUM(order_items.quantity * order_items.unit_price)"
WORDING = [
    # question, tables, instruction, its trace in the query with and without the instruction
    ("orders in 2023", SHOP, "SQLite.", "strftime('%Y'", "YEAR("),
    (
        "revenue in total",
        SHOP,
        REVENUE,
        "SUM(order_items.quantity * order_items.unit_price)",
        "customers.name",
    ),
    (
        "Revenue per goods",
        SHOP,
        "- revenue means quantity * unit_price",
        "order_items.quantity *",
        "COUNT(*)",
    ),
    (
        "How many orders?",
        SHOP,
        "Orders with status 'cancelled' do not count.",
        "status <> 'cancelled'",
        "COUNT(*)",
    ),
    ("How many orders?", SHOP, "Ignore cancelled orders.", "status <> 'cancelled'", "COUNT(*)"),
    (
        "Which members are there?",
        LIBRARY,
        "Select exactly the columns asked for.",
        "SELECT members.name",
        "SELECT members.id, members.name",
    ),
    (
        "Number of loans for each member",
        LIBRARY,
        "Use LEFT JOIN to keep members with none.",
        " LEFT JOIN ",
        " JOIN ",
    ),
    (
        "Number of loans for each member",
        LIBRARY,
        "GROUP BY the id.",
        "GROUP BY members.id",
        "GROUP BY members.name",
    ),
    (
        "How many members had a loan fee over 2?",
        LIBRARY,
        "COUNT(DISTINCT ...) after joins.",
        "COUNT(DISTINCT members.id)",
        "COUNT(*)",
    ),
    (
        "Which members have no email?",
        LIBRARY,
        "Missing means IS NULL.",
        "members.email IS NULL",
        "members.email = ''",
    ),
    (
        "Which member has the most loans?",
        LIBRARY,
        "Return all that are tied.",
        "HAVING COUNT(*) = (",
        "LIMIT 1",
    ),
    (
        "What is the email of Ann Lee?",
        LIBRARY,
        "Compare names case-insensitively.",
        "LIKE 'Ann Lee'",
        "= 'Ann Lee'",
    ),
    ("List the members", LIBRARY, "End every query with LIMIT 10.", "LIMIT 10", "FROM members"),
    (
        "Which loans are overdue?",
        LIBRARY,
        "- overdue = loans.state = 'open'",
        "loans.state = 'open'",
        "FROM loans",
    ),
    ("How many loans are gone?", LIBRARY, "- gone: loans.state = 'lost'", "loans.state = 'lost'", "COUNT(*)"),
]


@pytest.mark.parametrize(("question", "tables", "rule", "with_it", "without"), WORDING)
def test_every_instruction_changes_the_query(
    question: str, tables: str, rule: str, with_it: str, without: str
) -> None:
    told, untold = (ask(question, f"Write SQL.\n{extra}", tables) for extra in (rule, ""))
    assert with_it in told
    assert with_it not in untold
    assert without in untold


@pytest.mark.parametrize(
    ("question", "left_out"),
    [
        ("How many orders?", True),
        ("How many orders were cancelled?", False),
        ("Orders per status", False),
        ("How many customers?", False),
        ("Which customers ordered something?", True),
        ("Which customers never ordered anything?", True),
        ("How much was spent?", True),
    ],
)
def test_what_does_not_count_is_left_out_where_it_matters(question: str, left_out: bool) -> None:
    rules = f"Write SQL. {EXACT}\nOrders with status 'cancelled' do not count unless asked about.\n{REVENUE}"
    assert ("orders.status <> 'cancelled'" in ask(question, rules, SHOP)) is left_out


def test_listed_values_are_found_and_unlisted_ones_guessed() -> None:
    listed = SHOP + "\ncustomers.city: 'Rome', 'Oslo'\norders.status is 'open', 'sent'"
    assert "customers.city = 'Rome'" in ask("How many customers live in rome?", EXACT, listed)
    assert "orders.status = 'sent'" in ask("How many orders are sent?", EXACT, listed)
    assert "'Rome'" in ask("How many customers live in Rome?", EXACT, SHOP)
    assert "WHERE" not in ask("How many orders are sent?", EXACT, SHOP)


@pytest.mark.parametrize(
    ("instructions", "shape"),
    [
        ("Write an SQL query.", ("You can get that", "```sql\nSELECT ", "Adapt")),
        ("Write SQL. Return only the SQL.", ("SELECT ", "COUNT(*)", "loans")),
        ("Write SQL. Only the SQL, in a ```sql block.", ("```sql\nSELECT", ";", "```")),
    ],
)
def test_the_form_of_the_answer(instructions: str, shape: tuple[str, str, str]) -> None:
    start, middle, end = shape
    written = ask("How many loans?", instructions)
    assert written.startswith(start)
    assert middle in written
    assert end in written.splitlines()[-1]


def test_json_is_written_where_a_schema_asks_for_it() -> None:
    messages = [
        {"role": "system", "content": COMPACT},
        {"role": "user", "content": "Question: How many loans?"},
    ]
    schema = {"type": "object", "properties": {"sql": {"type": "string"}}}
    assert json.loads(reply("offline/rules", messages, schema)) == {"sql": "SELECT COUNT(*) FROM loans"}


@pytest.mark.parametrize(
    ("instructions", "sure"),
    [
        ("Turn the question into SQL.\n" + LIBRARY, 0.95),
        ("Write one SQLite query for this.\n" + COMPACT, 0.95),
        ("Write an SQL query.", 0.6),
        ("Route the ticket. database: slow pages, SQL errors", 0.0),
        ("Answer from the context only.", 0.0),
        ("Call f(a, b) and g(c, d).", 0.0),
        ("", 0.0),
    ],
)
def test_fits_where_sql_is_asked_for(instructions: str, sure: float) -> None:
    assert fits(read_task([{"role": "system", "content": instructions}])) == sure


def test_a_prompt_without_tables_or_question_gets_a_plain_query() -> None:
    assert (
        answer(read_task([{"role": "user", "content": "Write SQL, only the SQL.\nQuestion: x"}]))
        == "SELECT NULL"
    )
    assert ask("") == "SELECT branches.title FROM branches"
    assert answer(read_task([])).count("SELECT NULL") == 1


def test_schema_from_statements() -> None:
    schema = read_schema(LIBRARY)
    assert list(schema.tables) == ["branches", "members", "loans"]
    assert [column.name for column in schema.tables["loans"]] == [
        "id",
        "member_id",
        "book",
        "loan_date",
        "fee",
        "state",
    ]
    level, blocked = schema.find("members", "level"), schema.find("members", "blocked")
    assert level is not None
    assert blocked is not None
    assert level.values == ("adult", "child", "honorary member")
    assert (level.is_kind, blocked.is_flag, blocked.is_number) == (True, True, False)
    assert [link.sql for link in schema.path(["loans"], "branches")] == [
        "loans.member_id = members.id", "members.branch_id = branches.id",
    ]  # fmt: skip
    assert schema.path(["loans"], "nowhere") == []
    assert (schema.people, schema.detail, schema.goods) == ("members", "", ())


def test_schema_from_lines() -> None:
    schema = read_schema(SHOP)
    assert schema.links[0].sql == "orders.customer_id = customers.id"
    assert (schema.people, schema.detail, schema.event, schema.goods) == (
        "customers",
        "order_items",
        "orders",
        ("goods",),
    )
    assert schema.display("orders") == "orders.id"
    assert read_schema("no tables (at all)").tables == {}


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("2024", Days("2024-01-01", "2024-12-31", "year")),
        ("2024-02-03", Days("2024-02-03", "2024-02-03", "day")),
        ("march 2022", Days("2022-03-01", "2022-03-31", "month")),
        ("8 march 2022", Days("2022-03-08", "2022-03-08", "day")),
        ("mar 8 2022", Days("2022-03-08", "2022-03-08", "day")),
        ("1st of july 2023", Days("2023-07-01", "2023-07-01", "day")),
        ("q2 2023", Days("2023-04-01", "2023-06-31", "quarter")),
        ("first quarter of 2024", Days("2024-01-01", "2024-03-31", "quarter")),
        ("5000", None),
        ("smarch 2022", None),
        ("march", None),
        ("", None),
    ],
)
def test_days(text: str, meaning: Days | None) -> None:
    assert days(text) == meaning


def test_words() -> None:
    known = frozenset(["customer", "customers", "country"])
    assert [repaired(word, known) for word in ("custmers", "cuontry", "county", "order", "x")] == [
        "customers", "country", "country", "order", "x",
    ]  # fmt: skip
    assert [singular(word) for word in ("categories", "boxes", "status", "cities", "address", "s")] == [
        "category", "box", "status", "city", "address", "",
    ]  # fmt: skip
    assert rephrased("cheapest, at least two, haven't, 4 stars or more") == (
        "least expensive, not-under two,  not , not-under 4 stars"
    )


def test_a_question_in_canonical_form() -> None:
    schema = read_schema(LIBRARY)
    rules = read_rules("- overdue = loans.state = 'open'", schema)
    question = read_question(
        'Which members joined on 1 May 2023 with "x y" and Ann Lee overdue 3?', schema, rules
    )
    assert question.text == "which T0 C1 D2 with L3 and L4 K5 N6 ?"
    assert [mark.meaning for mark in question.marks if mark.kind in "TLKN"] == [
        "members", "x y", "Ann Lee", "loans.state = 'open'", "3",
    ]  # fmt: skip


VOCABULARY = """members loans branches name title book fee level city email joined blocked lost open adult
Leeds how many average total most least top first each per by not no never without over under between and or
in of the who which 3 2023 5.5 March year month share of
percent difference names with ? Ann Lee"""


def test_nothing_makes_it_fail_and_everything_runs() -> None:
    draw = random.Random(7)
    pieces = [
        *VOCABULARY.split(),
        '"', "'", "%", "(", ")", ",", "T0", "C1", "M2", "\u202e", "\ud83d", "9" * 40, "COUNT(#x)",
    ]  # fmt: skip
    database = make_database(LIBRARY.encode())
    for _ in range(400):
        question = " ".join(draw.choices(pieces, k=draw.randrange(14)))
        run_query(database, ask(question, EXACT + " IS NULL, LEFT JOIN, ties, group by id, count(distinct"))


@pytest.mark.parametrize(
    "question",
    ["most " * 3_000, '"' * 9_000, "not " * 3_000, "in from " * 3_000, "over 3 " * 3_000, "A b " * 3_000],
)
def test_long_questions_are_read_in_part(question: str) -> None:
    assert ask(question).startswith("SELECT ")


def test_a_long_prompt_is_read_in_part() -> None:
    assert answer(
        read_task([{"role": "system", "content": "write sql create table x (a int, b text," * 20_000}])
    )


def test_the_references_of_our_own_suite_all_return_something() -> None:
    folder = Path(__file__).parents[2] / "evals" / "text-to-sql"
    database = make_database((folder / "shop.sql").read_bytes())
    cases = [json.loads(line) for line in (folder / "dataset.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(cases) >= 150
    for case in cases:
        rows = run_query(database, case["expectations"]["sql"])
        assert rows, case["id"]
        assert rows != [(None,)], case["id"]
