"""守卫 (guards): what makes a plan stop before anything is written, each with its likeliest cause."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from policies.model import Account, DepartmentId, Platform
from policies.workspace.changes import Cause, Change, ChangeKind, Guard, Stop
from policies.workspace.model import UNKNOWN, Desired, GroupKind, Kept, Observed, kind_of
from policies.workspace.wishes import Directory

REMOVED_SHARE = 0.3
"""Of a group with at least ``SMALLEST`` people; more than that is seldom meant."""
SMALLEST = 10
SHRINK_SHARE = 0.2
"""A directory that lost more than this between two walks: likeliest the app's range was narrowed."""


def check(
    changes: Iterable[Change],
    desired: Desired,
    observed: Observed,
    kept: Kept,
    directory: Directory,
    counts: Mapping[Platform, tuple[int, int]],
) -> tuple[Stop, ...]:
    """All that speaks against these changes.

    Args:
        counts: active people of a platform's directory before and at its last walk.
    """
    changes = tuple(changes)
    shrunk = _shrunken(counts)
    return (
        *_unreadable(desired, observed),
        *_shrunk(counts, shrunk),
        *vanished(desired, kept, directory, counts),
        *_removed(changes, directory, shrunk),
        *_same_names(changes, observed, kept),
    )


def left_standing(stops: Iterable[Stop], *, force: bool) -> tuple[Stop, ...]:
    """Those that still stop a plan which a person wants to force."""
    return tuple(one for one in stops if not (force and one.can_be_forced))


def sizes(stops: Iterable[Stop]) -> Mapping[Platform, int]:
    """How many people each directory has now that is said to have shrunk."""
    return {one.platform: one.of - one.n for one in stops if one.guard is Guard.DIRECTORY_SHRANK}


def _unreadable(desired: Desired, observed: Observed) -> Iterator[Stop]:
    told: set[tuple[Platform, str]] = set()
    unread = [(one.platform, one.what) for one in observed.unreadable if one.what in ("directory", "groups")]
    for platform, what in [*((one, "directory") for one in desired.unseen), *unread]:
        if (platform, what) not in told:
            told.add((platform, what))
            yield Stop(guard=Guard.UNREADABLE, platform=platform, name=what, cause=Cause.NO_PERMISSION)


def _shrunk(counts: Mapping[Platform, tuple[int, int]], shrunk: set[Platform]) -> Iterator[Stop]:
    for platform in sorted(shrunk):
        before, now = counts[platform]
        yield Stop(
            guard=Guard.DIRECTORY_SHRANK,
            platform=platform,
            n=before - now,
            of=before,
            cause=Cause.RANGE_NARROWED,
        )


def _shrunken(counts: Mapping[Platform, tuple[int, int]]) -> set[Platform]:
    return {
        platform for platform, (before, now) in counts.items() if before and now < before * (1 - SHRINK_SHARE)
    }


def vanished(
    desired: Desired, kept: Kept, directory: Directory, counts: Mapping[Platform, tuple[int, int]]
) -> Iterator[Stop]:
    """Departments whose group is ours and that the directory no longer shows."""
    shrunk = _shrunken(counts)
    for one in sorted(kept.bindings, key=lambda binding: binding.key):
        platform = one.chat.platform
        if kind_of(one.key) is not GroupKind.DEPARTMENT or platform in desired.unseen or not one.is_managed:
            continue
        if directory.department(DepartmentId(f"{platform}:{one.key.split(':', 2)[2]}")) is None:
            yield Stop(
                guard=Guard.VANISHED_DEPARTMENT,
                platform=platform,
                name=one.serves,
                key=one.key,
                chat=one.chat,
                cause=Cause.RANGE_NARROWED if platform in shrunk else Cause.DISSOLVED,
            )


def _removed(changes: tuple[Change, ...], directory: Directory, shrunk: set[Platform]) -> Iterator[Stop]:
    going: dict[str, list[Account]] = {}
    first: dict[str, Change] = {}
    for change in changes:
        if change.kind is ChangeKind.REMOVE_MEMBERS:
            going.setdefault(change.key, []).extend(change.accounts)
            first.setdefault(change.key, change)
    for key, accounts in going.items():
        change = first[key]
        total = change.total or 0
        if total >= SMALLEST and len(accounts) > total * REMOVED_SHARE:
            people = [directory.by_account(one) for one in accounts]
            still_here = sum(person is not None and person.is_active for person in people)
            moved = still_here * 2 > len(accounts) and change.platform not in shrunk
            yield Stop(
                guard=Guard.MANY_REMOVED,
                platform=change.platform,
                name=change.name,
                key=change.key,
                chat=change.chat,
                n=len(accounts),
                of=total,
                cause=Cause.MOVED if moved else Cause.RANGE_NARROWED,
            )


def _same_names(changes: tuple[Change, ...], observed: Observed, kept: Kept) -> Iterator[Stop]:
    """Nobody could tell the two apart, and which of them is meant only a person knows."""
    ours = {one.chat for one in kept.bindings}
    strangers = {
        (chat.platform, _plain(group.name)): chat
        for chat, group in sorted(observed.groups.items())
        if chat not in ours and group.name is not UNKNOWN
    }
    counts = Counter(
        (chat.platform, _plain(group.name))
        for chat, group in observed.groups.items()
        if chat not in ours and group.name is not UNKNOWN
    )
    for change in changes:
        if change.kind not in (ChangeKind.CREATE, ChangeKind.RENAME):
            continue
        name = (change.platform, _plain(change.name))
        if name in strangers:
            yield Stop(
                guard=Guard.SAME_NAME,
                platform=change.platform,
                name=change.name,
                key=change.key,
                chat=strangers[name],
                n=counts[name],
                cause=Cause.MADE_BY_HAND,
            )


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
