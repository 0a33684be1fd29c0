"""The door to groups and folders (群与文件夹): observe, create, change, ensure; the same for both platforms.

What is missing in an answer is ``None``, which means unknown and never empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from policies.model import Account, Chat


class Speakers(StrEnum):
    """Who may speak in a group: everybody, its owner and admins, or people on a list."""

    ALL = "all"
    ADMINS = "admins"
    SOME = "some"


class Generation(StrEnum):
    """What kind of group it is: DingTalk has two, which are made and changed by different calls."""

    PLAIN = "plain"
    SCENE = "scene"
    ORDINARY = "ordinary"


class BotRole(StrEnum):
    """What the bot is in a group; on DingTalk the app acts for the owner wherever it may act at all."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    OUTSIDE = "outside"
    APP = "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAbilities:
    """What this platform lets us do to groups, with this configuration.

    Attributes:
        creates: of which generation a new group will be.
        key_window_s: within that the same key makes the same group; 0: no key is known.
        is_owned_by_bot: a new group belongs to the bot; else a person must own it.
        needs_bot_by_hand: a new group has no bot in it until a person puts it there.
        lists: the groups that the bot is in can be listed, so a lost creation can be looked for.
        shows_admins: whether the admins of a group can be read.
        longest_name: characters. most_at_once: people a creation takes. most_admins, most_members: of a group.
    """

    creates: Generation
    key_window_s: int
    is_owned_by_bot: bool
    needs_bot_by_hand: bool
    lists: bool
    shows_admins: bool
    longest_name: int
    most_at_once: int
    most_admins: int
    most_members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """A group as its platform wants it named in calls.

    Attributes:
        other_id: DingTalk's ``chatid`` of an ordinary group, which only its creation tells.
    """

    chat: Chat
    generation: Generation = Generation.PLAIN
    other_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenGroup:
    """A group with everything we could read of it; ``None`` is unknown.

    Attributes:
        owner: ``None`` with ``role`` owner: the bot itself.
        is_at_all_limited: whether only owner and admins (DingTalk: the owner) may mention everybody.
        members_may_add, members_may_edit: whether everybody in it may add people, or rename it.
        note: its description; where it begins with our mark, we made it.
    """

    handle: Handle
    role: BotRole
    name: str
    owner: Account | None = None
    admins: tuple[Account, ...] | None = None
    members: tuple[Account, ...] | None = None
    speakers: Speakers | None = None
    is_at_all_limited: bool | None = None
    members_may_add: bool | None = None
    members_may_edit: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedGroup:
    """A line of the platform's own list of groups."""

    handle: Handle
    name: str
    owner: Account | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGroup:
    """What a creation makes in its one call; the rest follows by ``change``.

    Attributes:
        owner: a person; ``None``: the bot, where it can own a group.
        members: at most ``most_at_once``. admins: among them; appointed where the creation itself can.
        note: shown as the description where there is one.
    """

    name: str
    owner: Account | None = None
    members: tuple[Account, ...] = ()
    admins: tuple[Account, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """``refused``: people whom the platform did not take, each with its word for why."""

    handle: Handle
    refused: Mapping[Account, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChange:
    """What shall be different in a group; what is not named stays. Doing it twice is the same as once."""

    name: str = ""
    add: tuple[Account, ...] = ()
    remove: tuple[Account, ...] = ()
    promote: tuple[Account, ...] = ()
    demote: tuple[Account, ...] = ()
    owner: Account | None = None
    speakers: Speakers | None = None
    is_at_all_limited: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """``refused``: people whom the platform did not take, each with its word for why."""

    refused: Mapping[Account, str] = field(default_factory=dict)


class GroupDoor(Protocol):
    """All raise ``PlatformError`` kinds only, and wait for their lanes by themselves."""

    abilities: GroupAbilities

    def price_to_see(self, handle: Handle, members: int) -> int:
        """Pure: calls of the month's pot that one look at a group of that size costs."""
        ...

    async def listed(self) -> tuple[ListedGroup, ...] | None:
        """All groups that the bot is in (or, where it is told them, the company's); ``None``: cannot be listed."""
        ...

    async def observe(self, handle: Handle) -> SeenGroup:
        """One group now.

        Raises:
            NotFound: it is gone. Forbidden: we may not see it.
        """
        ...

    async def create(self, new: NewGroup, key: str) -> Made:
        """Make it, under a derived key of at most 40 characters.

        Raises:
            OutcomeUnknown: it may exist: look for it before it is made again.
        """
        ...

    async def change(self, handle: Handle, change: GroupChange) -> Changed:
        """Who may lead comes first and who may not any more last, so no moment is without an admin."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder that is there; ``id`` is what its platform calls it."""

    id: str
    path: tuple[str, ...]


class FolderDoor(Protocol):
    """Folders by their path of names: in the app's own space, or in the files of a group."""

    def price_to_look(self, path: tuple[str, ...]) -> int:
        """Pure: calls of the month's pot for a folder that is there; fewer for one that is not."""
        ...

    async def look(self, path: tuple[str, ...], group: Handle, keeper: Account | None) -> Folder | None:
        """The folder at that path, if it is there; ``keeper``: the person in whose name it is asked, if one must."""
        ...

    async def ensure(self, path: tuple[str, ...], group: Handle, keeper: Account | None) -> Folder:
        """Make what is missing of it, look before each, and let the group's members use it."""
        ...
