"""计划 (plan): the difference frozen, with its id, its price, and what speaks against it; the same twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from policies.model import DepartmentId, Platform
from policies.workspace import guards
from policies.workspace.changes import Change, ChangeKind, Plan, Price, Stop
from policies.workspace.diff import Difference, diff
from policies.workspace.model import Desired, Fault, GroupKind, Kept, Observed, Problem, kind_of
from policies.workspace.wishes import Directory

CALLS_OF_A_LEVEL = {Platform.FEISHU: 2, Platform.DINGTALK: 1}
"""Feishu makes a second folder of the same name, so there each level is looked for before it is made."""
CALLS_OF_A_PATH = 1
"""On Feishu the group's right to it, on DingTalk the space in which it is."""
CALLS_OF_A_TRIAL = 3
"""The mute, a card into the muted group, and the mute taken back where it did not arrive."""


def build(
    desired: Desired,
    observed: Observed,
    kept: Kept,
    directory: Directory,
    *,
    counts: Mapping[Platform, tuple[int, int]] | None = None,
    pots: Mapping[Platform, tuple[int, int]] | None = None,
) -> Plan:
    """The plan of this moment.

    Args:
        counts: active people in a platform's directory before and at its last walk.
        pots: calls left this month, and the month's limit, where a platform counts them.
    """
    counts = counts or {}
    gone = {one.key: one.name for one in guards.vanished(desired, kept, directory, counts)}
    problems = tuple(
        _renamed(one, kept, directory)
        for one in desired.problems
        if not (one.fault is Fault.UNKNOWN_DEPARTMENT and one.written in gone.values())
    )
    wished = replace(desired, problems=problems)
    found = diff(wished, observed, kept) if not problems else Difference()
    stops = guards.check(found.changes, wished, observed, kept, directory, counts)
    return frozen(
        Plan(
            id="",
            digest="",
            changes=found.changes,
            todos=found.todos,
            waiting=tuple(one for one in found.waiting if one.key not in gone),
            unmanaged=_unmanaged(observed, kept),
            unread=observed.unreadable,
            problems=problems,
            stops=stops,
        ),
        pots or {},
    )


def frozen(plan: Plan, pots: Mapping[Platform, tuple[int, int]]) -> Plan:
    """With the id that its content has, and its price."""
    digest = digest_of(plan.changes, plan.stops)
    return replace(plan, id=f"P-{digest[:4].upper()}", digest=digest, prices=_prices(plan.changes, pots))


def digest_of(changes: tuple[Change, ...], stops: tuple[Stop, ...]) -> str:
    """64 hex digits of what would be done and of what would have to be forced."""
    content = "\n".join([*map(repr, changes), *map(repr, stops)])
    return sha256(content.encode()).hexdigest()


def calls(change: Change) -> int:
    """How many of the month's calls it takes."""
    if change.kind is ChangeKind.ENSURE_FOLDER:
        return CALLS_OF_A_PATH + CALLS_OF_A_LEVEL[change.platform] * len(change.path)
    return CALLS_OF_A_TRIAL if change.is_trial else 1


def _prices(changes: tuple[Change, ...], pots: Mapping[Platform, tuple[int, int]]) -> tuple[Price, ...]:
    spent = Counter(dict.fromkeys(pots, 0))
    for change in changes:
        spent[change.platform] += calls(change)
    prices = []
    for platform in sorted(spent):
        left, limit = pots.get(platform, (None, None))
        prices.append(Price(platform=platform, calls=spent[platform], left=left, limit=limit))
    return tuple(prices)


def _unmanaged(observed: Observed, kept: Kept) -> Mapping[Platform, int]:
    ours = {one.chat for one in kept.bindings}
    found = Counter(chat.platform for chat in observed.groups if chat not in ours)
    return {platform: found[platform] for platform in sorted(found)}


def _renamed(problem: Problem, kept: Kept, directory: Directory) -> Problem:
    """A department of ours that only has another name now: its new name is the one to write."""
    if problem.fault is not Fault.UNKNOWN_DEPARTMENT:
        return problem
    for one in kept.bindings:
        if one.serves == problem.written and kind_of(one.key) is GroupKind.DEPARTMENT:
            identity = DepartmentId(f"{one.chat.platform}:{one.key.split(':', 2)[2]}")
            department = directory.department(identity)
            if department is not None:
                return replace(problem, candidates=(("", department.name),))
    return problem
