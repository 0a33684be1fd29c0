"""The control door (控制门): how tests, demos and the page act in the town and turn it.

Every wrong input is answered with ``{"error": …}`` and a 4xx that says what is
allowed; what a platform refuses to a person is a 403 with the platform's reason.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from sandbox import control_acts, control_departments, control_office, control_people
from sandbox.clock import ClockError, parse_duration, parse_moment
from sandbox.fields import Fields, to_json
from sandbox.model import Message
from sandbox.platform import Absent, Platform, Refused
from sandbox.town import Town

log = logging.getLogger(__name__)


Answer = Callable[[web.Request, Fields], Awaitable[Any]]


def routes(town: Town) -> list[web.RouteDef]:
    """All of ``/_sandbox``."""
    door = Door(town)
    people = control_people.PeopleDoor(town)
    acts = control_acts.ActsDoor(town)
    departments = control_departments.DepartmentsDoor(town)
    office = control_office.OfficeDoor(town)
    return [
        web.get("/_sandbox/people", _json(people.people)),
        web.post("/_sandbox/people", _json(people.change_person, town)),
        web.get("/_sandbox/chats", _json(people.chats)),
        web.post("/_sandbox/chats", _json(people.change_chat, town)),
        web.post("/_sandbox/company", _json(people.change_company, town)),
        web.get("/_sandbox/departments", _json(departments.departments)),
        web.post("/_sandbox/departments", _json(departments.change, town)),
        web.post("/_sandbox/say", _json(acts.say, town)),
        web.get("/_sandbox/messages", _json(door.messages)),
        web.post("/_sandbox/press", _json(acts.press, town)),
        web.post("/_sandbox/read", _json(acts.read, town)),
        web.post("/_sandbox/recall", _json(acts.recall, town)),
        web.post("/_sandbox/react", _json(acts.react, town)),
        web.post("/_sandbox/menu", _json(acts.menu, town)),
        web.post("/_sandbox/pin", _json(office.pin, town)),
        web.post("/_sandbox/top", _json(office.top, town)),
        web.post("/_sandbox/forward", _json(office.forward, town)),
        web.post("/_sandbox/urge", _json(office.urge, town)),
        web.post("/_sandbox/announce", _json(office.announce, town)),
        web.get("/_sandbox/approvals", _json(office.approvals)),
        web.post("/_sandbox/approve", _json(office.approve, town)),
        web.get("/_sandbox/clock", _json(door.clock)),
        web.post("/_sandbox/clock", _json(door.turn)),
        web.post("/_sandbox/clock/followers", _json(door.follow)),
        web.delete("/_sandbox/clock/followers/{name}", _json(door.unfollow)),
        web.get("/_sandbox/faults", _json(door.faults)),
        web.post("/_sandbox/faults", _json(door.set_faults, town)),
        web.get("/_sandbox/requests", door.requests),
        web.get("/_sandbox/frames", _json(door.frames)),
        web.get("/_sandbox/settings", _json(door.settings)),
        web.post("/_sandbox/settings", _json(door.set_settings, town)),
        web.post("/_sandbox/reset", _json(door.reset, town)),
    ]


def _json(
    answer: Answer, bumps: Town | None = None
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """An answer as JSON; ``bumps`` is the town that gets a new epoch, since followers may have work."""

    async def handler(request: web.Request) -> web.StreamResponse:
        status = 200
        try:
            result = await answer(request, await Fields.of(request))
        except (ClockError, Refused, Absent, ValueError) as error:
            status, result = _status(error), {"error": str(error.args[0]) if error.args else ""}
        except Exception:
            log.exception("the control door failed", extra={"path": request.path})
            status, result = 500, {"error": "the town has a defect here; its log says more"}
        finally:
            if bumps is not None:
                bumps.clock.bump()
        return web.json_response(result, status=status, dumps=to_json)

    return handler


def _status(error: Exception) -> int:
    if isinstance(error, ClockError):
        return error.status
    if isinstance(error, Refused):
        return 403
    return 404 if isinstance(error, Absent) else 400


class Door:
    """What was said, clock, faults, record, settings."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def _platform(self, fields: Fields) -> Platform:
        return self._town.platforms[fields.choice("platform", tuple(self._town.platforms))]

    async def messages(self, _: web.Request, fields: Fields) -> Any:
        if not fields.has("platform"):
            for key in ("chat", "person"):
                if fields.has(key):
                    raise ValueError(f"?{key}= needs ?platform= as well")
            every = [m for name in self._town.platforms for m in self._town.messages_in(name)]
            return [m.as_json() for m in self._since(sorted(every, key=lambda m: m.seq), fields)]
        platform = self._platform(fields)
        chat = platform.chat(fields.text("chat")).id if fields.has("chat") else None
        person = platform.person(fields.text("person")).id if fields.has("person") else None
        found = self._town.messages_in(platform.name, chat=chat, person=person)
        return [message.as_json() for message in self._since(found, fields)]

    def _since(self, messages: list[Message], fields: Fields) -> list[Message]:
        """``since`` is a message's id (those after it) or a moment (those at it or later)."""
        if not fields.has("since"):
            return messages
        since = fields.text("since")
        if since in self._town.messages:
            after = self._town.messages[since].seq
            return [message for message in messages if message.seq > after]
        try:
            return self._town.messages_from(messages, parse_moment(since.replace(" ", "+")))
        except ValueError:
            raise ValueError(f"since: neither a message's id nor a moment: {since!r}") from None

    async def clock(self, _: web.Request, __: Fields) -> Any:
        clock = self._town.clock
        return {
            "now": clock.now().isoformat(), "standing": clock.standing, "epoch": clock.epoch,
            "followers": clock.followers.names(), "busy": clock.why_busy(),
        }  # fmt: skip

    async def turn(self, _: web.Request, fields: Fields) -> Any:
        fields.only("set", "advance", "walk", "ignore")
        clock = self._town.clock
        if fields.has("set") == fields.has("advance"):
            raise ValueError('one of {"set": moment} and {"advance": "3h"} is needed')
        walk, ignore = fields.flag("walk", default=True), fields.texts("ignore")
        if fields.has("set"):
            now = await clock.set(parse_moment(fields.text("set")), walk=walk, ignore=ignore)
        else:
            now = await clock.advance(parse_duration(fields.text("advance")), walk=walk, ignore=ignore)
        return {"now": now.isoformat()}

    async def follow(self, request: web.Request, fields: Fields) -> Any:
        fields.only("name", "seen", "next_due", "idle", "epoch", "lane_due")
        now, epoch = await self._town.clock.followers.report(
            fields.text("name"),
            seen=fields.moment("seen"),
            next_due=fields.moment("next_due"),
            lane_due=fields.moment("lane_due"),
            idle=fields.flag("idle"),
            epoch=fields.number("epoch"),
            alive=lambda: request.transport is not None and not request.transport.is_closing(),
        )
        return {"now": now.isoformat(), "epoch": epoch}

    async def unfollow(self, request: web.Request, _: Fields) -> Any:
        name = request.match_info["name"]
        if not self._town.clock.followers.forget(name):
            raise Absent(f"nobody called {name!r} follows")
        return {}

    async def faults(self, _: web.Request, __: Fields) -> Any:
        return self._town.faults.shown()

    async def set_faults(self, _: web.Request, fields: Fields) -> Any:
        self._town.faults.replace(fields.items())
        for platform in self._town.platforms.values():
            platform.faults_changed()
        return self._town.faults.shown()

    async def requests(self, request: web.Request) -> web.StreamResponse:
        query: Mapping[str, str] = request.query
        since, platform = query.get("since", "0"), query.get("platform")
        if not since.isascii() or not since.isdigit():
            return web.json_response({"error": f"since must be the id of a call, not {since!r}"}, status=400)
        if platform is not None and platform not in self._town.platforms:
            return web.json_response({"error": f"platform: one of {list(self._town.platforms)}"}, status=400)
        unknown = query.get("unknown", "0") not in ("0", "")
        lines = self._town.recorder.lines(since=int(since), platform=platform, unknown=unknown)
        text = "".join(line + "\n" for line in lines)
        return web.Response(text=text, content_type="application/x-ndjson")

    async def frames(self, _: web.Request, fields: Fields) -> Any:
        platform = self._platform(fields).name if fields.has("platform") else None
        since = fields.text("since") if fields.has("since") else "0"
        if not since.isascii() or not since.isdigit():
            raise ValueError(f"since must be the id of a frame, not {since!r}")
        return [frame.as_json() for frame in self._town.frames.since(int(since), platform)]

    async def settings(self, _: web.Request, __: Fields) -> Any:
        return self._town.settings.all()

    async def set_settings(self, _: web.Request, fields: Fields) -> Any:
        before = self._town.settings.all()
        self._town.settings.update(fields.all())
        for platform in self._town.platforms.values():
            platform.settings_changed(before)
        return self._town.settings.all()

    async def reset(self, _: web.Request, __: Fields) -> Any:
        self._town.reset()
        return {"now": self._town.clock.now().isoformat()}
