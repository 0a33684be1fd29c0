"""小计划 (small plans): what one change of the directory means, for the groups that it touches and no other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from policies.model import Account, Platform
from policies.workspace.changes import Change, ChangeKind, Plan
from policies.workspace.model import Desired, DesiredGroup, GroupKey, Kept
from policies.workspace.plan import frozen

AT_MOST = 20
"""People that a plan may add by itself; more at once is a reorganisation, and those are looked at."""


def touched(before: Desired, after: Desired) -> frozenset[GroupKey]:
    """Groups of which something else is wished than a moment ago; folders count for their group."""
    old, new = _by_key(before.groups), _by_key(after.groups)
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    changed |= {one.group for one in set(before.folders) ^ set(after.folders)}
    return frozenset(changed)


def _by_key(groups: Iterable[DesiredGroup]) -> dict[GroupKey, DesiredGroup]:
    return {one.key: one for one in groups}


def only(desired: Desired, kept: Kept, keys: frozenset[GroupKey]) -> tuple[Desired, Kept]:
    """The part of both that these groups are; the rest is neither wished for nor missed."""
    return (
        replace(
            desired,
            groups=tuple(one for one in desired.groups if one.key in keys),
            folders=tuple(one for one in desired.folders if one.group in keys),
        ),
        replace(
            kept,
            bindings=tuple(one for one in kept.bindings if one.key in keys),
            uncertain=kept.uncertain & keys,
        ),
    )


def split(
    plan: Plan, left: frozenset[Account], pots: Mapping[Platform, tuple[int, int]] | None = None
) -> tuple[Plan, Plan]:
    """What is harmless, and what needs a press.

    Harmless is: people join a group that is theirs, people who left the company leave it, a folder of a new date.
    Nothing is where a guard has a word to say, or where many people are added at once.

    Args:
        left: who has left the company, as the directory said.
    """
    adds = sum(len(one.accounts) for one in plan.changes if one.kind is ChangeKind.ADD_MEMBERS)
    is_quiet = not (plan.stops or plan.problems) and adds <= AT_MOST
    calm = tuple(one for one in plan.changes if is_quiet and is_harmless(one, left))
    rest = tuple(one for one in plan.changes if one not in set(calm))
    quiet = replace(plan, changes=calm, todos=(), waiting=(), stops=(), problems=())
    return frozen(quiet, pots or {}), frozen(replace(plan, changes=rest), pots or {})


def is_harmless(change: Change, left: frozenset[Account]) -> bool:
    match change.kind:
        case ChangeKind.ADD_MEMBERS | ChangeKind.ENSURE_FOLDER:
            return change.chat is not None
        case ChangeKind.REMOVE_MEMBERS:
            return bool(change.accounts) and set(change.accounts) <= left
        case _:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """换人: one group's admins, before and after."""

    key: GroupKey
    name: str
    platform: Platform
    out: tuple[Account, ...] = ()
    into: tuple[Account, ...] = ()


def handovers(plan: Plan) -> tuple[Handover, ...]:
    """Groups whose admins or owner this plan changes."""
    found: dict[GroupKey, Handover] = {}
    for one in plan.changes:
        before = found.get(one.key, Handover(key=one.key, name=one.name, platform=one.platform))
        match one.kind:
            case ChangeKind.ADD_ADMINS:
                after = replace(before, into=(*before.into, *one.accounts))
            case ChangeKind.REMOVE_ADMINS:
                after = replace(before, out=(*before.out, *one.accounts))
            case ChangeKind.SET_OWNER:
                old = (Account.parse(one.before),) if one.before else ()
                after = replace(
                    before,
                    out=tuple(dict.fromkeys((*before.out, *old))),
                    into=tuple(dict.fromkeys((*before.into, *((one.owner,) if one.owner else ())))),
                )
            case _:
                continue
        found[one.key] = after
    return tuple(found.values())
