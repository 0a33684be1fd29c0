"""One seed's world (一个种子的世界): a town in virtual time, and one life of the bot after the other.

Here stand the seams: chance, time, network, threads and the store's engine are replaced in this one place.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Engine, event

import bot.app
import bot.lines
import bot.sending
from bot.config import load
from bot.store import leases, sqlite
from bot.store.engine import Store
from sandbox import app as town_app
from sandbox import config_file
from tests.proofs import virtual, wire, witness

NEWS_S = 0.2


@dataclass
class Request:
    """What somebody asks for: when, whom, in which words."""

    token: str
    at_s: float
    platform: str
    audience: str
    text: str
    is_hostile: bool = False
    """Its words mean ill; they may be refused, but then nobody has them."""
    is_urgent: bool = False
    author: Any = None
    left_at: datetime | None = None
    """When its author was with the company no more."""


@dataclass
class World:
    """One seed: a town, and one life of the bot after the other."""

    seed: int
    folder: Path
    rng: random.Random
    loop: virtual.VirtualLoop
    start: datetime
    clock: virtual.SimClock
    town: Any = None
    app: Any = None
    loaded: Any = None
    deaths: list[str] = field(default_factory=list)
    ended: list[tuple[str, str]] = field(default_factory=list)
    """Where each life ended, and what was wrong with the world just then."""
    with_jumps: bool = False
    with_two: bool = False
    with_leaver: bool = False
    with_restore: bool = False
    with_crowd: bool = False
    with_groups: bool = False
    is_calm: bool = False
    """No faults for a while."""
    ended_at: list[datetime] = field(default_factory=list)
    urgent: Any = None
    strangers: dict[str, Any] = field(default_factory=dict)
    """What the groups were that nobody wished for."""
    left: int = 0
    """Changes of the plan that are still to be made."""
    restored_at: datetime | None = None
    living: dict[int, tuple[wire.Life, Any]] = field(default_factory=dict)
    with_news: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        draw = random.Random(f"{self.seed}/world").random
        self.with_jumps, self.with_two = draw() < 0.3, draw() < 0.2
        self.with_leaver, self.with_restore = draw() < 0.15, draw() < 0.05
        is_plain = not (self.with_jumps or self.with_two or self.with_leaver or self.with_restore)
        self.with_crowd, self.with_groups = is_plain and draw() < 0.05, is_plain and draw() < 0.2

    def true_now(self) -> datetime:
        return self.start + timedelta(seconds=self.loop.passed_s)

    def copies_of(self, request: Request) -> Iterator[Any]:
        """Messages that bring the words to people: not the author's own cards."""
        for message in self.town.log.get(request.platform, ()):
            if message.sender != "bot" or request.token not in message.text:
                continue
            if not (message.person and witness._is_own_card(self.town, message, request.token)):
                yield message

    async def build(self, template: Path, more: str = "") -> None:
        """Args:
        more: is written below the configuration.
        """
        town_app.TownClock = virtual.town_clock(self.start, self.loop)  # type: ignore[misc]
        self.town = town_app.build_town(seed=self.seed)
        self.town.settings.update(
            {"dingtalk.ping_s": 1e9, "dingtalk.redeliver_same_out_track_id": self.rng.random() < 0.5}
        )
        self.town.url = "http://127.0.0.1:1"
        self.app = town_app.build_app(self.town)
        self.app.on_shutdown.clear()
        self.app.pre_freeze()
        self.app.freeze()
        config_file.write(self.town, self.folder / "config.toml")
        with (self.folder / "config.toml").open("a", encoding="utf-8") as out:
            out.write(more)
        (self.folder / "data").mkdir(mode=0o700)
        shutil.copyfile(template, self.folder / "data" / "yizhan.db")
        self.loaded = load.load(self.folder / "config.toml")

    async def live(self, ends_at: int | None, who: int = 0) -> str:
        """Until the bot dies by itself or is killed from outside; where that was."""
        life = wire.Life(ends_at)
        _seams(self, life, who)
        living = bot.app.Bot(self.loaded)
        self.living[who] = (life, living)
        task = asyncio.ensure_future(living.run())
        over = asyncio.ensure_future(life.over.wait())
        await asyncio.wait({task, over}, return_when=asyncio.FIRST_COMPLETED)
        if not life.is_over:
            task.result()
            raise AssertionError("the bot ended by itself")
        for work in (task, over):
            work.cancel()
        await asyncio.gather(task, over, return_exceptions=True)
        _let_go(living)
        self.ended.append((life.ended_in, self._weather()))
        self.ended_at.append(self.true_now())
        return life.ended_in

    def _weather(self) -> str:
        kinds = sorted({one["kind"].split(":")[0] for one in self.town.faults.shown()})
        if self.clock.off:
            kinds.append("clock off")
        return kinds[0] if kinds else "calm"

    def committed(self, by: Any) -> None:
        """The other instance hears of it, once of many commits that follow each other closely."""
        for who, (_, living) in self.living.items():
            if living._store is not by and who not in self.with_news:
                self.with_news.add(who)
                self.loop.call_later(NEWS_S, self._told, who)

    def _told(self, who: int) -> None:
        self.with_news.discard(who)
        _, living = self.living[who]
        if living._is_up:
            living._store.on_news()


