"""What ``yizhan poll`` asks for (问卷的命令), with a bot or without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.ballots import close as ballots_close
from bot.ballots.close import HolderKeyNeeded, TermsTampered, WrongHolderKey
from bot.ballots.keys import KeyFolder
from bot.commands.room import BY_HAND, GUARDED, Room
from bot.control import Refused
from bot.polls import steps
from bot.store import anonymity as attacks
from bot.store import polls
from bot.store.engine import Connection
from bot.store.polls import Poll
from policies.questionnaire import model
from policies.questionnaire.life import State
from policies.wording import plain
from policies.wording import polls_at_the_machine as texts
from policies.wording import questionnaire as words


async def list_(room: Room, _: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of all that is known, the newest first."""
    return await room.store.read(_list)


async def sealed(room: Room, _: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The terms of those that are open, for whoever holds them against a file."""
    return [
        model.to_json(one.terms) for one in await room.store.read(polls.living) if one.state is State.OPEN
    ]


async def show(room: Room, arguments: Mapping[str, Any]) -> str:
    """The terms, and what there is of a result."""
    poll = await _known(room, arguments)
    world = room.world()
    now = room.clock.now()
    lines = [words.terms_page(poll.terms, now, zone=world.zone, platform=texts.PLATFORM), ""]
    result = await room.store.read(polls.result, poll.run)
    if result is not None:
        lines.append(plain.twin(words.result(result, every_text=True)))
    elif poll.state is State.OPEN:
        taken = await room.store.read(polls.count_participants, poll.run)
        lines.append(words.so_far(poll.terms, taken, now, zone=world.zone))
    return "\n".join(lines)


async def stop(room: Room, arguments: Mapping[str, Any]) -> str:
    """End an open one, uncounted; its boxes are burnt and its key destroyed."""
    poll = await _known(room, arguments)
    if not await room.store.write(steps.stop, poll.run, room.clock.now(), BY_HAND):
        raise Refused(texts.NOT_OPEN.format(run=poll.run), code=GUARDED)
    await ballots_close.forget(room.store, _keys(room), poll.run)
    room.on_change()
    return poll.run


async def close(room: Room, arguments: Mapping[str, Any]) -> str:
    """Open the boxes with the key that a second person hands in, when the end has come."""
    poll = await _known(room, arguments)
    now = room.clock.now()
    if poll.state is not State.OPEN:
        raise Refused(texts.NOT_OPEN.format(run=poll.run), code=GUARDED)
    if not poll.terms.holder:
        raise Refused(texts.NO_HOLDER.format(run=poll.run), code=GUARDED)
    if poll.terms.closes_at > now:
        raise Refused(
            texts.not_yet(poll.run, poll.terms.closes_at, now, zone=room.world().zone), code=GUARDED
        )
    try:
        handed = bytes.fromhex(str(arguments.get("key", "")))
        done = await ballots_close.close(room.store, _keys(room), poll, now, handed)
    except (ValueError, HolderKeyNeeded):
        raise Refused(texts.NO_KEY, code=2) from None
    except WrongHolderKey:
        raise Refused(texts.WRONG_KEY.format(run=poll.run), code=GUARDED) from None
    except TermsTampered:
        raise Refused(texts.TAMPERED.format(run=poll.run), code=GUARDED) from None
    if done is None:
        raise Refused(texts.BUSY.format(run=poll.run))
    room.on_change()
    return poll.run


async def anonymity(room: Room, _: Mapping[str, Any]) -> dict[str, Any]:
    """What the store itself gives away; the files are searched by whoever asks."""
    living, ended = await room.store.read(attacks.sealed_actions)
    found = await room.store.read(attacks.attack)
    return {"attacks": [dict(attacks.to_json(one)) for one in found], "living": living, "ended": ended}


async def _known(room: Room, arguments: Mapping[str, Any]) -> Poll:
    run = str(arguments["run"])
    poll = await room.store.read(polls.get, run)
    if poll is None:
        raise Refused(texts.UNKNOWN.format(run=run), code=2)
    return poll


def _keys(room: Room) -> KeyFolder:
    if room.keys is None:
        raise Refused(texts.NO_KEYS)
    return room.keys


def _list(conn: Connection) -> list[dict[str, Any]]:
    return [
        {
            "run": one.run,
            "title": words.title(one.terms),
            "state": one.state.value,
            "opens_at": one.terms.opens_at.isoformat(),
            "closes_at": one.terms.closes_at.isoformat(),
            "took_part": one.took_part if one.ending else polls.count_participants(conn, one.run),
            "size": one.terms.size,
            "fingerprint": one.fingerprint,
        }
        for one in polls.latest(conn)
    ]


BODIES = {
    "poll.list": list_,
    "poll.show": show,
    "poll.stop": stop,
    "poll.close": close,
    "poll.sealed": sealed,
    "audit.anonymity": anonymity,
}
