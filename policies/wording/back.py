"""恢复的话 (back): what of the groups goes back to how it was found, what stays, and who could change that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policies.model import Chat
from policies.workspace.compare import Aspect, Difference

NEVER_SEEN = "这个试点启动时没有记下群的样子，群我不动。"
NOTHING = "群和启动时看到的一样，没有要恢复的。"
CHANGED = "群的现状和上次给你看的不一样，先看新的这份；群没有动。再执行一次就照它做。"
GUARDED = "守卫拦下了，群没有动；看清楚要移除的人，确认以后加 --force。"
HEAD = "群要恢复成启动时的样子："
WISHES = "配置里的 [workspace] 没有变，下一次 yizhan plan 还会按它提出来；不想再改，就把那几段拿掉。"


def hands(n: int) -> str:
    return f" = 人手改的  {n} 处，照大家现在的样子留着"


def stays(those: Iterable[Difference], names: Mapping[Chat, str]) -> list[str]:
    """What no call of ours can undo, a line each, with who can."""
    return [_stays(one, names) for one in those]


def _stays(one: Difference, names: Mapping[Chat, str]) -> str:
    name = f"“{names.get(one.chat, one.chat.id)}”" if one.chat is not None else ""
    match one.aspect:
        case Aspect.THERE:
            return (
                f" ! 要人来定  {name}是试点期间建的，里面有大家的聊天，我不解散；要解散，请群主在客户端里做"
            )
        case Aspect.OWNER:
            return f" ! 要人来定  {name}的群主换过，平台不让我换回来；请现在的群主在客户端里转让"
        case Aspect.FOLDERS:
            return f" = 文件夹    {'、'.join(sorted(one.come))} 留着，里面可能有大家的文件"
        case _:
            return f" ! 要人来定  {name}原来只让指定的几位发言，名单要请群主在客户端里重设"


def applied(done: int, of: int) -> str:
    return f"群恢复了 {done}/{of} 处。"
