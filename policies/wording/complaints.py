"""抱怨的名字 (complaints): how a class of complaints is called wherever it is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

NAMES: Mapping[str, str] = {
    "too-many": "消息提醒过多",
    "hard-to-find": "文件查找不便",
    "too-late": "消息来得太晚",
    "not-for-me": "和我无关的消息",
    "at-night": "下班后被打扰",
    "unclear": "规则看不懂",
    "cumbersome": "步骤太麻烦",
    "tool": "工具用不惯",
    "safety": "人身与安全",
    "other": "其他",
}


def listed(classes: Mapping[str, int], most: int = 3) -> str:
    """``“消息提醒过多”9 次、“文件查找不便”5 次``; safety is never shown in a list."""
    ranked = sorted(
        ((name, n) for name, n in classes.items() if name != "safety" and n),
        key=lambda one: (-one[1], one[0]),
    )
    return "、".join(f"“{NAMES.get(name, name)}”{n} 次" for name, n in ranked[:most])


def names(classes: Sequence[str]) -> str:
    return "、".join(NAMES.get(name, name) for name in classes) or NAMES["other"]
