"""What the examination says without a platform: the clock's skew, the engine's rules, the words of every finding."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.feishu import scopes as feishu
from adapters.port import Ability, ServerTime
from bot.cli import texts
from bot.doctor import Doctor
from bot.store import rules
from policies.model import Platform

NOW = datetime(2026, 9, 7, 1, tzinfo=UTC)


def doctor(server: datetime | None) -> Doctor:
    seen = ServerTime(said=server, read_at_s=90.0) if server else None
    return Doctor(
        adapters={Platform.FEISHU: SimpleNamespace(server_time=lambda: seen)},
        clock=SimpleNamespace(now=lambda: NOW, tick_s=lambda: 100.0),
        store=None,
        wanted={},
        is_living=False,
    )


@pytest.mark.parametrize(
    ("ahead_s", "mark"),
    [(0, "ok"), (4, "ok"), (-4, "ok"), (30, "remark"), (-30, "remark"), (300, "missing"), (-300, "missing")],
)
def test_a_clock_that_is_minutes_off_is_missing(ahead_s, mark):
    said = NOW - timedelta(seconds=10.5 + ahead_s)  # read ten seconds ago, and cut to the second
    (found,) = doctor(said)._clock()
    assert (found.mark, found.details["skew_s"]) == (mark, ahead_s)


def test_without_an_answer_nothing_is_said_of_the_clock():
    assert doctor(None)._clock() == []


@pytest.mark.parametrize(
    ("version", "mended"),
    [
        ((3, 40, 1), False),
        ((3, 44, 6), True),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_which_sqlite_has_the_wal_reset_bug(version, mended):
    assert rules._is_mended(version) is mended


def test_a_broad_scope_stands_for_a_narrow_one():
    found = feishu.compare(frozenset({"im:chat"}), frozenset({Ability.APPOINT_ADMINS}))
    assert [one.name for one in found.granted] == ["im:chat.managers:write_only"]
    assert found.spare == ()


def test_what_no_wanted_ability_uses_can_be_given_back():
    granted = frozenset({"im:message.group_msg", "calendar:calendar", "im:message:send_as_bot"})
    found = feishu.compare(granted, frozenset({Ability.SPEAK}))
    assert found.spare == (("calendar:calendar", None), ("im:message.group_msg", Ability.HEAR_GROUPS))


def test_every_ability_has_its_sentence():
    assert set(texts.doctor._SERVES) == {ability.value for ability in Ability}


def test_every_finding_has_its_sentence():
    """Each ``what`` of the code is in the table, or has a sentence of its own."""
    root = Path(texts.__file__).parents[2]
    written = set()
    for path in (root / "doctor.py", root / "cli" / "doctor.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", "")
                if name in ("_ok", "_missing", "_remark") and isinstance(node.args[1], ast.Constant):
                    written.add(node.args[1].value)
                written |= {
                    one.value.value
                    for one in node.keywords
                    if one.arg == "what" and isinstance(one.value, ast.Constant)
                }
    own = {"skew", "space", "rules", "lock", "name", "group-unread", "scope-spare"}
    assert written - own - texts.doctor._FINDINGS.keys() == set()
