"""The month's pot: admins hear once at each mark with the day it lasts to, and receipts stop first."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from village import Village, village


def _spend(place: Village, units: int) -> None:
    """As if the month had been busy."""
    with closing(sqlite3.connect(place.folder / "data" / "yizhan.db")) as conn, conn:
        conn.execute(
            "INSERT INTO meter (platform, month, pot, units) VALUES ('dingtalk', '2026-09', 'calls', ?)"
            " ON CONFLICT (platform, month, pot) DO UPDATE SET units = excluded.units",
            (units,),
        )


async def test_at_eighty_per_cent_admins_hear_once_and_nobody_asks_who_has_read(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("dingtalk",), start="2026-09-16 10:00") as place:
        author, admin = place.person("dingtalk", "何强"), place.person("dingtalk", "周敏")
        await place.kill_the_bot()
        _spend(place, 4000)
        await place.start_bot()
        await author.tells_the_bot("通知品控组：量具今天送检")
        await author.presses("就这样")
        await place.pass_time(minutes=5)
        told = [message for message in admin.heard() if "接口次数已用" in message.text]
        assert len(told) == 1
        assert "9月20日" in told[0].text
        await place.kill_the_bot()
        await place.start_bot()
        await author.tells_the_bot("谁还没看")
        assert "平台这次没有告诉我" in author.last() or "不知道" in author.last()
        asked = [line for line in place.town.recorder.lines(platform="dingtalk") if "readStatus" in line]
        assert asked == []
        assert len([message for message in admin.heard() if "接口次数已用" in message.text]) == 1
