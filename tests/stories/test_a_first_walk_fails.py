"""The directory cannot be read when the bot is first started: it says so, looks again by itself, and then serves."""

from __future__ import annotations

from pathlib import Path

import pytest
from village import village

READ = {"feishu": "*/contact/v3/*", "dingtalk": "*/topapi/v2/*"}
WHO = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "苏州工厂")}


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_nobody_is_called_a_stranger_meanwhile(tmp_path: Path, platform: str) -> None:
    name, department = WHO[platform]
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00", start_bot=False) as place:
        place.faults({"match": {"path": READ[platform]}, "times": 0, "kind": "status:403"})
        await place.start_bot()
        person = place.person(platform, name)
        await person.tells_the_bot(f"通知{department}：三号会议室改到二楼")
        assert "还在读通讯录" in person.last()
        assert "没有找到你" not in person.last()
        place.faults()
        await place.pass_time(minutes=7)
        await person.tells_the_bot(f"通知{department}：三号会议室改到二楼")
        assert "就这样" in person.labels()
