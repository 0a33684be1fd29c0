"""What Feishu grants (飞书额度与上限): rates, sizes, windows, and what an effect costs.

Pages: https://open.feishu.cn/document/ukTMukTMukTM/uUzN04SN3QjL1cDN (rates),
…/reference/im-v1/message/create (sizes, uuid); both read 2026-11 in the copy of 2026-05.
"""

from __future__ import annotations

from adapters.lanes import Rate
from adapters.port import Budget
from policies.effects import Effect, Recall, SendBatch, SendCard, SendText, UpdateCard
from policies.model import Account

MAX_CARD_BYTES = 30 * 1024
"""A ``post`` or ``interactive`` message, as request body (im-v1/message/create, read 2026-11)."""

MAX_TEXT_BYTES = 20_000
"""What we promise for a text; sent as ``post``, whose JSON is escaped twice, so some of the 30 KB goes to that (guess)."""

MAX_CARD_ELEMENTS = 200
"""Error 11310 above (card-json-v2 release notes, read 2026-11)."""

UUID_WINDOW_S = 60 * 60
"""The same ``uuid`` sends at most one message within an hour (im-v1/message/create, read 2026-11)."""

RETRY_WINDOW_S = 50 * 60
"""Our own bound within that hour: an attempt and both clocks need some room."""

READERS_FOR_DAYS = 7
"""``read_users`` answers so long (im-v1/message/read_users, read 2026-11)."""

GROUP_UUID_WINDOW_S = 10 * 60 * 60
"""The same ``uuid`` and owner make one group within ten hours (im-v1/chat/create, read 2026-11)."""

GROUP_PEOPLE_AT_ONCE = 50
"""People in one member or admin call, and in a creation (im-v1/chat-members/create, chat-managers, read 2026-11)."""

GROUP_ADMINS = 10
"""Of a normal group; 20 of a 超大群 (im-v1/chat-managers/add_managers, read 2026-11)."""

GROUP_MEMBERS = 5_000
"""Of a verified company's normal group, unless its admin set another ceiling (im-v1/chat-members/create, read 2026-11)."""

GROUP_NAME_CHARS = 60
"""Advised, not enforced (im-v1/chat/create, read 2026-11)."""

FOLDER_NAME_BYTES = 256
"""drive-v1/file/create_folder (read 2026-11)."""

DEFAULT_WAIT_S = 1.0
"""A rate limit whose answer names no wait (guess: the shortest window is a second)."""

_ROOM = 1.005
"""Their clock and ours do not run quite alike (guess)."""


def _rates(per_minute: int, per_second: int) -> tuple[Rate, ...]:
    return (Rate(n=per_second, per_s=1 * _ROOM), Rate(n=per_minute, per_s=60 * _ROOM))


TIER_4 = _rates(per_minute=1000, per_second=50)
"""Nearly every im and contact call; for each interface, app and tenant (frequency page, read 2026-11)."""

RATES = {
    # 5 a second to one user, and to one group, shared by all its bots (im-v1/message/create, read 2026-11)
    "feishu:user:*": (Rate(n=5, per_s=1 * _ROOM),),
    "feishu:chat:*": (Rate(n=5, per_s=1 * _ROOM),),
    # 5 a second for one message (im-v1/message/patch, read 2026-11)
    "feishu:message:*": (Rate(n=5, per_s=1 * _ROOM),),
    # 特殊频控: the number is not published; 5 a second is a guess
    "feishu:contact.department.get": (Rate(n=5, per_s=1 * _ROOM),),
    # no parallel calls, 5 a second (drive-v1/file/create_folder, read 2026-11)
    "feishu:drive.files.create_folder": (Rate(n=5, per_s=1 * _ROOM),),
    # 20 a second (drive-v1/file/list, read 2026-11)
    "feishu:drive.files.list": (Rate(n=20, per_s=1 * _ROOM),),
    # 100 a minute (drive-v1/permission-member/create, read 2026-11)
    "feishu:drive.permission_member.create": (Rate(n=100, per_s=60 * _ROOM),),
    "feishu:*": TIER_4,
}

CALLS = "calls"
"""The month's pot of the free editions; empty it answers 99991403 (general codes page, read 2026-11)."""


def lane(call: str) -> str:
    """The lane of an interface: a limit counts per interface."""
    return f"feishu:{call}"


RECALL = (Budget(lane=lane("im.message.delete"), pot=CALLS),)


def budgets(effect: Effect) -> tuple[Budget, ...]:
    """The interface's lane, which pays for the call, and the receiver's own."""
    match effect:
        case SendText() | SendCard():
            kind = "user" if isinstance(effect.to, Account) else "chat"
            return (
                Budget(lane=lane("im.message.create"), pot=CALLS),
                Budget(lane=f"feishu:{kind}:{effect.to.id}"),
            )
        case UpdateCard():
            return (
                Budget(lane=lane("im.message.patch"), pot=CALLS),
                Budget(lane=f"feishu:message:{effect.message_id}"),
            )
        case Recall():
            return RECALL
        case SendBatch():
            return ()
