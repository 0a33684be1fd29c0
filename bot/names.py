"""核对姓名 (names): whom the configuration names, looked up in the mirror of the directory; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rapidfuzz import process

from bot.config.load import Named
from bot.config.values import Ref, RefKind
from bot.conversation import audience as audiences
from bot.store.mirror import Directory
from policies.model import Person, PersonId, Platform

NEAR_ENOUGH = 60.0
"""How alike (of 100) two names must be before one is offered for the other."""
MOST_NEAR = 3


class Lack(StrEnum):
    """What is wrong with a name."""

    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    NO_HEAD = "no-head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the directory says of one name.

    Attributes:
        lack: ``None``: it is exactly one person, or a department that is there.
        candidates: ``(departments, account)`` of those who are called so (AMBIGUOUS); names that are near,
            with ``""`` before them (UNKNOWN).
    """

    lack: Lack | None = None
    candidates: tuple[tuple[str, str], ...] = ()


def look_up(refs: Iterable[Ref], directory: Directory, platforms: Iterable[Platform]) -> tuple[Answer, ...]:
    """One answer each. Nothing is called unknown where a platform has never been walked to its end."""
    unseen = frozenset(platforms) - directory.seen_at.keys()
    return tuple(_answer(ref, directory, unseen) for ref in refs)


def _answer(ref: Ref, directory: Directory, unseen: frozenset[Platform]) -> Answer:
    match ref.kind:
        case RefKind.NAME:
            found = _person(ref, directory)
        case RefKind.ACCOUNT:
            person = directory.by_account(ref.account) if ref.account else None
            found = Answer() if person is not None and person.is_active else Answer(lack=Lack.UNKNOWN)
        case RefKind.HEAD | RefKind.DEPARTMENT:
            found = _department(ref, directory)
        case RefKind.COMPANY | RefKind.EVERYONE | RefKind.OWN_DEPARTMENT:
            found = Answer()
    may_be_there = unseen if ref.platform is None else unseen & {ref.platform}
    return Answer() if may_be_there and found.lack in (Lack.UNKNOWN, Lack.NO_HEAD) else found


def _person(ref: Ref, directory: Directory) -> Answer:
    person = audiences.person_named(ref.name, directory)
    if isinstance(person, Person):
        return Answer()
    if person.candidates:
        people = [found for _, id_ in person.candidates if (found := directory.person(PersonId(id_)))]
        return Answer(
            lack=Lack.AMBIGUOUS,
            candidates=tuple(
                ("、".join(audiences.department_names(one, directory)), str(one.accounts[0]))
                for one in sorted(people, key=lambda one: one.id)
            ),
        )
    return Answer(lack=Lack.UNKNOWN, candidates=_near(ref.name, [one.name for one in directory.everyone()]))


def _department(ref: Ref, directory: Directory) -> Answer:
    if not directory.departments_named(ref.name, ref.platform):
        names = [one.name for one in directory.departments() if ref.platform in (None, one.platform)]
        return Answer(lack=Lack.UNKNOWN, candidates=_near(ref.name, names))
    if ref.kind is RefKind.HEAD and not directory.heads_of(ref.name, ref.platform):
        return Answer(lack=Lack.NO_HEAD)
    return Answer()


def _near(name: str, known: Iterable[str]) -> tuple[tuple[str, str], ...]:
    names = sorted(set(filter(None, known)))
    found = process.extract(name, names, score_cutoff=NEAR_ENOUGH, limit=MOST_NEAR)
    return tuple(("", str(near)) for near, *_ in found)


# ── Through the control socket ────────────────────────────────────────────────────────────────────


def ref_to_json(ref: Ref) -> dict[str, Any]:
    return {
        "kind": ref.kind.value,
        "name": ref.name,
        "platform": ref.platform.value if ref.platform else None,
        "written": ref.written,
    }


def ref_from_json(row: Mapping[str, Any]) -> Ref:
    """Raises ``ValueError``, ``KeyError`` for what is none."""
    platform = row["platform"]
    return Ref(
        kind=RefKind(row["kind"]),
        name=str(row["name"]),
        platform=Platform(platform) if platform else None,
        written=str(row["written"]),
    )


def named_to_json(named: Named) -> dict[str, Any]:
    return {"ref": ref_to_json(named.ref), "file": named.file, "line": named.line, "key": named.key}


def named_from_json(row: Mapping[str, Any]) -> Named:
    """Raises ``ValueError``, ``KeyError`` for what is none."""
    return Named(ref_from_json(row["ref"]), str(row["file"]), int(row["line"]), str(row["key"]))


def answer_to_json(answer: Answer) -> dict[str, Any]:
    return {
        "lack": answer.lack.value if answer.lack else None,
        "candidates": [list(one) for one in answer.candidates],
    }


def answer_from_json(row: Mapping[str, Any]) -> Answer:
    lack = row["lack"]
    return Answer(
        lack=Lack(lack) if lack else None,
        candidates=tuple((str(where), str(who)) for where, who in row["candidates"]),
    )
