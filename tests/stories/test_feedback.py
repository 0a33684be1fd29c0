"""反馈: what somebody reports has an owner and ends when they say so; where somebody may be hurt, help comes first."""

from __future__ import annotations

from pathlib import Path

import pytest
from village import Village, village

WHO = {"feishu": ("赵小满", "王芳", "林岚"), "dingtalk": ("孙莉", "何强", "周敏")}
FEEDBACK = '\n[feedback]\nowners = ["{0}"]\ncontacts = ["{1}"]\n'


def _place(folder: Path, platform: str):
    _, owner, contact = WHO[platform]
    edit = FEEDBACK.format(owner, contact)
    return village(folder, platforms=(platform,), start="2026-09-08 10:00", edit=edit)


def _heard_by_anyone(place: Village, platform: str, words: str, sender: str) -> list[str]:
    return [
        one.text
        for one in place.town.log[platform]
        if one.sender == "bot" and words in one.text and one.person != sender
    ]


async def test_a_ticket_has_an_owner_and_ends_when_its_asker_says_so(tmp_path: Path, platform: str) -> None:
    async with _place(tmp_path, platform) as place:
        asker, owner, _ = (place.person(platform, name) for name in WHO[platform])
        await asker.tells_the_bot("我要反馈")
        await asker.presses("署名")
        await asker.tells_the_bot("秋季新品的文件总是找不到，翻半天")
        assert "文件查找不便" in asker.last()
        assert asker.person.name in owner.last()
        assert owner.labels() == ["我来处理", "解决了，写一句", "暂不做，写原因"]
        await owner.presses("我来处理")
        assert "在处理了" in asker.last()
        await place.kill_the_bot()
        await place.start_bot()
        await owner.presses("解决了，写一句")
        await owner.tells_the_bot("都放进 市场部/秋季新品 了")
        assert "都放进 市场部/秋季新品 了" in asker.last()
        await asker.presses("还没有")
        await place.pass_time(minutes=1)
        assert "还没有解决" in owner.last()
        await owner.presses("解决了，写一句")
        await owner.tells_the_bot("权限也开好了")
        await place.pass_time(minutes=1)
        await asker.presses("解决了")
        await place.pass_time(minutes=1)
        assert "确认了" in owner.last()


@pytest.mark.parametrize("platform", ["feishu"])
async def test_a_complaint_nobody_asked_for_is_kept_only_by_a_press(tmp_path: Path, platform: str) -> None:
    async with _place(tmp_path, platform) as place:
        asker, owner, _ = (place.person(platform, name) for name in WHO[platform])
        await asker.tells_the_bot("消息太多了")
        assert "消息提醒过多" in asker.last()
        assert owner.heard() == []
        await asker.presses("署名记下")
        assert "消息太多了" in owner.last()


async def test_help_comes_before_procedure_and_no_name_is_passed_on_by_itself(
    tmp_path: Path, platform: str
) -> None:
    async with _place(tmp_path, platform) as place:
        asker, owner, contact = (place.person(platform, name) for name in WHO[platform])
        await asker.tells_the_bot("我要反馈")
        await asker.presses("署名")
        await asker.tells_the_bot("有人在群里骚扰我，深夜开玩笑")
        assert contact.person.name in asker.last()
        assert "110" in asker.last()
        assert owner.heard() == []
        assert contact.heard() == []
        await asker.presses(f"联系{contact.person.name}")
        assert asker.person.name in contact.last()
        assert _heard_by_anyone(place, platform, "骚扰", asker.person.id) == []
        assert owner.heard() == []
