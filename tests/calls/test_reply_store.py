from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cuebook.calls.reply_store import FORMAT, ReplyStore, merge_files
from cuebook.core.chat import answered
from cuebook.core.errors import InvalidFiles
from cuebook.core.tool_calls import ToolCall
from cuebook.shapes.run import ModelReply, Played, Usage

CALL = ToolCall.of("c1", "look", '{"id": 1.50, "text": "\\u00e9\0"}')
PLAIN = ModelReply("yes", "m-2026", Usage(3, 1, 0.25), 1.5, "stop")


SYSTEM, ASKED = {"role": "system", "content": "Be kind."}, {"role": "user", "content": "Where?"}


@pytest.mark.parametrize(
    "reply",
    [
        PLAIN,
        ModelReply("", "m"),
        ModelReply("日本語 \U0001f600 \u2028 'x' \"y\"\r\n", "m", Usage(None, None, None), 0.0, "length"),
        ModelReply("before\0after", "m", Usage(0, 0, 0.0)),
        ModelReply("x" * 1_000_000, "m"),
        ModelReply("", "m", finish="tool_calls", tool_calls=(CALL, replace(CALL, id="c2"))),
        ModelReply("", "m", tool_calls=(ToolCall.of("", "look", '{"id": "A-'),), reasoning="Hm 😀."),
        ModelReply("No.", "m", finish="refusal", refusal="No."),
        ModelReply("Here.", "app", played=Played((SYSTEM, ASKED), (ASKED, answered("Here.", ())))),
    ],
)
def test_what_comes_back_is_what_was_put(tmp_path: Path, reply: ModelReply) -> None:
    with ReplyStore(tmp_path / "replies.sqlite") as store:
        store.put("k", reply)
        assert store.get("k") == reply
    with ReplyStore(tmp_path / "replies.sqlite") as store:
        assert store.get("k") == reply


