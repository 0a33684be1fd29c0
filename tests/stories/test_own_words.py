"""Questions and changes about one's own notice, in plain words: why it waits, other words for it, that it is urgent."""

from __future__ import annotations

import pytest
from village import Actor, Village

pytestmark = pytest.mark.village(start="2026-09-08 20:00")

WHO = {"feishu": ("王芳", "市场部"), "dingtalk": ("孙莉", "设备部")}
OLD, NEW = "打印机明天换墨盒", "打印机后天才换墨盒"


async def _writes(place: Village, platform: str) -> tuple[Actor, str]:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{OLD}")
    await author.presses("就这样")
    return author, department


async def test_why_names_the_rule_and_the_moment(place: Village, platform: str) -> None:
    author, _ = await _writes(place, platform)
    await author.tells_the_bot("为什么还没发")
    assert "已排好" in author.last()
    assert "9月9日（周三）09:00" in author.last()
    assert "下班" in author.last()
    await author.tells_the_bot("不发了")
    await author.tells_the_bot("为什么")
    assert OLD not in author.last()


@pytest.mark.parametrize("said", [f"改成：{NEW}", "把明天改成后天才"])
async def test_other_words_for_what_is_scheduled_need_a_yes_and_only_they_leave(
    place: Village, platform: str, said: str
) -> None:
    author, department = await _writes(place, platform)
    await author.tells_the_bot(said)
    assert NEW in author.last()
    await author.presses("就这样")
    await place.travel("2026-09-09 09:15")
    [post] = place.posts(platform, department)
    assert NEW in post.text


async def test_what_turns_out_to_be_urgent_leaves_at_once_and_not_again_in_the_morning(
    place: Village, platform: str
) -> None:
    author, department = await _writes(place, platform)
    await author.tells_the_bot("这件事很急")
    assert "为什么不能等" in author.last()
    assert place.posts(platform, department) == []
    await author.tells_the_bot("机房漏水了，值班的人要马上断电")
    label = next(label for label in author.labels() if label not in ("改内容", "不发了"))
    await author.presses(label)
    await place.pass_time(minutes=2)
    posts = place.posts(platform, department) + [
        message for one in place.copies(platform, OLD) for message in [one]
    ]
    assert posts
    await place.travel("2026-09-09 09:20")
    again = place.posts(platform, department) + list(place.copies(platform, OLD))
    assert again == posts
    assert set(place.copies(platform, OLD).values()) <= {1}


async def test_what_is_kept_is_counted_and_told_from_the_running_configuration(
    place: Village, platform: str
) -> None:
    author, department = await _writes(place, platform)
    await author.tells_the_bot("你记录了我什么")
    assert "1 条公告，365 天后删" in author.last()
    assert department in author.last()
    assert "我不读群里的聊天" in author.last()
