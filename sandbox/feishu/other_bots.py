"""别的机器人 (other bots): robots of other apps of the company, as members of groups and as speakers.

They exist by the setting ``feishu.other_bots``. What they say reaches our app by
the ``include_bot`` scopes only, which are not in the set-up list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.feishu.errors import ApiError
from sandbox.model import Chat

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

MOST_IN_A_CHAT = 15
TOO_MANY, UNKNOWN = 232013, 232021
HEARS_ALL = ("im:message.group_msg.include_bot:read",)
HEARS_AT = ("im:message.group_at_msg.include_bot:readonly",)


def inside(chat: Chat) -> list[str]:
    """The app ids of the others in a group, in the order in which they came."""
    return list(chat.extra.get("bots", ()))


def count(chat: Chat) -> int:
    return len(inside(chat)) + (1 if chat.bot else 0)


def known(app: FeishuPlatform, app_id: str) -> str:
    """Its name; raises 232021 for a robot nobody has."""
    name = app.town.setting("feishu.other_bots").get(app_id)
    if not isinstance(name, str):
        raise ApiError(UNKNOWN)
    return name


def found(app: FeishuPlatform, bot: str) -> str | None:
    """The app id, by id or by name."""
    bots: dict[str, Any] = app.town.setting("feishu.other_bots")
    return bot if bot in bots else next((each for each, name in bots.items() if name == bot), None)


def put_in(chat: Chat, app_ids: list[str]) -> None:
    """Raises ``ApiError`` if the group would have too many robots."""
    new = [each for each in app_ids if each not in inside(chat)]
    if count(chat) + len(new) > MOST_IN_A_CHAT:
        raise ApiError(TOO_MANY)
    chat.extra["bots"] = [*inside(chat), *new]


def add(app: FeishuPlatform, chat: Chat, wanted: list[str], succeed: str) -> dict[str, Any]:
    """The answer of the call that adds members, for app ids; only the robots that are added are told of it."""
    bots = app.town.setting("feishu.other_bots")
    missing = [each for each in wanted if each != app.app_id and each not in bots]
    if missing and succeed == "0":
        raise ApiError(UNKNOWN)
    if not (missing and succeed == "2"):
        put_in(chat, [each for each in wanted if each in bots])
    return {"invalid_id_list": [], "not_existed_id_list": missing, "pending_approval_id_list": []}


def take_out(chat: Chat, wanted: list[str]) -> list[str]:
    """Returns those that were not in the group."""
    there = inside(chat)
    chat.extra["bots"] = [each for each in there if each not in wanted]
    return [each for each in wanted if each not in there]


def shown(app: FeishuPlatform, chat: Chat, kind: str) -> list[dict[str, Any]]:
    """All robots of a group, ours first, as the list of members gives them."""
    ids, tenant = app.ids, app.ids.tenant
    ours = {"member_id": ids.bot, "name": "驿站", "app_id": app.app_id}
    others = [
        {"member_id": ids.robot(each), "name": ids.sender_name(each), "app_id": each} for each in inside(chat)
    ]
    return [{"member_id_type": kind, **each, "tenant_key": tenant} for each in (ours, *others)]
