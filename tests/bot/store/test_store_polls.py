"""Questionnaires and ballots at rest, on both engines: each step once, and no order left behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from store_builders import NOW

from bot.store import anonymity, ballots, letters, polls
from bot.store.polls import Asked, Poll
from policies.model import Account, PersonId, Platform
from policies.questionnaire.life import Act, State
from policies.questionnaire.model import Ask, Cell, Ending, Kind, Question, Secrecy, Tally, Terms

RUN = "week@2026-09-29"
TERMS = Terms(
    questionnaire="week",
    title="每周",
    kind=Kind.PULSE,
    questions=(
        Question(id="mood", text="怎么样", kind=Ask.SCALE),
        Question(id="more", text="还有", kind=Ask.TEXT),
    ),
    secrecy=Secrecy.PARTICIPATION_KNOWN,
    audience="研发部",
    size=3,
    opens_at=NOW,
    closes_at=NOW + timedelta(days=1),
)
PEOPLE = tuple(
    Asked(person=PersonId(f"feishu:ou_{n}"), account=Account(Platform.FEISHU, f"ou_{n}"), cell="接口组")
    for n in range(3)
)


async def _opened(store) -> None:
    assert await store.write(polls.plan, Poll(run=RUN, state=State.PLANNED, terms=TERMS))
    assert await store.write(polls.open_, RUN, TERMS, NOW + timedelta(hours=20), PEOPLE)


async def test_what_is_open_is_neither_planned_nor_opened_again(store):
    await _opened(store)
    other = replace(TERMS, least=7)
    assert not await store.write(polls.plan, Poll(run=RUN, state=State.PLANNED, terms=other))
    assert not await store.write(polls.open_, RUN, other, None, PEOPLE)
    poll = await store.read(polls.get, RUN)
    assert (poll.terms, poll.fingerprint) == (TERMS, TERMS.fingerprint)
    assert await store.read(polls.audience, RUN) == PEOPLE


async def test_a_planned_one_follows_the_configuration_and_one_from_the_chat_stays(store):
    for run in ("gone@2026-10-01", "kept@2026-10-01", f"{polls.CHAT}1@2026-10-01"):
        await store.write(polls.plan, Poll(run=run, state=State.PLANNED, terms=TERMS))
    assert await store.write(polls.forget_planned, ("kept@2026-10-01",)) == 1
    assert [one.run for one in await store.read(polls.living)] == [
        f"{polls.CHAT}1@2026-10-01",
        "kept@2026-10-01",
    ]


async def test_a_person_has_one_ballot(store):
    await _opened(store)
    assert await store.write(ballots.put, RUN, PEOPLE[0].person, "a" * 32, b"\x00\xff box")
    assert not await store.write(ballots.put, RUN, PEOPLE[0].person, "b" * 32, b"again")
    assert await store.read(ballots.sealed, RUN) == (b"\x00\xff box",)
    assert await store.read(polls.count_participants, RUN) == 1


async def test_every_step_is_taken_once(store):
    await _opened(store)
    assert [await store.write(polls.reminded, RUN) for _ in range(2)] == [True, False]
    assert [await store.write(polls.move, RUN, Act.CLOSE, Ending.COUNTED, 2) for _ in range(2)] == [
        True,
        False,
    ]
    assert [await store.write(polls.move, RUN, Act.REPORT) for _ in range(2)] == [True, False]
    assert not await store.write(polls.move, RUN, Act.STOP)


async def test_results_come_back_with_their_texts_and_without_an_order(store):
    await _opened(store)
    counted = (
        Tally(question="mood", cells=(Cell(shown=True, answered=5, percents=(5, 5, 5, 5, 95), score=95.0),)),
        Tally(question="more", cells=(Cell(),), texts=("乙", "甲")),
    )
    await store.write(polls.put_tallies, RUN, counted, ("f" * 32, "0" * 32))
    assert await store.read(polls.result, RUN) is None
    await store.write(polls.move, RUN, Act.CLOSE, Ending.COUNTED, 5)
    result = await store.read(polls.result, RUN)
    assert result.tally("mood") == counted[0]
    assert result.tally("more").texts == ("甲", "乙")


async def test_named_answers_are_whole_once(store):
    await _opened(store)
    person = PEOPLE[0].person
    await store.write(lambda conn: polls.put_named(conn, RUN, person, ((1,), ""), is_whole=False))
    await store.write(lambda conn: polls.put_named(conn, RUN, person, ((1,), "好"), is_whole=True))
    await store.write(lambda conn: polls.put_named(conn, RUN, person, ((4,), ""), is_whole=True))
    assert await store.read(polls.named, RUN) == {person: (((1,), "好"), True)}


async def test_who_took_part_is_forgotten_a_month_after_the_end_and_the_counts_stay(store):
    await _opened(store)
    await store.write(ballots.put, RUN, PEOPLE[0].person, "a" * 32, b"box")
    await store.write(polls.move, RUN, Act.CLOSE, Ending.TOO_FEW, 1)
    await store.write(polls.move, RUN, Act.REPORT)
    assert await store.write(polls.purge_participation, NOW) == 0
    await store.write(polls.purge_participation, NOW + timedelta(days=2))
    assert await store.read(polls.participants, RUN) == frozenset()
    assert await store.read(polls.audience, RUN) == ()
    assert (await store.read(polls.result, RUN)).took_part == 1


async def test_letters_are_found_by_their_thread_and_go_together(store):
    for n, (side, batch) in enumerate((("writer", "2026-09-01"), ("company", "2026-09-20"))):
        await store.write(letters.add, f"{n:032x}", "ab12" * 16, batch, side, f"第{n}句")
    found = await store.read(letters.by_number, "AB12AB")
    assert [(one.side, one.place) for one in found] == [("writer", 1), ("company", 2)]
    assert await store.write(letters.purge, "2026-09-20") == 0
    assert await store.write(letters.purge, "2026-09-21") == 2


async def test_an_ordinary_store_gives_nothing_away_on_either_engine(store):
    await _opened(store)
    await store.write(ballots.put, RUN, PEOPLE[0].person, "a" * 32, b"box")
    assert [one.name for one in await store.read(anonymity.attack) if one.found] == []


async def test_the_log_is_emptied_where_it_is_a_file(store):
    await _opened(store)
    assert await store.truncate_log()
    if store.path is not None:
        assert store.path.with_name(f"{store.path.name}-wal").stat().st_size == 0
