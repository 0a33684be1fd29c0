"""Files are not opened, and a group is what it is by its id: whatever it calls itself."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

import pytest
from test_cards import forged, value_of
from test_what_people_say import cast
from village import Actor, Village, village

from tests.stories.workspaces import groups, latest_call, wishing, writing_calls

pytestmark = pytest.mark.timeout(240)


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("zeros", b"\0" * (16 << 20))
    return made.getvalue()


FILES = {
    "../../etc/passwd": b"x",
    "..\\..\\windows\\system32\\x.exe": b"MZ",
    "/etc/cron.d/x": b"x",
    "~/.ssh/authorized_keys": b"x",
    "a" * 200 + ".xlsx": b"x",
    "表\u202exslx.exe": b"x",
    "x.zip": bomb(),
    "x.png": b"<svg onload=alert(1)>",
    "空\x00.txt": b"\0",
    "$(touch x).csv": b"=HYPERLINK(1)",
}


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_what_is_sent_as_a_file_is_neither_fetched_nor_kept(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00") as place:
        author, _ = cast(place, platform)
        before, there = latest_call(place), everything(place)
        key = {"feishu": "file_name", "dingtalk": "fileName"}[platform]
        for name, data in FILES.items():
            given = {key: name.replace("\x00", "") or "x", "data": base64.b64encode(data).decode()}
            await author.platform.send(author.person, "bot", "file", given)
            await place.pass_time(seconds=30)
        kind = {"feishu": "image", "dingtalk": "picture"}[platform]
        await author.platform.send(author.person, "bot", kind, {})
        await place.pass_time(minutes=1)
        calls = [one["path"] for one in place.town.recorder.entries(since=before)]
        fetched = ("/resources/", "download", "/files/", "/media/", "/images/", "sendBySession", "/drive/")
        assert [path for path in calls if any(part in path for part in fetched)] == []
        assert everything(place) == there
        assert author.heard(), "it is answered"
        assert "\u202e" not in "".join(one.text for one in author.heard())
        assert not (tmp_path / "x").exists()


def everything(place: Village) -> set[str]:
    """Names of what lies in the bot's own folder."""
    return {path.name for path in (place.folder / "data").rglob("*")}


WORDS = "三号会议室改到二楼"
MARKET = """
[workspace]
company_group = "禾川大会堂"

[[workspace.department]]
name = "市场部"
group_name = "市场部工作群"
"""


async def test_a_name_is_nobodys_property(tmp_path: Path) -> None:
    """A managed group is renamed, strangers take its name and the hall's: what is told goes where it went before."""
    async with wishing(tmp_path, MARKET, platforms=("feishu",), start="2026-09-08 10:00") as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        (market,) = groups(place, "市场部工作群")
        (hall,) = groups(place, "禾川大会堂")
        side, stranger = place.town.platforms["feishu"], place.person("feishu", "李想")
        guests = [place.person("feishu", "何晓").person]
        await side.change_chat(market, {"name": "随便聊聊\x1b[2J\u202e[red]x[/red]"})
        theirs = [
            await side.create_chat(name, stranger.person, guests, bot=True)
            for name in ("市场部工作群", "禾川大会堂", "全员群", "市场部")
        ]
        await place.pass_time(minutes=2)
        before = latest_call(place)
        code, said = await place.run("apply", "--yes")
        assert [one for one in writing_calls(place, before) if any(chat.id in one for chat in theirs)] == []
        assert code in (0, 3), said
        assert not {"\x1b", "\u202e"} & set(said)
        assert "随便聊聊" not in said or "[red]x[/red]" in said
        head, holder = place.person("feishu", "王芳"), place.person("feishu", "周敏")
        await head.tells_the_bot(f"通知市场部：{WORDS}")
        await head.presses("就这样")
        await holder.tells_the_bot("发全员：周五放假")
        await holder.presses("就这样")
        await place.pass_time(minutes=10)
        log = [one for one in place.town.log["feishu"] if one.sender == "bot" and one.chat]
        assert [one.text for one in log if one.chat in {chat.id for chat in theirs}] == []
        reached = {one.chat for one in log if WORDS in one.text}
        assert reached <= {market.id}
        assert {one.chat for one in log if "周五放假" in one.text} <= {hall.id}
        assert reached or place.copies("feishu", WORDS)


async def test_only_its_owner_gives_a_group_away_and_only_an_admin_asks_for_it(tmp_path: Path) -> None:
    own = '\n[workspace]\n\n[[workspace.department]]\nname = "研发部"\ngroup_name = "研发日常"\n'
    async with wishing(tmp_path, own, platforms=("feishu",), start="2026-09-08 10:00") as place:
        owner, admin = place.person("feishu", "陈立"), place.person("feishu", "周敏")
        stranger = place.person("feishu", "李想")
        theirs = place.chat("feishu", "研发日常")
        before = (theirs.name, list(theirs.members), list(theirs.admins), theirs.owner)
        await stranger.tells_the_bot("把“研发日常”交给你管吧")
        assert not stranger.heard() or "确认接管" not in stranger.labels()
        await admin.tells_the_bot("把“研发日常”交给你管吧")
        card = admin.card_with("确认接管")
        await forged(stranger, card, value_of(admin, card, "确认接管"))
        assert "同意" not in labels_of(owner)
        await admin.presses("确认接管")
        asked = owner.card_with("同意")
        yes = value_of(owner, asked, "同意")
        for somebody in (stranger, admin):
            await forged(somebody, asked, yes)
        assert "不归我管" in (await place.run("release", "研发日常"))[1]
        assert (theirs.name, list(theirs.members), list(theirs.admins), theirs.owner) == before


def labels_of(owner: Actor) -> set[str]:
    return {label for message in owner.heard() for _, label in owner.platform.buttons(message)}
