"""转告的话 (passing on): whose wish it is, in their own words, to those who may."""

from __future__ import annotations

from collections.abc import Sequence

from policies import tags
from policies.model import Account
from policies.wording import counts

LONGEST = 200


def wish(name: str, department: str, text: str) -> str:
    """To those who may do it; nothing was done by asking."""
    where = f"（{tags.one_line(department, 16)}）" if department else ""
    return f"{tags.one_line(name, 16)}{where}请我转告：{counts.quoted(text, LONGEST)}\n我没有动任何东西，等你来说。"


def unknown(account: Account) -> str:
    """To the admins: somebody the directory does not know would like to use us."""
    return (
        f"{account.platform.label}上有一位同事想用我，可我在通讯录里没有找到（账号 {tags.one_line(account.id, 64)}）。\n"
        "请看一下应用的通讯录范围；加进来以后，对方再说一次就行。"
    )


def passed_on(names: Sequence[str]) -> str:
    """The toast."""
    return f"转告{counts.names(list(names), 2)}了" if names else "现在没有可以转告的人"