def test_a_key_never_put_has_no_reply(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite") as store:
        assert store.get("k") is None
        assert store.get_many([]) == {}
        store.put("k", PLAIN)
        assert store.get("K") is None
        assert store.get_many(["x", "k"]) == {"k": PLAIN}


def test_the_first_reply_under_a_key_stays(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite") as store:
        store.put("k", PLAIN)
        store.put("k", ModelReply("no", "m"))
        assert store.get("k") == PLAIN


def test_many_keys_are_found_in_several_queries(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite") as store:
        for number in range(1203):
            store.put(f"k{number}", ModelReply(str(number), "m"))
        found = store.get_many(f"k{number}" for number in range(2000))
    assert {key: reply.text for key, reply in found.items()} == {f"k{n}": str(n) for n in range(1203)}


def test_the_folder_is_made_and_closing_leaves_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "replies.sqlite"
    with ReplyStore(path) as store:
        store.put("k", PLAIN)
    store.close()
    assert [entry.name for entry in path.parent.iterdir()] == ["replies.sqlite"]


def test_two_stores_on_one_file_see_each_others_replies(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    with ReplyStore(path) as one, ReplyStore(path) as two:
        one.put("a", PLAIN)
        two.put("b", PLAIN)
        assert one.get("b") == two.get("a") == PLAIN


CALLED = ModelReply("", "m", finish="tool_calls", tool_calls=(CALL,))


def test_calls_belong_to_the_reply_that_stays(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "a") as one, ReplyStore(tmp_path / "b") as two:
        one.put("k", PLAIN)
        one.put("k", CALLED)
        two.put("k", CALLED)
        two.put("other", CALLED)
        assert one.merge(two) == 1
        assert one.merge(two) == 0
        assert one.get_many(["k", "other"]) == {"k": PLAIN, "other": CALLED}


def test_earlier_releases_go_on_with_a_file_that_holds_calls(tmp_path: Path) -> None:
    """Their statements, word for word, and a file of theirs, which has no table of calls."""
    path = tmp_path / "replies.sqlite"
    with ReplyStore(path) as store:
        store.put("new", CALLED)
    columns = "key, text, served_model, input_tokens, output_tokens, cost_usd, seconds, finish, asked"
    connection = sqlite3.connect(path, isolation_level=None)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert connection.execute(f"SELECT {columns} FROM replies").fetchall()[0][:3] == ("new", "", "m")
    insert = (
        f"INSERT INTO replies ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"
    )
    connection.execute(insert, ("old", "yes", "m-2026", 3, 1, 0.25, 1.5, "stop", ""))
    connection.close()
    with ReplyStore(path) as store:
        assert store.get_many(["new", "old"]) == {"new": CALLED, "old": PLAIN}
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TABLE extras")
    connection.close()
    with ReplyStore(path) as store:
        assert store.get("old") == PLAIN
        store.put("k", CALLED)
        assert store.get("k") == CALLED


WRITER = """
import sys
from pathlib import Path
from cuebook.calls.reply_store import ReplyStore
from cuebook.core.tool_calls import ToolCall
from cuebook.shapes.run import ModelReply

path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
with ReplyStore(path) as store:
    for number in range(count):
        calls = (ToolCall.of("c", "look", "{}"),)
        store.put(f"{name}{number}", ModelReply("text " * 100, "m", tool_calls=calls))
        store.put(f"shared{number}", ModelReply("same", "m"))
        print(number, flush=True)
"""


def _writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    tools = str(Path(__file__).parents[2] / "tools")
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": tools})


def test_processes_that_start_at_once_share_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    writers = [_writer(path, name, 50) for name in "abcd"]
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    with ReplyStore(path) as store:
        wanted = [f"{name}{number}" for name in (*"abcd", "shared") for number in range(50)]
        assert len(store.get_many(wanted)) == len(wanted)


def test_a_killed_process_loses_no_reply_that_it_put(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    with _writer(path, "k", 1_000_000) as writer:
        assert writer.stdout is not None
        put = [int(writer.stdout.readline()) for _ in range(200)]
        writer.send_signal(signal.SIGKILL)
        put += [int(line) for line in writer.stdout if line.endswith("\n")]
    with ReplyStore(path) as store:
        found = store.get_many(f"k{number}" for number in range(put[-1] + 10))
        assert {f"k{number}" for number in put} <= found.keys()
        assert len(put) >= 200
        assert all(reply.tool_calls for reply in found.values()), "a reply and its calls are one"
        store.put("after", PLAIN)
        assert store.get("after") == PLAIN


def _complaint(path: Path) -> str:
    with pytest.raises(InvalidFiles) as caught, ReplyStore(path) as store:
        store.get("k")
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    assert problem.hint
    return str(problem)


def test_a_file_that_is_no_database_is_named_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    path.write_bytes(b"not a database at all " * 100)
    assert "damaged" in _complaint(path)
    assert "move it away" in _complaint(path)


def test_a_database_with_damaged_pages_is_named_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    with ReplyStore(path) as store:
        for number in range(100):
            store.put(f"k{number}", ModelReply("x" * 500, "m"))
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    assert "damaged" in _complaint(path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    ReplyStore(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    connection.close()
    before = path.read_bytes()
    assert "newer Cuebook" in _complaint(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (text)")
    connection.close()
    before = path.read_bytes()
    assert "another program's" in _complaint(path)
    assert path.read_bytes() == before


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    assert "unable to open" in _complaint(tmp_path)


def test_a_file_in_the_folders_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be used" in _complaint(tmp_path / "file" / "replies.sqlite")


def test_a_store_that_was_closed_says_so(tmp_path: Path) -> None:
    store = ReplyStore(tmp_path / "replies.sqlite")
    store.close()
    with pytest.raises(InvalidFiles, match="closed"):
        store.get("k")


def test_files_are_merged_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name, keys in {"b": ("k1", "k2"), "a": ("k1",), "c": ()}.items():
        with ReplyStore(tmp_path / name) as store:
            for key in keys:
                store.put(key, ModelReply(name, "m"))
    found = list(merge_files(tmp_path / "all", [tmp_path / name for name in "cba"]))
    assert found == [(tmp_path / "a", 1), (tmp_path / "b", 1), (tmp_path / "c", 0)]
    with ReplyStore(tmp_path / "all") as store:
        kept = store.get("k1")
    assert kept is not None
    assert kept.text == "a", "the first one stays"


def test_a_file_that_is_no_store_is_said(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no database, but long enough to look at" * 30)
    with pytest.raises(InvalidFiles, match="damaged"):
        list(merge_files(tmp_path / "all", [tmp_path / "x"]))
