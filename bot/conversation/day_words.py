"""日子词 (day words): 后天, 下周三, 12月1日, 国庆节后第一个工作日."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.conversation.numerals import NUMBER, NUMERIC, read

WEEKDAYS = {
    **{day: n for n, day in enumerate("一二三四五六日")},
    "天": 6,
    **{str(n + 1): n for n in range(7)},
}

FOLLOWED = re.compile(
    r"$|[\s，。,.!！?？;；、)】\]}”’\"'~—–+@\-…]"
    r"|开会|开始|开工|开门|开[^关发口]|发(?!动|票|电|言)|交|提交|上线|上班|上午|下班|下午|再|就|要(?!求|点)|前(?![台面门厅端])"
    r"|之前|以前|到|至|截止|结束|集合|见|停|休|放假|来(?!说|看)|去|准时|左右|早|晚|中午|凌晨|傍晚|把|给|统一|通知|提醒|叫"
    r"|报名|报到|启动|切换|出发|出结果|面试|评审|例会|考试|培训|体检|团建|检修|封版|审核|安排|的早|的上午|的下午|的晚|当天|那天"
    r"|一早|周[一二三四五六日]|星期|吧|哈|哦|呢|行|可以|[（(]"
)
"""What may stand behind a bare ``3号`` or ``三点`` for it to be a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayWord:
    """A day as written.

    Attributes:
        kind: a key of ``time_days``' table.
        n: days, weeks or months ahead, as the kind says; ``None``: not said (bare 周三).
        weekday: 0 = Monday.
        name: of a holiday, ``""`` for the next one.
        is_limit: 三天内: no later than that.
    """

    kind: str
    n: int | None = None
    weekday: int | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    name: str = ""
    is_limit: bool = False


def day_at(plain: str, at: int, *, loose: bool = False) -> tuple[DayWord, int] | None:
    """The day that begins at ``at``, and where it ends.

    Args:
        loose: behind 到: ``25号`` needs no word behind it.
    """
    before = plain[at - 1] if at else ""
    for pattern, build, guard in _DAYS:
        found = pattern.match(plain, at)
        if found is None or (before and before in guard):
            continue
        word = build(found)
        if word is None:
            continue
        if word.kind in _NEEDS_A_FOLLOWER and not loose and not FOLLOWED.match(plain, found.end()):
            continue
        return word, found.end()
    return None


_NEEDS_A_FOLLOWER = frozenset({"day-of-month"})
_N = f"({NUMBER})"


def _relative(found: re.Match[str]) -> DayWord:
    return DayWord(kind="relative", n=_RELATIVE[found[0]])


_RELATIVE = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "昨儿": -1, "昨": -1,
    "今天": 0, "今日": 0, "今儿": 0, "今": 0, "当天": 0,
    "明天": 1, "明日": 1, "明儿": 1, "明": 1, "次日": 1,
    "大后天": 3, "后天": 2, "后日": 2, "后": 2,
}  # fmt: skip

_WEEKS = {
    "": None,
    "这": 0,
    "本": 0,
    "这个": 0,
    "下": 1,
    "下个": 1,
    "下一": 1,
    "下下": 2,
    "下下个": 2,
    "上": -1,
    "上个": -1,
    "上上": -2,
}
_MONTHS = {
    "": None,
    "这个": 0,
    "这": 0,
    "本": 0,
    "当": 0,
    "下": 1,
    "下个": 1,
    "下下个": 2,
    "上个": -1,
    "上": -1,
}


def _weekday(found: re.Match[str]) -> DayWord:
    return DayWord(kind="weekday", n=_WEEKS[found["which"] or ""], weekday=WEEKDAYS[found["day"]])


def _of_week(kind: str) -> Callable[[re.Match[str]], DayWord]:
    return lambda found: DayWord(kind=kind, n=_WEEKS[found["which"] or ""])


def _weeks_after(found: re.Match[str]) -> DayWord | None:
    weeks = read(found[1])
    weekday = WEEKDAYS[found[2]] if found[2] else None
    if weeks is None or not weeks:
        return None
    if weekday is None:
        return DayWord(kind="relative", n=7 * weeks)
    return DayWord(kind="weekday", n=weeks, weekday=weekday)


def _days_after(found: re.Match[str]) -> DayWord | None:
    days = read(found[1])
    return None if days is None else DayWord(kind="relative", n=days, is_limit=found[2].endswith("内"))


