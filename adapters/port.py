"""The door to a platform (适配器): what ``bot/`` may ask of Feishu and DingTalk, the same for both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from adapters.provision import FolderDoor, GroupDoor
from policies.card import Card
from policies.effects import Effect
from policies.model import Account, AnyEvent, Chat, Department, DepartmentId, Platform


class Clock(Protocol):
    """There are two times; ``bot/clock.py`` is the only place that reads them."""

    def now(self) -> datetime:
        """Civil time, aware; may jump. Policy, token expiry, rate windows."""
        ...

    def tick_s(self) -> float:
        """The machine's monotonic seconds. Deadlines, acks, pings, watchdogs."""
        ...

    async def sleep_until(self, moment: datetime, *, lane: bool = False) -> None:
        """The only way to wait for civil time; ``lane``: for a rate, which a standing clock may grant by itself."""
        ...


# ── Inbound ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A payload as the long connection brought it, before anybody read it.

    Attributes:
        body: the JSON text of the event, exactly as received.
        kind: what the frame says it is: ``event`` or ``callback`` (a press waits for its answer).
        headers: the frame's own headers (message id, topic, event type), all strings.
    """

    platform: Platform
    body: str
    kind: str
    headers: Mapping[str, str] = field(default_factory=dict)


class ToastTone(StrEnum):
    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back in the frame.

    Attributes:
        ok: ``False`` asks the platform to send the event again.
        toast: a line for the presser alone (Feishu shows it; on DingTalk it becomes the card's hint).
        card: the card's new face for everybody, or ``None`` to leave it.
    """

    ok: bool = True
    toast: str = ""
    tone: ToastTone = ToastTone.INFO
    card: Card | None = None


Accept = Callable[[Raw], Awaitable[Reply]]
"""Persist, then return; never raises for bad input. Must answer within the platform's 2–3 s."""


class LineState(StrEnum):
    CONNECTING = "connecting"
    OPEN = "open"
    DEAD = "dead"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineGap:
    """缺口: civil time in which nothing could reach us, though the line stood before and after; ``lasted_s`` is real."""

    since: datetime
    until: datetime
    lasted_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHealth:
    """The long connection as the watchdog sees it.

    Attributes:
        silent_s: monotonic seconds since the last sign of life.
        gap_since: civil time since when nothing can have reached us, ``None`` while open.
        last_gap: the last one that is over, however short; who looks now and then misses none.
        refusal: why the platform refuses us for good (wrong secret), ``""`` otherwise.
        replacements: child processes replaced since start.
        recent_replacements: those of the last ten minutes; three are a reason to tell an admin.
    """

    state: LineState
    silent_s: float = 0.0
    gap_since: datetime | None = None
    last_gap: LineGap | None = None
    refusal: str = ""
    replacements: int = 0
    recent_replacements: int = 0


# ── Outbound ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """额度: what an effect costs on one lane.

    Attributes:
        lane: what shares one rate, e.g. ``feishu:im.message.create`` or ``feishu:chat:oc_1``.
        units: of that lane's rate.
        pot: the month's pot that is charged too (``calls``, ``pushes``), or ``""``.
    """

    lane: str
    units: int = 1
    pot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """回执: the platform's proof.

    Attributes:
        message_id: message_id (Feishu), processQueryKey or carrierId (DingTalk), ``""`` for updates.
        chat_id: the direct chat the platform named, so that it can be learned.
        refused: accounts that did not get their copy for good, with the platform's word for why.
        again: accounts that were flow-controlled: certainly not sent, send again later.
    """

    message_id: str = ""
    chat_id: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
    again: tuple[Account, ...] = ()


class Trace(StrEnum):
    """What a look at the platform says of an attempt whose answer was lost."""

    ABSENT = "absent"
    CREATED = "created"
    ARRIVED = "arrived"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """``ARRIVED`` carries a receipt; ``CREATED``: the card exists, whether it was delivered is open.

    ``UNKNOWN`` with a receipt: that message says the same and may be it; if it is known to be another, ask once more.
    """

    trace: Trace
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What is known of a send whose answer was lost.

    Attributes:
        since: its first attempt.
        until: its last.
        chat_id: the direct chat with whom it is for, as an earlier receipt named it.
        others: ids of messages that are known to be something else of ours.
    """

    since: datetime
    until: datetime
    chat_id: str = ""
    others: frozenset[str] = frozenset()


class KeyUse(StrEnum):
    """Whether the channel knows a repeat by our key, which decides how a lost answer is mended."""

    SAME_KEY_AGAIN = "same-key-again"
    PROBE_FIRST = "probe-first"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What became of a recall: gone, or only its text replaced, or neither with the platform's reason."""

    gone: bool
    replaced: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadState:
    """Who has read, as far as the platform tells; ``is_complete`` is False where it shows only some."""

    readers: tuple[Account, ...]
    is_complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """能力: what this platform, with this configuration, can do; declared, shown, and judged by."""

    platform: Platform
    cards: bool
    group_mentions: bool
    group_key: KeyUse
    person_key: KeyUse
    batch_size: int
    hears_groups: bool
    retry_window_s: int
    max_text_bytes: int
    forms: bool = False
    monthly: Mapping[str, int] = field(default_factory=dict)


# ── Permissions ───────────────────────────────────────────────────────────────────────────────────


