"""命令 (commands): what the command line asks for, one body each, whether a bot lives or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import facts, names, pilot
from bot.ballots.keys import KeyFolder
from bot.clock import CivilClock
from bot.control import Refused
from bot.conversation import audience as audiences
from bot.facts import Scene
from bot.polls import commands as poll_commands
from bot.store import announcements, audit, copies, marks, outbox
from bot.store.engine import Connection, Store
from bot.store.errors import StoreUnavailable
from bot.store.rows import AuditEntry, OutboxRow, OutboxState
from bot.turns import again, compose, draft
from bot.world import World
from policies import engine
from policies.announcement import State
from policies.decision import Decision
from policies.model import Announcement, Audience, Person, PersonId
from policies.wording import audience as audience_words
from policies.wording import findings
from policies.wording.seen import Seen

LISTED = 200
GUARDED = 3
BY_HAND = PersonId("command-line")
"""Who the audit names for what is done at the machine itself."""


@dataclass
class Commands:
    """Bodies over an open store.

    Args:
        on_change: called after something became due, so that a living bot looks at once.
        status: figures of the living bot, empty without one.
        keys: of sealed boxes, for whoever ends a questionnaire.
    """

    store: Store
    clock: CivilClock
    world: Callable[[], World]
    on_change: Callable[[], None] = lambda: None
    status: Callable[[], Mapping[str, Any]] = dict
    keys: KeyFolder | None = None

    async def run(self, do: str, arguments: Mapping[str, Any]) -> Any:
        """Carry one out.

        Raises:
            Refused: with the exit code and what to do instead.
        """
        body = _BODIES.get(do)
        if body is None:
            raise Refused(f"no command {do!r}", code=2)
        return await body(self, arguments)

    # ── explain ───────────────────────────────────────────────────────────────────────────────────

    async def explain(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What would happen if this person said this then; writes nothing."""
        world = self.world()
        asker = audiences.person_named(str(arguments["as"]), world.directory)
        if not isinstance(asker, Person):
            raise Refused(audience_words.not_one(asker.written, asker.candidates), code=2)
        meant = _audience(str(arguments["to"]), asker, world)
        moment = self._moment(arguments.get("at"), world)
        return await self.store.read(_explain, world, asker, meant, str(arguments["text"]), moment)

    def _moment(self, written: object, world: World) -> datetime:
        if not written:
            return self.clock.now()
        try:
            moment = datetime.fromisoformat(str(written))
        except ValueError:
            raise Refused(audience_words.no_moment(str(written)), code=2) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(world.zone))

    # ── names ─────────────────────────────────────────────────────────────────────────────────────

    async def names(self, arguments: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """Who is meant by these names; ``None`` before any directory was read. The file may be a newer one."""
        world = self.world()
        if not world.directory.seen_at:
            return None
        refs = [names.ref_from_json(row) for row in arguments["refs"]]
        answers = names.look_up(refs, world.directory, world.channels)
        return [names.answer_to_json(answer) for answer in answers]

    # ── outbox ────────────────────────────────────────────────────────────────────────────────────

    async def outbox_list(self, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What waits, or whatever states were asked for; with who, when and why."""
        asked = [OutboxState(state) for state in arguments.get("states") or ()]
        rows = await self.store.read(outbox.listing, asked or list(_WAITING), LISTED)
        return [_shown(row, self.world()) for row in rows]

    async def outbox_release(self, arguments: Mapping[str, Any]) -> int:
        """Let held rows go now, by id; the rules have been told by a human that this is meant."""
        return await self._by_ids(arguments, "released", _release)

    async def outbox_cancel(self, arguments: Mapping[str, Any]) -> int:
        """Cancel what has certainly not left, by id."""
        return await self._by_ids(arguments, "cancelled", _cancel)

    async def outbox_retry(self, arguments: Mapping[str, Any]) -> int:
        """Send unknown or dead rows once more, by id; their readers are told that it is a resend."""
        return await self._by_ids(arguments, "resent", _resend)

    async def _by_ids(
        self, arguments: Mapping[str, Any], act: str, change: Callable[[Connection, list[int], datetime], int]
    ) -> int:
        ids = [int(identity) for identity in arguments.get("ids") or ()]
        count: int = await self.store.write(_audited, change, ids, act, self.clock.now())
        self.on_change()
        return count

    # ── audit, status ─────────────────────────────────────────────────────────────────────────────

    async def audit_verify(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """Whether the chain is whole; the first broken line otherwise."""
        return await self.store.read(_verify)

    async def backup(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of the living store; never over a file that is there."""
        if self.store.is_postgres:
            raise Refused("PostgreSQL is copied by its own pg_dump", code=GUARDED)
        file = Path(str(arguments["file"]))
        try:
            size = await self.store.read(copies.copy, file)
        except copies.CopyExists as error:
            raise Refused(str(error), code=GUARDED) from error
        except StoreUnavailable as error:
            raise Refused(f"{file}: {error}") from error
        return {"file": str(file), "bytes": size}

    async def show_status(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """Counts of the store, and the living bot's own figures."""
        counted = await self.store.read(outbox.counts)
        return {"outbox": {state.value: n for state, n in counted.items()}, **self.status()}


_WAITING = (
    OutboxState.HELD,
    OutboxState.DUE,
    OutboxState.ATTEMPTED,
    OutboxState.UNKNOWN,
    OutboxState.QUARANTINED,
)

_BODIES: Mapping[str, Callable[[Commands, Mapping[str, Any]], Any]] = {
    "explain": Commands.explain,
    "names": Commands.names,
    "outbox.list": Commands.outbox_list,
    "outbox.release": Commands.outbox_release,
    "outbox.cancel": Commands.outbox_cancel,
    "outbox.retry": Commands.outbox_retry,
    "audit.verify": Commands.audit_verify,
    "backup": Commands.backup,
    "status": Commands.show_status,
    **poll_commands.BODIES,
    "pilot.start": pilot.start,
    "pilot.status": pilot.status,
    "pilot.report": pilot.report,
    "pilot.stop": pilot.stop,
    "pilot.rehearsed": pilot.rehearsed,
    "pilot.company": pilot.company,
}
NAMES = tuple(_BODIES)


def _audience(to: str, asker: Person, world: World) -> Audience:
    kind = "company" if to == "company" else "any"
    meant = audiences.resolve(
        to.removeprefix("department:"), kind, asker, world.directory, world.chats.values()
    )
    if isinstance(meant, audiences.Unresolved):
        raise Refused(audience_words.not_one(meant.written, meant.candidates), code=2)
    return meant


def _explain(
    conn: Connection, world: World, asker: Person, audience: Audience, text: str, moment: datetime
) -> dict[str, Any]:
    scene = facts.gather(conn, world, moment, account=asker.accounts[0])
    announcement = engine.normalise(compose.compose(asker, audience, text, world.directory, id="explain"))
    known = scene.judging(announcement, asker)
    decision = findings.labelled(engine.explain(announcement, known, moment, world.ruleset))
    return explanation(scene, announcement, decision, asker)


def explanation(
    scene: Scene, announcement: Announcement, decision: Decision, author: Person
) -> dict[str, Any]:
    """The fixed shape of ``explain --json``, and the sentences people read under ``said``."""
    view = draft.view_of(scene, announcement, decision, author)
    seen: Seen = view.seen
    return {
        "verdict": decision.verdict.name.lower(),
        "hold_until": decision.hold_until.isoformat() if decision.hold_until else None,
        "parts": [
            {
                "n": len(part.recipients),
                "not_before": part.not_before.isoformat() if part.not_before else None,
            }
            for part in decision.parts
        ],
        "findings": [
            {"rule": one.rule, "verdict": one.verdict.name.lower(), "evidence": dict(one.evidence)}
            for one in decision.findings
        ],
        "fixes": [
            {
                "id": fix.id,
                "label": fix.label,
                "verdict": fix.verdict.name.lower() if fix.verdict is not None else None,
            }
            for fix in decision.fixes
        ],
        "said": [findings.sentence(one, seen) for one in decision.findings],
        "audience": audience_words.label(announcement.audience),
    }


def _shown(row: OutboxRow, world: World) -> dict[str, Any]:
    names = [
        person.name for account in row.entry.recipients[:3] if (person := world.directory.by_account(account))
    ]
    moment = row.next_attempt_at or row.entry.not_before
    return {
        "id": row.id,
        "state": row.state.value,
        "step": row.entry.step,
        "announcement": row.entry.announcement,
        "people": len(row.entry.recipients),
        "names": names,
        "not_before": moment.isoformat() if moment else None,
        "attempts": row.attempts,
        "why": row.error_kind,
        "error": row.error,
    }


def _audited(
    conn: Connection,
    change: Callable[[Connection, list[int], datetime], int],
    ids: list[int],
    act: str,
    now: datetime,
) -> int:
    count = change(conn, ids, now)
    entry = AuditEntry(at=now, who=BY_HAND, act=act, details={"ids": ",".join(map(str, ids)), "rows": count})
    audit.append(conn, (entry,))
    return count


def _release(conn: Connection, ids: list[int], now: datetime) -> int:
    held = [row for one in ids if (row := outbox.get(conn, one)) is not None]
    by_group: dict[str, dict[int, datetime]] = {}
    for row in held:
        by_group.setdefault(row.entry.group, {})[row.id] = now
    freed = sum(outbox.release(conn, group, moments) for group, moments in by_group.items() if group)
    return freed + outbox.release_quarantined(conn, ids, now)


def _cancel(conn: Connection, ids: list[int], _: datetime) -> int:
    about = {row.entry.announcement for one in ids if (row := outbox.get(conn, one)) is not None}
    count = outbox.cancel(conn, ids=ids, reason="by hand")
    for announcement in sorted(about - {""}):
        if not any(outbox.summary(conn, announcement).get(state, 0) for state in outbox.WAITING):
            announcements.move(conn, announcement, [State.SCHEDULED], State.CANCELLED)
    return count


def _resend(conn: Connection, ids: list[int], now: datetime) -> int:
    rows = [row for one in ids if (row := outbox.get(conn, one)) is not None]
    return sum(outbox.resend(conn, row.id, now, effect=again.marked(row.entry.effect)) for row in rows)


def _verify(conn: Connection) -> dict[str, Any]:
    broken = audit.verify(conn)
    lines, head = audit.head(conn)
    gaps = marks.last_seen(conn)
    return {
        "broken_at": broken,
        "lines": lines,
        "gone": audit.beginning(conn)[0],
        "head": head,
        "last_seen": gaps.isoformat() if gaps else None,
    }
