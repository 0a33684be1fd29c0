"""Beside the talk (办公): approvals that wait for somebody, and the webhook of a group's own robot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.dingtalk.platform import DingTalkPlatform
from sandbox.model import Chat, Person
from sandbox.page import look
from sandbox.town import Town

STATUS = {
    "PENDING": "审批中", "RUNNING": "审批中", "APPROVED": "已通过", "REJECTED": "已拒绝", "CANCELED": "已撤回",
    "TERMINATED": "已撤销", "COMPLETED": "已结束",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One instance; ``mine`` says that it waits for the reader."""

    id: str
    name: str
    asker: str
    status: str
    waiting: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """自定义机器人 of a group; ``url`` is empty where there is none."""

    url: str
    secret: str
    keywords: str


def approvals(town: Town, person: Person) -> list[Approval]:
    """The latest first."""
    every = town.platforms[person.platform].approvals()
    return [_approval(town, person, each) for each in reversed(every)]


def _approval(town: Town, person: Person, shown: dict[str, Any]) -> Approval:
    names = [look.name_of(town, person.platform, each) or each for each in shown["waiting"]]
    return Approval(
        id=shown["id"], name=shown["name"], asker=look.name_of(town, person.platform, shown["person"]) or "",
        status=STATUS.get(shown["status"], shown["status"]), waiting="、".join(names), mine=person.id in shown["waiting"],
    )  # fmt: skip


def hook(town: Town, chat: Chat) -> Hook | None:
    """``None`` on a platform whose groups have no such robots here."""
    platform = town.platforms[chat.platform]
    if not isinstance(platform, DingTalkPlatform):
        return None
    robots = town.setting("dingtalk.custom_robots")
    given = robots.get(chat.id, robots.get(chat.name))
    if given is None:
        return Hook(url="", secret="", keywords="")
    url = f"{town.url}/robot/send?access_token={platform.webhooks.token(chat)}"
    return Hook(
        url=url, secret=str(given.get("secret", "")), keywords="、".join(map(str, given.get("keywords", ())))
    )
