"""Company announcements (公告): made by an administrator of announcements, read by people, counted by the platform.

D/create-an-enterprise-announcement, D/obtains-the-id-list-of-announcements-that-are-not-deleted,
D/query-bulletin-read-unread-persons-list, D/obtains-the-details-get-blackboard, D/events-blackboard-sent
(read 2026-11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import ZONE, Timer
from sandbox.dingtalk.door import Api, Call, dumps
from sandbox.dingtalk.errors import NewError, OldError
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.model import BOT, Message, Person
from sandbox.platform import Refused

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
    departments: list[str]
    users: list[str]
    messages: dict[str, Message] = field(default_factory=dict)
    timer: Timer | None = None
    """Until a timed one is due; nobody sees it before, and no event tells of it."""
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
        if not self._may(person):
            raise OldError(60011, "操作人不是公告管理员")
        return person.id

    def _may(self, person: Person) -> bool:
        named = self._town.setting("dingtalk.blackboard_admins")
        return self._platform.contacts.is_admin(person) or person.account in named

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
        self._check(departments)
        post = self._new(operator, title, content, departments, users)
        post.author, post.level = body.text("author", ""), body.number("private_level", 0)
        post.category, post.top = (
            body.text("category_id", "") or post.category,
            body.flag("push_top", default=False),
        )
        ding = body.flag("ding", default=False)
        self._send(post, ding=ding)
        for message in post.messages.values():
            call.made(message.id)
        return {"result": True, "success": True}

    def _new(
        self, sender: str, title: str, content: str, departments: Sequence[str], users: Sequence[str]
    ) -> Post:
        post = Post(
            id=self._town.new_id("", "blackboard"), title=title, content=content, author="", sender=sender,
            category=self._category, level=0, top=False, at=self._town.clock.now(), departments=list(departments),
            users=list(users),
        )  # fmt: skip
        self._all[post.id] = post
        return post

    def _send(self, post: Post, *, ding: bool) -> None:
        """Everybody gets a message of their own, with ``ding`` one that rings as well; then the event tells it."""
        post.timer, post.at = None, self._town.clock.now()
        for person in self._people(post.departments, post.users):
            post.messages[person] = self._posted(post, person, "blackboard")
            if ding:
                self._posted(post, person, "ding")
        self._tell(post)

    def _posted(self, post: Post, person: str, kind: str) -> Message:
        text = f"{post.title}\n{post.content}"
        return self._town.post(
            "dingtalk", id=self._platform.new_message_id(), sender=BOT, text=text, person=person, kind=kind,
            extra={"via": "blackboard", "blackboard": post.id},
        )  # fmt: skip

    def announce(
        self, person: Person, title: str, content: str, departments: Sequence[str], users: Sequence[str],
        at: datetime | None, *, ding: bool,
    ) -> str:  # fmt: skip
        """Made by hand in the client, where it may be timed. D/events-blackboard-sent: told when it is really sent."""
        if not self._may(person):
            raise Refused(f"{person.name} 不是公告管理员")
        post = self._new(person.id, title, content, departments or ([] if users else [WHOLE]), users)
        if at is None:
            self._send(post, ding=ding)
        else:
            post.timer = self._town.clock.call_at(at, lambda: self._send(post, ding=ding), "announcement")
        return post.id

    def _check(self, departments: list[str]) -> None:
        side = self._town.departments["dingtalk"]
        if any(each not in side for each in departments if each != WHOLE):
            raise OldError(60003, "部门不存在")

    def _people(self, departments: list[str], users: list[str]) -> list[str]:
        """A department that is no more by then has nobody."""
        people, side = self._town.people["dingtalk"], self._town.departments["dingtalk"]
        if WHOLE in departments:
            return [each.id for each in people.values() if each.active]
        found = [each for each in users if each in people and people[each].active]
        for each in departments:
            if each in side:
                found += [member for d in self._town.subtree("dingtalk", each) for member in d.members]
        return list(dict.fromkeys(found))

    def _tell(self, post: Post) -> None:
        """``receivers`` are JSON strings within the object."""
        self._platform.events.emit(
            "blackboard_sent",
            {
                "blackboardId": post.id, "blackboardType": "1", "categoryId": post.category, "categoryName": "公司公告",
                "unionId": self._platform.ids.union_id(post.sender),
                "receivers": {
                    "staffIds": dumps(post.users), "deptIds": dumps([int(each) for each in post.departments]),
                    "openConversationIds": "[]", "labelIds": "[]", "dgCodes": "[]",
                },
            },
        )  # fmt: skip

    def _post(self, number: str) -> Post:
        post = self._all.get(number)
        if post is None or post.deleted or post.timer is not None:
            raise OldError(400002, "公告不存在")
        return post

    async def update(self, call: Call) -> dict[str, Any]:
        body = call.body.object("update_request")
        self._operator(body)
        post = self._post(body.text("blackboard_id"))
        post.title, post.content = body.text("title", post.title), body.text("content", post.content)
        notify, ding = body.flag("notify", default=False), body.flag("ding", default=False)
        for person, message in post.messages.items():
            message.text = f"{post.title}\n{post.content}"
            self._town.changed(message)
            if notify or ding:
                call.made(self._posted(post, person, "ding" if ding else "blackboard").id)
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
            if not p.deleted and p.timer is None and (not after or p.at >= after) and (not before or p.at <= before)
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
        if post is None or post.deleted or post.timer is not None:
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
