"""What people send beside text (图片、语音、视频、文件): each kind with the content that the robot gets of it.

D/receive-message; ``spaceId``, ``fileId``, ``pictureDownloadCode`` and ``unknownMsgType``: ``learn/bot/message`` of
open-dingtalk/developerpedia (read 2026-11).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.dingtalk.part import Part
from sandbox.dingtalk.shelves import ROOT
from sandbox.fields import Fields
from sandbox.model import ALL, BOT, Chat, Person

SINGLE_ONLY = frozenset({"audio", "video", "file"})
"""Kinds that the robot gets in the single chat only."""
KINDS = ("picture", "richText", "audio", "video", "file", "unknownMsgType")
SMALLEST_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""What a picture is whose bytes nobody gave."""
LONGEST_MS = 60_000


class Incoming(Part):
    """From the control door's words to a message with its files."""

    async def post(
        self,
        person: Person,
        chat: Chat | None,
        kind: str,
        content: Mapping[str, Any],
        mentions: Sequence[str],
    ) -> str:
        """Put it into the chat and tell the robot if it hears it. Raises ``ValueError``, saying what is allowed.

        ``data`` of a picture or a file is base64; without it the town makes something up.
        """
        if kind not in KINDS:
            raise ValueError(f"kind: one of text, {', '.join(KINDS)} is needed, not {kind!r}")
        fields = Fields(content)
        known = [each if each in (BOT, ALL) else self._platform.person(each).id for each in mentions]
        text, sent = getattr(self, f"_{kind.lower()}")(person, fields)
        where: dict[str, Any] = {"person": person.id} if chat is None else {"chat": chat.id}
        message = self._town.post(
            "dingtalk", id=self._platform.new_message_id(), sender=person.id, text=text, kind=kind, mentions=known,
            extra={"content": sent}, **where,
        )  # fmt: skip
        await self._platform.heard(message)
        return message.id

    def _bytes(self, fields: Fields, otherwise: bytes) -> bytes:
        if not fields.has("data"):
            return otherwise
        try:
            return base64.b64decode(fields.text("data"), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("data: base64 is needed") from None

    def _code(self, name: str, fields: Fields, otherwise: bytes = b"town") -> str:
        return self._platform.media.add_file(name, self._bytes(fields, otherwise))

    def _duration(self, fields: Fields, otherwise: int, most: int) -> int:
        value = fields.number("duration")
        if value is not None and not 0 < value <= most:
            raise ValueError(f"duration: 1 to {most} is needed")
        return value or otherwise

    # -- the kinds

    def _a_picture(self, fields: Fields) -> dict[str, str]:
        code = self._code("picture.png", fields, SMALLEST_PNG)
        return {"downloadCode": code, "pictureDownloadCode": code}

    def _picture(self, _: Person, fields: Fields) -> tuple[str, dict[str, Any]]:
        fields.only("data")
        return "", self._a_picture(fields)

    def _richtext(self, _: Person, fields: Fields) -> tuple[str, dict[str, Any]]:
        """``{"richText": [{"text"}, {"type": "picture", "data"?}]}``."""
        fields.only("richText")
        parts = fields.all().get("richText")
        if not isinstance(parts, list) or not parts or not all(isinstance(each, Mapping) for each in parts):
            raise ValueError('richText: a list of {"text"} and {"type": "picture"} is needed')
        shown, sent = "", []
        for each in map(Fields, parts):
            each.only("text", "type", "data")
            if each.has("text"):
                sent.append({"text": each.text("text")})
                shown += each.text("text")
            else:
                each.choice("type", ("picture",))
                sent.append({**self._a_picture(each), "type": "picture"})
                shown += "[图片]"
        return shown, {"richText": sent}

    def _audio(self, _: Person, fields: Fields) -> tuple[str, dict[str, Any]]:
        """``recognition`` is what the platform understood."""
        fields.only("duration", "recognition", "data")
        words = fields.text("recognition", empty=True) if fields.has("recognition") else ""
        duration = self._duration(fields, 3_000, LONGEST_MS)
        code = self._code("voice.amr", fields)
        return words, {"duration": duration, "downloadCode": code, "recognition": words}

    def _video(self, _: Person, fields: Fields) -> tuple[str, dict[str, Any]]:
        fields.only("duration", "videoType", "data")
        kind = fields.text("videoType") if fields.has("videoType") else "mp4"
        duration = self._duration(fields, 5, 3_600)
        return "", {
            "duration": duration, "downloadCode": self._code(f"video.{kind}", fields), "videoType": kind
        }  # fmt: skip

    def _file(self, person: Person, fields: Fields) -> tuple[str, dict[str, Any]]:
        """It lies in the space of the person's talk with the robot as well."""
        fields.only("fileName", "data")
        name, content = fields.text("fileName"), self._bytes(fields, b"town")
        shelves, ids = self._platform.storage.shelves, self._platform.ids
        space = shelves.of_chat(ids.direct(person.id), person.id)
        dentry = shelves.add(space, ROOT, name, "FILE", ids.union_id(person.id), content)
        code = self._platform.media.add_file(name, content)
        return "", {"downloadCode": code, "fileName": name, "spaceId": space.id, "fileId": dentry.id}

    def _unknownmsgtype(self, _: Person, fields: Fields) -> tuple[str, dict[str, Any]]:
        """Forwarded messages and whatever else a robot cannot read."""
        fields.only("unknownMsgType")
        what = fields.text("unknownMsgType") if fields.has("unknownMsgType") else "不支持的消息类型"
        return f"[{what}]", {"unknownMsgType": what}
