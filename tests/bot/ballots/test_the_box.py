"""The sealed box and its keys: what goes in comes out for one key only, and a destroyed key opens nothing."""

from __future__ import annotations

import stat
from dataclasses import replace

import pytest
from ballot_builders import NOW, PRIVATE, PUBLIC, RUN, TERMS, opened, votes
from hypothesis import given
from hypothesis import strategies as st

from bot.ballots import box, close
from bot.ballots.keys import KeyFolder, KeyLost, belong_together, pair
from bot.store import ballots, polls
from bot.store.poll_tables import questionnaires
from policies.questionnaire.model import Ending, to_json
from policies.questionnaire.tally import Paper


@given(
    st.lists(st.one_of(st.lists(st.integers(0, 9), max_size=4).map(tuple), st.text(max_size=90)), max_size=5)
)
def test_every_paper_comes_back_and_every_box_is_of_one_size(answers):
    sealer = box.Sealer(PUBLIC, RUN, box.TEXTS_BYTES)
    written = tuple(
        one.encode("utf-8", "replace").decode() if isinstance(one, str) else one for one in answers
    )
    sealed = sealer.paper(tuple(answers), "接口组")
    assert box.paper(PRIVATE, RUN, sealed) == Paper(answers=written, cell="接口组")
    assert len(sealed) == len(sealer.paper((), ""))


def test_the_same_answers_never_look_the_same():
    sealer = box.Sealer(PUBLIC, RUN, box.CHOICES_BYTES)
    assert len({sealer.paper(((4,),), "") for _ in range(20)}) == 20


@pytest.mark.parametrize("what", ["another key", "another questionnaire", "one bit"])
def test_nothing_else_opens_it(what):
    sealed = box.Sealer(PUBLIC, RUN, box.CHOICES_BYTES).paper(((4,),), "")
    private = pair()[1] if what == "another key" else PRIVATE
    run = "week@2026-09-18" if what == "another questionnaire" else RUN
    altered = bytes([sealed[0] ^ 1]) + sealed[1:] if what == "one bit" else sealed
    with pytest.raises(box.WrongKey):
        box.paper(private, run, altered)


def test_what_does_not_fit_is_refused_and_not_cut():
    with pytest.raises(box.TooMuch):
        box.Sealer(PUBLIC, RUN, box.CHOICES_BYTES).paper(("长" * 200,), "")


def test_a_key_is_made_once_lies_closed_and_is_gone_after(tmp_path):
    keys = KeyFolder(tmp_path / "keys")
    key = keys.make(RUN)
    assert keys.make(RUN).private == key.private
    assert [stat.S_IMODE(one.stat().st_mode) for one in (keys.folder, *keys.folder.iterdir())] == [
        0o700,
        0o600,
    ]
    assert keys.destroy(RUN) and not keys.destroy(RUN)
    with pytest.raises(KeyLost):
        keys.get(RUN)
    assert "private" not in repr(key)


def test_where_a_second_person_keeps_the_key_the_server_has_no_half_that_opens(tmp_path):
    public, private = pair()
    key = KeyFolder(tmp_path / "keys").make(RUN, public.hex())
    assert (key.public, key.private) == (public, b"")
    assert private not in b"".join(path.read_bytes() for path in (tmp_path / "keys").iterdir())
    assert belong_together(public, private) and not belong_together(public, pair()[1])


def test_a_tag_of_the_second_kind_means_nobody_without_its_key(tmp_path):
    here, there = (KeyFolder(tmp_path / name).make(RUN) for name in ("a", "b"))
    assert here.tag(RUN, "feishu:ou_1") == here.tag(RUN, "feishu:ou_1")
    assert here.tag(RUN, "feishu:ou_1") != there.tag(RUN, "feishu:ou_1")
    assert here.tag(RUN, "feishu:ou_1") != here.tag("week@2026-09-18", "feishu:ou_1")


# ── The count ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_lost_key_is_a_lost_questionnaire_and_says_so(store, tmp_path):
    keys = KeyFolder(tmp_path / "keys")
    poll = await opened(store)
    await votes(store, keys.make(RUN).public, [5] * 7)
    keys.destroy(RUN)
    assert await close.close(store, keys, poll, NOW) is Ending.KEY_LOST
    result = await store.read(polls.result, RUN)
    assert (result.took_part, result.tallies) == (7, ())
    assert await store.read(ballots.sealed, RUN) == ()


async def test_below_the_threshold_nothing_is_kept_but_how_many(store, tmp_path):
    keys = KeyFolder(tmp_path / "keys")
    poll = await opened(store)
    await votes(store, keys.make(RUN).public, [5, 1, 3, 2])
    assert await close.close(store, keys, poll, NOW) is Ending.TOO_FEW
    assert (await store.read(polls.result, RUN)).tallies == ()
    assert keys.runs() == frozenset()


async def test_a_threshold_that_somebody_lowered_in_the_database_is_still_five(store, tmp_path):
    keys = KeyFolder(tmp_path / "keys")
    poll = await opened(store, replace(TERMS, least=1))
    await votes(store, keys.make(RUN).public, [5, 1, 3, 2])
    assert await close.close(store, keys, poll, NOW) is Ending.TOO_FEW


@pytest.mark.parametrize(
    ("key", "value"),
    [("least", 6), ("reader_ids", ["feishu:ou_9"]), ("closes_at", "2026-09-11T09:00:00+00:00"), ("new", "")],
)
async def test_terms_that_somebody_changed_in_the_database_are_not_closed_under(store, tmp_path, key, value):
    keys = KeyFolder(tmp_path / "keys")
    await opened(store)
    await votes(store, keys.make(RUN).public, [4] * 6)
    before = await store.read(polls.get, RUN)
    await store.write(written, {**to_json(TERMS), key: value})
    changed = await store.read(polls.get, RUN)
    with pytest.raises(close.TermsTampered):
        await close.close(store, keys, changed, NOW)
    assert len(await store.read(ballots.sealed, RUN)) == 6
    await store.write(written, to_json(TERMS))
    assert await store.read(polls.get, RUN) == before
    assert await close.close(store, keys, before, NOW) is Ending.COUNTED


def written(conn, terms):
    conn.execute(questionnaires.update().where(questionnaires.c.run == RUN).values(terms=terms))


async def test_boxes_that_somebody_wrote_into_the_database_are_not_counted(store, tmp_path):
    keys = KeyFolder(tmp_path / "keys")
    poll = await opened(store)
    await votes(store, keys.make(RUN).public, [4] * 5)
    await store.write(ballots.put_box, RUN, "f" * 32, box.Sealer(PUBLIC, RUN, 512).paper(((0,),), ""))
    assert await close.close(store, keys, poll, NOW) is Ending.COUNTED
    assert (await store.read(polls.result, RUN)).tallies[0].whole.answered == 5


async def test_only_the_holders_key_opens_the_box_and_it_is_counted_once(store, tmp_path):
    keys = KeyFolder(tmp_path / "keys")
    public, private = pair()
    poll = await opened(store, replace(TERMS, holder="沈洁"))
    await votes(store, keys.make(RUN, public.hex()).public, [4] * 6)
    with pytest.raises(close.HolderKeyNeeded):
        await close.close(store, keys, poll, NOW)
    with pytest.raises(close.WrongHolderKey):
        await close.close(store, keys, poll, NOW, pair()[1])
    assert await close.close(store, keys, poll, NOW, private) is Ending.COUNTED
    assert keys.runs() == frozenset()
    keys.make(RUN, public.hex())
    assert await close.close(store, keys, poll, NOW, private) is None
