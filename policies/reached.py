"""为什么是我 (reached): the part of an audience that contains one person, evaluated anew for whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policies.model import Announcement, AudienceKind, DepartmentId, PersonId


class By(StrEnum):
    """What contains them. NOTHING: not any more; it did when it was sent."""

    COMPANY = "company"
    DEPARTMENT = "department"
    GROUP = "group"
    NAMED = "named"
    MENTIONED = "mentioned"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """What is known of one person: the departments that count as theirs (those above included), and groups.

    Attributes:
        chats: written ``feishu:oc_1``; ``None``: nobody tells who is in the group that is asked about.
    """

    person: PersonId
    departments: frozenset[DepartmentId]
    chats: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """``department``: which of the audience's departments contains them."""

    by: By
    department: DepartmentId | None = None


def why(announcement: Announcement, who: Belonging) -> Reason:
    """The first that holds, the audience before the mentions."""
    audience = announcement.audience
    match audience.kind:
        case AudienceKind.COMPANY:
            return Reason(by=By.COMPANY)
        case AudienceKind.DEPARTMENT:
            found = sorted(who.departments & frozenset(audience.departments))
            if found:
                return Reason(by=By.DEPARTMENT, department=found[0])
        case AudienceKind.GROUP:
            if who.chats is None or str(audience.chat) in who.chats:
                return Reason(by=By.GROUP)
        case AudienceKind.PEOPLE:
            if who.person in audience.people:
                return Reason(by=By.NAMED)
    return Reason(by=By.MENTIONED if who.person in announcement.mentions else By.NOTHING)
