"""Company announcements (公告): made by an administrator of announcements, read by people, counted by the platform.

D/create-an-enterprise-announcement, D/obtains-the-id-list-of-announcements-that-are-not-deleted,
D/query-bulletin-read-unread-persons-list, D/obtains-the-details-get-blackboard, D/events-blackboard-sent
(read 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import ZONE
from sandbox.dingtalk.door import Api, Call, dumps
from sandbox.dingtalk.errors import NewError, OldError
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.model import BOT, Message

WRITE, READ = "qyapi_blackboard_manage", "qyapi_blackboard_read"
DEPARTMENTS_AT_ONCE, USERS_AT_ONCE = 20, 1_000
PAGE, READERS_PAGE = 30, 500
WHOLE = "-1"
LONGEST_RANGE = timedelta(days=180)


@dataclass(slots=True, kw_only=True)
class Post:
    """One announcement; every receiver has a message of his own."""

    id: str
    title: str
    content: str
    author: str
    sender: str
    category: str
    level: int
    top: bool
    at: datetime
    messages: dict[str, Message]
    deleted: bool = False


class Blackboard(Part):
    """All announcements."""

    def clear(self) -> None:
        self._all: dict[str, Post] = {}

    def apis(self) -> list[Api]:
        base = "/topapi/blackboard"
        return [
            Api("POST", f"{base}/create", self.create, WRITE),
            Api("POST", f"{base}/update", self.update, WRITE),
            Api("POST", f"{base}/delete", self.delete, WRITE),
            Api("POST", f"{base}/listids", self.list_ids, READ),
            Api("POST", f"{base}/category/list", self.categories, READ),
            Api("POST", f"{base}/listtopten", self.top_ten, READ),
            Api("GET", "/v1.0/blackboard/get_blackboard", self.details, READ),
            Api("GET", "/v1.0/blackboard/readers", self.readers, READ),
        ]

    def _operator(self, body: Params, key: str = "operation_userid") -> str:
        person = self._platform.contacts.active(body.text(key))
        if not self._platform.contacts.is_admin(person) and person.account not in self._town.setting(
            "dingtalk.blackboard_admins"
        ):
            raise OldError(60011, "操作人不是公告管理员")
        return person.id

    @property
    def _category(self) -> str:
        return self._town.derive("", "blackboard-category", length=32)

    async def create(self, call: Call) -> dict[str, Any]:
        """The answer does not tell the id; the event does."""
        body = call.body.object("create_request")
        operator = self._operator(body)
        title, content = body.text("title"), body.text("content")
        receiver = body.object("blackboard_receiver", {})
        departments = receiver.texts("deptid_list", [], most=DEPARTMENTS_AT_ONCE)
        users = receiver.texts("userid_list", [], most=USERS_AT_ONCE)
        if not departments and not users:
            departments = [WHOLE]
        number = self._town.new_id("", "blackboard")
        messages = {}
        for person in self._people(departments, users):
            messages[person] = self._town.post(
                "dingtalk", id=self._platform.new_message_id(), sender=BOT, text=f"{title}\n{content}", person=person,
                kind="blackboard", extra={"via": "blackboard", "blackboard": number},
            )  # fmt: skip
            call.made(messages[person].id)
        self._all[number] = Post(
            id=number, title=title, content=content, author=body.text("author", ""), sender=operator,
            category=body.text("category_id", "") or self._category, level=body.number("private_level", 0),
            top=body.flag("push_top", default=False), at=self._town.clock.now(), messages=messages,
        )  # fmt: skip
        self._tell(self._all[number], departments, users)
        return {"result": True, "success": True}

    def _people(self, departments: list[str], users: list[str]) -> list[str]:
        people, side = self._town.people["dingtalk"], self._town.departments["dingtalk"]
        if WHOLE in departments:
            return [each.id for each in people.values() if each.active]
        found = [each for each in users if each in people and people[each].active]
        for each in departments:
            if each not in side:
                raise OldError(60003, "部门不存在")
            found += [member for d in self._town.subtree("dingtalk", each) for member in d.members]
        return list(dict.fromkeys(found))

    def _tell(self, post: Post, departments: list[str], users: list[str]) -> None:
        """``receivers`` are JSON strings within the object."""
        self._platform.events.emit(
            "blackboard_sent",
            {
                "blackboardId": post.id, "blackboardType": "1", "categoryId": post.category, "categoryName": "公司公告",
                "unionId": self._platform.ids.union_id(post.sender),
                "receivers": {
                    "staffIds": dumps(users), "deptIds": dumps([int(each) for each in departments]),
                    "openConversationIds": "[]", "labelIds": "[]", "dgCodes": "[]",
                },
            },
        )  # fmt: skip

    def _post(self, number: str) -> Post:
        post = self._all.get(number)
        if post is None or post.deleted:
            raise OldError(400002, "公告不存在")
        return post

    async def update(self, call: Call) -> dict[str, Any]:
        body = call.body.object("update_request")
        self._operator(body)
        post = self._post(body.text("blackboard_id"))
        post.title, post.content = body.text("title", post.title), body.text("content", post.content)
        return {"result": True, "success": True}

    async def delete(self, call: Call) -> dict[str, Any]:
        self._operator(call.body)
        post = self._post(call.body.text("blackboard_id"))
        post.deleted = True
        for message in post.messages.values():
            self._town.recall(message)
        return {"result": True, "success": True}

    async def list_ids(self, call: Call) -> dict[str, Any]:
        body = call.body.object("query_request")
        self._operator(body)
        size = body.number("page_size", PAGE, least=1, most=PAGE)
        start = (body.number("page", 1, least=1, most=100_000) - 1) * size
        after, before = _moment(body, "start_time"), _moment(body, "end_time")
        if after and before and before - after > LONGEST_RANGE:
            raise body.wrong("end_time", "is more than 180 days after start_time")
        found = [
            p.id for p in self._all.values()
            if not p.deleted and (not after or p.at >= after) and (not before or p.at <= before)
            and body.text("category_id", "") in ("", p.category)
        ]  # fmt: skip
        return {"result": found[start : start + size], "success": True}

    async def categories(self, call: Call) -> dict[str, Any]:
        self._operator(call.body)
        return {"result": [{"id": self._category, "name": "公司公告"}], "success": True}

    async def top_ten(self, call: Call) -> dict[str, Any]:
        person = call.body.text("userid")
        mine = [p for p in self._all.values() if not p.deleted and person in p.messages]
        shown = [
            {"id": p.id, "title": p.title, "gmt_create": p.at.strftime("%Y-%m-%d %H:%M:%S"), "url": ""}
            for p in reversed(mine[-10:])
        ]
        return {"blackboard_list": shown}

    # -- the new host

    def _mine(self, call: Call) -> Post:
        """The main administrator's or the sender's to see."""
        operator, post = call.query.text("operationUserId"), self._all.get(call.query.text("blackboardId"))
        person = self._town.people["dingtalk"].get(operator)
        if post is None or post.deleted:
            raise NewError("blackboard.notExist", "公告不存在")
        if person is None or (operator != post.sender and self._platform.contacts.admin_level(person) != 1):
            raise NewError("accessDenied", "没有权限", status=403)
        return post

    async def details(self, call: Call) -> dict[str, Any]:
        post = self._mine(call)
        read = sum(bool(message.read_by) for message in post.messages.values())
        return {
            "id": post.id, "title": post.title, "content": post.content, "categoryId": post.category,
            "senderStaffId": post.sender, "privateLevel": post.level, "isPushTop": post.top, "readCount": read,
            "unReadCount": len(post.messages) - read, "gmtCreate": post.at.strftime("%Y-%m-%dT%H:%MZ"),
        }  # fmt: skip

    async def readers(self, call: Call) -> dict[str, Any]:
        """``read`` is a string."""
        post = self._mine(call)
        size = call.query.query_number("maxResults", 100, least=1, most=READERS_PAGE)
        start = call.query.query_number("nextToken", 0)
        every = list(post.messages.items())
        users = [
            {
                "userId": person,
                "read": "true" if message.read_by else "false",
                "readTimestamp": _read_ms(message),
            }
            for person, message in every[start : start + size]
        ]
        more = len(every) > start + size
        return {"users": users, **({"nextToken": str(start + size)} if more else {})}


def _read_ms(message: Message) -> int:
    return next((round(at.timestamp() * 1000) for at in message.read_by.values()), 0)


def _moment(body: Params, key: str) -> datetime | None:
    if not body.has(key):
        return None
    try:
        return datetime.strptime(body.text(key), "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)
    except ValueError:
        raise body.wrong(key, "must be like 2026-11-01 10:00:00") from None
