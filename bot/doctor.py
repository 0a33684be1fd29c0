"""体检 (doctor): what the platforms, the store and the line say of themselves, as findings without a sentence.

The same body beside a living bot, with its adapters and its store, and alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from adapters.errors import Forbidden, PlatformError, QuotaExhausted, Unauthorized
from adapters.port import Ability, ChatAdapter, LineState, Permissions, SeenDirectory
from bot import audit, names
from bot.card_trial import CardTrial
from bot.clock import CivilClock
from bot.config.load import Named
from bot.store import chats, marks, rules
from bot.store.engine import Connection, Queue, Store
from bot.store.mirror import Directory, assemble
from bot.store.rows import ChatRow
from bot.world import groups_read
from policies.model import Account, Platform

SKEW_REMARK_S = 5.0
SKEW_MISSING_S = 120.0
"""Signatures and tokens are judged by the platform's clock within minutes."""

GAPS_WITHIN = timedelta(days=7)
LINE_OPENS_WITHIN_S = 30.0


class Mark(StrEnum):
    OK = "ok"
    MISSING = "missing"
    REMARK = "remark"
    SPARE = "spare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report.

    Attributes:
        part: a platform's name, ``clock``, ``store``, …
        what: picks the sentence; ``details`` are plain values that it names.
    """

    part: str
    mark: Mark
    what: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"part": self.part, "mark": self.mark.value, "what": self.what, **self.details}


Progress = Callable[[str], Awaitable[None]]


@dataclass
class Doctor:
    """Attributes:
    wanted: per platform, what the configuration asks for.
    store: open, or ``None`` where there is none yet.
    directory: the mirror's, empty where there is none yet; after an examination that of today.
    read_groups: as the configuration writes them.
    named: whom the configuration names; links: two written accounts of one person each.
    follows: the clock is a simulator's and says nothing of the platform's.
    """

    adapters: Mapping[Platform, ChatAdapter]
    clock: CivilClock
    store: Store | None
    wanted: Mapping[Platform, frozenset[Ability]]
    is_living: bool
    directory: Directory = field(default_factory=Directory)
    named: Sequence[Named] = ()
    read_groups: Sequence[str] = ()
    links: Sequence[tuple[str, str]] = ()
    follows: bool = False

    async def examine(self, *, quick: bool = False) -> list[Finding]:
        """Everything; ``quick``: only what asks nothing of the platforms."""
        found: list[Finding] = []
        seen: list[SeenDirectory] = []
        for platform, adapter in self.adapters.items():
            if self.is_living:
                found.append(_line(platform, adapter))
            if not quick:
                found += await self._platform(platform, adapter, seen)
        if not quick:
            found += self._clock()
            found += self._names(seen)
        found += await self._store()
        return found if quick else found + await self._audit()

    # ── A platform ────────────────────────────────────────────────────────────────────────────────

    async def _platform(
        self, platform: Platform, adapter: ChatAdapter, seen: list[SeenDirectory]
    ) -> list[Finding]:
        """``seen`` gets what there is to see of the company, where it can be read."""
        try:
            known = await adapter.whoami()
        except PlatformError as error:
            return [_no_entrance(platform, error)]
        found = [_ok(platform, "credentials")]
        if known.get("is_enabled") is not None:
            is_on = bool(known["is_enabled"])
            found.append(_ok(platform, "robot") if is_on else _missing(platform, "robot-off"))
        try:
            found += _permissions(platform, await adapter.permissions(self.wanted[platform]))
        except PlatformError as error:
            found.append(_remark(platform, "permissions-unknown", why=str(error)))
        try:
            seen.append(await adapter.directory())
            found.append(_range(seen[-1]))
        except PlatformError as error:
            found.append(_remark(platform, "directory-unread", why=str(error)))
        able = adapter.capabilities
        if not able.cards:
            found.append(_remark(platform, "no-cards"))
        if not able.hears_groups and platform is Platform.DINGTALK:
            found.append(_remark(platform, "deaf-in-groups"))
        return found

    def _names(self, seen: Sequence[SeenDirectory]) -> list[Finding]:
        """Whom the configuration names, looked up in what was just read: also before a bot has ever run."""
        self.directory = _as_people(seen, self.links, self.directory, self.clock.now())
        if not self.directory.seen_at:
            return []
        unseen = {each.platform for each in seen if not each.is_whole}
        narrow: frozenset[Platform | None] = frozenset({*unseen, None} if unseen else ())
        answers = names.look_up((one.ref for one in self.named), self.directory, self.adapters)
        found = [
            _of_name(one, answer.lack, answer.candidates, may_be_unseen=one.ref.platform in narrow)
            for one, answer in zip(self.named, answers, strict=True)
            if answer.lack is not None
        ]
        return found or [_ok("config", "names", n=len(self.named))]

    def _clock(self) -> list[Finding]:
        if self.follows:
            return [Finding(part="clock", mark=Mark.OK, what="followed")]
        skews = []
        for adapter in self.adapters.values():
            server = adapter.server_time()
            if server is not None:
                age_s = self.clock.tick_s() - server.read_at_s
                skews.append((self.clock.now() - server.said).total_seconds() - age_s - 0.5)
        if not skews:
            return []
        skew_s = max(skews, key=abs)
        mark = Mark.OK if abs(skew_s) <= SKEW_REMARK_S else Mark.REMARK
        if abs(skew_s) > SKEW_MISSING_S:
            mark = Mark.MISSING
        return [Finding(part="clock", mark=mark, what="skew", details={"skew_s": round(skew_s, 1)})]

    # ── The store ─────────────────────────────────────────────────────────────────────────────────

    async def _store(self) -> list[Finding]:
        if self.store is None:
            return [Finding(part="store", mark=Mark.OK, what="not-yet")]
        if ailment := self.store.ailment:
            return [Finding(part="store", mark=Mark.MISSING, what="trouble", details={"why": ailment})]
        kept = await self.store.write(rules.rules, queue=Queue.CHORES)
        details = {
            "engine": kept.engine,
            "version": kept.version,
            "journal": kept.journal,
            "synchronous": kept.synchronous,
            "is_mended": kept.is_mended,
        }
        mark = Mark.OK if kept.is_safe else Mark.MISSING
        found = [Finding(part="store", mark=mark, what="rules", details=details)]
        found.append(Finding(part="store", mark=Mark.OK, what="lock", details={"living": self.is_living}))
        found += _unread(self.read_groups, await self.store.read(chats.all_chats))
        return found + await self.store.read(_gaps, self.clock)

    async def _audit(self) -> list[Finding]:
        """The whole chain is walked: too long for what a container asks every minute."""
        if self.store is None or self.store.trouble:
            return []
        chain = await audit.verify(self.store)
        if chain.is_whole:
            return [_ok("store", "audit-whole", n=chain.rows)]
        return [_missing("store", "audit-broken", at=chain.broken_at)]

    # ── A card ────────────────────────────────────────────────────────────────────────────────────

    async def try_cards(
        self,
        trial: CardTrial,
        admins: Mapping[Platform, tuple[Account, str]],
        within_s: float,
        progress: Progress,
    ) -> list[Finding]:
        """A trial card on every platform, one after the other."""
        found = []
        for platform, adapter in self.adapters.items():
            if not adapter.capabilities.cards:
                continue
            if platform not in admins:
                found.append(_remark(platform, "no-admin-for-card"))
                continue
            account, name = admins[platform]
            await progress(f"card {platform} {name}")
            if self.is_living:
                found.append(await self._try_card(trial, adapter, account, name, within_s))
            else:
                found.append(await self._try_alone(trial, adapter, account, name, within_s))
        return found

    async def _try_card(
        self, trial: CardTrial, adapter: ChatAdapter, account: Account, name: str, within_s: float
    ) -> Finding:
        try:
            is_back = await trial.run(adapter, account, self.clock.now(), within_s)
        except PlatformError as error:
            return _missing(adapter.platform, "card-not-sent", why=str(error), name=name)
        if is_back:
            return _ok(adapter.platform, "card")
        return _missing(adapter.platform, "card-not-pressed", name=name, within_s=int(within_s))

    async def _try_alone(
        self, trial: CardTrial, adapter: ChatAdapter, account: Account, name: str, within_s: float
    ) -> Finding:
        """Opens the line itself; what else comes meanwhile is refused, so that the platform sends it again."""
        from adapters.errors import Undecodable
        from adapters.port import Raw, Reply
        from bot.card_trial import PREFIX
        from policies.model import Pressed

        async def accept(raw: Raw) -> Reply:
            try:
                event = adapter.decode(raw)
            except Undecodable:
                return Reply(ok=False)
            if isinstance(event, Pressed) and event.action.startswith(PREFIX):
                return trial.hears(event)
            return Reply(ok=False)

        line = asyncio.create_task(adapter.source(accept))
        try:
            async with asyncio.timeout(LINE_OPENS_WITHIN_S):
                while adapter.line_health().state is not LineState.OPEN:
                    if adapter.line_health().state is LineState.REFUSED:
                        return _missing(adapter.platform, "line-refused", why=adapter.line_health().refusal)
                    await asyncio.sleep(0.1)
            return await self._try_card(trial, adapter, account, name, within_s)
        except TimeoutError:
            return _missing(adapter.platform, "line", state=adapter.line_health().state.value)
        finally:
            line.cancel()
            await asyncio.gather(line, return_exceptions=True)


# ── Findings ──────────────────────────────────────────────────────────────────────────────────────


def _ok(part: str, what: str, **details: Any) -> Finding:
    return Finding(part=str(part), mark=Mark.OK, what=what, details=details)


def _missing(part: str, what: str, **details: Any) -> Finding:
    return Finding(part=str(part), mark=Mark.MISSING, what=what, details=details)


def _remark(part: str, what: str, **details: Any) -> Finding:
    return Finding(part=str(part), mark=Mark.REMARK, what=what, details=details)


def _no_entrance(platform: Platform, error: PlatformError) -> Finding:
    match error:
        case Unauthorized():
            return _missing(platform, "credentials-refused", why=str(error))
        case Forbidden():
            return _missing(platform, "entrance-forbidden", why=str(error), scope=error.scope)
        case QuotaExhausted():
            return _missing(platform, "quota-empty", why=str(error))
        case _:
            return _missing(platform, "unreachable", why=str(error))


def _permissions(platform: Platform, found: Permissions) -> list[Finding]:
    lines = [
        _missing(platform, "scope", scope=one.name, serves=one.serves.value, instead=list(one.instead))
        for one in found.missing
    ]
    lines += [_remark(platform, "scope-unclear", scope=one.name, why=why) for one, why in found.unclear]
    if found.granted and not found.missing:
        lines.append(_ok(platform, "scopes", n=len(found.granted)))
    lines += [
        Finding(
            part=platform.value,
            mark=Mark.SPARE,
            what="scope-spare",
            details={"scope": name, "serves": serves.value if serves else ""},
        )
        for name, serves in found.spare
    ]
    return lines


def _range(seen: SeenDirectory) -> Finding:
    platform = seen.platform
    details = {"people": len(seen.people), "departments": len(seen.departments)}
    if not seen.people:
        return _missing(platform, "nobody-seen", **details)
    nameless = sum(1 for person in seen.people if not person.name)
    if nameless:
        return _remark(platform, "nameless", nameless=nameless, **details)
    return (
        _ok(platform, "range", **details) if seen.is_whole else _remark(platform, "narrow-range", **details)
    )


def _as_people(
    seen: Iterable[SeenDirectory], links: Iterable[tuple[str, str]], known: Directory, now: datetime
) -> Directory:
    """What was just read, as people; which accounts are one person's say the file and the mirror."""
    walked = tuple(seen)
    if not walked:
        return known
    person_of = {str(account): str(one.id) for one in known.people for account in one.accounts}
    for first, second in links:
        person_of |= {first: first, second: first}
    return assemble(
        (person for one in walked for person in one.people),
        (department for one in walked for department in one.departments),
        person_of=person_of,
        seen_at={one.platform: now for one in walked},
    )


