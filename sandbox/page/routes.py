"""The chat page's routes; all below ``/page/`` except ``/`` itself.

``/`` is whole and works without a script for reading; the modules in ``static/`` fetch the same parts again
from ``/page/…`` when ``/page/events`` says that they changed. What people do goes through the control door.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.model import BOT, Person
from sandbox.page import acts, chats, events, look, office, robot, talk, tools, viewer
from sandbox.page.render import Pages
from sandbox.town import Town

MOST_SHOWN = 2000
"""Messages of one conversation that a browser may ask for."""


def routes(town: Town) -> list[web.RouteDef]:
    """What the application serves to a browser."""
    page = Page(town)

    async def static(request: web.Request) -> web.Response:
        return page.pages.static(request.match_info["name"])

    async def stream(request: web.Request) -> web.StreamResponse:
        return await events.stream(request, town, viewer.person_of(town, request.query.get("as", "")))

    return [
        web.get("/", page.index),
        web.get("/page/static/{name}", static),
        web.get("/page/events", stream),
        web.get("/page/people", page.people),
        web.get("/page/chats", page.part(page.chats)),
        web.get("/page/talk", page.part(page.talk)),
        web.get("/page/messages", page.part(page.messages)),
        web.get("/page/header", page.part(page.header)),
        web.get("/page/members", page.part(page.members)),
        web.get("/page/readers", page.part(page.readers)),
        web.get("/page/acts", page.part(page.acts)),
        web.get("/page/approvals", page.part(page.approvals)),
        web.get("/page/robot", page.part(page.robot)),
        web.get("/page/requests", page.requests),
        web.get("/page/faults", page.faults),
    ]


class _Missing(LookupError):
    """There is no such person, conversation or message for these eyes; says it in Chinese."""


Part = Callable[[web.Request, Person], Awaitable[web.Response]]


class Page:
    """The page and its parts, each a pure look at the town."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.pages = Pages()

    def part(self, draw: Part) -> Callable[[web.Request], Awaitable[web.Response]]:
        """A part for the person named by ``?as=``; 404 with a sentence if something is not there."""

        async def handler(request: web.Request) -> web.Response:
            person = viewer.person_of(self.town, request.query.get("as", ""))
            try:
                return await draw(request, _somebody(person))
            except _Missing as missing:
                return self.pages.html("_missing.html", status=404, reason=str(missing))

        return handler

    async def index(self, request: web.Request) -> web.Response:
        wanted = request.query.get("as", "")
        person = viewer.person_of(self.town, wanted)
        if person is None:
            found, total = viewer.find(self.town, "", None)
            reason = "小镇里没有这个人，可能已经离职，或者小镇重来过。换一位吧。" if wanted else ""
            return self.pages.html(
                "welcome.html", status=404 if wanted else 200, people=found, total=total, query="", reason=reason,
                count=sum(p.active for side in self.town.people.values() for p in side.values()),
                clock=tools.clock(self.town),
            )  # fmt: skip
        key = request.query.get("chat", BOT)
        missing = ""
        try:
            conversation = self._conversation(request, person, key)
        except _Missing as error:
            missing, key = str(error), BOT
            conversation = self._conversation(request, person, key)
        return self.pages.html(
            "index.html", status=404 if missing else 200, missing=missing, opened="chat" in request.query,
            me=person, me_key=viewer.key_of(person), my_face=look.face(person.id, person.name),
            my_place=look.where(self.town, person), rows=chats.rows(self.town, person, key),
            people=viewer.find(self.town, "", person)[0], clock=tools.clock(self.town),
            faults=tools.faults(self.town), line_faults=tools.LINE_FAULTS, call_faults=tools.CALL_FAULTS,
            calls=tools.calls(self.town), settings=self.town.settings.all(),
            kinds=tools.KINDS[person.platform], **conversation,
        )  # fmt: skip

    async def people(self, request: web.Request) -> web.Response:
        me = viewer.person_of(self.town, request.query.get("as", ""))
        query = request.query.get("q", "").strip()
        found, total = viewer.find(self.town, query, me)
        return self.pages.html("_people.html", people=found, total=total, query=query)

    async def chats(self, request: web.Request, person: Person) -> web.Response:
        rows = chats.rows(self.town, person, self._key(request))
        return self.pages.html("_chats.html", rows=rows, me_key=viewer.key_of(person))

    async def talk(self, request: web.Request, person: Person) -> web.Response:
        key = self._key(request)
        return self.pages.html(
            "_talk.html", me_key=viewer.key_of(person), me=person, **self._conversation(request, person, key)
        )

    async def messages(self, request: web.Request, person: Person) -> web.Response:
        conversation = self._conversation(request, person, self._key(request))
        return self.pages.html("_messages.html", me=person, **conversation)

    async def header(self, request: web.Request, person: Person) -> web.Response:
        return self.pages.html(
            "_header.html", **self._conversation(request, person, self._key(request), shown=1)
        )

    async def members(self, request: web.Request, person: Person) -> web.Response:
        key = self._key(request)
        self._conversation(request, person, key, shown=1)
        listed = [] if key == BOT else talk.members(self.town, person, key)
        hook = None if key == BOT else office.hook(self.town, talk.chat_of(self.town, person, key))
        return self.pages.html("_members.html", members=listed, me=person, hook=hook)

    async def acts(self, request: web.Request, person: Person) -> web.Response:
        """What may be tried with a message."""
        message = robot.visible(self.town, person, request.query.get("id", ""))
        if message is None:
            raise _Missing("这条消息你看不到")
        name = look.name_of(self.town, person.platform, message.sender) or "不认识的人"
        return self.pages.html(
            "_acts.html", acts=acts.of(self.town, person, message), message=message, name=name,
            said=talk.preview(self.town, message, person), unread=acts.unread(self.town, message),
        )  # fmt: skip

    async def approvals(self, _: web.Request, person: Person) -> web.Response:
        return self.pages.html("_approvals.html", approvals=office.approvals(self.town, person))

    async def readers(self, request: web.Request, person: Person) -> web.Response:
        message = robot.visible(self.town, person, request.query.get("id", ""))
        if message is None:
            raise _Missing("这条消息你看不到")
        have, have_not = talk.readers(self.town, message)
        return self.pages.html("_readers.html", have=have, have_not=have_not)

    async def robot(self, request: web.Request, person: Person) -> web.Response:
        """What the robot was told and what it asked, about a message or a whole conversation."""
        key, wanted = self._key(request), request.query.get("id", "")
        conversation = self._conversation(request, person, key, shown=1)
        message = robot.visible(self.town, person, wanted) if wanted else None
        if wanted and message is None:
            raise _Missing("这条消息你看不到")
        ids = robot.message_ids(message) if message else robot.conversation_ids(self.town, person, key)
        return self.pages.html(
            "_robot.html", message=message, raw=robot.raw(message) if message else "",
            said=talk.preview(self.town, message, person) if message else "",
            frames=robot.frames_about(self.town, person.platform, *ids),
            calls=robot.calls_about(self.town, *ids)[::-1], head=conversation["head"],
            followers=self.town.clock.followers.names(), heard=robot.heard(self.town, message) if message else "",
        )  # fmt: skip

    async def requests(self, request: web.Request) -> web.Response:
        platform, since = request.query.get("platform", ""), request.query.get("since", "0")
        if platform not in ("", *self.town.platforms) or not (since.isascii() and since.isdigit()):
            return self.pages.html("_missing.html", status=400, reason="没有这个平台，或者编号不是数字")
        listed = tools.calls(self.town, since=int(since), platform=platform)
        return self.pages.html("_requests.html", calls=listed)

    async def faults(self, _: web.Request) -> web.Response:
        return self.pages.html("_faults.html", faults=tools.faults(self.town))

    def _key(self, request: web.Request) -> str:
        return request.query.get("chat", BOT) or BOT

    def _conversation(
        self, request: web.Request, person: Person, key: str, *, shown: int | None = None
    ) -> dict[str, Any]:
        asked = request.query.get("shown", "")
        count = shown or (int(asked) if asked.isascii() and asked.isdigit() else talk.SHOWN)
        try:
            head = talk.header(self.town, person, key)
            listed, older = talk.messages(self.town, person, key, max(1, min(count, MOST_SHOWN)))
        except KeyError:
            raise _Missing(f"{person.name} 不在这个会话里，或者它已经解散") from None
        return {"head": head, "messages": listed, "older": older}


def _somebody(person: Person | None) -> Person:
    if person is None:
        raise _Missing("小镇里没有这个人，可能已经离职，或者小镇重来过")
    return person
