"""进展 (progress): what the author's card says after 就这样: waiting, on its way, how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from policies.card import Card, Style, Tone
from policies.model import Announcement
from policies.wording import audience, counts, moments, notice
from policies.wording.choice import ActionOf, Choice, buttons

UNDO = Choice(id="undo", label="撤销", style=Style.DANGER)
UNDO_LATER = Choice(id="undo", label="不发了", style=Style.DANGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """How many people's copies stand where; together they are the audience. ``left``: who belongs to it no more."""

    sent: int = 0
    waiting: int = 0
    unknown: int = 0
    failed: int = 0
    cancelled: int = 0
    left: int = 0

    @property
    def all(self) -> int:
        return self.sent + self.waiting + self.unknown + self.failed + self.cancelled


def confirmed(
    announcement: Announcement,
    parts: Sequence[tuple[datetime | None, int]],
    now: datetime,
    action_of: ActionOf,
    *,
    undo_until: datetime | None = None,
    spread_minutes: int = 10,
    zone: str = moments.ZONE,
) -> Card:
    """The card right after 就这样: when who gets it, and the way back while there is one."""
    waits = any(moment is not None for moment, _ in parts)
    way_back = UNDO if undo_until is not None and not waits else UNDO_LATER if waits else None
    said = [_part(moment, people, now, spread_minutes, zone) for moment, people in parts]
    return Card(
        title="已排好" if waits else "马上发出" if undo_until else "正在发出",
        body=(_whom(announcement, sum(people for _, people in parts)), *said, _content(announcement)),
        hint=_undo_hint(undo_until, now) if not waits else "发出之前都可以收回。",
        buttons=buttons((way_back,), action_of) if way_back else (),
    )


def face(announcement: Announcement, copies: Copies, action_of: ActionOf | None = None) -> Card:
    """How far it has come; ``action_of`` while something still waits and can be taken back."""
    waits = copies.waiting > 0
    return Card(
        title=_title(copies),
        body=(_whom(announcement, copies.all), *_figures(copies), _content(announcement)),
        buttons=buttons((UNDO_LATER,), action_of) if waits and action_of else (),
        tone=Tone.CALM if waits else Tone.IMPORTANT if copies.unknown else Tone.DONE,
        state="" if waits else f"已送达 {counts.share(copies.sent, copies.all)}",
    )


def _title(copies: Copies) -> str:
    """Never 已发出 while anybody's copy waits, is lost, or may be."""
    if copies.unknown and not copies.waiting:
        return "等人确认"
    return "已发出" if copies.sent == copies.all else "发了一部分"


def taken_back(announcement: Announcement, stopped: int, gone: int) -> Card:
    """Taken back by its author before (all of) it left."""
    line = f"{stopped} 份没有发，{gone} 份已经发出，撤销不了。" if gone else "没有发给任何人。"
    return Card(
        title="已取消",
        body=(line, _content(announcement)),
        tone=Tone.GONE,
        state="已取消",
    )


def replaced(announcement: Announcement, *, quoted: bool = True) -> Card:
    """The old face of a preview that has a newer one; without the words where they are nobody else's yet."""
    body = (_content(announcement),) if quoted else ()
    return Card(title="已改，见新卡片", body=body, tone=Tone.GONE, state="已改")


def settled(*, arrived: bool) -> Card:
    """A human said what became of it."""
    return Card(
        title="已处理",
        body=("记成已发出，我不再发。" if arrived else "再发一次；可能已经到过的，开头会写明是补发。",),
        tone=Tone.DONE,
        state="已处理",
    )


def sent_again(text: str) -> str:
    """A resend says so, since its reader may have it already."""
    mark = "（补发，若已收到请忽略）"
    return text if text.startswith(mark) else f"{mark}{text}"


def _part(moment: datetime | None, people: int, now: datetime, spread_minutes: int, zone: str) -> str:
    if moment is None:
        return f"{people} 人现在收到。"
    return f"{people} 人 {moments.at(moment, now, zone=zone)} 起 {spread_minutes} 分钟内收到。"


def _undo_hint(undo_until: datetime | None, now: datetime) -> str:
    if undo_until is None:
        return ""
    return f"{int((undo_until - now).total_seconds())} 秒后发出，现在还可以撤销。"


def _whom(announcement: Announcement, people: int) -> str:
    return f"发给{audience.label(announcement.audience)} {people} 人。"


def _figures(copies: Copies) -> list[str]:
    said = [f"已送达 {counts.share(copies.sent, copies.all)}。"]
    said += [f"{copies.waiting} 人还没到上班时间，到时再发。"] if copies.waiting else []
    said += [f"{copies.unknown} 份结果未知，等人确认。"] if copies.unknown else []
    said += [f"{copies.failed} 份没有发出去，原因已单独告诉你。"] if copies.failed else []
    said += [f"{copies.cancelled} 份已取消。"] if copies.cancelled else []
    said += [f"{copies.left} 人已经离开，不再发。"] if copies.left else []
    return said


def _content(announcement: Announcement) -> str:
    return f"内容：“{notice.of(announcement, '').text}”"
