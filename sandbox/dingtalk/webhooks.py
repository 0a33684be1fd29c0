"""Webhooks (群机器人 webhook): the sessionWebhook that comes with a message, and a group's 自定义机器人.

D/robot-message-type, D/custom-robots-send-group-messages, G/customize-robot-security-settings (read 2026-11).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.dingtalk import quota
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import PARAMETER, OldError
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.model import ALL, BOT, Chat, Message
from sandbox.platform import Absent

SESSION_MS = 5_400_180
"""About 90 minutes, as in every official sample."""
LARGEST_BYTES = 20_000
PER_MINUTE = 20
BLOCKED = timedelta(minutes=10)
MOST_MENTIONS = 50
CLOCK_OFF_MS = 3_600_000
SHOWN: dict[str, Callable[[Params], str]] = {
    "text": lambda body: body.object("text").text("content"),
    "markdown": lambda body: _titled(body.object("markdown")),
    "actionCard": lambda body: _titled(body.object("actionCard")),
    "link": lambda body: body.object("link").text("title"),
    "feedCard": lambda body: "\n".join(
        each.text("title") for each in body.object("feedCard").objects("links")
    ),
    "empty": lambda _: "",
}


def _titled(part: Params) -> str:
    part.text("title")
    return part.text("text")


@dataclass(slots=True)
class Session:
    chat: str | None
    person: str | None
    until_ms: int


class Webhooks(Part):
    """Sends without a token of the app: who knows the address may speak."""

    def clear(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._sent: dict[str, list[datetime]] = {}
        self._blocked: dict[str, datetime] = {}
        self._seen: dict[tuple[str, str], datetime] = {}

    def apis(self) -> list[Api]:
        return [
            Api("POST", "/robot/sendBySession", self.by_session, token="", pot=quota.PUSHES),
            Api("POST", "/robot/send", self.by_custom_robot, token="", pot=quota.PUSHES),
        ]

    # -- the session of a message

    def open_session(self, message: Message, created_ms: int) -> tuple[str, int]:
        """The address for answers to this message, and until when it is good."""
        session, until = self._town.new_id("", "session"), created_ms + SESSION_MS
        self._sessions[session] = Session(message.chat, message.person, until)
        return f"{self._town.url}/robot/sendBySession?session={session}", until

    async def by_session(self, call: Call) -> dict[str, Any]:
        session = self._sessions.get(call.query.text("session", ""))
        if session is None or self._town.clock.now_ms() >= session.until_ms:
            raise OldError(300001, "session 不存在")
        self._check_size(call)
        self._check_rate(
            "session:" + call.query.text("session"), self._town.setting("dingtalk.session_webhook_per_minute")
        )
        if self._town.setting("dingtalk.session_webhook_counts") and not self._platform.quota.take(
            quota.PUSHES
        ):
            raise OldError(90020, "企业本月消息额度已用完")
        self._made(call, self.post(call.body, session.chat, session.person, via="session"))
        return {}

    # -- a robot of a group's own

    def token(self, chat: Chat) -> str:
        """``access_token`` of the group's 自定义机器人, which exists if ``dingtalk.custom_robots`` names the group."""
        return self._town.derive("", "custom-robot", chat.id, length=64)

    async def by_custom_robot(self, call: Call) -> dict[str, Any]:
        chat, settings = self._custom_robot(call.query.text("access_token", ""))
        if not chat.active:
            raise OldError(400013, "群已被解散")
        if call.request.content_type != "application/json":
            raise OldError(43004, "无效的HTTP HEADER Content-Type")
        self._check_size(call)
        self._check_secret(call, str(settings.get("secret", "")))
        self._check_rate(chat.id, PER_MINUTE)
        key = (chat.id, call.body.text("msgUuid", ""))
        if key[1] and self._was_sent(key):
            return {}
        if not self._platform.quota.take(quota.PUSHES):
            raise OldError(90020, "企业本月消息额度已用完")
        words = settings.get("keywords", ())
        self._made(call, self.post(call.body, chat.id, None, via="webhook", keywords=words))
        if key[1]:
            self._seen[key] = self._town.clock.now()
        return {}

    def _was_sent(self, key: tuple[str, str]) -> bool:
        """For how long a ``msgUuid`` is remembered is not said."""
        at, hours = self._seen.get(key), self._town.setting("dingtalk.msg_uuid_hours")
        return at is not None and (not hours or self._town.clock.now() - at <= timedelta(hours=hours))

    def _custom_robot(self, token: str) -> tuple[Chat, dict[str, Any]]:
        for name, settings in self._town.setting("dingtalk.custom_robots").items():
            with contextlib.suppress(Absent):
                chat = self._platform.chat(name)
                if self.token(chat) == token:
                    return chat, settings if isinstance(settings, dict) else {}
        raise OldError(300005, "token is not exist")

    def _check_secret(self, call: Call, secret: str) -> None:
        """``sign`` over ``timestamp + "\\n" + secret``, the clock at most an hour off."""
        if not secret:
            return
        stamp = call.query.text("timestamp", "")
        if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 15:
            raise OldError(310000, "invalid timestamp")
        if abs(int(stamp) - self._town.clock.now_ms()) > CLOCK_OFF_MS:
            raise OldError(310000, "invalid timestamp")
        mac = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        if call.query.text("sign", "") != base64.b64encode(mac).decode():
            raise OldError(310000, "sign not match")

    # -- both

    @staticmethod
    def _check_size(call: Call) -> None:
        if (call.request.content_length or 0) > LARGEST_BYTES:
            raise OldError(460101, "message too long, exceed 20000 bytes")

    def _check_rate(self, who: str, most: int) -> None:
        """One too many in a minute is refused, and all for ten minutes after it."""
        if not most:
            return
        now = self._town.clock.now()
        recent = [at for at in self._sent.get(who, []) if timedelta(0) <= now - at < timedelta(minutes=1)]
        if len(recent) >= most:
            self._blocked[who] = now + BLOCKED
        if self._blocked.get(who, now) > now:
            raise OldError(130101, "send too fast, exceed 20 times per minute")
        self._sent[who] = [*recent, now]

    @staticmethod
    def _made(call: Call, message_id: str) -> None:
        if message_id:
            call.made(message_id)

    def post(
        self, body: Params, chat: str | None, person: str | None, *, via: str, keywords: Any = ()
    ) -> str:
        """What the body says, into the chat; returns the message's id, none for ``empty``."""
        kind = body.text("msgtype", "")
        if kind not in SHOWN:
            raise OldError(400105, "消息类型不支持")
        try:
            text = SHOWN[kind](body)
        except OldError as error:
            raise OldError(400202, f"miss param : {kind}: {error.errmsg}") from None
        if keywords and not any(str(word) in text for word in keywords):
            raise OldError(310000, "keywords not in content")
        if chat is not None:
            where = self._town.chats["dingtalk"][chat]
            if not where.active:
                raise OldError(400013, "群已被解散")
            if self._town.setting("dingtalk.muted_group_stops_robot") and not where.may_speak(BOT):
                raise OldError(400102, "机器人被禁言")
        mentions, text = self._mentions(body, chat, text) if kind in ("text", "markdown") else ([], text)
        if kind == "empty":
            return ""
        posted = self._town.post(
            "dingtalk", id=self._platform.new_message_id(), sender=BOT, text=text, chat=chat, person=person,
            kind=kind, mentions=mentions, extra={"via": via},
        )  # fmt: skip
        return posted.id

    def _mentions(self, body: Params, chat: str | None, text: str) -> tuple[list[str], str]:
        """Who is really mentioned: named in ``at``, standing in the text as ``@id``, and a member."""
        at = body.object("at", {})
        wanted, mobiles = at.texts("atUserIds", []), at.texts("atMobiles", [])
        if len(wanted) + len(mobiles) > MOST_MENTIONS:
            raise OldError(PARAMETER, "at more than 50")
        if chat is None:
            return [], text
        people, mentions = self._town.people["dingtalk"], []
        members = self._town.chats["dingtalk"][chat].members
        by_mobile = {people[each].mobile: each for each in members if each in people}
        for written, person in [
            *((each, each) for each in wanted),
            *((m, by_mobile.get(m, "")) for m in mobiles),
        ]:
            if person in members and f"@{written}" in text:
                text = text.replace(f"@{written}", f"@{people[person].name}")
                mentions.append(person)
        if at.flag("isAtAll", default=False):
            self._check_at_all(chat)
            mentions.append(ALL)
        return mentions, text

    def _check_at_all(self, chat: str) -> None:
        if self._platform.at_all_is_refused(self._town.chats["dingtalk"][chat]):
            raise OldError(400023, "only.groupAdmin.canAtAll")
