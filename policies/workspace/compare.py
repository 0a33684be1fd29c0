"""对照 (compare): how two looks at the workspace differ, and which of that is by our own hand; pure.

What one of the two looks could not see is no difference: unknown is not empty. ``codec.to_json`` keeps a look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from policies.model import Account, Chat
from policies.workspace.changes import Change, ChangeKind
from policies.workspace.model import UNKNOWN, GroupKey, Observed, ObservedGroup, Unknown


class Aspect(StrEnum):
    """What of a group may differ."""

    THERE = "there"
    NAME = "name"
    OWNER = "owner"
    ADMINS = "admins"
    MEMBERS = "members"
    SPEAK = "speak"
    AT_ALL = "at-all"
    FOLDERS = "folders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """差别: of one group and one aspect, what was there and is not any more, and what came instead.

    Attributes:
        chat: ``None`` for folders, which are known by the group's key.
        gone, come: accounts and chats as they are written, names and settings as they are, folders with ``/``;
            nobody (a bot that owns the group) is ``""``.
    """

    aspect: Aspect
    chat: Chat | None = None
    key: GroupKey | None = None
    gone: frozenset[str] = frozenset()
    come: frozenset[str] = frozenset()


def differences(before: Observed, after: Observed) -> tuple[Difference, ...]:
    """Everything in which the second look differs from the first, in the order of chats and aspects."""
    return tuple(sorted(_all(before, after), key=_place))


def by_us(
    found: Iterable[Difference], applied: Iterable[Change], chats: Mapping[GroupKey, Chat]
) -> tuple[Difference, ...]:
    """The part of these differences that our own changes have made; all the rest is by people's hands.

    Args:
        applied: what was carried out between the two looks, in that order.
        chats: which chat each of these groups is or was, those made in between among them.
    """
    made = _made(applied, chats)
    parts = (
        Difference(
            aspect=one.aspect,
            chat=one.chat,
            key=one.key,
            gone=frozenset(what for what in one.gone if made.get((_where(one), what)) is False),
            come=frozenset(what for what in one.come if made.get((_where(one), what)) is True),
        )
        for one in found
    )
    return tuple(one for one in parts if one.gone or one.come)


# ── Two looks ─────────────────────────────────────────────────────────────────────────────────────


def _all(before: Observed, after: Observed) -> Iterator[Difference]:
    for chat in before.groups.keys() | after.groups.keys():
        old, new = before.groups.get(chat), after.groups.get(chat)
        if old is not None and new is not None:
            yield from _of_group(chat, old, new)
        elif old is not None and not _is_unread(chat, after):
            yield Difference(aspect=Aspect.THERE, chat=chat, gone=frozenset({str(chat)}))
        elif new is not None and not _is_unread(chat, before):
            yield Difference(aspect=Aspect.THERE, chat=chat, come=frozenset({str(chat)}))
    for key in before.folders.keys() & after.folders.keys():
        there, now = (frozenset(map("/".join, look.folders[key])) for look in (before, after))
        if there != now:
            yield Difference(aspect=Aspect.FOLDERS, key=key, gone=there - now, come=now - there)


def _is_unread(chat: Chat, look: Observed) -> bool:
    return any(one.platform is chat.platform and one.what in (chat.id, "groups") for one in look.unreadable)


def _of_group(chat: Chat, old: ObservedGroup, new: ObservedGroup) -> Iterator[Difference]:
    for aspect, was, now in (
        (Aspect.NAME, _one(old.name), _one(new.name)),
        (Aspect.OWNER, _one(old.owner), _one(new.owner)),
        (Aspect.ADMINS, _several(old.admins), _several(new.admins)),
        (Aspect.MEMBERS, _several(old.members), _several(new.members)),
        (Aspect.SPEAK, _one(old.speak), _one(new.speak)),
        (Aspect.AT_ALL, _one(old.at_all), _one(new.at_all)),
    ):
        if was is not None and now is not None and was != now:
            yield Difference(aspect=aspect, chat=chat, gone=was - now, come=now - was)


def _one(value: object) -> frozenset[str] | None:
    if value is UNKNOWN:
        return None
    return frozenset({"" if value is None else str(value)})


def _several(value: frozenset[Account] | Unknown) -> frozenset[str] | None:
    return None if value is UNKNOWN else frozenset(map(str, value))


def _place(one: Difference) -> tuple[str, str, str]:
    return str(one.chat or ""), str(one.key or ""), one.aspect


# ── What we did ───────────────────────────────────────────────────────────────────────────────────

_Where = tuple[Aspect, Chat | GroupKey | None]


def _where(one: Difference) -> _Where:
    return one.aspect, one.chat or one.key


def _made(applied: Iterable[Change], chats: Mapping[GroupKey, Chat]) -> dict[tuple[_Where, str], bool]:
    """Whether the last of our changes about this put it there (``True``) or took it away."""
    made: dict[tuple[_Where, str], bool] = {}
    for change in applied:
        chat = change.chat or chats.get(change.key)
        for aspect, what, is_there in _of_change(change, chat):
            made[(aspect, change.key if aspect is Aspect.FOLDERS else chat), what] = is_there
    return made


def _of_change(change: Change, chat: Chat | None) -> Iterator[tuple[Aspect, str, bool]]:
    people = [str(one) for one in change.accounts]
    match change.kind:
        case ChangeKind.CREATE:
            yield Aspect.THERE, str(chat), True
        case ChangeKind.RENAME:
            yield from _instead(Aspect.NAME, change.before, change.name)
        case ChangeKind.ADD_MEMBERS:
            yield from ((Aspect.MEMBERS, one, True) for one in people)
        case ChangeKind.REMOVE_MEMBERS:
            yield from ((Aspect.MEMBERS, one, False) for one in people)
            yield from ((Aspect.ADMINS, one, False) for one in people)
        case ChangeKind.ADD_ADMINS:
            yield from ((Aspect.ADMINS, one, True) for one in people)
        case ChangeKind.REMOVE_ADMINS:
            yield from ((Aspect.ADMINS, one, False) for one in people)
        case ChangeKind.SET_OWNER:
            yield from _instead(Aspect.OWNER, change.before, str(change.owner or ""))
            yield Aspect.ADMINS, str(change.owner), False
        case ChangeKind.SET_SPEAK:
            yield from _instead(Aspect.SPEAK, change.before, str(change.speak))
        case ChangeKind.SET_AT_ALL:
            yield from _instead(Aspect.AT_ALL, change.before, str(change.at_all))
        case ChangeKind.ENSURE_FOLDER:
            levels = range(1, len(change.path) + 1)
            yield from ((Aspect.FOLDERS, "/".join(change.path[:depth]), True) for depth in levels)


def _instead(aspect: Aspect, before: str, after: str) -> Iterator[tuple[Aspect, str, bool]]:
    yield aspect, before, False
    yield aspect, after, True
