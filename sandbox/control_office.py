"""The control door's office: what people do in the client beside talking (置顶、加急、公告、审批)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.fields import Fields
from sandbox.platform import Platform
from sandbox.town import Town

URGENT = ("app", "sms", "phone")
VERDICTS = ("agree", "refuse")


class OfficeDoor:
    """Pin, put on top, call for attention, announce, approve."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def _platform(self, fields: Fields) -> Platform:
        return self._town.platforms[fields.choice("platform", tuple(self._town.platforms))]

    async def pin(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, person, message_id}``; with ``remove: true`` the pin goes."""
        fields.only("platform", "person", "message_id", "remove")
        platform = self._platform(fields)
        person, message = platform.person(fields.text("person")), platform.message(fields.text("message_id"))
        await platform.pin(person, message, remove=fields.flag("remove", default=False))
        return {}

    async def forward(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, person, message_id, to}``: into a chat, or to the robot (``"bot"``)."""
        fields.only("platform", "person", "message_id", "to")
        platform = self._platform(fields)
        person, message = platform.person(fields.text("person")), platform.message(fields.text("message_id"))
        return {"message_id": await platform.forward(person, message, fields.text("to"))}

    async def top(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, person, chat, message_id}``; without ``message_id`` what is on top goes."""
        fields.only("platform", "person", "chat", "message_id")
        platform = self._platform(fields)
        person, chat = platform.person(fields.text("person")), platform.chat(fields.text("chat"))
        message = platform.message(fields.text("message_id")) if fields.has("message_id") else None
        await platform.put_on_top(person, chat, message)
        return {}

    async def urge(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, person, message_id, people, kind?}``: an own message."""
        fields.only("platform", "person", "message_id", "people", "kind")
        platform = self._platform(fields)
        person, message = platform.person(fields.text("person")), platform.message(fields.text("message_id"))
        people = [platform.person(each) for each in fields.texts("people")]
        kind = fields.choice("kind", URGENT) if fields.has("kind") else "app"
        if not people:
            raise ValueError("people: at least one is needed")
        await platform.urge(person, message, people, kind)
        return {}

    async def announce(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, person, title, content, departments?, people?, at?, ding?}``: to all without receivers;
        ``at`` is a moment to come.
        """
        fields.only("platform", "person", "title", "content", "departments", "people", "at", "ding")
        platform = self._platform(fields)
        at = fields.moment("at")
        if at is not None and at <= self._town.clock.now():
            raise ValueError("at: a moment to come is needed")
        number = await platform.announce(
            platform.person(fields.text("person")), fields.text("title"), fields.text("content"),
            [platform.department(each) for each in fields.texts("departments")],
            [platform.person(each) for each in fields.texts("people")], at, ding=fields.flag("ding", default=False),
        )  # fmt: skip
        return {"id": number}

    async def approvals(self, _: web.Request, fields: Fields) -> Any:
        return self._platform(fields).approvals()

    async def approve(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, person, instance, verdict: "agree" | "refuse", remark?}``."""
        fields.only("platform", "person", "instance", "verdict", "remark")
        platform = self._platform(fields)
        person = platform.person(fields.text("person"))
        remark = fields.text("remark") if fields.has("remark") else ""
        return await platform.approve(
            person, fields.text("instance"), fields.choice("verdict", VERDICTS), remark
        )
