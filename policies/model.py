"""The nouns (名词): frozen values that every room shares; no behaviour beyond reading themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Literal, NewType, Self

Scalar = str | int | float | bool | None

PersonId = NewType("PersonId", str)
"""One human: the written form of the first of their accounts, e.g. ``feishu:ou_1``."""

DepartmentId = NewType("DepartmentId", str)
"""A department of one platform, written ``feishu:od-1`` or ``dingtalk:17``."""


class Platform(StrEnum):
    FEISHU = "feishu"
    DINGTALK = "dingtalk"

    @property
    def label(self) -> str:
        """What people call it."""
        return _PLATFORM_LABELS[self]


_PLATFORM_LABELS = {Platform.FEISHU: "飞书", Platform.DINGTALK: "钉钉"}


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """账号: a person's identity on one platform (Feishu open_id, DingTalk userId)."""

    platform: Platform
    id: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.id}"

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read ``feishu:ou_1``.

        Raises:
            ValueError: the text has no platform in front or no id behind it.
        """
        platform, colon, identity = written.partition(":")
        if not colon or not identity:
            raise ValueError(f"an account is written platform:id, not {written!r}")
        return cls(Platform(platform), identity)


@dataclass(frozen=True, slots=True, order=True)
class Chat:
    """会话: where messages are; ``id`` is the platform's own (chat_id, openConversationId)."""

    platform: Platform
    id: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.id}"

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read ``feishu:oc_1``; raises ``ValueError`` like ``Account.parse``."""
        account = Account.parse(written)
        return cls(account.platform, account.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """成员: one human with one or two accounts.

    ``departments`` holds every department the person is a direct member of, on any platform.
    ``team`` names the ``[[work_hours.team]]`` whose hours are theirs (``""``: the company's).
    """

    id: PersonId
    name: str
    accounts: tuple[Account, ...]
    departments: tuple[DepartmentId, ...] = ()
    team: str = ""
    is_active: bool = True

    def account_on(self, platform: Platform) -> Account | None:
        return next((account for account in self.accounts if account.platform is platform), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """部门: of one platform. ``path`` is the names from the top, itself last."""

    id: DepartmentId
    platform: Platform
    name: str
    parent: DepartmentId | None = None
    head: PersonId | None = None
    path: tuple[str, ...] = ()


class Tag(StrEnum):
    """标签: the parsed prefix of a message, not its raw text."""

    IMPORTANT = "important"
    URGENT = "urgent"


class Urgency(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"


class Everyone(StrEnum):
    """``@所有人`` as a value, so that it can never be confused with a name."""

    ALL = "all"


Mention = PersonId | Literal[Everyone.ALL]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """消息: what a person wrote, decoded.

    Attributes:
        text: without the platform's mention syntax; a mentioned person stands in it as ``@名字``
            where the platform says so (DingTalk removes them).
        mentioned: accounts mentioned besides the bot, in the order of the text.
        mentions_all: the platform reported ``@所有人``.
        to_bot: a direct message to the bot, or one that mentions it.
        direct: the chat is the bot's direct chat with the author.
        author_name: what the platform calls the author in this very message, or ``""``; for show only.
    """

    id: str
    chat: Chat
    author: Account
    text: str
    sent_at: datetime
    mentioned: tuple[Account, ...] = ()
    mentions_all: bool = False
    to_bot: bool = True
    direct: bool = True
    author_name: str = ""
    chat_name: str = ""


class AudienceKind(StrEnum):
    COMPANY = "company"
    DEPARTMENT = "department"
    GROUP = "group"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """受众: whom an announcement is for, as it was asked for (resolved into recipients by facts).

    Attributes:
        name: ``研发部``, ``羽毛球社``; ``""`` for the company.
        platform: narrows a department or the company to one platform.
        departments: for DEPARTMENT, those meant, one per platform.
        chat: for GROUP, the chat.
        people: for PEOPLE, who.
    """

    kind: AudienceKind
    name: str = ""
    platform: Platform | None = None
    departments: tuple[DepartmentId, ...] = ()
    chat: Chat | None = None
    people: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """收件人: one person of the resolved audience, and the account their copy goes to."""

    person: PersonId
    account: Account
    name: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """公告、通知: something a person asks the bot to publish.

    Attributes:
        text: as it will be shown, without tag prefix and without mention syntax.
        tags: parsed; a tag is shown by the bot, never typed through.
        raw_tag: the prefix as the author wrote it when it was a look-alike (``[重要]``), else ``""``.
        waivers: ids of fixes and rules a competent person has already set aside, e.g. ``mentions`` once.
        reason: why it cannot wait; required for ``URGENT``.
        not_before: what the author asked for; aware; ``None`` = as soon as the policy allows.
    """

    id: str
    author: PersonId
    text: str
    audience: Audience
    tags: frozenset[Tag] = frozenset()
    raw_tag: str = ""
    urgency: Urgency = Urgency.NORMAL
    reason: str = ""
    mentions: tuple[Mention, ...] = ()
    not_before: datetime | None = None
    waivers: frozenset[str] = frozenset()

    @property
    def is_important(self) -> bool:
        return Tag.IMPORTANT in self.tags


class Weight(IntEnum):
    """Order in a queue: what leaves first when several are due."""

    ANSWER = 0
    URGENT = 1
    IMPORTANT = 2
    NORMAL = 3
    CHORE = 4


# ── Events (事件): something that happened ────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events.

    Attributes:
        id: the platform's event id, or what stands for it (DingTalk robot message: msgId).
        cause: what derived keys hang on: the message id for messages, the event id else.
        tenant: tenant_key or corpId; events of another tenant are refused by intake.
        occurred_at: the platform's own time, aware.
    """

    id: str
    cause: str
    platform: Platform
    tenant: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Event):
    """A person spoke to the bot, directly or by mentioning it."""

    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted(Event):
    """A person wrote in a group, not to the bot. Passing: judged in memory, its text is never stored."""

    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(Event):
    """A button of a card. ``action`` is the opaque id we put there; ``card`` the platform's id of the card."""

    presser: Account
    action: str
    card: str
    values: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Event):
    """Somebody read messages we sent. ``receipts`` are platform ids (message_id, processQueryKey)."""

    reader: Account
    receipts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryChanged(Event):
    """People or departments changed; what is true now is asked of the directory, not read from the event."""

    accounts: tuple[Account, ...] = ()
    departments: tuple[DepartmentId, ...] = ()
    left: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatChanged(Event):
    """A chat's name, members or existence changed; ``what`` is one of the words below."""

    chat: Chat
    what: Literal["renamed", "members", "disbanded", "bot-added", "bot-removed", "settings"]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due(Event):
    """A timer of ours came due.

    ``kind`` picks the turn, ``subject`` is what it is about, ``key`` the timer's own name.
    """

    kind: str
    subject: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised(Event):
    """An event type we do not know: kept and counted, never guessed."""

    type: str


AnyEvent = Said | Posted | Pressed | Read | DirectoryChanged | ChatChanged | Due | Unrecognised
