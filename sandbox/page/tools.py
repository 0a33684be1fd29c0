"""The tools beside the chat (工具栏): what the record holds, what goes wrong on demand, what the clock shows."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.clock import parse_moment
from sandbox.fields import to_json
from sandbox.page import look
from sandbox.recorder import Record
from sandbox.town import Town

CALLS_SHOWN = 100
LONGEST_BODY = 4000
"""Characters of a body that are shown; the record has all of it."""
LINE_FAULTS = (
    ("disconnect", "断线", "连接马上断开，机器人要自己重连"),
    ("refuse", "拒绝连接", "下一次连接被拒绝"),
    ("duplicate", "重复投递", "下一个事件投两次"),
    ("reorder", "乱序", "下一个事件晚于它后面的那个"),
    ("drop", "丢消息", "下一个事件不投递"),
    ("lost-ack", "丢回执", "机器人的回执当作没收到，会再投一次"),
    ("zombie", "假连接", "连接看着还在，其实什么都不再来"),
    ("silent", "静默", "不再回应心跳"),
)
CALL_FAULTS = (
    ("status:429", "限流 429", "下一次接口调用被限流"),
    ("status:500", "服务器 500", "下一次接口调用，平台自己出错"),
    ("status:403", "没有权限 403", "下一次接口调用被拒绝"),
    ("slow:2s", "慢 2 秒", "下一次接口调用多等两秒（真实时间）"),
    ("cut", "请求中断", "请求没有被执行，连接断开"),
    ("lost-answer", "回答丢失", "请求已经执行，但回答没有传回来"),
)
KINDS = {
    "feishu": (
        ("post", "图文", '{"title": "周报", "content": [[{"tag": "text", "text": "正文"}]]}'), ("sticker", "表情包", "{}"),
        ("location", "位置", '{"name": "西湖", "longitude": "120.1", "latitude": "30.2"}'), ("todo", "任务", '{"title": "交周报"}'),
        ("vote", "投票", '{"topic": "周五吃什么", "options": ["面", "饭"]}'), ("audio", "语音", '{"duration": 3000}'),
        ("media", "视频", '{"file_name": "a.mp4"}'), ("folder", "文件夹", '{"file_name": "资料"}'), ("hongbao", "红包", "{}"),
        ("share_user", "个人名片", '{"person": "lixiang"}'), ("share_chat", "群名片", '{"chat": "研发部"}'),
        ("merge_forward", "聊天记录", '{"message_ids": []}'), ("video_chat", "视频会议", "{}"), ("share_calendar_event", "日程", "{}"),
    ),
    "dingtalk": (
        ("richText", "图文", '{"richText": [{"text": "看图"}, {"type": "picture"}]}'),
        ("audio", "语音", '{"duration": 3000, "recognition": "听到的字"}'), ("video", "视频", '{"duration": 5}'),
        ("unknownMsgType", "别的", '{"unknownMsgType": "不支持的消息类型"}'),
    ),
}  # fmt: skip
"""What people may send beside words and files, with content to begin with."""
_LABELS = {kind: label for kind, label, _ in (*LINE_FAULTS, *CALL_FAULTS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of an API as the log shows it; ``look`` is ``good``, ``bad`` or ``lost``."""

    id: int
    at: str
    platform: str
    method: str
    path: str
    query: str
    status: str
    look: str
    fault: str
    body: str
    response: str
    unknown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveFault:
    """One fault in force."""

    index: int
    label: str
    platform: str
    scope: str
    times: str


def calls(town: Town, *, since: int = 0, platform: str = "") -> list[Call]:
    """The latest calls after ``since``, oldest first; ``platform`` may be empty for all."""
    if since:
        newer = town.recorder.records(since=since, platform=platform or None)
        return read(deque(newer, maxlen=CALLS_SHOWN))
    return read(town.recorder.latest(CALLS_SHOWN, lambda record: platform in ("", record.platform)))


def read(records: Iterable[Record]) -> list[Call]:
    return [_call(json.loads(record.as_line())) for record in records]


def _call(entry: dict[str, Any]) -> Call:
    status = entry["status"]
    return Call(
        id=entry["id"], at=parse_moment(entry["t"]).strftime("%m-%d %H:%M:%S"), platform=entry["platform"],
        method=entry["method"], path=entry["path"], query=pretty(entry["query"]) if entry["query"] else "",
        status=str(status) if status is not None else "断开",
        look="lost" if status is None or entry["fault"] == "lost-answer" else _mood(status, entry["response"]),
        fault=_LABELS.get(entry["fault"] or "", entry["fault"] or ""),
        body=pretty(entry["body"]), response=pretty(entry["response"]), unknown=entry.get("unknown") is True,
    )  # fmt: skip


def _mood(status: int, response: Any) -> str:
    """Both platforms say some errors with HTTP 200 and a code."""
    if status >= 400:
        return "bad"
    code = response.get("code", response.get("errcode", 0)) if isinstance(response, dict) else 0
    return "good" if code in (0, "0", None) else "bad"


def pretty(value: Any) -> str:
    """JSON to read; JSON inside a string (both platforms like that) is opened."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _cut(value)
    try:
        text = json.dumps(_opened(value), ensure_ascii=False, indent=2)
    except (TypeError, ValueError, RecursionError):
        text = to_json(value)
    return _cut(text)


def _opened(value: Any, depth: int = 0) -> Any:
    if depth > 20:
        return value
    if isinstance(value, dict):
        return {key: _opened(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_opened(each, depth + 1) for each in value]
    if isinstance(value, str) and value[:1] in ("{", "[") and len(value) < LONGEST_BODY * 8:
        try:
            return _opened(json.loads(value), depth + 1)
        except (ValueError, RecursionError):
            return value
    return value


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_BODY else f"{text[:LONGEST_BODY]}\n…（共 {len(text)} 个字符）"


def faults(town: Town) -> list[ActiveFault]:
    """What is in force, in its order."""
    return [_fault(index, each) for index, each in enumerate(town.faults.shown())]


def _fault(index: int, shown: dict[str, Any]) -> ActiveFault:
    match = shown.get("match", {})
    platform = shown.get("stream") or match.get("platform") or ""
    scope = [f"{match[key]}" for key in ("method", "path") if match.get(key)]
    scope += [f"含“{match['body']}”"] if match.get("body") else []
    scope += [f"先放过 {match['skip']} 次"] if match.get("skip") else []
    return ActiveFault(
        index=index, label=_LABELS.get(shown["kind"], shown["kind"]), platform=platform,
        scope=" ".join(scope), times="一直" if not shown["times"] else f"{shown['times']} 次",
    )  # fmt: skip


def clock(town: Town) -> dict[str, Any]:
    """What the clock's face shows; ``busy`` is why it must not move now."""
    now = town.clock.now()
    return {
        "now": now.isoformat(), "day": look.day(now), "time": now.strftime("%H:%M:%S"),
        "standing": town.clock.standing, "busy": town.clock.why_busy(), "followers": town.clock.followers.names(),
    }  # fmt: skip
