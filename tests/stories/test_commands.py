"""The command line answers the same with a living bot and without."""

from __future__ import annotations

import json
from pathlib import Path

from village import village

NIGHT = "2026-09-08 21:40"


async def test_explain_says_what_the_chat_says(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        asked = (
            "explain",
            "--as",
            "李想",
            "--to",
            "company",
            "--at",
            NIGHT,
            "[重要]明早九点全员演练",
            "--json",
        )
        code, alive = await place.run(*asked)
        assert code == 0, alive
        told = json.loads(alive)
        assert told["verdict"] == "refuse"
        assert {one["rule"] for one in told["findings"]} >= {
            "announcement",
            "important-tag",
            "mentions",
            "work-hours",
        }
        order = ["allow", "remind", "hold", "review", "refuse"]
        assert told["fixes"]
        assert all(order.index(fix["verdict"]) < order.index("refuse") for fix in told["fixes"])
        await place.stop_the_bot()
        code, alone = await place.run(*asked)
        assert code == 0, alone
        assert json.loads(alone) == told


async def test_what_waits_is_listed_released_and_cancelled(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start=NIGHT) as place:
        author = place.person("feishu", "李想")
        await author.tells_the_bot("通知接口组：周四评审")
        await author.presses("就这样")
        code, listed = await place.run("outbox", "list", "--state", "held", "--json")
        assert code == 0, listed
        rows = [json.loads(line) for line in listed.splitlines()]
        assert rows and all(row["state"] == "held" for row in rows)
        first, *rest = [str(row["id"]) for row in rows]
        code, said = await place.run("outbox", "release", first)
        assert code == 0, said
        await place.rest()
        assert sum(place.copies("feishu", "周四评审").values()) + len(place.posts("feishu", "接口组")) == 1
        if rest:
            assert (await place.run("outbox", "cancel", *rest))[0] == 0
        await place.stop_the_bot()
        code, verified = await place.run("audit", "verify")
        assert code == 0, verified
        assert "完整" in verified


async def test_a_second_bot_on_the_same_data_refuses(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("dingtalk",), start=NIGHT) as place:
        code, said = await place.run("run")
        assert code == 3, said
        assert "已经有一个驿站" in said


async def test_told_to_stop_it_stops_in_order_and_leaves_nothing_open(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("dingtalk",), start=NIGHT) as place:
        author = place.person("dingtalk", "何强")
        await author.tells_the_bot("通知品控组：量具送检")
        await author.presses("就这样")
        assert await place.stop_the_bot() == 0
        assert "Traceback" not in place.log()
        assert not (tmp_path / "data" / "yizhan.sock").exists()
        code, listed = await place.run("outbox", "list", "--state", "held", "--json")
        assert code == 0
        assert listed.strip()