def _seams(world: World, life: wire.Life, who: int) -> None:
    """The one place where chance, time, network and threads are replaced."""

    class SimStore(Store):
        def __init__(self, url: str, clock: Any) -> None:
            super().__init__(url, clock, inline=True)
            if world.with_two:
                self._lock = None  # as where a server is shared

        async def open(self) -> None:
            await super().open()
            self.is_postgres = world.with_two

        async def _enter(self, *arguments: Any, **named: Any) -> Any:
            life.step("before a commit")
            result = await super()._enter(*arguments, **named)
            if world.with_two:
                world.committed(self)
            life.step("after a commit")
            return result

        async def read(self, *arguments: Any) -> Any:
            if life.is_over:
                raise asyncio.CancelledError
            return await super().read(*arguments)

    _WHOSE.set(who)
    _FILES[who] = world.folder / "data" / "yizhan.db"
    sqlite.writer_engine = _engine  # type: ignore[assignment]
    wires = random.Random(f"{world.seed}/wires/{len(world.deaths)}")
    wire.plug_in(world.town, world.app, world.clock, life, wires)
    bot.app.Store = SimStore  # type: ignore[misc]
    bot.app.random = SimpleNamespace(Random=lambda: random.Random(f"{world.seed}/jitter/{len(world.deaths)}"))  # type: ignore[assignment]
    bot.lines.LOOK_EVERY_S = 3600.0
    _lease(world)


_NEW_ENGINE = sqlite.writer_engine
_ENGINES: dict[int, Engine] = {}
_FILES: dict[int, Path] = {}
_WHOSE: ContextVar[int | None] = ContextVar("whose", default=None)
"""Two bots may live at the same time, each in tasks of its own; ``None``: no bot's."""


def _engine(path: Path | None) -> Engine:
    """One for all the lives of a process, whatever their file: what it has compiled once stays compiled."""
    who = _WHOSE.get()
    if who is None:
        return _NEW_ENGINE(path)
    if who not in _ENGINES:
        _ENGINES[who] = _NEW_ENGINE(_FILES[who])
        event.listen(_ENGINES[who], "do_connect", partial(_to_the_file, who))
    return _ENGINES[who]


def _to_the_file(who: int, _: object, __: object, arguments: list[Any], ___: object) -> None:
    arguments[0] = str(_FILES[who])


def _lease(world: World) -> None:
    """Of a lone instance it need not be renewed; of two it lasts two hours, by a clock that both share."""
    two = world.with_two
    bot.sending.LEASE_S, bot.sending.RENEW_EVERY_S = (7200.0, 3600.0) if two else (10 * 86400.0, 5 * 86400.0)
    bot.sending.ASK_AGAIN_S = 3600.0 if two else 4.0
    leases.is_postgres = (lambda _: True) if two else _IS_POSTGRES
    leases._time = (lambda _, __: world.true_now()) if two else _TIME


_IS_POSTGRES, _TIME = leases.is_postgres, leases._time


def _let_go(living: Any) -> None:
    """What the kernel does for a dead process: close its files, let its lock go."""
    store = living._store
    if store._backend is not None:
        store._backend._writer.close()
    if store._lock is not None:
        store._lock.release()
