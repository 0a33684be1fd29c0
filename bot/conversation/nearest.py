"""最近的命令 (nearest): 法通知 → 发通知, by sound; it only proposes."""

from __future__ import annotations

from functools import cache

COMMANDS = ("发通知", "帮助", "你会什么", "你是谁", "我的消息", "取消", "撤回", "改内容", "改时间", "为什么", "谁还没看", "谁能发全员", "现在几点下班", "暂停驿站", "恢复驿站", "我要反馈", "发全员", "发部门", "发群")  # fmt: skip
"""What is proposed: each is understood when it is said."""

_SHORT = {"反馈": "我要反馈", "恢复": "恢复驿站", "暂停": "暂停驿站", "功能": "你会什么", "公告": "发通知"}
"""Short forms that people slip in, and the command that is then proposed."""

CUT_OFF = 80
"""Of 100, compared by sound: 帮组 → 帮助 93, 今天天气 → 47."""

_HEADS = ("发通知", "通知", "发公告", "公告", "发全员", "发部门", "发群", "提醒", "告诉")
_LONGEST_HEAD = 3
_HEAD_CUT_OFF = 95
_LONGEST = 8
_LONGEST_LETTERS = 18


def nearest(said: str, core: str) -> str:
    """The command that sounds most like the sentence, or like its head before a colon; ``""`` when none does.

    Args:
        core: the sentence without courtesies.
    """
    longest = _LONGEST_LETTERS if core.isascii() else _LONGEST
    if 1 < len(core) <= longest:
        found = _best(core, (*COMMANDS, *_SHORT), CUT_OFF)
        if found:
            return _SHORT.get(found, found)
    if not core.isascii() and any(sign in said for sign in "：: "):
        for length in range(min(_LONGEST_HEAD, len(core)), 1, -1):
            if _best(core[:length], _HEADS, _HEAD_CUT_OFF):
                return "发通知"
    return ""


def prepare() -> None:
    """Import what compares by sound, so that nobody's first sentence waits for it within a transaction."""
    for command in COMMANDS:
        _sound_of_command(command)
    _best(COMMANDS[0], COMMANDS, CUT_OFF)


def _best(said: str, commands: tuple[str, ...], cut_off: int) -> str:
    from rapidfuzz import fuzz

    sound = sound_of(said)
    if len(sound) < 3:
        return ""
    scored = [(fuzz.ratio(sound, _sound_of_command(command)), -n) for n, command in enumerate(commands)]
    score, place = max(scored)
    return commands[-place] if score >= cut_off else ""


def sound_of(said: str) -> str:
    """Pinyin without tones and spaces; imported on first use, for it takes 54 MB."""
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(said)).lower().replace(" ", "")


@cache
def _sound_of_command(command: str) -> str:
    return sound_of(command)
