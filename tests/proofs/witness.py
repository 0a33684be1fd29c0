"""The judge (见证): reads the town's record and the store's file, and nothing of the program that is judged.

Only the standard library: ``sqlite3`` on a closed or living file, and lists that the town has kept.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RESENT = "补发"
OF_READERS = frozenset({"收到", "为什么我会收到"})


@dataclass
class Verdict:
    """What became of one request, by its token."""

    token: str
    expected: int = 0
    rows: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)
    unknown: int = 0
    false_unknown: int = 0
    other: list[str] = field(default_factory=list)
    """Broken in another way: what and how."""

    @property
    def is_kept(self) -> bool:
        return not (self.lost or self.doubled or self.stray or self.other)


def copies(town: Any, platform: str, token: str) -> Counter[str]:
    """How many copies of the words each person has: their own, and their group's posts."""
    counted: Counter[str] = Counter()
    for message in town.log.get(platform, ()):
        if message.sender != "bot" or token not in message.text or RESENT in message.text:
            continue
        if message.person:
            if not _is_own_card(town, message, token):
                counted[message.person] += 1
        else:
            counted.update(list(town.chats[platform][message.chat].members))
    return counted


def _is_own_card(town: Any, message: Any, token: str) -> bool:
    """A preview, a question or a progress card quotes the words; it is no copy of the notice."""
    if re.search(rf"“(【\w+】)*{re.escape(token)}", message.text):
        return True
    labels = {label for _, label in town.platforms[message.platform].buttons(message)}
    return bool(labels - OF_READERS)


def members(town: Any, platform: str, department: str) -> set[str]:
    """Everybody in the department and below it who is in the company."""
    found = town.department_named(platform, department)
    people = {one for each in town.subtree(platform, found.id) for one in each.members}
    return {one for one in people if town.people[platform][one].active}


def open_store(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)
    connection.row_factory = sqlite3.Row
    return connection


def rows_of(store: sqlite3.Connection, token: str) -> list[dict[str, Any]]:
    """The outbox rows that carry the words to people, as they lie in the file."""
    found = store.execute(
        "SELECT * FROM outbox WHERE announcement <> '' AND effect LIKE ? AND recipients <> '[]'",
        (f"%{token}%",),
    )
    return [dict(row) for row in found if not _is_about(dict(row))]


def _is_about(row: Mapping[str, Any]) -> bool:
    """The author's own card and its faces, words to reviewers and admins: not the notice itself."""
    return str(row["step"]).split(":")[0] in ABOUT


ABOUT = frozenset({"card", "face", "fade", "recall", "preview", "review", "told", "tell"})
TERMINAL = frozenset({"sent", "unknown", "dead", "cancelled"})


def people_in(recipients: str) -> list[str]:
    """Ids without their platform, of a recipients column."""
    return [
        str(one).partition(":")[2] if isinstance(one, str) else str(one) for one in json.loads(recipients)
    ]


def judge(
    town: Any, file: Path, platform: str, token: str, expected: Iterable[str], *, may_be_unknown: int
) -> Verdict:
    """Who was to have it, who has it, and what the store says of the rest."""
    with open_store(file) as store:
        rows = rows_of(store, token)
    store.close()
    return judge_rows(town, rows, platform, token, expected, may_be_unknown=may_be_unknown)


def judge_rows(
    town: Any,
    rows: Iterable[Mapping[str, Any]],
    platform: str,
    token: str,
    expected: Iterable[str],
    *,
    may_be_unknown: int,
) -> Verdict:
    """The same of rows that have been read already, whatever engine keeps them."""
    wanted, got = set(expected), copies(town, platform, token)
    verdict = Verdict(token=token, expected=len(wanted))
    verdict.doubled = sorted(person for person, n in got.items() if n > 1)
    verdict.stray = sorted(set(got) - wanted)
    excused: set[str] = set()
    for row in rows:
        verdict.rows += 1
        who = people_in(row["recipients"]) or sorted(wanted)
        if row["state"] not in TERMINAL:
            verdict.other.append(f"row {row['id']} is still {row['state']}")
        if row["state"] in ("unknown", "dead") and row["told_at"] is None:
            verdict.other.append(f"row {row['id']} is {row['state']} and nobody was told")
        if row["state"] == "dead":
            verdict.other.append(f"row {row['id']} was given up: {row['error_kind']} {row['error']}")
        if row["state"] == "unknown":
            verdict.unknown += 1
            verdict.false_unknown += not any(got[person] for person in who)
            excused.update(who)
        missing = [person for person in who if person in wanted and not got[person]]
        if row["state"] == "sent" and missing:
            verdict.other.append(f"row {row['id']} says sent, and {len(missing)} never got it")
    verdict.lost = sorted(wanted - set(got) - excused)
    if verdict.unknown > may_be_unknown:
        verdict.other.append(f"{verdict.unknown} unknown, of which {may_be_unknown} may be")
    return verdict


