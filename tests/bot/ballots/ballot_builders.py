"""One questionnaire of nine people, and what they put into its box."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.ballots import box
from bot.ballots.keys import pair
from bot.store import ballots, polls
from bot.store.polls import Asked, Poll
from policies.model import Account, PersonId, Platform
from policies.questionnaire.life import State
from policies.questionnaire.model import Ask, Kind, Question, Secrecy, Terms

NOW = datetime(2026, 9, 11, 8, tzinfo=UTC)
RUN = "week@2026-09-11"
PUBLIC, PRIVATE = pair()
TERMS = Terms(
    questionnaire="week",
    title="第一周",
    kind=Kind.PULSE,
    questions=(Question(id="mood", text="怎么样", kind=Ask.SCALE),),
    secrecy=Secrecy.PARTICIPATION_KNOWN,
    audience="研发部",
    size=9,
    opens_at=NOW,
    closes_at=NOW + timedelta(days=3),
)


async def opened(store, terms=TERMS) -> Poll:
    people = [
        Asked(person=PersonId(f"feishu:ou_{n}"), account=Account(Platform.FEISHU, f"ou_{n}"))
        for n in range(9)
    ]
    await store.write(polls.plan, Poll(run=RUN, state=State.PLANNED, terms=terms))
    await store.write(polls.open_, RUN, terms, None, people)
    return await store.read(polls.get, RUN)


async def votes(store, public, marks) -> None:
    sealer = box.Sealer(public, RUN, box.CHOICES_BYTES)
    for n, mark in enumerate(marks):
        await store.write(ballots.put, RUN, f"feishu:ou_{n}", f"{n:032x}", sealer.paper(((mark - 1,),), ""))
