"""Faults strike what they match, as often as ordered, and the record tells of it."""

import aiohttp
import pytest
from core_town import living_town

from sandbox.faults import Faults

PATH = "/open-apis/im/v1/messages"


def strikes(faults, calls):
    return [fault.kind if (fault := faults.take(*call)) else None for call in calls]


def call(platform="feishu", method="POST", path=PATH, body=""):
    return platform, method, path, body


def test_a_fault_strikes_once_unless_told_otherwise():
    faults = Faults()
    faults.replace([{"match": {"path": "/messages"}, "kind": "cut"}])
    assert strikes(faults, [call(), call()]) == ["cut", None]


def test_zero_times_is_for_ever_and_an_empty_list_clears():
    faults = Faults()
    faults.replace([{"kind": "status:500", "times": 0}])
    assert strikes(faults, [call()] * 3) == ["status:500"] * 3
    faults.replace([])
    assert strikes(faults, [call()]) == [None]


def test_the_skipped_calls_go_through_first():
    faults = Faults()
    faults.replace([{"match": {"skip": 2}, "kind": "cut", "times": 2}])
    assert strikes(faults, [call()] * 5) == [None, None, "cut", "cut", None]


@pytest.mark.parametrize(
    ("match", "strikes_it"),
    [
        ({"platform": "dingtalk"}, False),
        ({"method": "post"}, True),
        ({"method": "GET"}, False),
        ({"path": "/open-apis/*/messages"}, True),
        ({"path": "/open-apis/*/chats"}, False),
        ({"body": "暗号"}, True),
        ({"body": "别的"}, False),
    ],
)
def test_a_fault_looks_at_platform_method_path_and_body(match, strikes_it):
    faults = Faults()
    faults.replace([{"match": match, "kind": "cut"}])
    assert bool(faults.take(*call(body="有暗号"))) is strikes_it


def test_faults_of_the_line_are_taken_by_stream_and_kind():
    faults = Faults()
    faults.replace([{"stream": "feishu", "kind": "duplicate", "times": 2}])
    assert not faults.take_stream("dingtalk", "duplicate")
    assert faults.stream_active("feishu", "duplicate")
    assert [faults.take_stream("feishu", "duplicate") for _ in range(3)] == [True, True, False]
    assert strikes(faults, [call()]) == [None]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "explode"},
        {"kind": "status:999"},
        {"kind": "slow:1h"},
        {"kind": "slow:x"},
        {"kind": "cut", "times": -1},
        {"kind": "cut", "match": {"colour": "red"}},
        {"kind": "cut", "match": {"path": 3}},
        {"stream": "wechat", "kind": "drop"},
        {"stream": "feishu", "kind": "cut"},
        {"kind": "cut", "often": True},
        "cut",
        {},
    ],
)
async def test_a_fault_that_cannot_be_read_changes_nothing(wrong):
    faults = Faults()
    faults.replace([{"kind": "cut"}])
    with pytest.raises(ValueError):
        faults.replace([{"kind": "status:429"}, wrong])
    assert faults.shown() == [{"match": {}, "kind": "cut", "times": 1}]


async def test_an_ordered_status_comes_in_the_words_of_the_platform():
    async with living_town() as talk:
        await talk.post("/_sandbox/faults", [{"match": {"platform": "feishu"}, "kind": "status:429"}])
        assert "code" in await talk.post(PATH, {"a": 1}, 429)
        [entry] = await talk.lines(platform="feishu")
        assert (entry["status"], entry["fault"], entry["body"]) == (429, "status:429", {"a": 1})


@pytest.mark.parametrize(("kind", "status"), [("cut", None), ("lost-answer", 400)])
async def test_a_lost_connection_is_in_the_record_with_what_was_done(kind, status):
    async with living_town() as talk:
        await talk.post("/_sandbox/faults", [{"kind": kind}])
        with pytest.raises(aiohttp.ClientError):
            await talk.post(PATH, {}, 200)
        [entry] = await talk.lines()
        assert (entry["fault"], entry["status"]) == (kind, status)
        assert (await talk.get("/_sandbox/clock"))["busy"] is None
