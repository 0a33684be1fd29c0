"""Tables of rooms that open later (试点、简报、控制台、社媒工作台): read and checked, nothing more."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.config.sections import Section
from bot.config.values import Day, DepartmentRef, ListenHere, OfficeRef

Percent = Annotated[int, Field(ge=1, le=100)]


class Pilot(Section):
    """[pilot] Where the policy is tried out first, and what it has to reach."""

    departments: Annotated[tuple[DepartmentRef, ...], Field(min_length=1)]
    starts: Day
    days: Annotated[int, Field(ge=1, le=92)] = 14
    delivered_percent: Percent = 95
    read_percent: Percent = 95
    satisfaction_points: Percent = 85
    solved_percent: Percent = 80
    delivered_within_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    important_read_within_hours: Annotated[int, Field(ge=1, le=80)] = 4
    read_within_workdays: Annotated[int, Field(ge=1, le=10)] = 1


class Feedback(Section):
    """[feedback] Who looks after what people report, and whom to turn to in confidence."""

    owners: tuple[OfficeRef, ...] = ()
    contacts: tuple[OfficeRef, ...] = ()


class Briefing(Section):
    """[briefing]"""

    to: tuple[OfficeRef, ...] = ()


class Console(Section):
    """[console]"""

    listen: ListenHere = ""


class Desk(Section):
    """[desk]"""

    managers: tuple[OfficeRef, ...] = ()