class Ability(StrEnum):
    """用途: what the policy, as it is configured, asks a platform to let us do."""

    SPEAK = "speak"
    LISTEN = "listen"
    SHOW_CARDS = "show-cards"
    RECALL = "recall"
    ASK_READERS = "ask-readers"
    SEE_PEOPLE = "see-people"
    SEE_GROUPS = "see-groups"
    HEAR_GROUPS = "hear-groups"
    KEEP_GROUPS = "keep-groups"
    APPOINT_ADMINS = "appoint-admins"
    LIMIT_SPEAKERS = "limit-speakers"
    KEEP_FOLDERS = "keep-folders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """权限: one thing to apply for in the console.

    Attributes:
        name: as the console and the platform's errors spell it.
        serves: for which ability.
        instead: others, of which any one would do.
    """

    name: str
    serves: Ability
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What the platform has granted, against what is wanted.

    Attributes:
        granted: of those wanted. missing: likewise. unclear: the platform did not say; ``(permission, why)``.
        spare: granted, and nothing that is configured uses it; ``(name, what it would serve or None)``.
    """

    granted: tuple[Permission, ...] = ()
    missing: tuple[Permission, ...] = ()
    unclear: tuple[tuple[Permission, str], ...] = ()
    spare: tuple[tuple[str, Ability | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTime:
    """The platform's own clock, as its latest answer showed it, to the second.

    Attributes:
        said: of the ``Date`` header. read_at_s: our monotonic seconds when it came.
    """

    said: datetime
    read_at_s: float


# ── The directory ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPerson:
    """A person as one platform's directory shows them; heads are named by their department.

    Attributes:
        leads: departments of which the platform calls them a leader; ``None`` where it does not say so of a person.
    """

    account: Account
    name: str
    departments: tuple[DepartmentId, ...]
    is_active: bool = True
    leads: frozenset[DepartmentId] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDepartment:
    department: Department
    head: Account | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDirectory:
    """通讯录: everything our range lets us see, walked page by page.

    Members of the root department belong to it like to any other.

    Attributes:
        is_whole: our range is the whole company, so who is not here is not in the company.
    """

    platform: Platform
    departments: tuple[SeenDepartment, ...]
    people: tuple[SeenPerson, ...]
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenChat:
    """A group as we can observe it; ``members`` is ``None`` where the platform does not tell us.

    Attributes:
        calls: of the month's pot, that this look has taken.
    """

    chat: Chat
    name: str
    owner: Account | None = None
    bot_is_owner: bool = False
    members: tuple[Account, ...] | None = None
    calls: int = field(default=1, compare=False)


class ChatAdapter(Protocol):
    """One platform. All methods are async unless they are pure; all raise ``PlatformError`` kinds only."""

    platform: Platform
    capabilities: Capabilities
    groups: GroupDoor
    folders: FolderDoor

    def decode(self, raw: Raw) -> AnyEvent:
        """Pure. Raises ``Undecodable``; unknown types become ``Unrecognised``."""
        ...

    def key_use(self, effect: Effect) -> KeyUse:
        """Pure: whether a repeat of this effect is known by its key."""
        ...

    def budgets(self, effect: Effect) -> tuple[Budget, ...]:
        """Pure: which lanes and pots it draws on."""
        ...

    def ready_at(self, effect: Effect, *, sparing: bool = False) -> datetime:
        """When every lane of the effect has room; asked before a row is claimed, takes nothing.

        Args:
            sparing: leave a little of what all share to what is more urgent.
        """
        ...

    async def open(self) -> None:
        """Open the REST session; may be called once."""
        ...

    async def close(self) -> None:
        """Close everything within seconds; safe to call twice."""
        ...

    async def source(self, accept: Accept) -> None:
        """Hold the long connection and hand every payload to ``accept`` until cancelled."""
        ...

    def line_health(self) -> LineHealth: ...

    async def send(self, effect: Effect, key: str) -> Receipt:
        """Carry an effect out under its derived key (at most 40 characters)."""
        ...

    async def probe(self, effect: Effect, key: str, lost: Lost) -> Probe:
        """Look, without sending anything that people would see, whether ``send`` had its effect."""
        ...

    async def recall(self, effect: Effect, key: str, receipt: Receipt) -> Recalled:
        """Take back what ``send`` did, as far as the platform lets us; may be repeated."""
        ...

    async def read_by(self, effect: Effect, receipt: Receipt) -> ReadState: ...

    async def directory(self) -> SeenDirectory: ...

    async def person(self, account: Account) -> SeenPerson | None:
        """One person as the directory shows them now; ``None``: gone or out of range."""
        ...

    async def chat(self, chat: Chat) -> SeenChat:
        """One group with its members as far as we may see them."""
        ...

    async def chats(self) -> tuple[SeenChat, ...]:
        """The groups the bot is in, without members; empty where the platform cannot list them."""
        ...

    async def whoami(self) -> Mapping[str, Any]:
        """Check the credentials: the bot's own names and ids as the platform shows them.

        ``is_enabled`` says whether the robot is switched on, ``None`` where the platform does not tell.
        """
        ...

    async def permissions(self, wanted: frozenset[Ability]) -> Permissions:
        """What is granted of what is wanted: listed where the platform lists it, else by harmless reads."""
        ...

    def server_time(self) -> ServerTime | None:
        """What the latest answer's ``Date`` said; ``None`` before there was one."""
        ...
