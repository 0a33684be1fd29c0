"""受众 = 已读 + 未读 + 不知道 + 已离开, whatever happened; and what nobody can know is never a no."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import metrics
from policies.metrics import Because, Copy, Standing
from policies.model import PersonId, Platform

SENT = datetime(2026, 9, 8, 2, 0, tzinfo=UTC)
spans = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=20))


@st.composite
def histories(draw) -> list[Copy]:
    return [
        Copy(
            person=PersonId(f"feishu:ou_{nth}"),
            platform=draw(st.sampled_from(Platform)),
            sent_at=draw(st.none() | spans.map(lambda span: SENT + span)),
            is_read=draw(st.booleans()),
            is_active=draw(st.booleans()),
            looked_at=draw(st.none() | spans.map(lambda span: SENT + span)),
        )
        for nth in range(draw(st.integers(0, 12)))
    ]


@given(histories(), spans)
def test_everybody_stands_in_exactly_one_place(copies, later):
    found = metrics.readers(copies, SENT + later)
    everyone = [*found.read, *found.unread, *found.unknown, *found.left]
    assert sorted(everyone) == sorted(copy.person for copy in copies)
    assert found.all == len(copies)
    assert sum(found.because.values()) == len(found.unknown)


@given(histories(), spans, spans)
def test_time_alone_moves_people_to_not_known_and_never_to_unread(copies, now, later):
    before = metrics.readers(copies, SENT + now)
    after = metrics.readers(copies, SENT + now + later)
    assert set(after.unread) <= set(before.unread)
    assert after.read == before.read
    assert set(before.unread) - set(after.unread) <= set(after.unknown)


@given(histories(), spans)
def test_the_rate_is_an_interval_that_holds_every_possible_truth(copies, later):
    found = metrics.readers(copies, SENT + later)
    if found.rate is not None:
        low, high = found.rate
        assert 0 <= low <= high <= 1


@pytest.mark.parametrize(
    ("platform", "hours", "stands"),
    [
        pytest.param(Platform.DINGTALK, 23, Standing.UNREAD, id="DingTalk still tells"),
        pytest.param(Platform.DINGTALK, 25, Standing.UNKNOWN, id="DingTalk tells no more after a day"),
        pytest.param(Platform.FEISHU, 25, Standing.UNREAD, id="Feishu tells for a week"),
        pytest.param(Platform.FEISHU, 7 * 24 + 1, Standing.UNKNOWN, id="and no longer"),
    ],
)
def test_a_window_closes_by_platform(platform, hours, stands):
    copy = Copy(person=PersonId("p"), platform=platform, sent_at=SENT, looked_at=SENT + timedelta(minutes=1))
    assert metrics.standing(copy, SENT + timedelta(hours=hours))[0] is stands


def test_who_was_never_asked_about_is_not_known():
    copy = Copy(person=PersonId("p"), platform=Platform.FEISHU, sent_at=SENT)
    assert metrics.standing(copy, SENT) == (Standing.UNKNOWN, Because.NOT_ASKED)
