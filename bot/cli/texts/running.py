"""``run``, ``explain``, ``outbox``, ``audit``."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

RUN_PANEL = "运行"
LOOK_PANEL = "查看"
RUN = "运行机器人，直到 Ctrl-C"
LOCKED = "已经有一个驿站在用 {path}（进程 {pid}，{since} 起），没有动任何东西。"
STORE_SAYS_NO = "数据打不开：{why}"
PORT_TAKEN = "健康页面的端口 {listen} 打不开：{why}。换一个 [health] listen 再试。"
WEBHOOK_TAKEN = "接收飞书事件的端口 {listen} 打不开：{why}。换一个 [feishu] webhook_listen 再试。"

EXPLAIN = "某人如果这么说会怎样：结论、原因、最小的改法，不发任何东西"
EXPLAIN_TEXT = "要说的话"
EXPLAIN_AS = "谁说：姓名、姓名（部门），或 feishu:ID"
EXPLAIN_TO = "发给谁：company、部门名、群名、人名"
EXPLAIN_AT = "什么时候说，如 2026-09-08 21:40；不写就是现在"
AS_JSON = "输出 JSON"
EXPLAINED = "结论：{verdict}（{audience} {people} 人）"
VERDICTS = {"allow": "放行", "remind": "提醒", "hold": "暂缓", "review": "送审", "refuse": "拒绝"}
MARKS = {"allow": "✓", "remind": "~", "hold": "~", "review": "?", "refuse": "✗"}
PART = " → {people} 人 {when}"
AT_ONCE = "现在"
WAYS_OUT = "最小的改法："

OUTBOX = "看排队中的消息，放行、取消、补发"
OUTBOX_LIST = "列出还没发出去的，和为什么"
OUTBOX_RELEASE = "现在就放行（按编号）"
OUTBOX_CANCEL = "取消还没发的（按编号）"
OUTBOX_RETRY = "补发结果未知或没发出去的（按编号），开头会写明是补发"
OUTBOX_IDS = "编号，可以写几个"
OUTBOX_STATE = "只看这些状态：held due attempted sent unknown dead cancelled quarantined"
OUTBOX_COLUMNS = ("编号", "状态", "给谁", "什么时候", "试过", "原因")
NOTHING_WAITS = "没有排队中的消息。"
SOME_PEOPLE = "{names}等 {people} 人"
RELEASED = "放行了 {done}/{asked} 条。"
CANCELLED = "取消了 {done}/{asked} 条；没取消的已经发出或正在发。"
RETRIED = "补发 {done}/{asked} 条；没补发的不是“结果未知”或“没发出去”。"
STATES = {
    "held": "暂缓",
    "due": "待发",
    "attempted": "正在发",
    "sent": "已发出",
    "unknown": "结果未知",
    "dead": "没发出去",
    "cancelled": "已取消",
    "quarantined": "待确认",
}

AUDIT = "审计日志"
AUDIT_VERIFY = "检查审计日志有没有被改过"
AUDIT_BROKEN = "第 {line} 行和它前后的对不上（共 {lines} 行）：有人改过、删过，或磁盘坏了。"


def audit_whole(lines: int, gone: int, head: str) -> str:
    """``gone``: how many of the oldest were kept long enough."""
    purged = f"其中前 {gone} 行已过保存期删除，剩下的从那里接着核对，" if gone else ""
    return f"完整，共 {lines} 行，{purged}最后一行的指纹 {head}。"


def moment(iso: str) -> str:
    """``9月9日（周三）09:05``."""
    local = datetime.fromisoformat(iso).astimezone(ZoneInfo("Asia/Shanghai"))
    return f"{local.month}月{local.day}日（周{'一二三四五六日'[local.weekday()]}）{local:%H:%M}"
