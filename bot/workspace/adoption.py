"""接管 (adoption): which group is meant, whom it would serve, and whether its owner must be asked; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies.model import Account, Chat
from policies.workspace.model import (
    UNKNOWN,
    Binding,
    Desired,
    DesiredGroup,
    Kept,
    Observed,
    ObservedGroup,
    Origin,
)

ALIKE = 0.5
"""How much of a group and of a department must be the same people before one is proposed for the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A group that may become ours: what it would be for, and who is in it that nobody wished for."""

    binding: Binding
    name: str
    serves: str
    size: int
    owner: Account | None
    guests: tuple[Account, ...]

    def needs_consent_of(self, asker: Account | None) -> Account | None:
        """Its owner, unless that is our bot or who asks."""
        return self.owner if self.owner != asker else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotClear:
    """Why it cannot be adopted: ``unknown``, ``several``, ``ours``, ``unread``, ``for-what``; with names to offer."""

    why: str
    names: tuple[str, ...] = ()


def find(written: str, observed: Observed, kept: Kept) -> Chat | NotClear:
    """By id, or by exactly its name among groups that are not ours."""
    written = written.strip()
    ours = {one.chat for one in kept.bindings if one.is_managed}
    for chat in observed.groups:
        if written in (str(chat), chat.id):
            return NotClear(why="ours") if chat in ours else chat
    named = [
        chat
        for chat, group in sorted(observed.groups.items())
        if group.name is not UNKNOWN and group.name == written
    ]
    free = [chat for chat in named if chat not in ours]
    if len(free) == 1:
        return free[0]
    if free:
        return NotClear(why="several", names=tuple(map(str, free)))
    return NotClear(why="ours" if named else "unknown")


def candidate(seen: ObservedGroup, desired: Desired, kept: Kept, serves: str = "") -> Candidate | NotClear:
    """What it would be for: what a person says, or what the file names it for, or the group of its name."""
    if seen.members is UNKNOWN or seen.name is UNKNOWN:
        return NotClear(why="unread")
    managed = {one.key for one in kept.bindings if one.is_managed}
    free = [one for one in desired.groups if one.platform is seen.chat.platform and one.key not in managed]
    group = _meant(seen, free, kept, serves)
    if group is None:
        return NotClear(why="for-what", names=tuple(_likeliest(seen.members, free)))
    owner = seen.owner if isinstance(seen.owner, Account) else None
    return Candidate(
        binding=Binding(
            key=group.key,
            chat=seen.chat,
            origin=Origin.ADOPTED,
            generation=seen.generation,
            serves=group.serves,
            handle=seen.handle,
            guests=frozenset(seen.members - group.members),
        ),
        name=seen.name,
        serves=group.serves or group.name,
        size=len(seen.members),
        owner=owner,
        guests=tuple(sorted(seen.members - group.members)),
    )


def _meant(seen: ObservedGroup, free: Iterable[DesiredGroup], kept: Kept, serves: str) -> DesiredGroup | None:
    free = list(free)
    if serves:
        return next((one for one in free if serves in (one.serves, one.name)), None)
    named = next((one.key for one in kept.bindings if one.chat == seen.chat), None)
    by_file = next((one for one in free if one.key == named), None)
    return by_file or next((one for one in free if one.name == seen.name), None)


def _likeliest(members: frozenset[Account], free: Iterable[DesiredGroup]) -> list[str]:
    """Those with mostly the same people, the most alike first; a person says which of them, if any."""
    alike = [
        (len(members & one.members) / max(1, len(members | one.members)), one.serves or one.name)
        for one in free
    ]
    return [name for share, name in sorted(alike, key=lambda pair: (-pair[0], pair[1])) if share >= ALIKE]
