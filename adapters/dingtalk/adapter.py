"""DingTalk behind the port (钉钉): ``DingTalkAdapter`` is what ``bot/`` talks to."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from adapters.dingtalk import cards, client, codec, codes, directory, groups, limits, scopes, sending, wire
from adapters.dingtalk.folders import DingTalkFolders
from adapters.errors import Forbidden, NotFound, Rejected, Undecodable
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
from policies.effects import Address, Effect, Recall, SendBatch, SendCard, SendText, UpdateCard
from policies.model import Account, AnyEvent, Chat, Everyone, Platform

LINE = "adapters.dingtalk.line"

MOST_READER_PAGES = 50

NAMES_S = 3.0
"""A send waits so long for the names of those it mentions, no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DingTalkSettings:
    """Attributes:
    robot_code: usually equal to the client id.
    api, oapi: base addresses of the new and the old host; nothing else is ever called.
    card_template: id of the published template (``docs/dingtalk-card.md``), ``""``: no cards, no mentions.
    group_template: id of the template for scene groups, ``""``: groups are made by hand.
    """

    client_id: str
    client_secret: str = field(repr=False)
    robot_code: str
    corp_id: str
    api: str = "https://api.dingtalk.com"
    oapi: str = "https://oapi.dingtalk.com"
    edition: limits.Edition = "standard"
    card_template: str = ""
    group_template: str = ""