def _date(found: re.Match[str]) -> DayWord | None:
    month, day = read(found["month"]), read(found["day"])
    year = found.groupdict().get("year")
    if month is None or day is None or not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    return DayWord(kind="date", year=int(year) if year else None, month=month, day=day)


def _next_year(found: re.Match[str]) -> DayWord | None:
    date = _date(found)
    return None if date is None else DayWord(kind="date-next-year", month=date.month, day=date.day)


def _day_of_month(found: re.Match[str]) -> DayWord | None:
    day = read(found["day"])
    if day is None or not 1 <= day <= 31:
        return None
    which = found.groupdict().get("which") or ""
    return DayWord(kind="day-of-named-month" if which else "day-of-month", n=_MONTHS[which], day=day)


def _of_month(kind: str) -> Callable[[re.Match[str]], DayWord]:
    return lambda found: DayWord(kind=kind, n=_MONTHS[found["which"] or ""] or 0)


def _workdays(found: re.Match[str]) -> DayWord | None:
    n = read(found[1])
    return None if not n else DayWord(kind="workday", n=n, is_limit=found[2].endswith("内"))


def _holiday(kind: str) -> Callable[[re.Match[str]], DayWord]:
    return lambda found: DayWord(kind=kind, name=HOLIDAYS.get(found["name"], ""))


HOLIDAYS = {
    "国庆节": "国庆节", "国庆": "国庆节", "十一": "国庆节", "元旦节": "元旦", "元旦": "元旦", "春节": "春节", "年": "春节", "过年": "春节",
    "清明节": "清明节", "清明": "清明节", "劳动节": "劳动节", "五一": "劳动节", "端午节": "端午节", "端午": "端午节",
    "中秋节": "中秋节", "中秋": "中秋节",
}  # fmt: skip
"""What people say, and what the calendar calls it."""

_HOLIDAY = (
    rf"(?P<name>{'|'.join(sorted(HOLIDAYS, key=len, reverse=True))}|假期|长假|放假|节)(?:假期?|长假|放假)?"
)
_AFTER = r"(?:结束)?(?:之后|以后|过后|后|回来)的?"
_BEFORE = r"(?:之前|以前|前)的?"
_WHICH_WEEK = r"(?P<which>下下个|下下|下个|下一|下|这个|这|本|上上|上个|上)"
_WHICH_MONTH = r"(?P<which>下下个|下个|下|这个|这|本|当|上个|上)"
_YEAR = r"(?P<year>20\d\d)"
_MONTH, _DAY = rf"(?P<month>{NUMBER})", rf"(?P<day>{NUMBER})"
_SHORT_DATE_END = (
    r"(?=$|[ \t]*(?:$|\(|周|上午|下午|中午|早|晚|凌晨|傍晚|之前|以前|前(?![台面门厅端])|[0-2]?\d:|"
    + NUMBER
    + r"点|发|再))"
)

