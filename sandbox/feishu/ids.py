"""用户与群的编号 (ids): one person has an open_id, a union_id and a user_id; each call says which it means."""

from __future__ import annotations

from sandbox.feishu.errors import ApiError
from sandbox.model import BOT, Message, Person
from sandbox.town import Town

NOT_EXISTING = {"open_id": 99992351, "user_id": 99992360, "union_id": 99992364}
MAIL_HOST = "hechuan.example"


class Ids:
    """Derived from the seed, looked up by person."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._unions: dict[str, str] = {}
        self._accounts: dict[str, str] = {}
        self.bot = town.derive("ou_", "bot")
        self.bot_union = town.derive("on_", "bot")
        self.tenant = town.derive("", "tenant", length=16)

    def clear(self) -> None:
        self._unions.clear()
        self._accounts.clear()

    def tenant_of(self, person: str) -> str:
        """Of somebody of another company it is that company's."""
        known = self._town.people["feishu"].get(person)
        return self.tenant if known is None else str(known.extra.get("tenant", self.tenant))

    def union(self, open_id: str) -> str:
        return self._town.derive("on_", open_id)

    def of(self, person: Person, kind: str) -> str:
        """The person's id of this kind: ``open_id``, ``union_id``, ``user_id`` or ``email``."""
        if kind == "union_id":
            return self.union(person.id)
        if kind == "user_id":
            return person.account
        return f"{person.account}@{MAIL_HOST}" if kind == "email" else person.id

    def find(self, kind: str, value: str) -> Person | None:
        """Whoever has this id, resigned people too."""
        people = self._town.people["feishu"]
        if kind == "open_id":
            return people.get(value)
        self._learn()
        if kind == "union_id":
            return people.get(self._unions.get(value, ""))
        if kind == "email":
            account, _, host = value.partition("@")
            return people.get(self._accounts.get(account, "")) if host == MAIL_HOST else None
        return people.get(self._accounts.get(value, "")) if kind == "user_id" else None

    def _learn(self) -> None:
        people = self._town.people["feishu"]
        if len(self._unions) != len(people):
            self._unions = {self.union(each): each for each in people}
            self._accounts = {person.account: person.id for person in people.values()}

    def known(self, kind: str, value: str) -> Person:
        """Raises the gateway's own code for an id that does not exist."""
        person = self.find(kind, value)
        if person is None:
            raise ApiError(NOT_EXISTING.get(kind, 99992351))
        return person

    def any(self, value: str) -> Person | None:
        """By an id of whichever kind, as in ``<at user_id=…>``."""
        if value.startswith("on_"):
            return self.find("union_id", value)
        return self.find("open_id", value) or self.find("user_id", value)

    def direct_chat(self, person: str) -> str:
        """The chat_id of the direct talk of a person with the robot."""
        return self._town.derive("oc_", "p2p", person)

    def chat_of(self, message: Message) -> str:
        return message.chat if message.chat is not None else self.direct_chat(message.person or "")

    def sender_name(self, sender: str) -> str:
        if sender == BOT:
            return "驿站"
        person = self._town.people["feishu"].get(sender)
        return person.name if person else str(self._town.setting("feishu.other_bots").get(sender, ""))

    def robot(self, app_id: str) -> str:
        """The open_id of another app's robot."""
        return self._town.derive("ou_", "robot", app_id)
