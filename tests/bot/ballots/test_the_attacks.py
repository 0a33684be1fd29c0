"""The attacks of ``yizhan audit anonymity`` find what is planted: a check that never fails proves nothing."""

from __future__ import annotations

import sqlite3

import pytest
from ballot_builders import NOW, RUN, opened

from bot.ballots import files
from bot.ballots.keys import KeyFolder
from bot.cli import texts
from bot.store import anonymity, audit, ballots, polls
from bot.store.rows import AuditEntry
from bot.turns import polls as turns
from policies.questionnaire.life import Act
from policies.questionnaire.model import Cell, Ending, Tally

ACTION = turns.action_id(RUN, turns.SEALED)
PRESS = f'{{"action":{{"value":{{"a":"{ACTION}"}},"form_value":{{"q1":"4"}}}}}}'


async def _found(store) -> set[str]:
    return {one.name for one in await store.read(anonymity.attack) if one.found}


def _planted(store, sql: str, *values: object) -> None:
    with sqlite3.connect(store.path) as conn:
        conn.execute(sql, values)


async def test_an_ordinary_store_gives_nothing_away(store):
    await opened(store)
    assert await _found(store) == set()


async def test_a_raw_press_in_the_inbox_is_found(store):
    await opened(store)
    _planted(
        store,
        "INSERT INTO inbox (platform, tenant, event_id, cause, family, klass, kind, headers, body, received_at, turn_at,"
        " state, note, attempts) VALUES ('feishu','t','e','e','x','full','callback','{}',?,"
        "'2026-09-11T08:00:00.000000Z','2026-09-11T08:00:00.000000Z','done','',0)",
        PRESS,
    )
    assert await _found(store) == {"raw-presses"}


async def test_a_total_before_the_end_is_found(store):
    await opened(store)
    await store.write(polls.put_tallies, RUN, (Tally(question="mood", cells=(Cell(),)),), ())
    assert await _found(store) == {"early-results"}


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param((Cell(shown=True, answered=4, percents=(5,) * 5),), id="four answers"),
        pytest.param(
            (Cell(shown=True, answered=9), Cell(label="a", shown=True, answered=7), Cell(label="b")),
            id="nine less seven",
        ),
        pytest.param((Cell(shown=True, answered=9, counts=(9, 0, 0, 0, 0)),), id="exact of nine"),
    ],
)
async def test_a_figure_that_says_too_much_is_found(store, cells):
    await opened(store)
    await store.write(polls.put_tallies, RUN, (Tally(question="mood", cells=cells),), ())
    await store.write(polls.move, RUN, Act.CLOSE, Ending.COUNTED, 9)
    assert await _found(store) == {"subtraction"}


async def test_a_line_of_the_audit_about_a_person_is_found(store):
    await opened(store)
    line = AuditEntry(at=NOW, who="feishu:ou_1", act="answered", subject=RUN)
    await store.write(audit.append, (line,))
    assert await _found(store) == {"audit"}


async def test_a_box_that_outlived_its_questionnaire_is_found(store):
    await opened(store)
    await store.write(polls.move, RUN, Act.CLOSE, Ending.COUNTED, 9)
    await store.write(ballots.put_box, RUN, "0" * 32, b"x")
    assert await _found(store) == {"leftovers"}


async def test_a_table_with_row_numbers_is_found(store):
    _planted(store, "DROP TABLE took_part")
    _planted(store, "CREATE TABLE took_part (run TEXT, tag TEXT, at_TIME TEXT, taken_at TEXT)")
    assert await _found(store) == {"order", "times"}


def test_an_attack_that_had_nothing_to_look_at_is_not_called_a_success():
    assert texts.polls.attack("subtraction", 0, ()).startswith("· ")
    assert texts.polls.attack("subtraction", 3, ()).startswith("✓ ")
    assert texts.polls.attack("subtraction", 3, ("研发部",)).startswith("✗ ")


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────


def _in_files(keys, *paths, ended=()) -> set[str]:
    return {one.name for one in files.attack(keys, paths, (RUN,), ended) if one.found}


def test_keys_and_presses_are_found_wherever_they_lie(tmp_path):
    keys = KeyFolder(tmp_path / "keys")
    key = keys.make(RUN)
    backup, log = tmp_path / "backup.db", tmp_path / "bot.log"
    backup.write_bytes(b"x" * ((1 << 20) - 7) + key.private.hex().encode())
    log.write_text("a line\n" * 9 + PRESS, "utf-8")
    assert _in_files(keys, backup) == {"keys-in-files"}
    assert _in_files(keys, log) == {"presses-in-files"}
    (tmp_path / "keys" / f"{RUN}.key").chmod(0o644)
    assert _in_files(keys) == {"key-permissions"}


def test_a_key_that_should_be_gone_is_found(tmp_path):
    keys = KeyFolder(tmp_path / "keys")
    keys.make(RUN)
    assert _in_files(keys, ended=(RUN,)) == {"old-keys"}


@pytest.mark.parametrize("secure", ["ON", "OFF"])
def test_words_in_pages_that_nobody_uses_are_found(tmp_path, secure):
    path = tmp_path / "some.db"
    with sqlite3.connect(path) as conn:
        conn.execute(f"PRAGMA secure_delete = {secure}")
        conn.execute("CREATE TABLE boxes (box BLOB)")
        conn.executemany("INSERT INTO boxes VALUES (?)", [(b"secret" * 900,)] * 20)
        conn.commit()
        conn.execute("DELETE FROM boxes")
        conn.commit()
    conn.close()
    assert _in_files(KeyFolder(tmp_path / "keys"), path) == ({"free-pages"} if secure == "OFF" else set())