_DAYS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], DayWord | None], str], ...] = (
    (
        re.compile(
            r"每隔?(?:一|个|[0-9]{1,2})?(?:天|日|晚|早|周|星期|礼拜|个?月|季度?|年|工作日)[一二三四五六日天末]?(?:[0-9]{1,2}[号日])?"
        ),
        lambda _: DayWord(kind="every"),
        "",
    ),
    (
        re.compile(
            r"(?:待会儿?|等会儿?|等一下|一会儿?|过会儿?|晚点(?!名)|晚些时候|稍后|稍晚|回头|改天|过几天|过两天|找个时间)"
        ),
        lambda _: DayWord(kind="vague"),
        "",
    ),
    (
        re.compile(rf"{_HOLIDAY}{_AFTER}(?:第一个工作日|第一天|首个工作日|上班第一天|第一天上班|头一天上班)"),
        _holiday("after-holiday"),
        "",
    ),
    (
        re.compile(rf"{_HOLIDAY}{_BEFORE}(?:最后一个工作日|最后一天|最后一天班)"),
        _holiday("before-holiday"),
        "",
    ),
    (
        re.compile(
            r"大前天|前天|昨天|昨日|昨儿|昨(?=晚|夜|早)|今天|今日|今儿|大后天|后天|明天(?!气)|明日|明儿|次日"
        ),
        _relative,
        "之以",
    ),
    (
        re.compile(
            r"今(?=早|晚|晨|夜|上午|中午|下午)|明(?=早(?![点些]|一点(?![钟半0-9零一三]))|晚(?![点些])|晨|上午|中午|下午)|后(?=晚上?(?![点些])(?:$|[ \d零一二两三四五六七八九十发再]))"
        ),
        _relative,
        "说证声表申阐然以之最随今会饭课文照",
    ),
    (
        re.compile(rf"{_N}个?(?:周|星期|礼拜)(?:之后|以后|后)(?:的?(?:周|星期|礼拜)([一二三四五六日天]))?"),
        _weeks_after,
        NUMERIC,
    ),
    (
        re.compile(
            r"(?P<which>下下个|下下|下个|下|这个|这|本)?(?:周|星期|礼拜)六(?:周|星期|礼拜)?(?:日|天)(?![程常志报记期])"
        ),
        _of_week("weekend"),
        "每几",
    ),
    (
        re.compile(
            rf"{_WHICH_WEEK}?(?:周|星期|礼拜)(?P<day>[一二三四五六]|[1-6](?!\d)|[日天](?![程常志报记期天]))(?![级年岁])"
        ),
        _weekday,
        "一二两三四五六七八九十0123456789每几",
    ),
    (re.compile(rf"{_WHICH_WEEK}?(?:周末)"), _of_week("weekend"), "每几"),
    (re.compile(rf"{_WHICH_WEEK}(?:周|星期|礼拜)(?![一二三四五六日天末])"), _of_week("week"), "每几"),
    (re.compile(rf"{_YEAR}年[ ]?{_MONTH}月[ ]?{_DAY}[日号]?"), _date, NUMERIC),
    (re.compile(rf"{_YEAR}-(?P<month>[01]?\d)-(?P<day>[0-3]?\d)(?![\d\-])T?"), _date, NUMERIC),
    (re.compile(rf"{_YEAR}/(?P<month>[01]?\d)/(?P<day>[0-3]?\d)(?![\d/])"), _date, NUMERIC),
    (re.compile(rf"{_YEAR}\.(?P<month>[01]?\d)\.(?P<day>[0-3]?\d)(?![\d.])"), _date, NUMERIC),
    (re.compile(rf"明年{_MONTH}月{_DAY}[日号]?"), _next_year, ""),
    (
        re.compile(rf"{_MONTH}[ ]?月[ ]?{_DAY}[ ]?(?:[日号]|(?=$|[\s，。,;；]|[上下中]午|早|晚|[（(]))"),
        _date,
        NUMERIC + "零一二三四五六七八九十",
    ),
    (
        re.compile(rf"(?P<month>0?[1-9]|1[0-2])/(?P<day>0?[1-9]|[12]\d|3[01]){_SHORT_DATE_END}"),
        _date,
        NUMERIC,
    ),
    (re.compile(rf"{_WHICH_MONTH}月[ ]?{_DAY}[号日]"), _day_of_month, ""),
    (
        re.compile(rf"{_WHICH_MONTH}?月(?:底|末)(?:的?最后一天)?"),
        _of_month("month-end"),
        "0123456789一二三四五六七八九十每几",
    ),
    (re.compile(rf"{_WHICH_MONTH}?(?:月的?)?(?:最后一个工作日)"), _of_month("last-workday"), ""),
    (re.compile(rf"{_WHICH_MONTH}月的?(?:第一个工作日|首个工作日)"), _of_month("first-workday"), ""),
    (
        re.compile(rf"{_WHICH_MONTH}(?:个月|月)(?![\d一二三四五六七八九十底末初份])"),
        _of_month("month"),
        "0123456789一二三四五六七八九十几",
    ),
    (re.compile(r"下一?个?工作日"), lambda _: DayWord(kind="workday", n=1), ""),
    (re.compile(rf"{_N}个?工作日(之?后|以后|之?内|以内)"), _workdays, NUMERIC),
    (re.compile(rf"{_N}[天日](之?后|以后|之?内|以内)"), _days_after, NUMERIC),
    (
        re.compile(rf"{_DAY}[ ]?号(?!线|楼|门)"),
        _day_of_month,
        NUMERIC + "零一二三四五六七八九十月年号ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_",
    ),
    (
        re.compile(rf"{_DAY}日"),
        _day_of_month,
        NUMERIC + "零一二三四五六七八九十月年每生ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_",
    ),
    (
        re.compile(r"(?P<day>[0-9]{1,2})(?=[ ]?(?:到|至|[-–—~])[ ]?[0-9]{1,2}[ ]?[号日](?!线|楼|门))"),
        _day_of_month,
        NUMERIC + "月年",
    ),
)
"""Pattern, what it means, and the characters that may not stand before it; tried in order."""
