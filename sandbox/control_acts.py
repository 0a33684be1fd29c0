"""The control door's acts: what a person does with messages in the client."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.fields import Fields
from sandbox.platform import Platform
from sandbox.replies import Reply
from sandbox.town import Town


class ActsDoor:
    """Say, press, read, take back, react, choose of a menu."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def _platform(self, fields: Fields) -> Platform:
        return self._town.platforms[fields.choice("platform", tuple(self._town.platforms))]

    async def say(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, person, to, text, mentions?, reply_to?, in_thread?}``, or with ``kind`` and ``content``;
        ``bot`` for ``person``: another robot.
        """
        platform = self._platform(fields)
        to, mentions = fields.text("to"), fields.texts("mentions")
        if fields.has("bot"):
            text = fields.text("text", empty=True)
            return {"message_id": await platform.say_as_bot(fields.text("bot"), to, text, mentions)}
        person, reply = platform.person(fields.text("person")), self._reply(platform, fields)
        if fields.has("kind") and fields.text("kind") != "text":
            kind, content = fields.text("kind"), fields.object("content") or {}
            return {"message_id": await platform.send(person, to, kind, content, mentions, reply=reply)}
        text = fields.text("text", empty=True)
        return {"message_id": await platform.say(person, to, text, mentions, reply=reply)}

    @staticmethod
    def _reply(platform: Platform, fields: Fields) -> Reply | None:
        in_thread = fields.flag("in_thread", default=False)
        if not fields.has("reply_to"):
            return None
        return Reply(to=platform.message(fields.text("reply_to")), in_thread=in_thread)

    async def press(self, _: web.Request, fields: Fields) -> Any:
        platform = self._platform(fields)
        person, message = platform.person(fields.text("person")), platform.message(fields.text("message_id"))
        return await platform.press(person, message, fields.text("action"), fields.object("values"))

    async def read(self, _: web.Request, fields: Fields) -> Any:
        platform = self._platform(fields)
        await platform.read(
            platform.person(fields.text("person")), platform.message(fields.text("message_id"))
        )
        return {}

    async def recall(self, _: web.Request, fields: Fields) -> Any:
        fields.only("platform", "person", "message_id")
        platform = self._platform(fields)
        person, message = platform.person(fields.text("person")), platform.message(fields.text("message_id"))
        await platform.recall(person, message)
        return {}

    async def react(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, person, message_id, emoji}``; with ``remove: true`` the person takes it off again."""
        fields.only("platform", "person", "message_id", "emoji", "remove")
        platform = self._platform(fields)
        person, message = platform.person(fields.text("person")), platform.message(fields.text("message_id"))
        remove = fields.flag("remove", default=False)
        await platform.react(person, message, fields.text("emoji"), remove=remove)
        return {}

    async def menu(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, person, key}``: an entry of the robot's menu that sends an event."""
        fields.only("platform", "person", "key")
        platform = self._platform(fields)
        await platform.choose_menu(platform.person(fields.text("person")), fields.text("key"))
        return {}
