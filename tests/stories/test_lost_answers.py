"""A platform that does the work and loses its answer: one message where it knows our key, an honest 不知道 elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from village import Village, village

from tests.proofs import witness

LOST = "lost-answer"


async def test_feishu_gets_the_same_request_again_and_shows_it_once(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        author = place.person("feishu", "李想")
        await author.tells_the_bot("通知接口组：下午三点评审接口")
        place.faults({"match": {"path": "/im/v1/messages", "body": "评审接口"}, "times": 2, "kind": LOST})
        await author.presses("就这样")
        await place.pass_time(minutes=5)
        got = place.copies("feishu", "下午三点评审接口")
        posts = [post for post in place.posts("feishu", "接口组") if "下午三点评审接口" in post.text]
        assert set(got.values()) <= {1}
        assert len(got) == 6 or len(posts) == 1
        assert not any("不敢确定" in message.text for message in author.heard())
        asked = [one["body"] for one in place.town.recorder.entries() if "评审接口" in str(one["body"])]
        lost = [one["uuid"] for one in asked if asked.count(one) == 2]
        assert len(set(lost)) == 2, "the same key carries the same bytes"
        assert witness.reworded(place.town, "feishu") == []


@pytest.mark.parametrize("minutes", [51, 200])
async def test_feishu_is_not_asked_again_outside_its_window(tmp_path: Path, minutes: int) -> None:
    """The answer is lost, then the bot is away for longer than the platform remembers the key."""
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        author = place.person("feishu", "李想")
        await author.tells_the_bot("通知接口组：下午三点评审接口")
        place.faults({"match": {"path": "/im/v1/messages", "body": "评审接口"}, "times": 2, "kind": LOST})
        await author.presses("就这样")
        await place.kill_the_bot()
        keys = _keys(place)
        await place.pass_time(minutes=minutes)
        await place.start_bot()
        await place.pass_time(minutes=10)
        assert keys
        assert set(_keys(place)[len(keys) :]) & set(keys) == set()
        assert set(place.copies("feishu", "下午三点评审接口").values()) == {1}


def _keys(place: Village) -> list[str]:
    """Under which Feishu was asked to send something about the interface, in their order."""
    sends = (one["body"] for one in place.town.recorder.entries() if one["path"].endswith("/im/v1/messages"))
    return [body["uuid"] for body in sends if "评审接口" in str(body)]


async def test_after_hours_without_a_bot_a_repeat_is_looked_for_and_not_sent(tmp_path: Path) -> None:
    """The platform has forgotten our key by then; a repeat would be a second copy."""
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        author = place.person("feishu", "李想")
        await author.tells_the_bot("通知接口组：下午三点评审接口")
        place.faults({"match": {"path": "/im/v1/messages", "body": "评审接口"}, "times": 0, "kind": LOST})
        await author.presses("就这样")
        await place.kill_the_bot()
        await place.pass_time(hours=3)
        place.faults()
        await place.start_bot()
        await place.pass_time(hours=2)
        posts = [post for post in place.posts("feishu", "接口组") if "下午三点评审接口" in post.text]
        assert len(posts) <= 1
        assert set(place.copies("feishu", "下午三点评审接口").values()) <= {1}


async def test_a_dingtalk_card_is_looked_for_and_never_sent_twice(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("dingtalk",), start="2026-09-08 10:00") as place:
        author = place.person("dingtalk", "何强")
        await author.tells_the_bot("通知苏州工厂：食堂今天提前开饭")
        place.faults(
            {"match": {"path": "/v1.0/card/instances/createAndDeliver", "body": "提前开饭"}, "kind": LOST}
        )
        await author.presses("就这样")
        await place.pass_time(minutes=5)
        posts = [post for post in place.posts("dingtalk", "苏州工厂") if "食堂今天提前开饭" in post.text]
        assert len(posts) == 1


async def test_a_dingtalk_card_is_looked_for_again_when_the_look_failed(tmp_path: Path) -> None:
    repeats = {"dingtalk.redeliver_same_out_track_id": True}
    async with village(
        tmp_path, platforms=("dingtalk",), start="2026-09-08 10:00", settings=repeats
    ) as place:
        author = place.person("dingtalk", "何强")
        await author.tells_the_bot("通知苏州工厂：食堂今天提前开饭")
        cards = "/v1.0/card/instances"
        place.faults(
            {"match": {"path": f"{cards}/createAndDeliver", "body": "提前开饭"}, "kind": LOST},
            {"match": {"path": cards, "method": "PUT", "body": "提前开饭"}, "times": 3, "kind": "status:503"},
        )
        await author.presses("就这样")
        await place.pass_time(minutes=5)
        posts = [post for post in place.posts("dingtalk", "苏州工厂") if "食堂今天提前开饭" in post.text]
        assert len(posts) == 1


async def test_a_plain_batch_is_unknown_told_and_sent_again_only_by_a_human(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("dingtalk",), start="2026-09-08 10:00") as place:
        author, admin = place.person("dingtalk", "何强"), place.person("dingtalk", "周敏")
        await author.tells_the_bot("通知品控组：量具今天送检")
        place.faults(
            {"match": {"path": "/v1.0/robot/oToMessages/batchSend", "body": "量具今天送检"}, "kind": LOST}
        )
        await author.presses("就这样")
        await place.rest()
        assert place.copies("dingtalk", "量具今天送检") and set(
            place.copies("dingtalk", "量具今天送检").values()
        ) == {1}
        for told in (author, admin):
            assert any("不敢确定" in message.text for message in told.heard()), told.person.name
        await place.travel("2026-09-08 17:00")
        assert set(place.copies("dingtalk", "量具今天送检").values()) == {1}
        await admin.presses("群里没有，请重发")
        await place.pass_time(minutes=2)
        again = [m for m in place.town.log["dingtalk"] if "补发" in m.text and "量具今天送检" in m.text]
        assert {message.person for message in again} == set(place.copies("dingtalk", "量具今天送检"))
        toast = await author.presses("群里没有，请重发")
        assert "已经" in toast or "用过" in toast
        await place.pass_time(minutes=2)
        more = [m for m in place.town.log["dingtalk"] if "补发" in m.text and "量具今天送检" in m.text]
        assert len(more) == len(again)
