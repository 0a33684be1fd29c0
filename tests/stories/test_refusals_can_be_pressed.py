"""Whatever is refused in the chat comes in private with something to press, and the press leads on."""

from __future__ import annotations

import pytest
from village import Actor, Village

from sandbox import company

WHO = {"feishu": "赵小满", "dingtalk": "孙莉"}
HOME = {"feishu": "市场部", "dingtalk": "设备部"}
OTHER = {"feishu": "研发部", "dingtalk": "品控组"}


@pytest.fixture
def place(any_place: Village) -> Village:
    return any_place


def in_groups(place: Village) -> list[str]:
    return [message.id for message in place.town.log.get(place.platforms[0], []) if message.chat]


def table(platform: str) -> list[tuple[str, str, str, str]]:
    """What is said, what of it is refused, what is pressed, and what is heard then."""
    home, other = HOME[platform], OTHER[platform]
    return [
        (f"通知{home}：{'检修计划' * 2400}", "先没有发", "我改短一点", "一句话写给我"),
        ("明天下雨吗", "没看懂", "看看你会什么", "我能做这些"),
        ("撤回", "没有可以撤回", "看我的消息", "没有排队中"),
        ("改时间", "没有可以改时间", "发通知", "一句话写给我"),
        ("改内容", "没有可以改内容", "看我的消息", "没有排队中"),
        ("谁还没看", "没有发出去的通知", "看我的消息", "没有排队中"),
        ("这件事很急", "没有在等的公告", "发通知", "一句话写给我"),
        ("安排两批培训", "还做不到", "我要反馈", "署名"),
        ("回头再通知" + home + "：仓库盘点", "先没有发", "不定时间，先预览", "仓库盘点"),
        ("不发了", "", "", ""),
        ("帮我查下研发部那个 1 分是谁打的", "我查不了", "匿名是怎么做到的", "匿名"),
        ("暂停驿站到下午三点", "我没有动", "转告管理员", ""),
        ("接管“研发日常”", "我没有动", "转告管理员", ""),
        (f"给{other}发个署名问卷，看看大家累不累？", "所以没有发", "我要反馈", "署名"),
    ]


async def test_every_refusal_of_the_chat_leads_on(place: Village) -> None:
    platform = place.platforms[0]
    author = place.person(platform, WHO[platform])
    for said, refused, label, then in table(platform):
        posted = in_groups(place)
        await author.tells_the_bot(said)
        assert refused in author.last(), (said, author.last())
        if not label:
            continue
        toast = await author.chooses(label)
        assert then in author.last() or then in toast, (said, author.last())
        assert in_groups(place) == posted, "nobody else hears of it"
    admin = place.person(platform, "周敏")
    passed = [message.text for message in admin.heard() if "请我转告" in message.text]
    assert [wish for text in passed for wish in ("暂停驿站到下午三点", "接管") if wish in text] == [
        "暂停驿站到下午三点",
        "接管",
    ]
    assert all(author.person.name in text for text in passed)


async def test_a_question_that_is_open_survives_a_refusal(place: Village) -> None:
    platform = place.platforms[0]
    author = place.person(platform, WHO[platform])
    await author.tells_the_bot(f"通知{HOME[platform]}：仓库盘点")
    await author.tells_the_bot("明天下雨吗")
    assert "没看懂" in author.last()
    if author.labels():
        await author.presses("就这样")
    else:
        assert "回复 5 看看你会什么" in author.last(), "numbers go on behind those of the question"
        await author.tells_the_bot("1")
    await place.pass_time(minutes=2)
    assert [
        one
        for one in place.town.log[platform]
        if one.sender == "bot" and "仓库盘点" in one.text and "内容" not in one.text
    ]


async def test_whom_the_directory_does_not_know_can_have_the_admins_told_and_try_again(
    place: Village,
) -> None:
    platform = place.platforms[0]
    someone = place.person(platform, WHO[platform]).person
    new = company.new_person(place.town, platform, "何清", "heqing", list(someone.departments))
    stranger = Actor(place, place.town.platforms[platform], new)
    await stranger.tells_the_bot(f"通知{HOME[platform]}：仓库盘点")
    assert "没有找到你" in stranger.last()
    asked = stranger.heard()[-1]
    admin = place.person(platform, "周敏")
    before = len(admin.heard())
    for _ in range(2):
        if stranger.platform.buttons(asked):
            await stranger.presses("转告管理员", asked)
        else:
            await stranger.tells_the_bot("2")
    told = [message.text for message in admin.heard()[before:] if "我在通讯录里没有找到" in message.text]
    assert len(told) == 1
    assert new.id in told[0]
    assert "何清" not in told[0] and "仓库盘点" not in told[0]
    if stranger.platform.buttons(asked):
        assert "还是没有找到你" in await stranger.presses("再试一次", asked)
    if platform == "feishu":  # the directory tells the app of them at last
        place.town.platforms[platform].contact_events.person_created(new)
    else:
        await stranger.platform.rename(new, "何清清")
    await place.pass_time(minutes=2)
    if stranger.platform.buttons(asked):
        await stranger.presses("再试一次", asked)
    else:
        await stranger.tells_the_bot("1")
    assert "仓库盘点" in stranger.last()
    assert "没有找到你" not in stranger.last()
