"""What people do by hand (人的动作) on DingTalk, and what the app is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.dingtalk import group_options
from sandbox.dingtalk.robot import TALK
from sandbox.model import ALL, BOT, Chat, Department, Message, Person
from sandbox.platform import Platform, Refused
from sandbox.replies import Reply

if TYPE_CHECKING:
    from sandbox.dingtalk.approvals import Approvals
    from sandbox.dingtalk.blackboard import Blackboard
    from sandbox.dingtalk.contacts import Contacts
    from sandbox.dingtalk.departments import Departments
    from sandbox.dingtalk.events import Events
    from sandbox.dingtalk.forwarding import Forwarding
    from sandbox.dingtalk.hearing import Hearing
    from sandbox.dingtalk.incoming import Incoming
    from sandbox.dingtalk.presses import Presses
    from sandbox.dingtalk.roles import Roles


class Hands(Platform):
    """The people's side: rights, talk, presses, groups, the company."""

    blackboard: Blackboard
    contacts: Contacts
    departments: Departments
    events: Events
    forwarding: Forwarding
    hearing: Hearing
    incoming: Incoming
    office_approvals: Approvals
    presses: Presses
    roles: Roles

    # -- talk

    def may_say(self, person: Person, chat: Chat) -> None:
        super().may_say(person, chat)
        until = chat.extra.get("muted", {}).get(person.id)
        if until is not None and self.town.clock.now() < until:
            raise Refused("你已被群主或管理员禁言")

    async def say(
        self, person: Person, to: str, text: str, mentions: Sequence[str] = (), *, reply: Reply | None = None
    ) -> str:
        """The robot reads nothing of the message that is answered. D/receive-message (read 2026-11)."""
        if to != BOT and ALL in mentions:
            chat = self.chat(to)
            if group_options.only_owner_may_at_all(chat) and person.id != chat.owner:
                raise Refused("仅群主可以@所有人")
        return await super().say(person, to, text, mentions, reply=reply)

    async def heard(self, message: Message) -> None:
        if self.hearing.hears(message):
            self.hearing.hear(message)

    async def send(
        self,
        person: Person,
        to: str,
        kind: str,
        content: Mapping[str, Any],
        mentions: Sequence[str] = (),
        *,
        reply: Reply | None = None,
    ) -> str:
        chat = None if to == BOT else self.chat(to)
        self.check_reply(reply, {"chat": chat.id} if chat else {"person": person.id})
        if chat is not None:
            self.may_say(person, chat)
        return await self.incoming.post(person, chat, kind, content, mentions)

    async def press(
        self, person: Person, message: Message, action: str, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return await self.presses.press(person, message, action, values)

    def buttons(self, message: Message) -> list[tuple[str, str]]:
        return [(action, label) for _, action, label in self.presses.buttons(message)]

    async def read(self, person: Person, message: Message) -> None:
        if person.id != message.sender and not self.sees(person, message):
            raise Refused(f"{person.name} 看不到这条消息")
        is_new = person.id not in message.read_by
        await super().read(person, message)
        if is_new and message.sender == BOT and "key" in message.extra:
            self.events.message("robot_msg_read", message, person.id)

    async def recall(self, person: Person, message: Message) -> None:
        chat = self.town.chats["dingtalk"].get(message.chat or "")
        takes_others = message.sender != person.id and chat is not None and chat.owner != person.id
        if takes_others and not self.town.setting("dingtalk.admins_recall"):
            raise Refused("只有群主可以撤回别人的消息")
        await super().recall(person, message)
        if message.sender == BOT and "key" in message.extra:
            self.events.message("robot_msg_recall", message, person.id)

    def sees(self, person: Person, message: Message) -> bool:
        """A card may be for some members only."""
        only_for = message.extra.get("recipients")
        return person.id in self.town.audience(message) and (not only_for or person.id in only_for)

    # -- the company

    async def join(self, name: str, departments: Sequence[str], account: str = "") -> Person:
        person = await super().join(name, departments, account)
        self.events.people("user_add_org", [person])
        self.events.emit("user_active_org", {"userId": [person.id]})
        self.departments.moved(person, ())
        return person

    async def leave(self, person: Person) -> None:
        """Out of all groups; a group he owned goes to the member who has been there longest, which is a guess."""
        owned = [
            chat for chat in self.town.chats["dingtalk"].values() if chat.owner == person.id and chat.active
        ]
        await super().leave(person)
        self.roles.forget(person)
        for chat in owned:
            if chat.members:
                chat.owner = next(iter(chat.members))
                self.events.chat("chat_update_owner", chat, chat.owner, owner=chat.owner)
        self.events.people("user_leave_org", [person])

    async def move(self, person: Person, departments: Sequence[str], *, head: bool | None = None) -> None:
        before = {"dept_id_list": [int(each) for each in person.departments], "is_leader": person.head}
        old = list(person.departments)
        await super().move(person, departments, head=head)
        after = {"dept_id_list": [int(each) for each in person.departments], "is_leader": person.head}
        self._modified(person, before, after)
        self.departments.moved(person, old)

    async def create_department(self, name: str, parent: str) -> Department:
        made = await super().create_department(name, parent)
        self.departments.told("org_dept_create", made)
        return made

    async def rename_department(self, department: Department, name: str) -> None:
        await super().rename_department(department, name)
        self.departments.told("org_dept_modify", department)

    async def drop_department(self, department: Department) -> None:
        await super().drop_department(department)
        self.departments.told("org_dept_remove", department)

    async def open_department_chat(self, department: Department) -> Chat:
        chat = self.departments.open_chat(department)
        if chat is None:
            raise Refused(f"{department.name} 没有成员，不能建部门群")
        return chat

    async def rename(self, person: Person, name: str) -> None:
        before = {"name": person.name}
        await super().rename(person, name)
        self._modified(person, before, {"name": name})

    def _modified(self, person: Person, before: dict[str, Any], after: dict[str, Any]) -> None:
        diff = {"userid": person.id, "prev": before, "curr": after}
        self.events.people("user_modify_org", [person], diffInfo=diff)

    async def set_admin(self, person: Person, *, is_admin: bool) -> None:
        """A 子管理员 or no longer one; the 主管理员 stays what he is."""
        level = self.contacts.admin_level(person)
        if level == 1:
            raise Refused("主管理员只能转让")
        if bool(level) == is_admin:
            return
        others = [each for each in self.town.setting("dingtalk.admins") if each != person.account]
        self.town.settings.update({"dingtalk.admins": [*others, person.account] if is_admin else others})
        self.events.people("org_admin_add" if is_admin else "org_admin_remove", [person])

    async def set_roles(self, person: Person, roles: Sequence[str]) -> None:
        self.roles.give(person, roles)

    async def change_role(self, name: str, *, rename: str = "", drop: bool = False) -> None:
        self.roles.change(name, rename=rename, drop=drop)

    async def dissolve_company(self) -> None:
        """Told to the app; what its calls meet afterwards is not known, here they go on."""
        self.events.emit("org_remove", {})

    async def announce(
        self, person: Person, title: str, content: str, departments: Sequence[str], people: Sequence[Person],
        at: datetime | None, *, ding: bool,
    ) -> str:  # fmt: skip
        users = [each.id for each in people]
        return self.blackboard.announce(person, title, content, departments, users, at, ding=ding)

    def approvals(self) -> list[dict[str, Any]]:
        return self.office_approvals.waiting()

    async def approve(self, person: Person, instance: str, verdict: str, remark: str) -> dict[str, Any]:
        return self.office_approvals.decide(person, instance, verdict, remark)

    async def rename_company(self, name: str) -> None:
        await super().rename_company(name)
        self.events.emit("org_change", {})

    # -- groups

    async def quit_chat(self, chat: Chat, person: Person) -> None:
        """By themself: another event than being removed, without a list of people."""
        chat.members.pop(person.id, None)
        chat.admins.pop(person.id, None)
        self.town.publish("chat", {"platform": self.name, "chat": chat.id, "name": chat.name})
        self.events.chat("chat_quit", chat, person.id)

    async def talk_between(self, first: Person, second: Person) -> Chat:
        """Two people's own; the robot has no ears there."""
        pair = {first.id, second.id}
        for chat in self.town.chats[self.name].values():
            if chat.kind == TALK and chat.active and set(chat.members) == pair:
                return chat
        if len(pair) < 2:
            raise Refused("不能和自己单聊")
        chat = await self.create_chat(f"{first.name}、{second.name}", first, [second], bot=False)
        chat.kind = TALK
        return chat

    async def install(self, chat: Chat, code: str, *, installed: bool) -> None:
        """A 群聊酷应用, by the owner: it brings the robot along, and takes it away. A 单聊酷应用 does not."""
        if installed == (chat.extra.get("cool_app") == code):
            raise Refused("酷应用已安装" if installed else "酷应用未安装")
        if installed:
            chat.extra["cool_app"] = code
        else:
            del chat.extra["cool_app"]
        chat.bot = installed and chat.kind != TALK
        where = "single_conversation" if chat.kind == TALK else "im"
        self.events.cool_app(f"{where}_cool_app_{'install' if installed else 'uninstall'}", chat, code)
        self.town.publish("chat", {"platform": self.name, "chat": chat.id, "name": chat.name})

    async def change_chat(self, chat: Chat, changes: Mapping[str, Any]) -> None:
        """By hand, as the owner; there is no event for a mute or for administrators."""
        self.edit_chat(chat, changes, operator=chat.owner)

    def edit_chat(self, chat: Chat, changes: Mapping[str, Any], operator: str) -> None:
        """Change and tell."""
        old_name, old_owner, members = chat.name, chat.owner, set(chat.members)
        told = [each for each in changes.get("remove", ()) if each in members]
        chat.name, chat.owner = changes.get("name", chat.name), changes.get("owner", chat.owner)
        chat.speak, chat.bot = changes.get("speak", chat.speak), changes.get("bot", chat.bot)
        if "admins" in changes:
            chat.admins = dict.fromkeys(changes["admins"])
        chat.admins.pop(chat.owner, None)
        added = [each for each in dict.fromkeys(changes.get("add", ())) if each not in members]
        chat.members.update(dict.fromkeys(added))
        for each in told:
            chat.members.pop(each, None)
            chat.admins.pop(each, None)
            chat.extra.get("muted", {}).pop(each, None)
        self.town.publish("chat", {"platform": self.name, "chat": chat.id, "name": chat.name})
        if chat.name != old_name:
            self.events.chat("chat_update_title", chat, operator, title=chat.name)
        if chat.owner != old_owner:
            self.events.chat("chat_update_owner", chat, operator, owner=chat.owner)
        self.events.members("chat_add_member", chat, operator, added)
        self.events.members("chat_remove_member", chat, operator, told)

    async def forward(self, person: Person, message: Message, to: str) -> str:
        return await self.forwarding.forward(person, message, to)

    async def put_on_top(self, person: Person, chat: Chat, message: Message | None) -> None:
        """置顶消息; owner and administrators only, if the group says so. No event tells of it."""
        self._leads(person, chat, "only_admin_can_set_msg_top", "仅群主和群管理员可以置顶消息")
        if message is not None and message.chat != chat.id:
            raise Refused("这条消息不在这个群里")
        chat.extra["top"] = message.id if message else ""
        self.town.publish("chat", {"platform": self.name, "chat": chat.id, "name": chat.name})

    async def urge(self, person: Person, message: Message, people: Sequence[Person], kind: str) -> None:
        """A DING of a message, by a person; no event tells of it."""
        chat = self.town.chats[self.name].get(message.chat or "")
        if chat is None or message.recalled or any(each.id not in chat.members for each in people):
            raise Refused("只能 DING 群里的人")
        self._leads(person, chat, "only_admin_can_ding", "仅群主和群管理员可以 DING")
        message.extra.setdefault("urged", {}).update({each.id: kind for each in people})
        self.town.changed(message)

    def _leads(self, person: Person, chat: Chat, option: str, refusal: str) -> None:
        if not chat.active or person.id not in chat.members:
            raise Refused(f"{person.name} 不在群里")
        leads = person.id == chat.owner or person.id in chat.admins
        if group_options.of(chat)[option] and not leads:
            raise Refused(refusal)

    async def dissolve_chat(self, chat: Chat) -> None:
        self.events.chat("chat_disband", chat, chat.owner)
        await super().dissolve_chat(chat)
