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
