"""Calendar (日程) basics: events of a person, made once for each ``x-client-token`` of a day.

D/create-schedule (read 2026-11). Recurrences are kept and shown, not unfolded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NEW, NewError
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.model import Person

WRITE, READ, BUSY = "Calendar.Event.Write", "Calendar.Event.Read", "Calendar.EventSchedule.Read"
LONGEST_SUMMARY, LONGEST_DESCRIPTION, MOST_ATTENDEES = 2_048, 5_000, 500
KEPT = (
    "summary",
    "description",
    "start",
    "end",
    "isAllDay",
    "location",
    "reminders",
    "recurrence",
    "onlineMeetingInfo",
)


@dataclass(slots=True)
class Event:
    id: str
    owner: str
    people: list[str]
    fields: dict[str, Any]
    at: datetime


class Calendars(Part):
    """Primary calendars only."""

    def clear(self) -> None:
        self._all: dict[str, Event] = {}
        self._tokens: dict[str, tuple[str, datetime]] = {}

    def apis(self) -> list[Api]:
        base = "/v1.0/calendar/users/{userId}"
        events = base + "/calendars/primary/events"
        return [
            Api("POST", events, self.create, WRITE),
            Api("GET", events, self.list_events, READ),
            Api("GET", events + "/{eventId}", self.get, READ),
            Api("PUT", events + "/{eventId}", self.update, WRITE),
            Api("DELETE", events + "/{eventId}", self.delete, WRITE),
            Api("POST", base + "/querySchedule", self.busy, BUSY),
        ]

    def _person(self, union_id: str) -> Person:
        person = self._platform.ids.by_union(union_id)
        if person is None:
            raise NewError("invalidParameter.userId", "unionId不存在")
        return person

    def _fields(self, body: Params) -> tuple[dict[str, Any], list[str]]:
        body.text("summary", "", longest=LONGEST_SUMMARY)
        body.text("description", "", longest=LONGEST_DESCRIPTION)
        for key in ("start", "end"):
            if body.has(key):
                _moment(body.object(key), body, key)
        attendees = body.objects("attendees", [], most=MOST_ATTENDEES)
        people = [self._person(each.text("id")).id for each in attendees]
        return {key: body.values[key] for key in KEPT if body.values.get(key) is not None}, people

    async def create(self, call: Call) -> dict[str, Any]:
        owner, body = self._person(call.path["userId"]), call.body
        body.text("summary")
        body.object("start")
        fields, people = self._fields(body)
        token, now = call.request.headers.get("x-client-token", ""), self._town.clock.now()
        known, made_at = self._tokens.get(token, ("", now))
        if known in self._all and now - made_at < timedelta(days=1):
            return self._shown(self._all[known])
        event = Event(self._town.new_id("", "calendar-event"), owner.id, people, fields, now)
        self._all[event.id] = event
        if token:
            self._tokens[token] = (event.id, now)
        return self._shown(event)

    def _shown(self, event: Event) -> dict[str, Any]:
        people, ids = self._town.people["dingtalk"], self._platform.ids
        stamp = event.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "id": event.id, **event.fields, "createTime": stamp, "updateTime": stamp,
            "organizer": {
                "id": ids.union_id(event.owner), "displayName": people[event.owner].name, "responseStatus": "accepted",
                "self": True,
            },
            "attendees": [
                {
                    "id": ids.union_id(each), "displayName": people[each].name, "responseStatus": "needsAction",
                    "self": False, "isOptional": False,
                }
                for each in event.people
            ],
        }  # fmt: skip

    def _mine(self, call: Call) -> Event:
        person, event = self._person(call.path["userId"]), self._all.get(call.path["eventId"])
        if event is None or person.id not in (event.owner, *event.people):
            raise NewError("calendar.event.notFound", "日程不存在", status=404)
        return event

    async def list_events(self, call: Call) -> dict[str, Any]:
        person = self._person(call.path["userId"])
        return {"events": [self._shown(e) for e in self._all.values() if person.id in (e.owner, *e.people)]}

    async def get(self, call: Call) -> dict[str, Any]:
        return self._shown(self._mine(call))

    async def update(self, call: Call) -> dict[str, Any]:
        event = self._mine(call)
        fields, people = self._fields(call.body)
        event.fields |= fields
        event.people = people if call.body.has("attendees") else event.people
        return self._shown(event)

    async def delete(self, call: Call) -> dict[str, Any]:
        del self._all[self._mine(call).id]
        return {}

    async def busy(self, call: Call) -> dict[str, Any]:
        """The events of these people between two moments."""
        self._person(call.path["userId"])
        start, end = _iso(call.body, "startTime"), _iso(call.body, "endTime")
        found = []
        for union_id in call.body.texts("userIds"):
            person = self._person(union_id)
            items = [
                {"status": "BUSY", "start": e.fields["start"], "end": e.fields.get("end", e.fields["start"])}
                for e in self._all.values()
                if person.id in (e.owner, *e.people) and _overlaps(e.fields, start, end)
            ]
            found.append({"userId": union_id, "scheduleItems": items})
        return {"scheduleInformation": found}


def _iso(body: Params, key: str) -> datetime:
    try:
        moment = datetime.fromisoformat(body.text(key))
    except ValueError:
        raise body.wrong(key, "must be an ISO 8601 moment") from None
    if moment.tzinfo is None:
        raise body.wrong(key, "must have an offset")
    return moment


def _moment(part: Params, body: Params, key: str) -> datetime:
    """``dateTime`` with an offset, or a ``date``."""
    if part.has("dateTime"):
        return _iso(part, "dateTime")
    try:
        return datetime.fromisoformat(part.text("date") + "T00:00+08:00")
    except ValueError:
        raise body.wrong(key, "must hold dateTime or date") from None


def _overlaps(fields: dict[str, Any], start: datetime, end: datetime) -> bool:
    begins = _moment(Params(fields["start"], NEW), Params(fields, NEW), "start")
    last = Params(fields.get("end", fields["start"]), NEW)
    return begins < end and _moment(last, Params(fields, NEW), "end") > start
