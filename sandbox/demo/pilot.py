"""The last act (最后一幕): two weeks of pilot turned by the clock, and the page that says what is known after them."""

from __future__ import annotations

from pathlib import Path

from sandbox.demo.stage import Mismatch, expect
from sandbox.demo.story import YES, Tale
from sandbox.model import BOT

DEPARTMENT = "市场部"
HEAD, MEMBER, ADMIN = "王芳", "赵小满", "周敏"
WORDS = "秋季新品的预算表周五前填好"
READERS = 20
"""So many of the 23 read it; of the others nobody can say forever that they have not."""
WISHES = f"""
[pilot]
departments = ["{DEPARTMENT}"]
starts = 2026-09-07
days = 14

[privacy]
notice_published = 2026-09-04
"""
SUNDAY = "2026-09-20"
GUARDED = 3


def page(folder: Path) -> Path:
    return folder / "verdict.html"


async def begins(tale: Tale) -> None:
    """The configuration names a pilot; it starts when its head has said yes, and not before."""
    stage, tell = tale.stage, tale.tell
    await tell.scene(f"最后一幕：{DEPARTMENT}试点两周", stage.now())
    await stage.kill_bot()
    with stage.config.open("a", encoding="utf-8") as out:
        out.write(WISHES)
    with tell.busy("驿站带着新配置启动"):
        await stage.start_bot()
        code, said = await stage.run("pilot", "start")
        await stage.rest()
    expect(f"yizhan pilot start 的退出码\n{said}", GUARDED, code)
    await tell.card(said.strip())
    head = stage.person("feishu", HEAD)
    await tale.shows(head, head.heard()[-1])
    await tale.presses(head, "可以开始")
    code, said = await stage.run("pilot", "start")
    expect(f"再执行一遍的退出码\n{said}", 0, code)
    await tell.card(said.strip())
    await stage.wait(minutes=2)


async def lives(tale: Tale) -> None:
    """One notice that most read, one complaint that somebody looks after."""
    stage = tale.stage
    notice = tale.promise("试点里写给市场部", WORDS, "feishu", tale.department("feishu", DEPARTMENT))
    head, member, admin = (stage.person("feishu", name) for name in (HEAD, MEMBER, ADMIN))
    await tale.says(head, f"通知{DEPARTMENT}：{WORDS}")
    await tale.presses(head, YES)
    await stage.wait(minutes=2)
    tale.expect_each_once(notice)
    posts = [one for one in stage.messages() if one.sender == BOT and one.text.startswith(WORDS)]
    posts = posts or [one for one in stage.messages() if one.sender == BOT and WORDS in one.text]
    people = sorted(tale.department("feishu", DEPARTMENT))[:READERS]
    for post in posts:
        for each in people:
            if each in stage.town.audience(post):
                await head.platform.read(stage.town.people["feishu"][each], post)
    await stage.rest()
    await tale.says(member, "消息太多了")
    await tale.presses(member, "署名记下")
    await stage.wait(minutes=1)
    await tale.presses(admin, "解决了，写一句")
    await tale.says(admin, "活动类的合成每天一条")
    await stage.wait(minutes=1)
    await tale.presses(member, "解决了")


async def ends(tale: Tale) -> None:
    """The free Saturday is silent, the make-up Sunday brings the verdict."""
    stage, tell = tale.stage, tale.tell
    with tell.busy("两周，时钟往前走"):
        await stage.walk("2026-09-18 23:59")
        before = len(stage.messages())
        await stage.walk("2026-09-19 23:59")
        expect("周六 9月19日 的消息", 0, len(stage.messages()) - before)
        await stage.walk(f"{SUNDAY} 09:40")
    await tell.fact("9月19日（周六）一条消息都没有；9月20日（周日）调休上班，结论来了")
    head = stage.person("feishu", HEAD)
    card = head.card_with("再试两周")
    await tale.shows(head, card)
    to = page(stage.folder)
    code, said = await stage.run("pilot", "report", str(to))
    expect(f"yizhan pilot report 的退出码\n{said}", 0, code)
    html = to.read_text(encoding="utf-8")
    if "无法判定" not in html or "<svg" not in html:
        raise Mismatch("结论页", "图和“无法判定”", html[:200])
    await tell.fact(f"结论页写好了，{len(html) // 1024} KB，一个文件，图和字都在里面")
