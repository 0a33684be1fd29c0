"""点按的话 (pressed): toasts and the words a used card carries; short, since a toast is short."""

from __future__ import annotations

from datetime import datetime

from policies import tags
from policies.wording import moments

TAKEN = "收到，正在办"
SENT = "已发出"
CANCELLED = "已取消，没有发出去"
USED = "这张卡片已经用过了"
NOT_YOURS = "这不是给你的卡片"
STALE = "内容后来改过，请看新的那张卡片"
EXPIRED = "这张卡片过期了，再跟我说一次就好"
RECEIVED = "记下了，谢谢，不用在群里再回“收到”"
RECALLED = "这条已经撤回了，不用回"
TOLD = "我私下告诉你了"
NOT_KNOWN = "通讯录里还是没有找到你，所以没有办"
NOT_ALLOWED = "你现在没有这项授权，所以没有办"
TOO_LATE = "已经发出去了，取消不了；可以撤回"
NOT_RECEIVED = "没有收到，请再按一次"
ON_MY_SIDE = "是我这边出了问题，没有办成，已经告诉管理员"


def scheduled(moment: datetime, now: datetime, *, zone: str = moments.ZONE) -> str:
    """``已排到 9月9日（周三）09:05 左右``."""
    return f"已排到 {moments.at(moment, now, zone=zone, about=True)}"


def undoable(seconds: int) -> str:
    return f"{seconds} 秒后发出，现在还可以撤销"


def asked(name: str) -> str:
    return f"已请{tags.one_line(name, 12) or '审核人'}看一眼"


def used_by(name: str) -> str:
    """Somebody else of those who could press was first."""
    return f"{tags.one_line(name, 12)}已经处理过了" if name else USED


def sent(n: int, of: int) -> str:
    return SENT if n == of else f"已发出 {n}/{of} 份"
