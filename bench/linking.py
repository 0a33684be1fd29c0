"""The two layouts that are attacked, and the attacks: how an attacker pairs people with what was written."""

from __future__ import annotations

import bisect
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.feishu.adapter import FeishuAdapter, FeishuSettings
from adapters.port import Raw
from bench.views import View
from bot.ballots import close
from bot.ballots.keys import KeyFolder
from bot.ballots.press import Ballots
from bot.clock import ManualClock
from bot.intake import Intake
from bot.polls import steps
from bot.store import polls
from bot.store.engine import Store
from bot.store.mirror import Directory
from bot.store.polls import Asked, Poll
from bot.turns import polls as turns
from bot.world import World
from policies.calendar import Calendars
from policies.engine import Ruleset
from policies.model import Account, Person, PersonId, Platform
from policies.questionnaire.life import State
from policies.questionnaire.model import Ask, Kind, Question, Secrecy, Terms
from policies.remedy import Channel

NOW = datetime(2026, 9, 11, 8, tzinfo=UTC)
Votes = Mapping[str, tuple[int, str]]


@dataclass
class Loot:
    """What an attacker has in hand at the end, and the truth to judge by.

    Attributes:
        order: people in the order in which they were seen to take part.
        boxes: for each of them what was new in the store at the same moment, as it lay there.
        texts: what was published, in the order of the store.
        bytes_: the finished database and its log. log: the write-ahead log alone.
        births: for people and for texts, the number of the transaction that wrote them, where the engine keeps it.
        truth: person → their own words; nothing an attacker has.
        opened: boxes whose words could be read before the end; ``raw``: places where a press lies open.
    """

    truth: dict[str, str]
    order: list[str] = field(default_factory=list)
    boxes: dict[str, bytes] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    bytes_: bytes = b""
    log: bytes = b""
    births: dict[str, str] = field(default_factory=dict)
    opened: int = 0
    raw: int = 0


# ── Attacks ───────────────────────────────────────────────────────────────────────────────────────


def by_order(loot: Loot) -> dict[str, str]:
    """The k-th who took part wrote the k-th text."""
    return dict(zip(loot.order, loot.texts, strict=False))


def by_page(loot: Loot) -> dict[str, str]:
    """The same, by where the texts lie in the file."""
    lying = sorted(loot.texts, key=lambda text: loot.bytes_.find(text.encode()))
    return dict(zip(loot.order, lying, strict=False))


def by_length(loot: Loot) -> dict[str, str]:
    """The longest box holds the longest text."""
    people = sorted(loot.order, key=lambda person: len(loot.boxes.get(person, b"")))
    return dict(zip(people, sorted(loot.texts, key=len), strict=False))


def by_log(loot: Loot) -> dict[str, str]:
    """A text belongs to whoever appeared last in the write-ahead log before it did."""
    people = sorted((place, one) for one in loot.order if (place := loot.log.find(one.encode())) >= 0)
    claimed: dict[str, str] = {}
    for text in loot.texts:
        place = loot.log.find(text.encode())
        before = bisect.bisect(people, (place,)) - 1
        if place >= 0 and before >= 0:
            claimed[people[before][1]] = text
    return claimed


def by_birth(loot: Loot) -> dict[str, str]:
    """Whoever was written by the same transaction as a text (PostgreSQL's ``xmin``)."""
    return {
        person: text
        for person in loot.order
        for text in loot.texts
        if loot.births.get(person) == loot.births.get(text) and person in loot.births
    }


def by_watching(loot: Loot) -> dict[str, str]:
    """What appeared together with a person, read as it lies: copies of the store between any two presses."""
    return {person: text for person, box in loot.boxes.items() for text in loot.texts if text.encode() in box}


Attacks = Mapping[str, Callable[[Loot], dict[str, str]]]

