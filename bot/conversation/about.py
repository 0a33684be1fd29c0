"""说的是哪一条 (about): what a question names of a notice, and whether it is about a delay."""

from __future__ import annotations

import re

_EVERY_NOTICE = re.compile(r"通知|公告|消息|昨天|今天|前天|上周|刚才|那条|这条|那个|的")
_LATE = ("才", "晚", "这么久", "没收到", "还没到")


def is_about(named: str, written: str) -> bool:
    """Two characters in a row of ``昨天的培训通知`` stand in what was written, words of every notice aside."""
    bare = _EVERY_NOTICE.sub("", named)
    return any(bare[nth : nth + 2] in written for nth in range(len(bare) - 1))


def is_about_delay(text: str) -> bool:
    """``为什么 9:06 才收到``."""
    return any(word in text for word in _LATE)
