"""How much of what people say is understood, and how long it takes: ``python -m bench.understanding [--wrong]``.

The sentences stand in tests/data/utterances, one JSON object a line: ``say``, ``means`` and the words that fill it.
heldout.jsonl was written before the grammar; nobody tunes by it.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.conversation.parse import Announce, Ask, Intent, Unclear, parse

FOLDER = Path(__file__).parent.parent / "tests" / "data" / "utterances"
SETS = ("tuned", "heldout")

NAMES = frozenset(
    [
        "市场部",
        "研发部",
        "财务部",
        "人力资源部",
        "行政部",
        "行政",
        "产品部",
        "销售部",
        "苏州工厂",
        "设计组",
        "接口组",
        "羽毛球社",
        "研发日常",
        "秋季新品",
        "禾川全员",
        "周敏",
        "沈卫东",
        "王芳",
        "陈立",
        "李想",
        "赵小满",
        "张伟",
        "何佳",
        "林岚",
        "沈洁",
        "何强",
        "孙莉",
        "陈嘉",
        "阿卜杜拉·买买提",
        "周㛃",
    ]
)
"""The departments, groups and people of 禾川科技 that these sentences speak of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Of one set: ``wrong`` holds (sentence, expected, understood); ``false_alarms`` announcements nobody made."""

    name: str
    size: int
    wrong: tuple[tuple[str, str, str], ...]
    false_alarms: tuple[str, ...]

    @property
    def rate(self) -> float:
        return 1 - len(self.wrong) / self.size

    def __str__(self) -> str:
        right = self.size - len(self.wrong)
        return f"{self.name}: {right}/{self.size} = {self.rate:.1%}, false announcements {len(self.false_alarms)}"


def utterances(name: str) -> list[dict[str, str]]:
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def understood(said: str) -> Intent:
    return parse(said, NAMES.__contains__)


def flat(intent: Intent) -> dict[str, Any]:
    """The intent in the words of the files; empty slots left out."""
    match intent:
        case Announce():
            found = {
                "means": "announce",
                "to": intent.to,
                "kind": intent.kind,
                "text": intent.text,
                "when": intent.when,
            }
        case Ask():
            found = {
                "means": intent.wish.value,
                "about": intent.about,
                "when": intent.when,
                "text": intent.text,
            }
        case Unclear():
            found = {"means": "near" if intent.near else "unclear", "near": intent.near}
    return {key: value for key, value in found.items() if value}


def score(name: str) -> Score:
    """Every slot that a line names must be filled as it says; a time in a slot may not be missed."""
    wrong, alarms = [], []
    lines = utterances(name)
    for line in lines:
        expected = {key: value for key, value in line.items() if key != "say" and value}
        found = flat(understood(line["say"]))
        seen = {key: value for key, value in found.items() if key in line or key == "when"}
        if seen != expected:
            wrong.append((line["say"], str(expected), str(found)))
        if found["means"] == "announce" and expected["means"] != "announce":
            alarms.append(line["say"])
    return Score(name=name, size=len(lines), wrong=tuple(wrong), false_alarms=tuple(alarms))


def microseconds_each(rounds: int = 5) -> float:
    """Per sentence, over both sets, the fastest of several rounds."""
    said = [line["say"] for name in SETS for line in utterances(name)]
    fastest = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        for each in said:
            understood(each)
        fastest = min(fastest, time.perf_counter() - began)
    return fastest / len(said) * 1e6


def main() -> None:
    for name in SETS:
        found = score(name)
        print(found)
        if "--wrong" in sys.argv and name != "heldout":
            for said, expected, got in found.wrong:
                print(f"  {said!r}\n    expected {expected}\n    got      {got}")
    print(f"{microseconds_each():.0f} µs per sentence")


if __name__ == "__main__":
    main()
