"""What only some platforms have (各有各的): each refusal here is the answer of a platform that has no such thing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from sandbox import company
from sandbox.model import Chat, Department, Message, Person
from sandbox.refusals import Refused
from sandbox.town import Town


class OnlySome:
    """Overridden by a platform that has the thing."""

    name: ClassVar[str] = ""

    def __init__(self, town: Town) -> None:
        self.town = town

    # -- the company

    async def set_admin(self, person: Person, *, is_admin: bool) -> None:
        """An administrator of the company, or no longer one."""
        raise Refused(f"{self.name} has no administrators here ({person.id}, {is_admin})")

    async def set_roles(self, person: Person, roles: Sequence[str]) -> None:
        """The person's roles, those made by hand; a name that is new makes a role."""
        raise Refused(f"{self.name} has no roles here ({person.id}, {list(roles)})")

    async def change_role(self, name: str, *, rename: str = "", drop: bool = False) -> None:
        """A role is renamed, or is no more."""
        raise Refused(f"{self.name} has no roles here ({name}, {rename}, {drop})")

    async def dissolve_company(self) -> None:
        """The company is no more for the app."""
        raise Refused(f"{self.name} tells apps of no company that ends")

    async def announce(
        self, person: Person, title: str, content: str, departments: Sequence[str], people: Sequence[Person],
        at: datetime | None, *, ding: bool,
    ) -> str:  # fmt: skip
        """An announcement to the company, departments (ids) or people, now or later; returns its id."""
        raise Refused(
            f"{self.name} has no announcements of the company here "
            f"({person.id}, {title}, {len(content)}, {list(departments)}, {len(people)}, {at}, {ding})"
        )

    def approvals(self) -> list[dict[str, Any]]:
        """Instances with the people they wait for: ``{id, name, person, status, waiting}``."""
        return []

    async def approve(self, person: Person, instance: str, verdict: str, remark: str) -> dict[str, Any]:
        """A person decides on an instance that waits for them; the instance as ``approvals`` shows it."""
        raise Refused(f"{self.name} has no approvals here ({person.id}, {instance}, {verdict}, {remark})")

    async def create_department(self, name: str, parent: str) -> Department:
        """A new department; ``parent`` is an id. Override to emit the platform's events."""
        return company.new_department(self.town, self.name, name, parent)

    async def rename_department(self, department: Department, name: str) -> None:
        """Override to emit the platform's events."""
        department.name = name

    async def drop_department(self, department: Department) -> None:
        """A department without people and departments below it ends; ``Refused`` if it is not empty."""
        if department.parent is None or department.members or department.children:
            raise Refused(
                f"{department.name}: only a department without people and departments can be deleted"
            )
        side = self.town.departments[self.name]
        side[department.parent].children.remove(department.id)
        del side[department.id]

    async def open_department_chat(self, department: Department) -> Chat:
        """The group that all people of a department are in."""
        raise Refused(f"{self.name} has no groups of departments here ({department.id})")

    # -- groups and messages

    async def talk_between(self, first: Person, second: Person) -> Chat:
        """The chat of two people, made when first asked for."""
        raise Refused(f"{self.name} has no chats between two people here ({first.id}, {second.id})")

    async def install(self, chat: Chat, code: str, *, installed: bool) -> None:
        """An app for groups is installed in one, or taken out."""
        raise Refused(f"{self.name} has no apps for groups here ({chat.id}, {code}, {installed})")

    async def invite_guest(self, name: str, of: str, account: str = "") -> Person:
        """Somebody of another company, for external groups."""
        raise Refused(f"{self.name} has no people of other companies here ({name}, {of}, {account})")

    async def withdraw(self, chat: Chat, people: Sequence[Person]) -> None:
        """An invitation into a group is taken back."""
        raise Refused(f"{self.name} has no invitations that can be taken back ({chat.id}, {len(people)})")

    async def react(self, person: Person, message: Message, emoji: str, *, remove: bool = False) -> None:
        """A person puts an emoji on a message, or takes it off again."""
        raise Refused(
            f"{self.name} tells robots of no reactions ({person.id}, {message.id}, {emoji}, {remove})"
        )

    async def choose_menu(self, person: Person, key: str) -> None:
        """A person chooses an entry of the robot's own menu."""
        raise Refused(f"{self.name} has no menu of the robot here ({person.id}, {key})")

    async def say_as_bot(self, bot: str, to: str, text: str, mentions: Sequence[str] = ()) -> str:
        """Another robot says something in a group; returns the message's id."""
        raise Refused(f"{self.name} has no other robots here ({bot}, {to}, {text}, {list(mentions)})")

    async def pin(self, person: Person, message: Message, *, remove: bool = False) -> None:
        """A person pins a message in its chat, or takes the pin away."""
        raise Refused(f"{self.name} has no pins here ({person.id}, {message.id}, {remove})")

    async def forward(self, person: Person, message: Message, to: str) -> str:
        """A person puts a message into a chat, or before the robot (``"bot"``); the new message's id."""
        raise Refused(f"{self.name} forwards nothing ({person.id}, {message.id}, {to})")

    async def put_on_top(self, person: Person, chat: Chat, message: Message | None) -> None:
        """A person puts a message on top of a group, or takes what is there away."""
        raise Refused(f"{self.name} has no notice on top here ({person.id}, {chat.id}, {message})")

    async def urge(self, person: Person, message: Message, people: Sequence[Person], kind: str) -> None:
        """A person calls others to an own message; ``kind`` is ``app``, ``sms`` or ``phone``."""
        raise Refused(
            f"{self.name} has no urgent calls here ({person.id}, {message.id}, {len(people)}, {kind})"
        )