def acknowledged_and_missing(town: Any, file: Path, platform: str, since: str = "") -> list[str]:
    """Frames that the robot acknowledged and whose event lies in no inbox row: an ack before the commit.

    Args:
        since: only what left at this moment of the town (ISO) or later; a store put back from a copy knows no more.
    """
    with open_store(file) as store:
        known = {value for row in store.execute("SELECT event_id, cause FROM inbox") for value in row}
    store.close()
    return acknowledged_and_not_among(town, known, platform, since)


def acknowledged_and_not_among(town: Any, known: set[str], platform: str, since: str = "") -> list[str]:
    """The same, given every event id and cause that the inbox knows."""
    missing = []
    for frame in town.frames.since(0, platform):
        if frame.direction != "out" or frame.outcome != "acked" or frame.at < since:
            continue
        ids = _ids(json.loads(frame.text))
        if ids and not ids & known:
            missing.append(f"{frame.id} {frame.topic} {sorted(ids)}")
    return missing


def _ids(body: Any) -> set[str]:
    """The event's and the message's own ids, of the messages people send to the bot; nothing for other kinds."""
    if not isinstance(body, dict):
        return set()
    header = body.get("header") or {}
    if (
        header.get("event_type") == "im.message.receive_v1"
        and body["event"]["message"].get("chat_type") == "p2p"
    ):
        return {header["event_id"], body["event"]["message"]["message_id"]}
    if body.get("conversationType") == "1" and "msgId" in body:
        return {str(body["msgId"])}
    return set()


KEYED = {
    "feishu": ("/open-apis/im/v1/messages", "uuid"),
    "dingtalk": ("/v1.0/card/instances/createAndDeliver", "outTrackId"),
}


def reworded(town: Any, platform: str) -> list[str]:
    """Keys under which the platform was given two different messages, none of them refused: one of the two is lost."""
    path, name = KEYED[platform]
    bodies: dict[str, set[str]] = {}
    for call in town.recorder.entries(platform=platform):
        refused = call["status"] is not None and 400 <= call["status"] < 500
        if call["method"] == "POST" and call["path"] == path and not refused and call["body"].get(name):
            bodies.setdefault(call["body"][name], set()).add(json.dumps(call["body"], sort_keys=True))
    return [f"{len(found)} messages under the key {key}" for key, found in bodies.items() if len(found) > 1]


def unfinished(file: Path, ends_at: str) -> list[str]:
    """Rows that have come to no end, whatever they carry; what was asked for a later moment may wait for it."""
    with open_store(file) as store:
        rows = store.execute(
            "SELECT id, step, state, ready_at FROM outbox"
            " WHERE state IN ('due', 'attempted') OR (state = 'held' AND ready_at < ?)",
            (ends_at,),
        ).fetchall()
    store.close()
    return [
        f"row {row['id']} ({row['step']}) is still {row['state']} since {row['ready_at']}" for row in rows
    ]


def without_reason(file: Path) -> list[str]:
    """Notices of which the audit log does not say who asked for them and by which rule they went."""
    with open_store(file) as store:
        rows = store.execute(
            "SELECT DISTINCT announcement FROM outbox WHERE announcement <> '' AND recipients <> '[]'"
            " AND announcement NOT IN (SELECT subject FROM audit)"
        ).fetchall()
    store.close()
    return [f"nothing in the audit log about {row[0]}" for row in rows]


def integrity(file: Path) -> list[str]:
    """What SQLite finds wrong with the file; the audit's chain is checked with it."""
    with open_store(file) as store:
        found = [str(row[0]) for row in store.execute("PRAGMA integrity_check") if row[0] != "ok"]
        twice = store.execute(
            "SELECT key, due_at FROM timers GROUP BY key, due_at HAVING count(*) > 1"
        ).fetchall()
        previous = None
        for row in store.execute("SELECT seq, previous, hash FROM audit ORDER BY seq"):
            if previous is not None and row["previous"] != previous:
                found.append(f"the audit's chain is broken at {row['seq']}")
            previous = row["hash"]
    store.close()
    return found + [f"timer {row[0]} twice" for row in twice]
