"""Every refusal that the wording knows carries a press that leads somewhere; a new one cannot be said without."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import typing
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import policies.wording
from bot.conversation.parse import Unclear, parse
from bot.turns import pressed
from policies.model import Platform
from policies.verdict import Report
from policies.wording import due
from policies.wording.refusal import AFRESH, AGAIN, Refusal

NOW = datetime(2026, 9, 8, 2, 0, tzinfo=UTC)
FOLDER = Path(policies.wording.__file__).parent
PAGES = [
    importlib.import_module(f"policies.wording.{one.name}") for one in pkgutil.iter_modules([str(FOLDER)])
]
REPORT = Report(
    departments=("市场部",),
    people=23,
    starts=date(2026, 9, 7),
    ends=date(2026, 9, 20),
    today=date(2026, 9, 8),
    figures=(),
)
ASKED = "给研友部发个匿名问卷"
SAMPLES: dict[str, Any] = {
    "name": "张三", "text": "例会改到十点", "given": "回头", "options": ("9月9日（周三）03:00", "9月9日（周三）15:00"),
    "written": "研友部", "said": ASKED, "near": ("研发部",), "names": ("周敏",), "heads": ("陈立",), "admins": ("周敏",),
    "label": "研发部", "n": 2000, "limit": 1000, "longest": 2000, "why": "several", "reasons": ("全员公告只有人力能发。",),
    "choices": due.ASK, "platform": Platform.DINGTALK, "spent": 4000, "dry_on": date(2026, 9, 20), "report": REPORT,
    "today": date(2026, 9, 8), "now": NOW, "until": NOW, "zone": "Asia/Shanghai", "is_anonymous": True, "is_edit": False,
}  # fmt: skip
"""What the parameters of a sentence may be, by their names."""


def _refusals() -> Iterator[tuple[str, Refusal]]:
    """Constants of a page, and what its functions return, asked with each sample that changes their ways."""
    for page in PAGES:
        for name, found in vars(page).items():
            where = f"{page.__name__.rpartition('.')[2]}.{name}"
            if isinstance(found, Refusal):
                yield where, found
            if inspect.isfunction(found) and found.__module__ == page.__name__ and _says_one(found):
                yield where, found(**_samples(found))


def _samples(function: Any) -> dict[str, Any]:
    moments = [name for name, kind in typing.get_type_hints(function).items() if kind is datetime]
    return {
        name: NOW if name in moments else SAMPLES[name] for name in inspect.signature(function).parameters
    }


def _says_one(function: Any) -> bool:
    return typing.get_type_hints(function).get("return") is Refusal


REFUSALS = dict(_refusals())


def test_the_table_is_not_empty():
    assert len(REFUSALS) > 30
    assert {
        "said.stranger",
        "said.not_read_yet",
        "said.too_long",
        "quota.used_up",
        "quota.running_low",
    } <= set(REFUSALS)


@pytest.mark.parametrize("refused", REFUSALS.values(), ids=REFUSALS.keys())
def test_every_way_out_is_words_that_are_understood_or_an_act_that_exists(refused):
    assert refused.ways
    assert len({way.label for way in refused.ways}) == len(refused.ways)
    for way in refused.ways:
        acts = way.id in pressed.TURNS or way.id in (AGAIN.id, AFRESH.id)
        assert acts or not isinstance(parse(way.id), Unclear), way


def test_without_a_way_out_none_can_be_said():
    with pytest.raises(ValueError, match="ways out"):
        Refusal(text="没有发。", ways=())


# ── A sentence that refuses is a refusal ──────────────────────────────────────────────────────────

REFUSING = ("没有发", "没有改", "没有动", "没有记", "没有办", "没有暂停", "没有转", "做不到", "取消不了", "改不了", "不能替你",
            "没有找到", "没看懂", "查不了", "先没有", "没有可以", "认不出你")  # fmt: skip
AT_THE_MACHINE = frozenset(
    {"doctor", "applying", "polls_at_the_machine", "privacy", "rehearsal", "workspace", "workspace_guards",
     "workspace_small", "workspace_todo", "back", "moments", "ballot", "rates", "verdict_page", "advice"}
)  # fmt: skip
"""Pages of the command line and of papers: nothing can be pressed there."""
IN_A_CARD_WITH_WAYS = frozenset(
    {"announcement.sentence", "important_tag.sentence", "mentions.sentence", "work_hours._ask", "work_hours.sentence",
     "preview.title", "review.declined", "said.unknown_audience", "said.when_to_send", "adopting.not_clear",
     "keeping.changed"}
)  # fmt: skip
"""Said by a card or a refusal of another name, whose buttons have tests of their own."""
TOASTS = frozenset(
    {"pressed.CANCELLED", "pressed.NOT_ALLOWED", "pressed.NOT_KNOWN", "pressed.ON_MY_SIDE", "pressed.TOO_LATE",
     "poll_drafts.NO_QUESTIONS", "passing_on.passed_on", "review.no_more", "questionnaire.NOT_ASKED",
     "questionnaire.NOT_FILLED", "feedback.DROPPED", "adopting.LEFT_ALONE"}
)  # fmt: skip
"""A line over a card that stays there with its buttons; no toast of either platform has any."""
DONE_AS_WISHED = frozenset(
    {"said.cancelled", "said.undone", "said.STATES", "keeping.handed_over", "progress._figures", "pilot.stop_preview",
     "feedback.contact_told", "passing_on.wish", "passing_on.unknown", "adopting.declined", "pausing.NOT_PAUSED",
     "pausing.running", "pausing.CUT_OFF", "pilot.status", "kept.said_of", "questionnaire.HOW_ANONYMOUS",
     "questionnaire.is_it_anonymous", "questionnaire.terms_page", "poll_drafts.weekly"}
)  # fmt: skip
"""Answers to what was asked, and news: nothing that its reader wanted was refused."""
ELSEWHERE = frozenset(
    {"adopting.busy", "audience.not_one", "pilot._missing", "questionnaire.not_opened", "questionnaire.not_a_number"}
)  # fmt: skip
"""At the machine, where the way out is a command or a line of the file; and a question that is asked again."""
NOT_A_REFUSAL = IN_A_CARD_WITH_WAYS | TOASTS | DONE_AS_WISHED | ELSEWHERE


def _sentences() -> Iterator[tuple[str, str]]:
    """Where a string of a page stands, and what it says; those inside a Refusal or a Card are not among them."""
    for file in sorted(FOLDER.glob("*.py")):
        if file.stem in AT_THE_MACHINE:
            continue
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            name = getattr(node, "name", "") or "/".join(
                target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)
            )
            returns = getattr(node, "returns", None)
            if isinstance(returns, ast.Name) and returns.id in ("Refusal", "Card"):
                continue
            yield from ((f"{file.stem}.{name}", said) for said in _said(node))


def _said(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Refusal", "Card"):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _said(child)


def test_a_sentence_that_refuses_is_said_with_a_way_out():
    found = {where for where, said in _sentences() if any(word in said for word in REFUSING)}
    assert found - NOT_A_REFUSAL == set(), "say it as a Refusal"
    assert NOT_A_REFUSAL - found == set()
