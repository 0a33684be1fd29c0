"""飞书 behind the door that every platform has."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from adapters.calls import Call
from adapters.errors import NotFound, OutcomeUnknown, PlatformError, PortTaken, Rejected
from adapters.feishu import codec, directory, groups, history, limits, scopes, wire
from adapters.feishu.cards import encode_card
from adapters.feishu.client import FeishuClient, message_call
from adapters.feishu.codes import ALREADY_GONE, BEING_SENT
from adapters.feishu.folders import FeishuFolders
from adapters.feishu.text import encode_post
from adapters.feishu.webhook import Webhook, WebhookSettings
from adapters.lanes import Lanes
from adapters.line import Line, Patience
from adapters.port import (
    Ability,
    Accept,
    Budget,
    Capabilities,
    Clock,
    KeyUse,
    LineHealth,
    Lost,
    Permissions,
    Probe,
    Raw,
    ReadState,
    Recalled,
    Receipt,
    Reply,
    SeenChat,
    SeenDirectory,
    SeenPerson,
    ServerTime,
    Trace,
)
from adapters.provision import FolderDoor, GroupDoor
from adapters.redact import Redactor, without
from policies.effects import Effect, Recall, SendBatch, SendCard, SendText, UpdateCard
from policies.model import Account, AnyEvent, Chat, Platform

log = logging.getLogger(__name__)

DOMAIN = "https://open.feishu.cn"

_MESSAGES = "/open-apis/im/v1/messages"
_ASK_AGAIN = 2
_ENABLED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FeishuSettings:
    """What the adapter needs to know of ``[feishu]``.

    Attributes:
        domain: scheme and host of the platform; the sandbox is another one.
        edition: as the admin names it; what it grants a month is not published.
        hears_groups: the app holds ``im:message.group_msg`` and sees what is written in its groups.
        webhook: Feishu comes to us instead; ``None``: the long connection.
    """

    app_id: str
    app_secret: str = field(repr=False)
    domain: str = DOMAIN
    edition: str = ""
    hears_groups: bool = False
    webhook: WebhookSettings | None = None


class FeishuAdapter:
    """One Feishu application; see ``adapters.port.ChatAdapter`` for what the methods promise."""

    platform = Platform.FEISHU

    def __init__(
        self, settings: FeishuSettings, clock: Clock, rng: random.Random, *, patience: Patience | None = None
    ) -> None:
        redactor = Redactor(
            settings.app_secret,
            *(
                (settings.webhook.verification_token, settings.webhook.encrypt_key)
                if settings.webhook
                else ()
            ),
        )
        self._settings = settings
        self._rng = rng
        self._lanes = Lanes(clock, limits.RATES, rng=rng)
        self._client = FeishuClient(
            domain=settings.domain,
            app_id=settings.app_id,
            app_secret=settings.app_secret,
            clock=clock,
            lanes=self._lanes,
            rng=rng,
            redactor=redactor,
        )
        self.groups: GroupDoor = groups.FeishuGroups(self._client, settings.app_id)
        self.folders: FolderDoor = FeishuFolders(self._client)
        self._line = Line(
            platform=Platform.FEISHU,
            module="adapters.feishu.line",
            hello={
                "app_id": settings.app_id,
                "app_secret": settings.app_secret,
                "domain": settings.domain,
            },
            encode_reply=codec.encode_reply,
            clock=clock,
            rng=rng,
            redactor=redactor,
            patience=patience,
        )
        self._webhook = (
            Webhook(settings.webhook, app_id=settings.app_id, clock=clock, encode_reply=codec.encode_reply)
            if settings.webhook is not None
            else None
        )
        self._bot_open_id = ""
        self.capabilities = Capabilities(
            platform=Platform.FEISHU,
            cards=True,
            forms=True,
            group_mentions=True,
            group_key=KeyUse.SAME_KEY_AGAIN,
            person_key=KeyUse.SAME_KEY_AGAIN,
            batch_size=1,
            hears_groups=settings.hears_groups,
            retry_window_s=limits.RETRY_WINDOW_S,
            max_text_bytes=limits.MAX_TEXT_BYTES,
        )

    # ── Pure ──────────────────────────────────────────────────────────────────────────────────────

    def decode(self, raw: Raw) -> AnyEvent:
        return codec.decode(raw, bot_open_id=self._bot_open_id, app_id=self._settings.app_id)

    def key_use(self, effect: Effect) -> KeyUse:
        """Sends know their ``uuid``; putting a face on a card or taking it back twice is the same as once."""
        return KeyUse.NONE if isinstance(effect, SendBatch) else KeyUse.SAME_KEY_AGAIN

    def budgets(self, effect: Effect) -> tuple[Budget, ...]:
        return limits.budgets(effect)

    def ready_at(self, effect: Effect, *, sparing: bool = False) -> datetime:
        return self._lanes.ready_at(limits.budgets(effect), sparing=sparing)

    # ── The line ──────────────────────────────────────────────────────────────────────────────────

    async def open(self) -> None:
        await self._client.open()

    async def close(self) -> None:
        await self._client.close()

    async def source(self, accept: Accept) -> None:
        """The bot's own id comes first: by it a mention of the bot is known from a mention of another one.

        The Verification Token, which every event repeats, is not handed on: what is handed on is kept.
        """

        async def heard(raw: Raw) -> Reply:
            return await accept(replace(raw, body=without(raw.body, "token")))

        known = await self._learn_own_id()
        try:
            async with asyncio.TaskGroup() as tasks:
                if not known:
                    tasks.create_task(self._keep_asking_who_we_are())
                tasks.create_task((self._webhook or self._line).run(heard))
        except* PortTaken as taken:
            raise taken.exceptions[0] from None

    def line_health(self) -> LineHealth:
        return (self._webhook or self._line).health()

    async def _learn_own_id(self) -> bool:
        try:
            await self.whoami()
        except PlatformError as error:
            log.warning("own id unknown", extra={"why": str(error)})
        return bool(self._bot_open_id)

    async def _keep_asking_who_we_are(self) -> None:
        while True:
            await asyncio.sleep(self._rng.uniform(20, 60))
            if await self._learn_own_id():
                return

    # ── Out ───────────────────────────────────────────────────────────────────────────────────────

    async def send(self, effect: Effect, key: str) -> Receipt:
        """Also raises ``RateLimited`` when our own lane is full, before anything was sent."""
        match effect:
            case SendText():
                content = encode_post(effect)
                return await self._create(
                    effect, message_call(effect, msg_type="post", content=content, key=key)
                )
            case SendCard():
                content = encode_card(effect.card)
                call = message_call(effect, msg_type="interactive", content=content, key=key)
                return await self._create(effect, call)
            case UpdateCard():
                return await self._update(effect)
            case Recall():
                return await self._recall_as_effect(effect)
            case SendBatch():
                raise Rejected("this platform has no batch that knows its readers")

    async def _create(self, effect: SendText | SendCard, call: Call) -> Receipt:
        data = await self._execute(effect, call, ask_again=_ASK_AGAIN)
        try:
            sent = codec.read(wire.SentMessage, data, call.name)
        except PlatformError as error:
            raise OutcomeUnknown(error.detail, call=call.name) from error
        return Receipt(message_id=sent.message_id, chat_id=sent.chat_id)

    async def _update(self, effect: UpdateCard) -> Receipt:
        if not effect.message_id:
            raise Rejected("a card is updated by its message id")
        content = json.dumps(encode_card(effect.card), ensure_ascii=False, separators=(",", ":"))
        call = Call(
            name="im.message.patch",
            method="PATCH",
            path=f"{_MESSAGES}/{quote(effect.message_id, safe='')}",
            body={"content": content},
            repeatable=True,
        )
        await self._execute(effect, call)
        return Receipt(message_id=effect.message_id)

    async def _execute(self, effect: Effect, call: Call, *, ask_again: int = 0) -> Mapping[str, Any]:
        """``ask_again``: while the platform says it is still sending the message of this very uuid."""
        size_bytes = len(json.dumps(call.body, ensure_ascii=False).encode())
        if size_bytes > limits.MAX_CARD_BYTES:
            raise Rejected(f"{size_bytes} bytes are too long", call=call.name, code="230025")
        try:
            return await self._client.write(call, limits.budgets(effect))
        except OutcomeUnknown as error:
            if error.code != BEING_SENT or not ask_again:
                raise
        await asyncio.sleep(self._rng.uniform(0.3, 0.9))
        return await self._execute(effect, call, ask_again=ask_again - 1)

    async def probe(self, effect: Effect, key: str, lost: Lost) -> Probe:  # noqa: ARG002
        """Look into the chat's history; groups need ``im:message.group_msg``, else nothing can be said.

        A direct chat's id is told only by a send (group/faq, read 2026-11), so it comes from an earlier receipt.
        """
        if not isinstance(effect, (SendText, SendCard)):
            return Probe(trace=Trace.ABSENT)
        chat_id = effect.to.id if isinstance(effect.to, Chat) else lost.chat_id
        if not chat_id:
            return Probe(trace=Trace.UNKNOWN)
        return await history.look_for(self._client, effect, chat_id, app_id=self._settings.app_id, lost=lost)

    async def recall(self, effect: Effect, key: str, receipt: Receipt) -> Recalled:  # noqa: ARG002
        return await self._delete(receipt.message_id)

    async def _recall_as_effect(self, effect: Recall) -> Receipt:
        done = await self._delete(effect.message_id)
        if not done.gone:
            raise Rejected(done.reason, call="im.message.delete")
        return Receipt(message_id=effect.message_id)

    async def _delete(self, message_id: str) -> Recalled:
        """Within the company's recall time; what is gone already is gone (im-v1/message/delete, read 2026-11)."""
        call = Call(
            name="im.message.delete",
            method="DELETE",
            path=f"{_MESSAGES}/{quote(message_id, safe='')}",
            repeatable=True,
        )
        try:
            await self._client.write(call, limits.RECALL)
        except (Rejected, NotFound) as error:
            if error.code in ALREADY_GONE:
                return Recalled(gone=True)
            return Recalled(gone=False, reason=f"{error.code} {error.detail}".strip())
        return Recalled(gone=True)

    async def read_by(self, effect: Effect, receipt: Receipt) -> ReadState:  # noqa: ARG002
        """Within seven days; those who read, also in groups (im-v1/message/read_users, read 2026-11)."""
        call = Call(
            name="im.message.read_users",
            method="GET",
            path=f"{_MESSAGES}/{quote(receipt.message_id, safe='')}/read_users",
            query={"user_id_type": "open_id", "page_size": "100"},
        )
        found = [codec.read(wire.ReadBy, item, call.name).user_id async for item in self._client.items(call)]
        return ReadState(readers=tuple(codec.account(one) for one in dict.fromkeys(found)))

    # ── What is there ─────────────────────────────────────────────────────────────────────────────

    async def directory(self) -> SeenDirectory:
        return await directory.walk(self._client)

    async def person(self, account: Account) -> SeenPerson | None:
        return await directory.person(self._client, account)

    async def chat(self, chat: Chat) -> SeenChat:
        return await groups.observe(self._client, chat)

    async def chats(self) -> tuple[SeenChat, ...]:
        return await groups.observe_all(self._client)

    async def whoami(self) -> Mapping[str, Any]:
        """``status``: 2 is enabled, 0 not installed, 1 disabled (bot-v3/info, read 2026-11). No scope is needed."""
        data = await self._client.read(Call(name="bot.info", method="GET", path="/open-apis/bot/v3/info"))
        bot = codec.read(wire.BotAnswer, data, "bot.info").bot
        self._bot_open_id = bot.open_id or self._bot_open_id
        return {
            "app_id": self._settings.app_id,
            "open_id": bot.open_id,
            "name": bot.app_name,
            "status": bot.activate_status,
            "is_enabled": bot.activate_status == _ENABLED,
        }

    async def permissions(self, wanted: frozenset[Ability]) -> Permissions:
        return await scopes.permissions(self._client, wanted)

    def server_time(self) -> ServerTime | None:
        return self._client.server_time
