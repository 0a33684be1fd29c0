"""批量与临时消息 (batches): one message to many people, and cards that one member alone sees.

https://open.feishu.cn/document/ukTMukTMukTM/ucDO1EjL3gTNx4yN4UTM (read 2026-11)
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.feishu import card_ways, contact_fields, content, roles, scopes
from sandbox.feishu.calls import Answer, Call, Endpoint, Flat
from sandbox.feishu.errors import ApiError, wrong_field
from sandbox.feishu.state import Batch
from sandbox.fields import to_json
from sandbox.model import Person

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

KINDS = ("text", "image", "post", "share_chat", "interactive")
MOST_IDS = 200
KEPT_FOR = timedelta(days=30)
EPHEMERAL_PER_GROUP = ((40, 1),)
TO_PEOPLE, TO_DEPARTMENTS = "im:message:send_multi_users", "im:message:send_multi_depts"
LISTS = {"open_ids": "open_id", "user_ids": "user_id", "union_ids": "union_id"}


class Batches:
    """Asynchronous at Feishu; here the copies are there at once."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        one = "/open-apis/im/v1/batch_messages/{batch_message_id}"
        send = (("im:message", "im:message:send_as_bot"), (TO_PEOPLE, TO_DEPARTMENTS))
        recall = ("im:message", "im:message:recall", "im:message:send_as_bot")
        return [
            Endpoint(
                method="POST", path="/open-apis/message/v4/batch_send/", run=self.send, source="D5", scopes=send
            ),
            Endpoint(
                method="GET", path=one + "/get_progress", run=self.progress, source="D58", scopes=(scopes.READ,)
            ),
            Endpoint(method="GET", path=one + "/read_user", run=self.readers, source="D59", scopes=(scopes.READ,)),
            Endpoint(method="DELETE", path=one, run=self.recall, source="D60", scopes=(recall,)),
            Endpoint(
                method="POST", path="/open-apis/ephemeral/v1/send", run=self.ephemeral, source="D57",
                scopes=(scopes.UPDATE,),
            ),
        ]  # fmt: skip

    def send(self, call: Call) -> Answer:
        """Its errors come with HTTP 200."""
        try:
            return Flat(code=0, msg="ok", data=self._send(call))
        except ApiError as error:
            return Flat(error.body("batch"))

    def _send(self, call: Call) -> dict[str, Any]:
        kind = call.option("msg_type", KINDS)
        what = self._content(call, kind)
        if any(each in what.text for each in self._town.setting("feishu.test_like_words")):
            raise ApiError(230100)
        people: dict[str, Person] = {}
        answer: dict[str, Any] = {}
        for key, id_type in LISTS.items():
            wanted = call.texts(key, most=MOST_IDS)
            self._need(TO_PEOPLE, wanted)
            found = {each: self._app.ids.find(id_type, each) for each in wanted}
            answer[f"invalid_{key}"] = [
                each for each, p in found.items() if p is None or not self._reached(p)
            ]
            people |= {p.id: p for p in found.values() if p is not None and self._reached(p)}
        wanted = call.texts("department_ids", most=MOST_IDS)
        self._need(TO_DEPARTMENTS, wanted)
        answer["invalid_department_ids"] = self._departments(wanted, people)
        if not any(call.body.get(key) for key in (*LISTS, "department_ids")):
            raise content.bad("at least one receiver is needed")
        self._count(len(people))
        copies = [self._app.messages.put(p, what, {"batch": True}).id for p in people.values()]
        for each in people:
            self._app.meet(each)
        batch_id = self._town.new_id("bm-", "batch")
        self._app.state.batches[batch_id] = Batch(copies=copies, total=len(people), sent_at=self._app.now())
        return {"message_id": batch_id, **answer}

    def _need(self, scope: str, wanted: list[str]) -> None:
        if wanted and not self._app.has_scope(scope):
            raise ApiError(99991672, scope, permissions=[scope])

    def _content(self, call: Call, kind: str) -> content.Content:
        if kind == "interactive":
            return content.from_card(self._app, card_ways.resolve(self._app, call.object("card")))
        body = call.object("content")
        if kind == "post" and isinstance(body.get("post"), dict):
            body = body["post"]
        raw = to_json(body)
        if '"tag":"md"' in raw:
            raise content.bad("md is not supported in batch messages")
        return content.prepare(self._app, kind, raw)

    def _departments(self, wanted: list[str], people: dict[str, Person]) -> list[str]:
        """Adds everybody in them and below; gives back the ids that are none."""
        side, known, invalid = self._town.departments["feishu"], self._town.people["feishu"], []
        by_custom = {contact_fields.custom_id(self._app, each): each for each in side} if wanted else {}
        for each in wanted:
            department = each if each in side else by_custom.get(each, "")
            if department in ("", "0"):
                invalid.append(each)
                continue
            below = [p for d in self._town.subtree("feishu", department) for p in d.members]
            people |= {each: known[each] for each in below if self._reached(known[each])}
        return invalid

    def _reached(self, person: Person) -> bool:
        try:
            self._app.may_write_to(person)
        except ApiError:
            return False
        return True

    def _count(self, copies: int) -> None:
        """500 000 a day for one app."""
        day = "copies " + self._app.now().strftime("%Y-%m-%d")
        used = self._app.state.made_by_day.get(day, 0) + copies
        if used > 500_000:
            raise ApiError(11247)
        self._app.state.made_by_day[day] = used

    def _batch(self, call: Call) -> Batch:
        batch = self._app.state.batches.get(call.path("batch_message_id"))
        if batch is None or self._app.now() - batch.sent_at > KEPT_FOR:
            raise content.bad("invalid batch_message_id")
        return batch

    def progress(self, call: Call) -> dict[str, Any]:
        batch = self._batch(call)
        return {
            "batch_message_send_progress": {
                "valid_user_ids_count": batch.total, "success_user_ids_count": len(batch.copies),
                "read_user_ids_count": self._read(batch),
            },
            "batch_message_recall_progress": {
                "recall": batch.recalled, "recall_count": len(batch.copies) if batch.recalled else 0,
            },
        }  # fmt: skip

    def _read(self, batch: Batch) -> int:
        return sum(bool(self._town.messages[each].read_by) for each in batch.copies)

    def readers(self, call: Call) -> dict[str, Any]:
        """Counts only, as strings; nobody is named."""
        batch = self._batch(call)
        return {"read_user": {"read_count": str(self._read(batch)), "total_count": str(batch.total)}}

    def recall(self, call: Call) -> dict[str, Any]:
        batch = self._batch(call)
        if self._app.now() - batch.sent_at > self._app.seconds("feishu.recall_within_s"):
            raise ApiError(230009)
        if not batch.recalled:
            batch.recalled = True
            for each in batch.copies:
                self._town.recall(self._town.messages[each])
        return {}

    def ephemeral(self, call: Call) -> Flat:
        """仅对你可见: only the named member sees it."""
        if call.option("msg_type", ("interactive",)) != "interactive":
            raise wrong_field("msg_type", "options: [interactive]")
        chat = roles.joined(self._app, call.text("chat_id"), unknown=230001, outside=230002)
        person = self._receiver(call)
        if person is None or person.id not in chat.members:
            raise content.bad("the user is not in the chat")
        if roles.setting(chat, "chat_mode", "group") == "topic":
            raise ApiError(230054)
        what = content.from_card(self._app, card_ways.resolve(self._app, call.object("card")))
        self._app.limits.take(f"ephemeral {chat.id}", EPHEMERAL_PER_GROUP, 230020)
        message = self._app.messages.put(chat, what, {"only_for": person.id})
        call.made(message.id)
        return Flat(code=0, msg="ok", data={"message_id": message.id})

    def _receiver(self, call: Call) -> Person | None:
        for key in ("open_id", "user_id", "email"):
            value = call.text(key, default="")
            if value:
                return self._app.ids.find(key, value)
        raise wrong_field("open_id", "open_id, user_id or email is required")
