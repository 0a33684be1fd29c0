"""外部联系人 (guests): people of other companies, who meet ours in external groups.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/chat/create (read 2026-11): an external group
needs 对外共享, and a robot may not own it. The contacts know no guests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sandbox import company
from sandbox.feishu.roles import is_external
from sandbox.model import Chat, Person
from sandbox.platform import Refused

if TYPE_CHECKING:
    from sandbox.town import Town


def is_guest(person: Person) -> bool:
    return "tenant" in person.extra


def invite(town: Town, name: str, of: str, account: str = "") -> Person:
    """Somebody of the company ``of``; the same company has the same tenant key."""
    made_up = account or town.new_id("g", "feishu-guest", length=8)
    person = company.new_person(town, "feishu", name, made_up, [])
    person.extra |= {"tenant": town.derive("", "tenant", of, length=16), "company": of}
    return person


def check(chat: Chat, people: Sequence[Person]) -> None:
    """Raises ``Refused`` for guests in an internal group."""
    named = [each.name for each in people if is_guest(each)]
    if named and not is_external(chat):
        raise Refused(f"{'、'.join(named)} 是外部联系人，只能加入外部群")
