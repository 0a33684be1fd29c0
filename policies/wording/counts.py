"""数与名 (counts): numbers with their denominators, names on one line."""

from __future__ import annotations

from collections.abc import Sequence

from policies import tags


def share(n: int, of: int) -> str:
    """``17/41 人``; 不知道 where there is no denominator."""
    return f"{n}/{of} 人" if of else "人数不知道"


def names(people: Sequence[str], limit: int = 3) -> str:
    """``王芳、何佳等 5 人``; unknown names are counted, not shown."""
    known = [tags.one_line(name) for name in people if name]
    shown = "、".join(known[:limit])
    if len(people) <= limit and len(known) == len(people):
        return shown
    return f"{shown}等 {len(people)} 人" if shown else f"{len(people)} 人"


def either(labels: Sequence[str]) -> str:
    """``人力资源部负责人和周敏``."""
    shown = [tags.one_line(label) for label in labels if label]
    if len(shown) < 2:
        return "".join(shown)
    return f"{'、'.join(shown[:-1])}和{shown[-1]}"


def quoted(text: str, limit: int = 60) -> str:
    """``“明早例会改到十点”``, on one line."""
    return f"“{tags.one_line(text, limit)}”"