ATTACKS: Attacks = {
    "order": by_order,
    "page": by_page,
    "length": by_length,
    "log": by_log,
    "watching": by_watching,
}
ON_POSTGRES: Attacks = {
    "ctid": by_order,
    "xmin": by_birth,
    "length": by_length,
    "log": by_log,
    "watching": by_watching,
}
"""``ctid`` is where a row lies, and a scan without an order returns rows by it."""


# ── The control ───────────────────────────────────────────────────────────────────────────────────


async def naive(view: View, votes: Votes) -> Loot:
    """Two tables, a random id, one transaction a person."""
    loot = Loot(truth={person: text for person, (_, text) in votes.items()})
    await view.begin()
    await view.execute(
        "CREATE TABLE naive_people (person TEXT PRIMARY KEY);"
        "CREATE TABLE naive_ballots (id TEXT PRIMARY KEY, choice INT, text TEXT);"
    )
    known: set[str] = set()
    for person, (choice, text) in votes.items():
        await view.execute(
            f"BEGIN; INSERT INTO naive_people VALUES ('{person}');"
            f"INSERT INTO naive_ballots VALUES ('{uuid.uuid4().hex}', {choice}, '{text}'); COMMIT;"
        )
        rows = {row[0]: str(row) for row in await view.rows("SELECT id, choice, text FROM naive_ballots")}
        loot.boxes[person] = "".join(row for id_, row in rows.items() if id_ not in known).encode()
        known = set(rows)
    loot.order = [row[0] for row in await view.rows(f"SELECT person FROM naive_people {view.as_it_lies}")]
    loot.texts = [row[0] for row in await view.rows(f"SELECT text FROM naive_ballots {view.as_it_lies}")]
    loot.births = await view.births("naive_people", "person") | await view.births("naive_ballots", "text")
    loot.bytes_, loot.log = await view.disk(), await view.log()
    return loot


# ── The box ───────────────────────────────────────────────────────────────────────────────────────


class Sealed:
    """One questionnaire through the real intake, store, box and count."""

    RUN = "week@2026-09-11"

    def __init__(self, folder: Path, view: View, votes: Votes) -> None:
        self._view = view
        self._votes = votes
        self._clock = ManualClock(NOW)
        self._keys = KeyFolder(folder / "keys")
        self._world = _world(votes)

    async def run(self, logs: Callable[[], str]) -> Loot:
        loot = Loot(truth={person: text for person, (_, text) in self._votes.items()})
        await self._view.begin()
        store = Store(self._view.url, self._clock)
        await store.open()
        try:
            poll = await self._opened(store)
            intake = self._intake(store)
            known: set[str] = set()
            for person, (choice, text) in self._votes.items():
                reply = await intake.accept(_press(person, choice, text))
                if not reply.toast.startswith("\u5df2\u6536\u5230"):
                    raise RuntimeError(f"not taken: {reply.toast}")
                known = await self._watch(loot, known)
            loot.raw += await self._lies_open(loot, logs())
            self._clock.set(poll.terms.closes_at)
            await close.close(store, self._keys, poll, self._clock.now())
            await self._take(loot)
        finally:
            await store.close()
        loot.raw += len(self._keys.runs())
        return loot

    async def _opened(self, store: Store) -> Poll:
        terms = _terms(len(self._votes))
        asked = tuple(
            Asked(person=PersonId(f"feishu:{person}"), account=Account(Platform.FEISHU, person))
            for person in self._votes
        )
        planned = Poll(run=self.RUN, state=State.PLANNED, terms=terms)
        await store.write(polls.plan, planned)
        self._keys.make(self.RUN)
        await store.write(steps.open_, self.RUN, terms, None, asked, self._world, NOW)
        poll = await store.read(polls.get, self.RUN)
        if poll is None:
            raise RuntimeError("not opened")
        return poll

    def _intake(self, store: Store) -> Intake:
        intake = Intake(
            store=store,
            clock=self._clock,
            world=lambda: self._world,
            on_event=lambda: None,
            on_written=lambda: None,
        )
        settings = FeishuSettings(app_id="cli_0123456789abcdef", app_secret="none")
        intake.adapters[Platform.FEISHU] = FeishuAdapter(settings, self._clock, _no_chance())
        intake.on_sealed = Ballots(
            store=store, clock=self._clock, world=lambda: self._world, keys=self._keys
        ).hear
        return intake

    async def _watch(self, loot: Loot, known: set[str]) -> set[str]:
        """A copy of the store after every press: whoever is new, and what is new beside them."""
        tags = await self._view.rows(f"SELECT tag FROM took_part {self._view.as_it_lies}")
        people = [str(row[0]).removeprefix("feishu:") for row in tags]
        boxes = {row[0]: bytes(row[1]) for row in await self._view.rows("SELECT id, box FROM boxes")}
        fresh = b"".join(box for id_, box in boxes.items() if id_ not in known)
        for person in people:
            if person not in loot.boxes:
                loot.boxes[person] = fresh
                loot.order.append(person)
        return set(boxes)

    async def _lies_open(self, loot: Loot, logs: str) -> int:
        """Words that can be read before the end, anywhere but in memory."""
        lying = await self._view.disk() + logs.encode()
        loot.opened = sum(text.encode() in lying for text in loot.truth.values())
        return lying.count(b"form_value")

    async def _take(self, loot: Loot) -> None:
        found = await self._view.rows(f"SELECT text FROM poll_texts {self._view.as_it_lies}")
        loot.texts = [row[0] for row in found]
        people = await self._view.births("took_part", "tag")
        loot.births = {person.removeprefix("feishu:"): born for person, born in people.items()}
        loot.births |= await self._view.births("poll_texts", "text")
        loot.bytes_, loot.log = await self._view.disk(), await self._view.log()