def _unread(written: Sequence[str], known: Sequence[ChatRow]) -> list[Finding]:
    """Groups that nobody reads although the configuration names them: they are not ours to keep."""
    return [
        Finding(
            part="config",
            mark=Mark.MISSING,
            what="group-unread",
            details={
                "group": name,
                "candidates": [
                    f"{row.platform}:{row.id}"
                    for row in known
                    if row.name == name and row.platform is Platform.FEISHU
                ],
            },
        )
        for name, meant in groups_read(written, known).items()
        if not meant
    ]


def _of_name(
    named: Named, lack: names.Lack, candidates: Iterable[tuple[str, str]], *, may_be_unseen: bool
) -> Finding:
    """``may_be_unseen``: a part of the company is out of our range, and with it perhaps whoever is named."""
    is_sure = lack is names.Lack.AMBIGUOUS or (lack is names.Lack.UNKNOWN and not may_be_unseen)
    return Finding(
        part="config",
        mark=Mark.MISSING if is_sure else Mark.REMARK,
        what="name",
        details={
            "lack": lack.value,
            "file": named.file,
            "line": named.line,
            "key": named.key,
            "name": named.ref.name,
            "candidates": [list(one) for one in candidates],
        },
    )


def _line(platform: Platform, adapter: ChatAdapter) -> Finding:
    health = adapter.line_health()
    match health.state:
        case LineState.OPEN:
            return _ok(platform, "line")
        case LineState.REFUSED:
            return _missing(platform, "line-refused", why=health.refusal)
        case state:
            return _missing(platform, "line", state=state.value)


def _gaps(conn: Connection, clock: CivilClock) -> list[Finding]:
    now = clock.now()
    gaps = marks.gaps_since(conn, now - GAPS_WITHIN)
    by_platform: dict[Platform, list[timedelta]] = {}
    for gap in gaps:
        by_platform.setdefault(gap.platform, []).append((gap.until or now) - gap.since)
    return [
        _remark(platform, "gaps", n=len(lengths), longest_s=int(max(lengths).total_seconds()))
        for platform, lengths in by_platform.items()
    ]


def worst(findings: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """How many are missing, and how many want to be seen."""
    marks_ = [one["mark"] for one in findings]
    return marks_.count(Mark.MISSING.value), marks_.count(Mark.REMARK.value)
