"""Tables of rooms that open later (试点、简报、控制台、社媒工作台): read and checked, nothing more."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.config.sections import Section
from bot.config.values import Day, DepartmentRef, ListenHere, OfficeRef


class Pilot(Section):
    """[pilot]"""

    departments: Annotated[tuple[DepartmentRef, ...], Field(min_length=1)]
    starts: Day
    days: Annotated[int, Field(ge=1, le=92)] = 14


class Briefing(Section):
    """[briefing]"""

    to: tuple[OfficeRef, ...] = ()


class Console(Section):
    """[console]"""

    listen: ListenHere = ""


class Desk(Section):
    """[desk]"""

    managers: tuple[OfficeRef, ...] = ()
