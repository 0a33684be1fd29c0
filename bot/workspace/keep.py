"""看守 (keep): what people ask of groups in chat, what a change of the directory means for ours, a look every day.

A small plan is about the groups that one change touches. What is harmless is done by itself if the configuration says
so; the rest is shown to the admins and waits for a press.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot import facts, pipeline
from bot.clock import CivilClock
from bot.config.model import Config
from bot.control import Refused
from bot.directory import Mirror
from bot.facts import Scene
from bot.store import audit, managed, marks, plans
from bot.store.engine import Connection, Store
from bot.store.errors import StoreUnavailable
from bot.store.plans import GroupAsk
from bot.store.rows import AuditEntry
from bot.turns import adopting, keeping
from bot.workspace import keeping as bindings
from bot.workspace import leavers
from bot.workspace.adoption import Candidate, NotClear
from bot.workspace.apply import Ended
from bot.workspace.office import Office, Picture
from bot.world import World
from policies.model import (
    Account,
    AnyEvent,
    Chat,
    ChatChanged,
    DepartmentId,
    DirectoryChanged,
    Person,
    Posted,
    Said,
)
from policies.workspace import small
from policies.workspace.changes import Plan, letting_in
from policies.workspace.model import Desired, GroupKey

log = logging.getLogger(__name__)

AGAIN_S = 5.0
DRIFT = "workspace.drift"
"""The plan of the last daily look that was told, so that it is told once."""

Heads = Mapping[DepartmentId, Person]


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What a change of the directory means.

    Attributes:
        heads: departments with another head: its name, the old and the new one (``None``: nobody).
        left: people who have left the company.
    """

    keys: frozenset[GroupKey] = frozenset()
    heads: tuple[tuple[str, Person | None, Person | None], ...] = ()
    left: tuple[Person, ...] = ()
    left_accounts: frozenset[Account] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        return bool(self.keys or self.heads or self.left)


