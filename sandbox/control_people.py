"""The control door's people and chats: who there is, and what an administrator or an owner does by hand."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox import scripts
from sandbox.fields import Fields
from sandbox.model import BOT, Chat, Person
from sandbox.platform import Platform
from sandbox.town import Town

PERSON_CHANGES = ("leave", "move", "rename", "script", "admin", "roles")
SPEAK = ("all", "admins", "list")
FORMS = ("external", "topic")


class PeopleDoor:
    """``/_sandbox/people`` and ``/_sandbox/chats``."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def _platforms(self, fields: Fields) -> list[Platform]:
        return [self._platform(fields)] if fields.has("platform") else list(self._town.platforms.values())

    def _platform(self, fields: Fields) -> Platform:
        return self._town.platforms[fields.choice("platform", tuple(self._town.platforms))]

    def _shown(self, person: Person) -> dict[str, Any]:
        departments = self._town.departments[person.platform]
        of = {"company": person.extra["company"]} if "company" in person.extra else {}
        return {
            "id": person.id, "platform": person.platform, "name": person.name, "account": person.account,
            "departments": [departments[each].name for each in person.departments],
            "department_ids": person.departments, "head": person.head, "title": person.title,
            "city": person.city, "zone": person.zone, "script": person.script, "active": person.active,
            **of,
        }  # fmt: skip

    def _shown_chat(self, chat: Chat) -> dict[str, Any]:
        return {
            "id": chat.id, "platform": chat.platform, "name": chat.name, "owner": chat.owner,
            "admins": list(chat.admins), "members": list(chat.members), "speak": chat.speak,
            "bot": chat.bot, "kind": chat.kind, "active": chat.active,
        }  # fmt: skip

    async def people(self, _: web.Request, fields: Fields) -> Any:
        everybody = [
            p for each in self._platforms(fields) for p in self._town.people.get(each.name, {}).values()
        ]
        return [self._shown(person) for person in everybody if person.active]

    async def chats(self, _: web.Request, fields: Fields) -> Any:
        every = [c for each in self._platforms(fields) for c in self._town.chats.get(each.name, {}).values()]
        return [self._shown_chat(chat) for chat in every if chat.active]

    async def change_person(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, join: name, departments, account?}``, ``{platform, guest: name, company, account?}`` for
        somebody of another company, or ``{platform, person, …}`` with one or more of ``leave: true``, ``move: [department]`` (with ``head?``), ``rename``, ``script``, ``admin``, ``roles``.
        """
        fields.only(
            "platform",
            "person",
            "join",
            "guest",
            "company",
            "departments",
            "account",
            "leave",
            "move",
            "head",
            "rename",
            "script",
            "admin",
            "roles",
        )
        platform = self._platform(fields)
        account = fields.text("account") if fields.has("account") else ""
        if account and any(p.account == account for p in self._town.people[platform.name].values()):
            raise ValueError(f"account: {account!r} is somebody's already")
        if fields.has("guest"):
            name, of = fields.text("guest"), fields.text("company")
            return self._shown(await platform.invite_guest(name, of, account))
        if fields.has("join"):
            departments = [platform.department(each) for each in fields.texts("departments")]
            departments = departments or [self._town.roots[platform.name]]
            return self._shown(await platform.join(fields.text("join"), departments, account))
        return self._shown(await self._change(platform, platform.person(fields.text("person")), fields))

    async def _change(self, platform: Platform, person: Person, fields: Fields) -> Person:
        known = [key for key in PERSON_CHANGES if key in fields.all()]
        if not known:
            raise ValueError(f"one of join, {', '.join(PERSON_CHANGES)} is needed")
        moves = [platform.department(each) for each in fields.texts("move")]
        head = fields.flag("head") if fields.has("head") else None
        name = fields.text("rename") if "rename" in known else ""
        script = fields.choice("script", scripts.KNOWN) if fields.has("script") else None
        leaves = fields.flag("leave", default=False)
        is_admin = fields.flag("admin") if fields.has("admin") else None
        roles = fields.texts("roles")
        if "script" in known:
            person.script = script
        if moves:
            await platform.move(person, moves, head=head)
        if name:
            await platform.rename(person, name)
        if is_admin is not None:
            await platform.set_admin(person, is_admin=is_admin)
        if "roles" in known:
            await platform.set_roles(person, roles)
        if leaves:
            await platform.leave(person)
        return person

    async def change_chat(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, create: name, owner, members, bot?, external?, topic?}``, or ``{platform, chat, …}`` with ``rename``,
        ``owner``, ``speak``, ``bot``, ``add``, ``remove``, ``admins``, or one alone of ``quit: person``,
        ``install: code``, ``uninstall: code``, ``withdraw: [person]`` (an invitation), ``dissolve: true``.
        ``between: [person, person]`` for ``chat`` is the talk of two people, for the two codes only.
        """
        fields.only(
            "platform", "create", "chat", "owner", "members", "bot", "external", "topic", "rename", "speak", "add", "remove",
            "admins",
            "dissolve", "quit", "install", "uninstall", "withdraw", "between",
        )  # fmt: skip
        platform = self._platform(fields)
        if fields.has("create"):
            owner = platform.person(fields.text("owner"))
            members = [platform.person(each) for each in fields.texts("members")]
            bot = fields.flag("bot", default=False)
            form = [each for each in FORMS if fields.flag(each, default=False)]
            return self._shown_chat(
                await platform.create_chat(fields.text("create"), owner, members, bot=bot, form=form)
            )
        if fields.has("between"):
            first, second = self._pair(platform, fields)
            chat = await platform.talk_between(first, second)
        else:
            chat = platform.chat(fields.text("chat"))
        if fields.flag("dissolve", default=False):
            await platform.dissolve_chat(chat)
        elif fields.has("quit"):
            await self._quit(platform, chat, platform.person(fields.text("quit")))
        elif fields.has("withdraw"):
            await platform.withdraw(chat, [platform.person(each) for each in fields.texts("withdraw")])
        elif fields.has("install") or fields.has("uninstall"):
            key = "install" if fields.has("install") else "uninstall"
            await platform.install(chat, fields.text(key), installed=key == "install")
        else:
            await platform.change_chat(chat, self._changes(platform, chat, fields))
        return self._shown_chat(chat)

    @staticmethod
    def _pair(platform: Platform, fields: Fields) -> tuple[Person, Person]:
        who = fields.texts("between")
        if len(who) != 2 or not (fields.has("install") or fields.has("uninstall")):
            raise ValueError("between: two people are needed, and install or uninstall")
        return platform.person(who[0]), platform.person(who[1])

    async def _quit(self, platform: Platform, chat: Chat, person: Person) -> None:
        if person.id not in chat.members:
            raise ValueError("quit: must be a member")
        if person.id == chat.owner:
            raise ValueError("quit: the owner must hand the group over first")
        await platform.quit_chat(chat, person)

    async def change_company(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, rename: name}``, or ``{platform, role: name, rename: name}``, or ``{…, drop: true}``, or
        ``{platform, dissolve: true}``.
        """
        fields.only("platform", "rename", "role", "drop", "dissolve")
        platform = self._platform(fields)
        if fields.flag("dissolve", default=False):
            await platform.dissolve_company()
            return {}
        drop = fields.flag("drop", default=False)
        rename = "" if drop else fields.text("rename")
        if drop or fields.has("role"):
            await platform.change_role(fields.text("role"), rename=rename, drop=drop)
        else:
            await platform.rename_company(rename)
        return {}

    def _changes(self, platform: Platform, chat: Chat, fields: Fields) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if fields.has("rename"):
            changes["name"] = fields.text("rename")
        if fields.has("owner"):
            changes["owner"] = platform.person(fields.text("owner")).id
            if changes["owner"] not in chat.members:
                raise ValueError("owner: must be a member")
        if fields.has("speak"):
            changes["speak"] = fields.choice("speak", SPEAK)
        if fields.has("bot"):
            changes["bot"] = fields.flag("bot")
        for key in ("add", "remove", "admins"):
            if fields.has(key):
                who = fields.texts(key)
                changes[key] = [BOT if key == "admins" and p == BOT else platform.person(p).id for p in who]
        if chat.owner in changes.get("remove", ()) and "owner" not in changes:
            raise ValueError("remove: the owner must hand the group over first")
        if not changes:
            raise ValueError(
                "one of create, rename, owner, speak, bot, add, remove, admins, "
                "quit, install, uninstall, withdraw, dissolve is needed"
            )
        return changes
