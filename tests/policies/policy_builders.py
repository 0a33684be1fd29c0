"""禾川科技 in a few values: what the tests of the rules speak about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from policies.calendar import Calendars, DayTable, WorkCalendar
from policies.decision import Decision
from policies.facts import Facts, Grant, MentionCandidate, OtherWay
from policies.model import (
    Account,
    Announcement,
    Audience,
    AudienceKind,
    Chat,
    DepartmentId,
    Message,
    Person,
    PersonId,
    Platform,
    Posted,
    Recipient,
)

ZONE = ZoneInfo("Asia/Shanghai")


def days(first: str, n: int) -> list[date]:
    return [date.fromisoformat(first) + timedelta(each) for each in range(n)]


OFF_2026 = {
    "元旦": days("2026-01-01", 3),
    "春节": days("2026-02-15", 9),
    "清明节": days("2026-04-04", 3),
    "劳动节": days("2026-05-01", 5),
    "端午节": days("2026-06-19", 3),
    "中秋节": days("2026-09-25", 3),
    "国庆节": days("2026-10-01", 7),
}
MAKE_UP_2026 = ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")

DAYS_2026 = DayTable(
    known_years=frozenset({2026}),
    holidays=frozenset(day for stretch in OFF_2026.values() for day in stretch),
    make_up=frozenset(date.fromisoformat(day) for day in MAKE_UP_2026),
    names={day: name for name, stretch in OFF_2026.items() for day in stretch},
)
COMPANY_HOURS = WorkCalendar(days=DAYS_2026)
URUMQI_HOURS = WorkCalendar(
    days=DAYS_2026, opens=time(10), closes=time(19, 30), lunch=(time(13, 30), time(15))
)
CALENDARS = Calendars(company=COMPANY_HOURS, teams={"乌鲁木齐": URUMQI_HOURS})

RD = DepartmentId("feishu:rd")
MARKET = DepartmentId("feishu:market")
BADMINTON = Chat(Platform.FEISHU, "oc_badminton")
RD_GROUP = Chat(Platform.FEISHU, "oc_rd")

COMPANY = Audience(kind=AudienceKind.COMPANY)
TO_RD = Audience(kind=AudienceKind.DEPARTMENT, name="研发部", departments=(RD,))
TO_MARKET = Audience(kind=AudienceKind.DEPARTMENT, name="市场部", departments=(MARKET,))
TO_BADMINTON = Audience(kind=AudienceKind.GROUP, name="羽毛球社", chat=BADMINTON)


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZONE)


def person_id(nth: int | str) -> PersonId:
    return PersonId(f"feishu:ou_{nth}")


LI_XIANG = Person(
    id=person_id("lixiang"),
    name="李想",
    accounts=(Account(Platform.FEISHU, "ou_lixiang"),),
    departments=(RD,),
)
LIN_LAN = person_id("linlan")
ZHOU_MIN = person_id("zhoumin")


def recipient(nth: int | str, *, team: str = "", platform: Platform = Platform.FEISHU) -> Recipient:
    prefix = "ou_" if platform is Platform.FEISHU else "dd_"
    return Recipient(
        person=PersonId(f"{platform}:{prefix}{nth}"),
        account=Account(platform, f"{prefix}{nth}"),
        name=f"同事{nth}",
        team=team,
    )


def recipients(n: int, *, team: str = "", platform: Platform = Platform.FEISHU) -> tuple[Recipient, ...]:
    return tuple(recipient(f"{team and 'w'}{nth}", team=team, platform=platform) for nth in range(n))


def announcement(text: str = "周四下午两点过接口文档", **changes: object) -> Announcement:
    plain = Announcement(id="a-1", author=LI_XIANG.id, text=text, audience=TO_RD)
    return replace(plain, **changes)  # type: ignore[arg-type]


HR_GRANT = Grant(label="人力资源部负责人", kind=AudienceKind.COMPANY, holders=frozenset({LIN_LAN}))
OWN_GRANT = Grant(label="本部门成员", kind=AudienceKind.DEPARTMENT, everyone=True, own_department=True)


def facts(n: int = 12, **changes: object) -> Facts:
    plain = Facts(
        author=LI_XIANG,
        recipients=recipients(n),
        calendars=CALENDARS,
        grants=(HR_GRANT, OWN_GRANT),
        reviewers=(LIN_LAN,),
        own_departments=frozenset({RD}),
        author_chats=frozenset({str(BADMINTON)}),
        names={LIN_LAN: "林岚", ZHOU_MIN: "周敏", LI_XIANG.id: "李想"}
        | {recipient(nth).person: f"同事{nth}" for nth in range(60)},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def way(audience: Audience, n: int) -> OtherWay:
    return OtherWay(label=audience.name, audience=audience, recipients=recipients(n))


def candidate(label: str, n: int) -> MentionCandidate:
    return MentionCandidate(label=label, people=tuple(person_id(nth) for nth in range(n)))


def posted(text: str, **changes: object) -> Posted:
    message = Message(
        id="om_1",
        chat=RD_GROUP,
        author=LI_XIANG.accounts[0],
        text=text,
        sent_at=at("2026-09-08 10:00"),
        to_bot=False,
        direct=False,
        chat_name="研发日常",
    )
    return Posted(
        id="e-1",
        cause="om_1",
        platform=Platform.FEISHU,
        tenant="t",
        occurred_at=at("2026-09-08 10:00"),
        message=replace(message, **changes),  # type: ignore[arg-type]
    )


def rules_of(decision: Decision) -> dict[str, str]:
    return {finding.rule: finding.verdict.name.lower() for finding in decision.findings}
