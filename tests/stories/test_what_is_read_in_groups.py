"""Groups that the company lets us read: those it names, and not whoever gave theirs the same name."""

from __future__ import annotations

from pathlib import Path

import pytest
from village import village

from sandbox import company

IMPORTANT = "【重要】明天交测试报告"


@pytest.mark.parametrize("by_id", [False, True])
async def test_a_group_named_in_the_configuration_is_read_and_its_namesake_is_not(
    tmp_path: Path, by_id: bool
) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00", start_bot=False) as place:
        group = place.chat("feishu", "研发部")
        written = f"feishu:{group.id}" if by_id else group.name
        with place.config.open("a", encoding="utf-8") as out:
            out.write(f'\n[privacy]\nnotice_published = 2026-09-01\nread_groups = ["{written}"]\n')
        author, stranger = place.person("feishu", "李想"), place.person("feishu", "赵小满")
        both = [stranger.person.id, author.person.id]
        namesake = company.new_chat(place.town, "feishu", group.name, both[0], both, bot=True)
        await place.start_bot()
        await place.rest()

        await author.platform.say(author.person, namesake.id, IMPORTANT, [])
        await place.rest()
        assert author.heard() == []

        await author.platform.say(author.person, group.id, IMPORTANT, [])
        await place.rest()
        assert "没有 @ 相关的人" in author.last()
        assert "【重要】明天交测试报告" in author.last()


async def test_a_name_that_is_not_ours_to_keep_is_pointed_out_with_its_id(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00", start_bot=False) as place:
        with place.config.open("a", encoding="utf-8") as out:
            out.write('\n[privacy]\nnotice_published = 2026-09-01\nread_groups = ["羽毛球社"]\n')
        await place.start_bot()
        await place.rest()
        code, said = await place.run("doctor")
        assert code == 1
        assert "“羽毛球社”不是我维护的群，我没有读它" in said
        assert f"feishu:{place.chat('feishu', '羽毛球社').id}" in said