class Keeper:
    """One task.

    Args:
        leads: whether this one of several instances asks and looks; a change of the directory is followed by
            whoever has taken its event.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: CivilClock,
        config: Config,
        world: Callable[[], World],
        office: Office,
        mirror: Mirror,
        on_told: Callable[[], None],
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._clock = clock
        self._config = config
        self._world = world
        self._office = office
        self._mirror = mirror
        self._on_told = on_told
        self._leads = leads
        self._woken = asyncio.Event()
        self._is_looking = True
        self._has_news = False
        self._left: set[Account] = set()
        self._entered: dict[Chat, str] = {}
        self._wished: Desired | None = None
        self._heads: Heads = {}
        self._bound: frozenset[str] = frozenset()
        self.on_change: Callable[[], None] = lambda: None

    @property
    def is_idle(self) -> bool:
        return not self._is_looking and not (self._has_news and self._mirror.is_idle)

    def hear(self, event: AnyEvent) -> None:
        """The mirror looks first; what it finds is what counts."""
        match event:
            case DirectoryChanged():
                self._left |= set(event.left)
                self._has_news = True
            case ChatChanged():
                self._office.forget(event.chat)
            case Said() | Posted():
                self._is_heard_in(event.message.chat)

    def _is_heard_in(self, chat: Chat) -> None:
        """Whoever hears people in a group is in it: DingTalk does not say when our bot is let into an ordinary one."""
        row = self._world().chats.get(chat)
        if row is not None and not row.is_inside:
            self._entered[chat] = row.name
            self.wake()

    def wake(self) -> None:
        """Somebody may have asked, or pressed."""
        self._is_looking = True
        self._woken.set()
        self.on_change()

    def looked(self) -> None:
        """The mirror has looked."""
        if self._has_news:
            self.wake()

    def caught_up(self) -> None:
        """The mirror shows what another instance has looked up, and follows: for us it is no news any more."""
        if not self._has_news:
            self._wished, self._heads = self._office.desired(), self._heads_now()

    async def run(self) -> None:
        """Until cancelled; a question that was open when we died is answered by the next one."""
        self._wished, self._heads = self._office.desired(), self._heads_now()
        while True:
            self._woken.clear()
            self._is_looking = True
            try:
                await self._look()
            except StoreUnavailable:
                log.exception("store is away; groups wait")
                with suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN_S):
                        await self._woken.wait()
                continue
            self._is_looking = self._woken.is_set()
            self.on_change()
            await self._woken.wait()

    async def _look(self) -> None:
        asks, bound = await self._store.read(_open)
        if bound != self._bound:
            self._bound = bound
            self._mirror.look_again()
        if self._entered:
            items = [(letting_in(chat), name) for chat, name in self._entered.items()]
            self._entered.clear()
            await self._store.write(bindings.clicked, items, "yizhan", self._clock.now())
            self._mirror.look_again()
        for ask in asks:
            if self._leads():
                await self._answer(ask)
        if self._has_news and self._mirror.is_idle:
            self._has_news = False
            await self._directory_changed()

    # ── What was asked ────────────────────────────────────────────────────────────────────────────

    async def _answer(self, ask: GroupAsk) -> None:
        if ask.kind == "adopt":
            found = await self._office.candidate(ask.about)
            await self._store.write(_seen, ask, found, self._world(), self._clock.now())
        elif ask.kind == "hand-over":
            await self._store.write(leavers.hand_over, ask, self._world(), self._clock.now())
        else:
            await self._apply(ask)
        self._on_told()

    async def _apply(self, ask: GroupAsk) -> None:
        """An admin has pressed: exactly that plan, or the new one is shown."""
        shown = await self._store.read(plans.by_digest, ask.about)
        if shown is None:
            await self._store.write(plans.answer, ask.id, self._clock.now())
            return
        scope = None if shown.scope is None else frozenset(map(GroupKey, shown.scope))
        picture = await self._office.look(scope, walk=False)
        if picture.plan.digest != shown.digest or picture.plan.stops or picture.plan.problems:
            await self._office.remember(picture, scope)
            await self._store.write(
                _changed, ask, picture.plan, self._names(picture.plan), self._world(), self._clock.now()
            )
            return
        try:
            ended = await self._office.carry_out(picture, by=ask.person)
        except Refused as refused:
            await self._store.write(_refused, ask, str(refused), self._world(), self._clock.now())
            return
        await self._store.write(_applied, ask, ended, self._world(), self._clock.now())

    # ── The directory ─────────────────────────────────────────────────────────────────────────────

    def _heads_now(self) -> Heads:
        directory = self._world().directory
        heads = ((one.id, directory.head_of(one.id)) for one in directory.departments())
        return {department: head for department, head in heads if head is not None}

    async def _directory_changed(self) -> None:
        """Rights that hang on the directory are the new ones already; groups follow by plan and press."""
        wished, heads = self._office.desired(), self._heads_now()
        news = self._news(wished, heads)
        self._wished, self._heads = wished, heads
        self._left.clear()
        if not news:
            return
        done, rest = await self._small_plan(news)
        await self._store.write(
            _tell_news, news, done, rest, self._names(rest), self._world(), self._clock.now()
        )
        self._on_told()

    def _news(self, wished: Desired, heads: Heads) -> _News:
        directory = self._world().directory
        before = self._wished or wished
        ours = self._bound if not wished.problems else frozenset()
        changed = []
        for department in sorted(self._heads.keys() | heads.keys()):
            old, new = self._heads.get(department), heads.get(department)
            there = directory.department(department)
            if (old.id if old else None) != (new.id if new else None) and there is not None:
                changed.append((there.name, old, new))
        gone = [directory.by_account(one) for one in sorted(self._left)]
        return _News(
            keys=frozenset(key for key in small.touched(before, wished) if key in ours),
            heads=tuple(changed),
            left=tuple(one for one in gone if one is not None and not one.is_active),
            left_accounts=frozenset(self._left),
        )

    async def _small_plan(self, news: _News) -> tuple[Plan | None, Plan]:
        """What was done by itself, and what waits for a press."""
        if not news.keys:
            return None, Plan(id="", digest="")
        picture = await self._office.look(news.keys, walk=False)
        done = None
        if self._config.workspace.small_changes == "apply":
            quiet, _ = small.split(picture.plan, news.left_accounts, await self._office.pots())
            if quiet.changes:
                with suppress(Refused):
                    await self._office.carry_out(replace(picture, plan=quiet), by="yizhan")
                    done = quiet
                picture = await self._office.look(news.keys, walk=False)
        await self._office.remember(picture, news.keys)
        return done, picture.plan

    # ── Every day ─────────────────────────────────────────────────────────────────────────────────

    async def drift(self) -> None:
        """Hands at work, a date that rolled over: told once, in working hours; nothing is undone by itself."""
        if not self._bound or not self._leads():
            return
        self._is_looking = True
        try:
            picture = await self._office.look(walk=False)
            picture = await self._do_quietly(picture)
            await self._office.remember(picture)
            await self._store.write(
                _tell_drift, picture.plan, self._names(picture.plan), self._world(), self._clock.now()
            )
        finally:
            self._is_looking = self._woken.is_set()
            self._on_told()

    async def _do_quietly(self, picture: Picture) -> Picture:
        if self._config.workspace.small_changes != "apply":
            return picture
        quiet, _ = small.split(picture.plan, frozenset(), await self._office.pots())
        if not quiet.changes:
            return picture
        with suppress(Refused):
            await self._office.carry_out(replace(picture, plan=quiet), by="yizhan")
        return await self._office.look(walk=False)

    def _names(self, plan: Plan) -> Mapping[Account, str]:
        return {Account.parse(one): name for one, name in self._office.names(plan).items()}


# ── Transactions ──────────────────────────────────────────────────────────────────────────────────


def _open(conn: Connection) -> tuple[tuple[GroupAsk, ...], frozenset[str]]:
    return plans.open_asks(conn), frozenset(one.binding.key for one in managed.all_kept(conn))


def _scene(conn: Connection, ask: GroupAsk, world: World, now: datetime) -> Scene | None:
    """``None``: it was answered before."""
    if not plans.answer(conn, ask.id, now):
        return None
    return facts.gather(conn, world, now, account=ask.account)


def _seen(conn: Connection, ask: GroupAsk, found: Candidate | NotClear, world: World, now: datetime) -> None:
    scene = _scene(conn, ask, world, now)
    if scene is not None:
        pipeline.write(conn, adopting.seen(scene, ask, found), now)


def _changed(
    conn: Connection, ask: GroupAsk, plan: Plan, names: Mapping[Account, str], world: World, now: datetime
) -> None:
    scene = _scene(conn, ask, world, now)
    if scene is not None:
        pipeline.write(conn, keeping.changed(scene, ask, plan, names), now)


def _refused(conn: Connection, ask: GroupAsk, why: str, world: World, now: datetime) -> None:
    scene = _scene(conn, ask, world, now)
    if scene is not None:
        pipeline.write(conn, keeping.refused(scene, ask, why), now)


def _applied(conn: Connection, ask: GroupAsk, ended: Ended, world: World, now: datetime) -> None:
    scene = _scene(conn, ask, world, now)
    if scene is not None:
        pipeline.write(conn, keeping.applied(scene, ask, ended), now)


def _tell_news(
    conn: Connection,
    news: _News,
    done: Plan | None,
    rest: Plan,
    names: Mapping[Account, str],
    world: World,
    now: datetime,
) -> None:
    """One card about everything that this change means."""
    scene = facts.gather(conn, world, now)
    for department, old, new in news.heads:
        line = AuditEntry(
            at=now,
            who="yizhan",
            act="head-changed",
            subject=department,
            details={"from": str(old.id) if old else "", "to": str(new.id) if new else ""},
        )
        audit.append(conn, (line,))
    going = [old for _, old, _ in news.heads if old is not None] + list(news.left)
    held = leavers.behind(conn, going)
    outcome = keeping.news(
        scene, heads=news.heads, left=news.left, held=held, done=done, rest=rest, names=names
    )
    pipeline.write(conn, outcome, now)


def _tell_drift(
    conn: Connection, plan: Plan, names: Mapping[Account, str], world: World, now: datetime
) -> None:
    told = marks.get(conn, DRIFT)
    if plan.is_empty and not plan.stops and not plan.problems:
        marks.forget(conn, DRIFT)
        return
    if told == plan.digest:
        return
    marks.put(conn, DRIFT, plan.digest)
    pipeline.write(conn, keeping.drift(facts.gather(conn, world, now), plan, names), now)
