"""The sentences of ``yizhan poll`` (问卷) and of what is said where sealed terms were to be changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policies.questionnaire.model import Terms

POLL = "问卷：看有哪些、看结果、提前停下"
LIST = "有哪些问卷，到了哪一步"
SHOW = "一份问卷的条款，结束后还有结果"
STOP = "停下一份开着的问卷：收到的答案不拆，直接销毁"
CLOSE = "交出保管的钥匙，拆箱计票（钥匙从标准输入读）"
KEY = "给保管人生成一对钥匙"
RUN = "问卷的编号，见 yizhan poll list"
YES = "不再问一遍"

NOTHING = "没有问卷：在 config.toml 里写 [[questionnaire]]。"
COLUMNS = ("编号", "标题", "状态", "开始", "结束", "参与", "指纹")
STATES = {
    "planned": "排好了",
    "open": "开着",
    "closed": "拆完了",
    "reported": "结束",
    "cancelled": "取消",
}
REALLY = "停下 {run}？收到的答案会销毁，谁也看不到。加上 --yes 再来一次。"
STOPPED = "停下了 {run}；收到的答案没有拆，钥匙已销毁。"
CLOSED = "拆完了 {run}，钥匙已销毁。结果：yizhan poll show {run}"
THE_KEY = """\
写进配置的公开一半（holder_key）：
  {public}
自己保管、结束时再交出来的另一半。抄下来或存进密码管理器，不要放在这台机器上；丢了，问卷就作废：
  {private}"""

_SEALED = (
    "{id}：卡片已经发出，条款封好了（指纹 {fingerprint}），{keys} 不能再改。改回去，或者等它 {at} 结束。"
)
NOTHING_DONE = "什么也没做。"


def sealed(found: Iterable[tuple[Terms, tuple[str, ...]]]) -> str:
    """What was to be changed of open questionnaires, one line each."""
    lines = [
        _SEALED.format(
            id=terms.questionnaire,
            fingerprint=terms.fingerprint,
            keys="、".join(keys),
            at=f"{terms.closes_at:%Y-%m-%d %H:%M}",
        )
        for terms, keys in found
    ]
    return "\n".join([*lines, NOTHING_DONE])


# ── yizhan audit anonymity ────────────────────────────────────────────────────────────────────────

ANONYMITY = "拿库、预写日志、备份、日志当攻击者，试着认出匿名问卷是谁答的"
ANONYMITY_FILES = "还要一起搜的文件或文件夹：备份、日志"
ATTACKED = "试了 {n} 种办法，{broken} 种有收获。"
IDLE = "其中 {n} 种现在没有可看的：问卷结束、分部门的结果出来之后再试一次。"
_ATTACKS = {
    "order": "按行号、事务号的先后，把参与和选票配对",
    "times": "找参与和文字意见旁边的时间",
    "raw-presses": "在收件箱里找原始的点按",
    "cards": "找因为某人选了什么而改过的卡片",
    "early-results": "结束之前的结果：两次相减就是一个人的答案",
    "subtraction": "用总数减去公布的部门，推出不公布的",
    "audit": "在审计日志里找谁答过什么",
    "counters": "在计数和标记里找按选项记的数",
    "reminders": "只提醒一个人，再看票箱",
    "leftovers": "结束后还留着的信封和记号",
    "presses-in-files": "在数据库、预写日志、备份、日志文件里逐字节找点按",
    "keys-in-files": "在这些文件里找票箱钥匙",
    "key-permissions": "别的用户能不能读钥匙",
    "old-keys": "结束后还没销毁的钥匙",
    "free-pages": "在删除后没有覆盖的页面里找信封",
}


def attack(name: str, tried: int, found: Iterable[str]) -> str:
    """One line: what was tried on how much, and what it got; where there was nothing to try it on is no success."""
    got = "、".join(found)
    if not tried:
        return f"· {_ATTACKS.get(name, name)}（现在没有可看的）"
    return (
        f"{'✗' if got else '✓'} {_ATTACKS.get(name, name)}（看了 {tried} 处）{f'：找到 {got}' if got else ''}"
    )
