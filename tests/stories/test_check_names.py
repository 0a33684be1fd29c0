"""``yizhan check`` knows the people of the company, beside a living bot and alone."""

from __future__ import annotations

from pathlib import Path

from village import village


async def test_namesakes_and_strangers_are_found_beside_a_living_bot_and_alone(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",)) as place:
        code, said = await place.run("check")
        assert code == 0, said
        assert "都在通讯录里" in said
        with place.config.open("a", encoding="utf-8") as out:
            out.write('\n[mentions]\nall_allowed_for = ["张伟", "department:研发步"]\n')
        code, alive = await place.run("check")
        assert code == 2, alive
        assert "通讯录里有两位“张伟”：财务部（feishu:ou_" in alive
        assert "请写账号" in alive
        assert "通讯录里没有“研发步”；你是不是想写 “研发部”" in alive
        assert alive.endswith("2 处要改，没有动任何东西。\n")
        await place.stop_the_bot()
        before = {path.name for path in (tmp_path / "data").iterdir()}
        assert await place.run("check") == (2, alive)
        assert {path.name for path in (tmp_path / "data").iterdir()} == before


async def test_a_wrong_hour_a_wrong_key_and_a_namesake_are_one_report(tmp_path: Path) -> None:
    edit = """
[important]
need_mention = true
[[work_hours.team]]
name = "夜班"
members = ["张伟"]
closes = "18点"
"""
    async with village(tmp_path, platforms=("feishu",)) as place:
        with place.config.open("a", encoding="utf-8") as out:
            out.write(edit)
        code, said = await place.run("check")
        assert code == 2, said
        *lines, total = said.splitlines()
        assert len(lines) == 3, said
        assert "need_mention" in lines[0] and "needs_mention" in lines[0]
        assert "通讯录里有两位“张伟”" in lines[1]
        assert "18点" in lines[2] and '"18:00"' in lines[2]
        assert total == "3 处要改，没有动任何东西。"


async def test_without_a_directory_it_says_that_names_were_not_looked_up(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start_bot=False) as place:
        code, said = await place.run("check")
        assert code == 0, said
        assert "只检查了写法" in said
        assert not (tmp_path / "data").exists()
