"""When a questionnaire is asked, as written (何时问): a day, every week, or a day of the pilot."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Any

from pydantic import PlainValidator

from bot.config.values import reject
from policies.questionnaire.occasions import Rhythm, When

_CLOCK = r"(?P<clock>([01]?\d|2[0-3]):[0-5]\d)"
_DAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_CHINESE = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_ONCE = re.compile(rf"(?P<day>\d{{4}}-\d{{2}}-\d{{2}})[ T]{_CLOCK}")
_WEEKLY = re.compile(
    rf"(?:every\s+(?P<en>mon|tue|wed|thu|fri|sat|sun)\w*|每(?:个)?(?:周|星期)(?P<zh>[一二三四五六日天]))\s*{_CLOCK}",
    re.IGNORECASE,
)
_PILOT = re.compile(rf"(?:pilot\s+day|试点第)\s*(?P<nth>\d{{1,2}})\s*天?\s*{_CLOCK}", re.IGNORECASE)
EXAMPLES = ('"2026-09-11 16:00"', '"每周五 16:00"', '"试点第 5 天 16:00"')


def _when(written: Any) -> When:
    text = written.strip().replace("：", ":") if isinstance(written, str) else ""
    if found := _ONCE.fullmatch(text):
        try:
            return When(rhythm=Rhythm.ONCE, day=date.fromisoformat(found["day"]), at=_clock(found["clock"]))
        except ValueError:
            return reject("when", *EXAMPLES)
    if found := _WEEKLY.fullmatch(text):
        weekday = _DAYS[found["en"].lower()] if found["en"] else _CHINESE[found["zh"]]
        return When(rhythm=Rhythm.WEEKLY, weekday=weekday, at=_clock(found["clock"]))
    if (found := _PILOT.fullmatch(text)) and int(found["nth"]):
        return When(rhythm=Rhythm.PILOT, nth=int(found["nth"]), at=_clock(found["clock"]))
    return reject("when", *EXAMPLES)


def _clock(written: str) -> time:
    return time.fromisoformat(written.zfill(5))


WhenAsked = Annotated[When, PlainValidator(_when)]
