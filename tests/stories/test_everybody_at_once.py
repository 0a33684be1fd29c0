"""@所有人 in a large group: a reviewer may let it through, once; in a small one it needs nobody."""

from __future__ import annotations

from pathlib import Path

from village import Actor, Village, village

WHO = {"feishu": ("王芳", "市场部", 23, "林岚"), "dingtalk": ("孙莉", "设备部", 8, "周敏")}
WORDS = "【重要】明天 10 点全员会，地点三楼 @所有人"
SHOWN = "明天 10 点全员会"


def _place(folder: Path, platform: str, all_up_to: int):
    reviewer = WHO[platform][3]
    edit = f'\n[mentions]\nall_up_to = {all_up_to}\n[announce]\nreviewers = ["{reviewer}"]\n'
    return village(folder, platforms=(platform,), start="2026-09-08 10:00", edit=edit)


def _posted(place: Village, platform: str) -> list[str]:
    department = WHO[platform][1]
    return [post.text for post in place.posts(platform, department) if SHOWN in post.text]


def _once(author: Actor) -> str:
    return next(label for label in author.labels() if label.endswith("放行一次"))


def _plain(said: str) -> str:
    """Where an @ could call somebody, words carry the one that cannot."""
    return said.replace("＠", "@")


async def test_as_many_as_the_limit_may_be_called_at_once(tmp_path: Path, platform: str) -> None:
    name, department, size, _ = WHO[platform]
    async with _place(tmp_path, platform, size) as place:
        author = place.person(platform, name)
        await author.tells_the_bot(f"通知{department}：{WORDS}")
        assert "@所有人" in _plain(author.last())
        await author.presses("就这样")
        await place.pass_time(minutes=2)
        [post] = [one for one in place.posts(platform, department) if SHOWN in one.text]
        assert "所有人" in post.text or "all" in post.mentions


async def test_one_more_needs_a_yes_and_the_yes_is_for_this_once(tmp_path: Path, platform: str) -> None:
    name, department, size, second = WHO[platform]
    async with _place(tmp_path, platform, size - 1) as place:
        author, reviewer = place.person(platform, name), place.person(platform, second)
        await author.tells_the_bot(f"通知{department}：{WORDS}")
        assert f"{size} 人，超过 {size - 1} 人就不用 @所有人" in _plain(author.last())
        assert "不 @，普通公告" in map(_plain, author.labels())
        assert "就这样" not in author.labels()
        await author.presses(_once(author))
        await reviewer.presses("发")
        await place.pass_time(minutes=2)
        assert len(_posted(place, platform)) == 1
        await author.tells_the_bot(f"通知{department}：{WORDS.replace('三楼', '四楼')}")
        assert "就这样" not in author.labels(), "the yes was for those words"
        assert _once(author)


async def test_without_the_call_it_is_an_ordinary_notice(tmp_path: Path, platform: str) -> None:
    name, department, size, _ = WHO[platform]
    async with _place(tmp_path, platform, size - 1) as place:
        author = place.person(platform, name)
        await author.tells_the_bot(f"通知{department}：{WORDS}")
        await author.presses(next(one for one in author.labels() if _plain(one) == "不 @，普通公告"))
        assert "【重要】" not in author.last()
        await author.presses("就这样")
        await place.pass_time(minutes=2)
        [said] = _posted(place, platform)
        assert "@" not in said and "所有人" not in said
