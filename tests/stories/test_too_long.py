"""What no message could hold is refused before it is previewed, with what to do instead."""

from __future__ import annotations

import pytest
from village import Village

pytestmark = pytest.mark.village(start="2026-09-08 10:00")


async def test_a_text_that_no_card_holds_is_refused_with_a_way_forward(place: Village, platform: str) -> None:
    name, department = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "苏州工厂")}[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：" + "检修计划" * 2400)
    assert "缩短" in author.last()
    await author.tells_the_bot(f"通知{department}：" + "检修计划" * 200)
    await author.presses("就这样")
    await place.pass_time(minutes=2)
    sent = [m for m in place.town.log[platform] if m.sender == "bot" and m.text.count("检修计划") >= 200]
    assert sent
