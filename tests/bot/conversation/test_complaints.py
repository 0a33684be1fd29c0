"""Of which class a complaint is, and when somebody may be hurt."""

from __future__ import annotations

import pytest

from bot.conversation import complaints


@pytest.mark.parametrize(
    ("said", "classes"),
    [
        ("消息太多了", ("too-many",)),
        ("能不能少发一点", ("too-many",)),
        ("这条和我没关系吧", ("not-for-me",)),
        ("文件找不到，翻了半天", ("hard-to-find",)),
        ("会议纪要在哪都不知道", ("hard-to-find",)),
        ("下班后还在收到消息", ("at-night",)),
        ("半夜发通知，还这么多提醒，太多了", ("at-night", "too-many")),
        ("通知来得太晚，开完会才看到", ("too-late",)),
        ("发个通知步骤太麻烦", ("cumbersome",)),
        ("机器人不好用", ("tool",)),
        ("规则看不懂", ("unclear",)),
        ("食堂的菜有点咸", ("other",)),
        ("我们接口组就我一个女生，群里深夜开玩笑我不舒服", ("safety",)),
    ],
)
def test_a_complaint_has_its_class(said, classes):
    found = complaints.classes(said)
    assert set(classes) <= set(found)


@pytest.mark.parametrize("said", ["有人对我动手动脚", "我不想活了", "车间漏电", "他威胁我"])
def test_where_somebody_may_be_hurt_it_is_known(said):
    assert complaints.is_safety(said)


@pytest.mark.parametrize("said", ["今天天气不错", "谢谢", "周五几点下班", "明天的会改到三点"])
def test_what_is_no_complaint_is_left_alone(said):
    assert not complaints.sounds_like_one(said)
