"""日历 (calendar): the robot's own calendar, its events and who is asked to them.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/calendar-v4/calendar-event/create (read 2026-11)
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.errors import ApiError, wrong_field

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

BASE = "/open-apis/calendar/v4/calendars"
SAME_KEY_FOR = timedelta(days=1)
MOST_AT_ONCE, MOST_OF_AN_EVENT = 1000, 3000
KEPT = (
    "summary", "description", "need_notification", "vchat", "visibility", "attendee_ability", "free_busy_status",
    "location", "color", "reminders", "recurrence",
)  # fmt: skip
TYPES = {"vchat": dict, "location": dict, "reminders": list}


class Calendar:
    """Only the primary calendar of the robot."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        events = BASE + "/{calendar_id}/events"
        read = (("calendar:calendar", "calendar:calendar:read", "calendar:calendar:readonly"),)
        create = (("calendar:calendar", "calendar:calendar.event:create"),)
        update = (("calendar:calendar", "calendar:calendar.event:update"),)
        return [
            Endpoint(method="POST", path=BASE + "/primary", run=self.primary, source="D110", scopes=read),
            Endpoint(method="POST", path=events, run=self.create, source="D111", scopes=create),
            Endpoint(
                method="POST",
                path=events + "/{event_id}/attendees",
                run=self.invite,
                source="D112",
                scopes=update,
            ),
        ]

    def _id(self) -> str:
        return f"feishu.cn_{self._town.derive('', 'calendar', length=20)}@group.calendar.feishu.cn"

    def primary(self, _: Call) -> dict[str, Any]:
        calendar = {
            "calendar_id": self._id(), "summary": "驿站", "description": "", "permissions": "private", "color": -1,
            "type": "primary", "summary_alias": "", "is_deleted": False, "is_third_party": False, "role": "owner",
        }  # fmt: skip
        return {"calendars": [{"calendar": calendar, "user_id": self._app.ids.bot}]}

    def _mine(self, call: Call) -> str:
        calendar_id = call.path("calendar_id")
        if calendar_id not in (self._id(), "primary"):
            raise ApiError(191000)
        return self._id()

    def create(self, call: Call) -> dict[str, Any]:
        calendar_id = self._mine(call)
        start, end = self._time(call, "start_time"), self._time(call, "end_time")
        if "timestamp" in start and "timestamp" in end and int(end["timestamp"]) < int(start["timestamp"]):
            raise ApiError(190002, "end_time is before start_time")
        key = call.query("idempotency_key", "")
        earlier = self._app.once("calendar", key, SAME_KEY_FOR)
        if earlier is not None:
            return {"event": self._shown(earlier)}
        for name, kind in TYPES.items():
            if name in call.body and not isinstance(call.body[name], kind):
                raise ApiError(190002, name)
        event_id = self._town.new_id("", "calendar-event", length=32) + "_0"
        self._app.state.events[event_id] = {
            "event_id": event_id, "organizer_calendar_id": calendar_id, "start_time": start, "end_time": end,
            "status": "confirmed", "is_exception": False, "create_time": str(self._town.clock.now_ms() // 1000),
            **{each: call.body[each] for each in KEPT if call.body.get(each) is not None}, "attendees": [],
        }  # fmt: skip
        self._app.remember("calendar", key, event_id)
        return {"event": self._shown(event_id)}

    def _shown(self, event_id: str) -> dict[str, Any]:
        event = self._app.state.events[event_id]
        return {key: value for key, value in event.items() if key != "attendees"}

    def _time(self, call: Call, key: str) -> dict[str, Any]:
        value = call.object(key)
        timestamp, date = value.get("timestamp"), value.get("date")
        if isinstance(timestamp, str) and timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 13:
            return {"timestamp": timestamp, "timezone": str(value.get("timezone", "Asia/Shanghai"))}
        if isinstance(date, str) and date:
            return {"date": date}
        raise wrong_field(key, "timestamp (seconds, as a string) or date is required", timestamp)

    def invite(self, call: Call) -> dict[str, Any]:
        self._mine(call)
        id_type = call.user_id_type()
        wanted = call.objects("attendees", most=MOST_AT_ONCE)
        event = self._app.state.events.get(call.path("event_id"))
        if event is None:
            raise ApiError(193001)
        new = [self._attendee(each, id_type) for each in wanted]
        if len(event["attendees"]) + len(new) > MOST_OF_AN_EVENT:
            raise ApiError(190002, "too many attendees")
        event["attendees"].extend(new)
        return {"attendees": new}

    def _attendee(self, wanted: dict[str, Any], id_type: str) -> dict[str, Any]:
        kind = wanted.get("type")
        shown = {
            "type": kind, "attendee_id": self._town.new_id("user_", "attendee", length=16),
            "rsvp_status": "needs_action", "is_optional": False, "is_organizer": False, "is_external": False,
        }  # fmt: skip
        if kind == "user":
            person = self._app.ids.known(id_type, str(wanted.get("user_id")))
            return {**shown, "user_id": self._app.ids.of(person, id_type), "display_name": person.name}
        if kind == "chat":
            chat = self._town.chats["feishu"].get(str(wanted.get("chat_id")))
            if chat is None or not chat.bot:
                raise ApiError(190002, "chat_id")
            return {**shown, "chat_id": chat.id, "display_name": chat.name}
        raise ApiError(190002, "attendees.type")
