"""问卷命令的话: what the bodies of ``yizhan poll`` refuse with, and the way out."""

from __future__ import annotations

from datetime import datetime

from policies.wording import moments

PLATFORM = "飞书"
UNKNOWN = "没有这份问卷：{run}。看看 yizhan poll list。"
NOT_OPEN = "{run} 不是开着的，什么也没做。"
NO_HOLDER = "{run} 的钥匙不在保管人手里，到点自己会拆。"
NO_KEY = "没有收到钥匙：应当是 64 个十六进制字符，从标准输入给。"
TAMPERED = "{run} 库里的条款不是发出时封好的那一份，不能拆；有人直接改过数据库，先查清，什么也没做。"
WRONG_KEY = "这把钥匙打不开 {run} 的票箱，什么也没做。"
BUSY = "{run} 刚刚有变化，没有拆。再试一次。"
NO_KEYS = "这里没有票箱钥匙的文件夹。"


def not_yet(run: str, closes_at: datetime, now: datetime, *, zone: str) -> str:
    return f"{run} 要到 {moments.at(closes_at, now, zone=zone)} 才结束，不能提前拆，什么也没做。"