def _terms(size: int) -> Terms:
    return Terms(
        questionnaire="week",
        title="week",
        kind=Kind.PULSE,
        questions=(
            Question(id="mood", text="mood", kind=Ask.SCALE),
            Question(id="more", text="more", kind=Ask.TEXT),
        ),
        secrecy=Secrecy.PARTICIPATION_KNOWN,
        audience="all",
        size=size,
        opens_at=NOW,
        closes_at=NOW + timedelta(days=3),
    )


def _press(person: str, choice: int, text: str) -> Raw:
    """As Feishu brings it, see tests/data/feishu/card_pressed.json."""
    action = turns.action_id(Sealed.RUN, turns.SEALED)
    header = {
        "event_id": uuid.uuid4().hex,
        "event_type": "card.action.trigger",
        "create_time": str(int(NOW.timestamp() * 1_000_000)),
        "token": "",
        "app_id": "cli_0123456789abcdef",
        "tenant_key": "t1",
    }
    event = {
        "operator": {"tenant_key": "t1", "open_id": person, "union_id": "on_1"},
        "token": "c-1",
        "action": {
            "value": {"a": action},
            "tag": "button",
            "name": "submit",
            "form_value": {"q1": str(choice), "q2": text},
        },
        "host": "im_message",
        "context": {"open_message_id": f"om_{person}", "open_chat_id": "oc_1"},
    }
    body = json.dumps({"schema": "2.0", "header": header, "event": event}, ensure_ascii=False)
    return Raw(platform=Platform.FEISHU, body=body, kind="callback")


def _world(votes: Votes) -> World:
    people = tuple(
        Person(
            id=PersonId(f"feishu:{person}"),
            name=f"{person[3:]}",
            accounts=(Account(Platform.FEISHU, person),),
        )
        for person in votes
    )
    return World(
        zone="Asia/Shanghai",
        directory=Directory(people=people, seen_at={Platform.FEISHU: NOW}),
        chats={},
        calendars=Calendars(),
        ruleset=Ruleset(),
        channels={Platform.FEISHU: Channel(platform=Platform.FEISHU, forms=True)},
        tenants={Platform.FEISHU: "t1"},
    )


def _no_chance() -> object:
    import random

    return random.Random(1)
