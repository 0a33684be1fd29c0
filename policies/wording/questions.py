"""问与答 (questions): why it came to me, why only then, who may announce, when work ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from policies import tags
from policies.calendar import Closed
from policies.model import Announcement, AudienceKind
from policies.reached import By
from policies.wording import audience, counts, moments


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyMe:
    """What an answer to 为什么我会收到 may speak of.

    Attributes:
        department: by which of theirs they are reached, or ``""``.
        author: who had it sent.
        granted_to: who holds the grant it was sent under, in words; ``""``: none was needed.
    """

    announcement: Announcement
    by: By
    department: str = ""
    author: str = ""
    granted_to: str = ""


def why_me(view: WhyMe) -> str:
    """The rule that reached them, who sent it by which grant, and how to get fewer."""
    return "\n".join([f"{_reason(view)}；{_sender(view)}。", _fewer(view)])


def _reason(view: WhyMe) -> str:
    whom = audience.label(view.announcement.audience)
    match view.by:
        case By.COMPANY:
            return f"因为这条发给{whom}，你在公司的通讯录里"
        case By.DEPARTMENT:
            mine = tags.one_line(view.department) or whom
            return f"因为这条发给{whom}，你在{mine}"
        case By.GROUP:
            return f"因为这条发到{whom}，你在群里"
        case By.NAMED:
            return "因为这条点名发给你"
        case By.MENTIONED:
            return f"因为这条发给{whom}，里面 @ 了你"
        case By.NOTHING:
            return f"这条发给{whom}，发的时候你在里面，现在按通讯录已经不在了"


def _sender(view: WhyMe) -> str:
    who = tags.one_line(view.author) or "一位同事"
    if not view.granted_to:
        return f"由{who}发出"
    return f"由{who}发出，这个授权给了{view.granted_to}"


def _fewer(view: WhyMe) -> str:
    kind = view.announcement.audience.kind
    if view.by is By.GROUP or kind is AudienceKind.GROUP:
        way = "不想再收，退群就行"
    elif view.by in (By.NAMED, By.MENTIONED):
        way = "发错人了的话，直接告诉发的人"
    else:
        way = "部门不对的话，请管理员改通讯录，改了就不再收到"
    important = (
        "【重要】关不掉。" if view.announcement.is_important else "普通通知可以把跟我的会话设成免打扰。"
    )
    return f"想少收一些：{way}；{important}"


NO_NOTICE = "最近两周我没有给你发过通知，所以说不出原因。"


# ── why only then ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """From 就这样 to the platform's receipt, in three parts that add up.

    Attributes:
        held: until the reader's hours opened, or the moment the author chose.
        spread: apart from the others at the opening.
        platform: waiting for and working at the platform, with its rate limits.
    """

    held: timedelta
    spread: timedelta
    platform: timedelta

    @property
    def whole(self) -> timedelta:
        return self.held + self.spread + self.platform


def why_then(
    text: str, delay: Delay, confirmed: datetime, arrived: datetime, now: datetime, *, zone: str
) -> str:
    """``为什么 9:06 才收到``; the seconds of the parts are those of the whole."""
    parts = [
        (delay.held, "等到上班时间"),
        (delay.spread, "开门后和别的消息错开"),
        (delay.platform, "平台排队和处理"),
    ]
    shown = "，".join(f"{what} {span(part)}" for part, what in parts if part) or "没有等"
    return (
        f"{counts.quoted(text, 24)}{moments.at(confirmed, now, zone=zone)} 定下，"
        f"{moments.at(arrived, now, zone=zone)} 送达，一共 {span(delay.whole)}：{shown}。"
    )


def not_there_yet(text: str, moment: datetime | None, now: datetime, *, zone: str) -> str:
    if moment is None:
        return f"{counts.quoted(text, 24)}还没有送达，我还不知道什么时候能到。"
    return f"{counts.quoted(text, 24)}还没有送达，排在 {moments.at(moment, now, zone=zone)}。"


def span(length: timedelta) -> str:
    """``11 小时 20 分``, ``2 分 10 秒``; nothing is rounded away below a day's seconds."""
    seconds = int(length.total_seconds())
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    days, hours = divmod(hours, 24)
    named = [(days, "天"), (hours, "小时"), (minutes, "分"), (seconds, "秒")]
    return " ".join(f"{n} {unit}" for n, unit in named if n) or "0 秒"


# ── who may, and when ─────────────────────────────────────────────────────────────────────────────


def announcers(company: Sequence[str], own: Sequence[str]) -> str:
    """Who may speak to everybody, and to the asker's own department."""
    wide = counts.either(list(company))
    first = f"全员公告：{wide}能发。" if wide else "全员公告：现在还没有人有授权。"
    near = counts.either(list(own))
    second = f"你们部门的公告：{near}能发。" if near else "你们部门的公告：现在还没有人有授权。"
    return f"{first}\n{second}\n想发而没有授权的，写给我，我告诉你可以怎么走。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """One day of somebody's own calendar.

    Attributes:
        closed: why nobody is at work at this moment; ``None`` when they are.
        lunch: ``12:00–13:30`` or ``""``.
        next_opening: when it opens again.
        is_guess: the year's official days are not known.
    """

    team: str
    opens: str
    closes: str
    lunch: str
    is_workday: bool
    closed: Closed | None
    next_opening: datetime
    is_guess: bool
    name: str = ""


def hours(view: Hours, now: datetime, *, zone: str) -> str:
    """``现在几点下班``, by the asker's own hours."""
    whose = f"按{tags.one_line(view.team, 16)}的作息，" if view.team else ""
    again = moments.at(view.next_opening, now, zone=zone)
    if not view.is_workday:
        why = f"（{tags.one_line(view.name, 8)}）" if view.name else ""
        first = f"{whose}今天休息{why}，下次上班是 {again}。"
    else:
        lunch = f"，午休 {view.lunch}" if view.lunch else ""
        first = f"{whose}今天 {view.opens} 上班，{view.closes} 下班{lunch}。{_now(view, again)}"
    return f"{first}\n{_guess()}" if view.is_guess else first


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Another day of somebody's own calendar."""

    day: date
    is_workday: bool
    opens: str
    closes: str
    is_guess: bool
    name: str = ""


def day(view: Day, today: date) -> str:
    """``明天上班吗``."""
    which = moments.day(view.day, today)
    if view.is_workday:
        make_up = "，是调休上班" if view.day.weekday() >= 5 else ""
        first = f"{which}上班{make_up}，{view.opens}–{view.closes}。"
    else:
        first = f"{which}休息{f'（{tags.one_line(view.name, 8)}）' if view.name else ''}。"
    return f"{first}\n{_guess()}" if view.is_guess else first


def _now(view: Hours, again: str) -> str:
    match view.closed:
        case None:
            return "现在是上班时间。"
        case "lunch":
            return f"现在是午休，{again} 继续。"
        case "before":
            return "现在还没上班。"
        case _:
            return f"现在已经下班，下次上班是 {again}。"


def _guess() -> str:
    return "这一年的放假安排我还没有收到，是按“周一至周五上班”推算的。"