class DingTalkAdapter:
    """One company's DingTalk.

    Example:
        >>> adapter = DingTalkAdapter(settings, SystemClock(), random.Random())
        >>> await adapter.open()
        >>> receipt = await adapter.send(SendCard(to=Chat.parse("dingtalk:cid1=="), card=card), key)
    """

    platform = Platform.DINGTALK

    def __init__(
        self,
        settings: DingTalkSettings,
        clock: Clock,
        rng: random.Random,
        *,
        patience: Patience | None = None,
    ) -> None:
        self._settings = settings
        self._sender = sending.Sender(
            robot_code=settings.robot_code or settings.client_id, card_template=settings.card_template
        )
        redactor = Redactor(settings.client_secret)
        self._client = client.Client(
            api=settings.api,
            oapi=settings.oapi,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            clock=clock,
            rng=rng,
            redactor=redactor,
        )
        self.groups: GroupDoor = groups.DingTalkGroups(self._client.read, settings.group_template)
        self.folders: FolderDoor = DingTalkFolders(self._client.read)
        self._line = Line(
            platform=self.platform,
            module=LINE,
            hello={
                "api": settings.api,
                "client_id": settings.client_id,
                "client_secret": settings.client_secret,
            },
            encode_reply=codec.encode_reply,
            clock=clock,
            rng=rng,
            redactor=redactor,
            patience=patience,
        )
        self._names: dict[str, str] = {}
        self.capabilities = capabilities(settings)

    # ── Pure ──────────────────────────────────────────────────────────────────────────────────────

    def decode(self, raw: Raw) -> AnyEvent:
        return codec.decode(raw, robot_code=self._sender.robot_code)

    def key_use(self, effect: Effect) -> KeyUse:
        """A card is looked for before it is repeated; overwriting and recalling twice is the same as once."""
        apis = sending.apis(effect, self._sender)
        if limits.CARD_SEND in apis:
            return KeyUse.PROBE_FIRST
        return KeyUse.SAME_KEY_AGAIN if all(api.may_repeat for api in apis) else KeyUse.NONE

    def budgets(self, effect: Effect) -> tuple[Budget, ...]:
        return tuple(client.budget(api) for api in sending.apis(effect, self._sender))

    def ready_at(self, effect: Effect, *, sparing: bool = False) -> datetime:
        return self._client.lanes.ready_at(self.budgets(effect), sparing=sparing)

    # ── The long connection ───────────────────────────────────────────────────────────────────────

    async def open(self) -> None:
        await self._client.open()

    async def close(self) -> None:
        await self._client.close()

    async def source(self, accept: Accept) -> None:
        """The ``sessionWebhook`` of a message, by which anybody may answer in our name, is not handed on."""

        async def heard(raw: Raw) -> Reply:
            return await accept(replace(raw, body=without(raw.body, "sessionWebhook")))

        await self._line.run(heard)

    def line_health(self) -> LineHealth:
        return self._line.health()

    # ── Messages ──────────────────────────────────────────────────────────────────────────────────

    async def send(self, effect: Effect, key: str) -> Receipt:
        """Carry it out; a card is known to the platform by ``key``, a robot message by nothing."""
        if isinstance(effect, Recall):
            recalled = await self._recall(effect.to, effect.key, effect.message_id, was_card=effect.was_card)
            if not recalled.gone and not recalled.replaced:
                raise Rejected(recalled.reason or "not recalled", call=limits.PERSON_RECALL.name)
            return Receipt()
        request = sending.encode(effect, key, self._sender, await self._names_in(effect))
        return sending.receipt(effect, self._sender, await self._client.write(request))

    async def probe(self, effect: Effect, key: str, lost: Lost) -> Probe:  # noqa: ARG002 - cards are kept for ever
        """Whether a card has our key; whether it reached anybody only a reader or a press can tell."""
        sent = sending.as_sent(effect, self._sender)
        if not isinstance(sent, SendCard):
            return Probe(trace=Trace.UNKNOWN)
        try:
            await self._client.read(sending.touch_card(key, sent.card))
        except NotFound as error:
            if error.code == codes.CARD_ABSENT:
                return Probe(trace=Trace.ABSENT)
            raise
        return Probe(trace=Trace.CREATED)

    async def recall(self, effect: Effect, key: str, receipt: Receipt) -> Recalled:
        match sending.as_sent(effect, self._sender):
            case SendCard() as sent:
                return await self._recall(sent.to, key, receipt.message_id, was_card=True)
            case SendText() as said:
                return await self._recall(said.to, key, receipt.message_id, was_card=False)
            case SendBatch() as batch:
                return await self._recall(batch.to[0], key, receipt.message_id, was_card=False)
            case UpdateCard() | Recall():
                return Recalled(gone=False, reason="not a message")

    async def read_by(self, effect: Effect, receipt: Receipt) -> ReadState:
        """Of single chats within 24 h of sending; ``NotFound`` when the platform has forgotten."""
        address = _address(sending.as_sent(effect, self._sender))
        if address is None or not receipt.message_id:
            return ReadState(readers=(), is_complete=False)
        if isinstance(address, Chat):
            return await self._readers_of_group(address, receipt.message_id)
        request = sending.readers(address, receipt.message_id, self._sender)
        answer = sending.read_answer(wire.PersonReaders, await self._client.read(request), request.api)
        return ReadState(
            readers=tuple(codec.account(one.user_id) for one in answer.people if one.status == "READ")
        )

    # ── The company ───────────────────────────────────────────────────────────────────────────────

    async def directory(self) -> SeenDirectory:
        seen = await directory.walk(self._client.read)
        self._names = {person.account.id: person.name for person in seen.people}
        return seen

    async def person(self, account: Account) -> SeenPerson | None:
        seen = await directory.person(self._client.read, account)
        if seen is not None:
            self._names[account.id] = seen.name
        return seen

    async def chat(self, chat: Chat) -> SeenChat:
        return await groups.observe(self._client.read, chat)

    async def chats(self) -> tuple[SeenChat, ...]:
        """Nothing: the platform cannot list them."""
        return ()

    async def whoami(self) -> Mapping[str, Any]:
        """Fetches a token and asks for our range; what the platform does not tell is the configuration's."""
        range_ = await directory.scopes(self._client.read)
        return {
            "client_id": self._settings.client_id,
            "robot_code": self._sender.robot_code,
            "corp_id": self._settings.corp_id,
            "departments": list(range_.scopes.get("authed_dept") or ()),
            "people": list(range_.scopes.get("authed_user") or ()),
            "fields": list(range_.fields),
            "is_enabled": None,
        }

    async def permissions(self, wanted: frozenset[Ability]) -> Permissions:
        """Without a template there are no cards, whatever is granted."""
        if not self.capabilities.cards:
            wanted -= {Ability.SHOW_CARDS}
        return await scopes.permissions(self._client.read, wanted, self._sender)

    def server_time(self) -> ServerTime | None:
        return self._client.server_time

    # ── Inside ────────────────────────────────────────────────────────────────────────────────────

    async def _names_in(self, effect: Effect) -> Mapping[str, str]:
        """What mentioned people are called; without an answer their id stands behind the ``@``."""
        sent = sending.as_sent(effect, self._sender)
        if not isinstance(sent, SendCard) or not isinstance(sent.to, Chat):
            return {}
        unknown = [
            mention
            for mention in sent.card.mentions
            if not isinstance(mention, Everyone) and mention.id not in self._names
        ]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(NAMES_S):
                await asyncio.gather(*map(self.person, unknown), return_exceptions=True)
        return self._names

    async def _recall(self, to: Address, key: str, message_id: str, *, was_card: bool) -> Recalled:
        """A card loses its words for certain; whether it also disappears is tried."""
        if was_card:
            try:
                await self._client.write(sending.update_card(key, cards.RECALLED_CARD))
            except NotFound:
                return Recalled(gone=True)
        if not message_id:
            return Recalled(gone=False, replaced=was_card, reason="no id of the message")
        request = sending.recall_message(to, message_id, self._sender)
        try:
            answer = sending.read_answer(wire.RecallAnswer, await self._client.write(request), request.api)
        except (Forbidden, NotFound, Rejected, Undecodable) as error:
            return Recalled(gone=False, replaced=was_card, reason=error.code or error.detail)
        gone = message_id in answer.gone
        reason = "" if gone else answer.failed.get(message_id, "")
        return Recalled(gone=gone, replaced=was_card, reason=reason)

    async def _readers_of_group(self, chat: Chat, message_id: str) -> ReadState:
        readers: dict[str, None] = {}
        token = ""
        for _ in range(MOST_READER_PAGES):
            request = sending.readers(chat, message_id, self._sender, token)
            page = sending.read_answer(wire.GroupReaders, await self._client.read(request), request.api)
            readers |= dict.fromkeys(page.user_ids)
            if not page.has_more or not page.next_token or page.next_token == token:
                return ReadState(readers=tuple(map(codec.account, readers)))
            token = page.next_token
        return ReadState(readers=tuple(map(codec.account, readers)), is_complete=False)


def capabilities(settings: DingTalkSettings) -> Capabilities:
    """Cards decide: without a template nothing has a key and nobody can be mentioned."""
    has_cards = bool(settings.card_template)
    key_use = KeyUse.PROBE_FIRST if has_cards else KeyUse.NONE
    return Capabilities(
        platform=Platform.DINGTALK,
        cards=has_cards,
        group_mentions=has_cards,
        group_key=key_use,
        person_key=key_use,
        batch_size=limits.BATCH_SIZE,
        hears_groups=False,
        retry_window_s=int(timedelta(days=1).total_seconds()),
        max_text_bytes=limits.CARD_TEXT_BYTES if has_cards else limits.TEXT_BYTES,
        monthly=limits.MONTHLY[settings.edition],
    )


def _address(effect: Effect) -> Address | None:
    match effect:
        case SendText() | SendCard():
            return effect.to
        case SendBatch():
            return effect.to[0]
        case _:
            return None
