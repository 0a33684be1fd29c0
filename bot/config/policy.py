"""The tables of config.toml that are the policy (规范): hours, 【重要】, mentions, who may announce."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bot.config.sections import NonEmpty, Section
from bot.config.values import (
    AudienceRef,
    ClockTime,
    Day,
    DepartmentRef,
    GrantRef,
    OfficeRef,
    Span,
    WhoRef,
    Zone,
    break_rule,
)


def _in_order(opens: time, closes: time, lunch: tuple[time, time] | None) -> None:
    if opens >= closes:
        break_rule("opens-before-closes", "closes", opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}")
    if lunch and lunch[0] >= lunch[1]:
        break_rule("lunch-in-order", "lunch", start=f"{lunch[0]:%H:%M}", end=f"{lunch[1]:%H:%M}")
    if lunch and not (opens <= lunch[0] and lunch[1] <= closes):
        break_rule("lunch-inside", "lunch", opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}")


class TeamHours(Section):
    """[[work_hours.team]] What is not said is as in [work_hours]; ``lunch = []`` means no rest at noon."""

    name: NonEmpty
    departments: tuple[DepartmentRef, ...] = ()
    members: tuple[WhoRef, ...] = ()
    opens: ClockTime | None = None
    closes: ClockTime | None = None
    lunch: Span = None
    zone: Zone | None = None
    days_off: tuple[Day, ...] = ()
    days_on: tuple[Day, ...] = ()

    @model_validator(mode="after")
    def _means_somebody(self) -> Self:
        if not self.departments and not self.members:
            break_rule("team-of-nobody", "name")
        if both := set(self.days_off) & set(self.days_on):
            break_rule("day-on-and-off", "days_on", day=min(both))
        return self


class Duty(Section):
    """[[work_hours.duty]] 值班: who may be turned to on days off, from ``first`` to ``last``."""

    first: Day
    last: Day
    who: Annotated[tuple[WhoRef, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.last < self.first:
            break_rule("duty-in-order", "last", first=self.first, last=self.last)
        return self


class WorkHours(Section):
    """[work_hours] Times are local to ``zone``, which is the company's unless it is named here.

    ``urgent_per_author_per_month = 0`` means no limit.
    """

    opens: ClockTime = time(9)
    closes: ClockTime = time(18)
    lunch: Span = (time(12), time(13, 30))
    zone: Zone | None = None
    spread_minutes: Annotated[int, Field(ge=0, le=60)] = 10
    gentle_minutes: Annotated[int, Field(ge=0, le=30)] = 5
    digest: bool = True
    longest_hold_days: Annotated[int, Field(ge=1, le=31)] = 14
    urgent_per_author_per_month: Annotated[int, Field(ge=0, le=1000)] = 10
    days_off: tuple[Day, ...] = ()
    days_on: tuple[Day, ...] = ()
    team: tuple[TeamHours, ...] = ()
    duty: tuple[Duty, ...] = ()

    @model_validator(mode="after")
    def _hours_are_in_order(self) -> Self:
        _in_order(self.opens, self.closes, self.lunch)
        if both := set(self.days_off) & set(self.days_on):
            break_rule("day-on-and-off", "days_on", day=min(both))
        names: set[str] = set()
        for place, team in enumerate(self.team):
            if team.name in names:
                break_rule("team-twice", f"team.{place}.name", name=team.name)
            names.add(team.name)
        return self

    @model_validator(mode="after")
    def _hours_of_teams_are_in_order(self) -> Self:
        for place, team in enumerate(self.team):
            opens, closes, lunch = self.hours_of(team)
            if opens >= closes:
                break_rule(
                    "opens-before-closes",
                    f"team.{place}.name",
                    opens=f"{opens:%H:%M}",
                    closes=f"{closes:%H:%M}",
                )
            if lunch and not opens <= lunch[0] < lunch[1] <= closes:
                break_rule(
                    "lunch-inside", f"team.{place}.name", opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}"
                )
        return self

    def hours_of(self, team: TeamHours) -> tuple[time, time, tuple[time, time] | None]:
        """Opens, closes and lunch of a team, with the company's filled in."""
        lunch = team.lunch if "lunch" in team.model_fields_set else self.lunch
        return team.opens or self.opens, team.closes or self.closes, lunch


class Important(Section):
    """[important] The tag 【重要】; ``per_author_per_week = 0`` means no limit."""

    needs_mention: bool = True
    look_alikes: Literal["fix", "refuse"] = "fix"
    per_author_per_week: Annotated[int, Field(ge=0, le=100)] = 5


class Mentions(Section):
    """[mentions]"""

    all_up_to: Annotated[int, Field(ge=0, le=10000)] = 20
    all_allowed_for: tuple[WhoRef, ...] = ()
    at_most: Annotated[int, Field(ge=1, le=100)] = 30


class Repetition(Section):
    """[repetition] The same words to the same people: noticed within hours, refused within minutes."""

    within_hours: Annotated[int, Field(ge=1, le=720)] = 24
    within_minutes: Annotated[int, Field(ge=0, le=1440)] = 10

    @model_validator(mode="after")
    def _minutes_are_inside_the_hours(self) -> Self:
        if self.within_minutes > self.within_hours * 60:
            break_rule("minutes-inside-hours", "within_minutes", hours=self.within_hours)
        return self


class Grant(Section):
    """[[announce.grant]] Who may announce to whom."""

    who: Annotated[tuple[GrantRef, ...], Field(min_length=1)]
    audience: AudienceRef


class Announce(Section):
    """[announce]"""

    reviewers: tuple[OfficeRef, ...] = ()
    undo_seconds: Annotated[int, Field(ge=0, le=600)] = 60
    grant: tuple[Grant, ...] = ()


class Privacy(Section):
    """[privacy] What is read and how long it is kept; days count from when something was written down."""

    notice_published: Day | None = None
    read_groups: tuple[NonEmpty, ...] = ()
    show_readers_to_author: bool = False
    keep_payloads_days: Annotated[int, Field(ge=1, le=365)] = 30
    keep_announcements_days: Annotated[int, Field(ge=30, le=3650)] = 365
    keep_audit_days: Annotated[int, Field(ge=180, le=3650)] = 1095

    @model_validator(mode="after")
    def _notice_comes_before_reading(self) -> Self:
        if self.read_groups and self.notice_published is None:
            break_rule("notice-before-reading", "read_groups")
        if self.show_readers_to_author and self.notice_published is None:
            break_rule("notice-before-reading", "show_readers_to_author")
        return self

    def notice_is_out(self, today: date) -> bool:
        return self.notice_published is not None and self.notice_published <= today
