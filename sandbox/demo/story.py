"""The story (剧情), first half: what people say, what is held, mended, refused and sent elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sandbox import company
from sandbox.demo import count
from sandbox.demo.count import Figures, Notice
from sandbox.demo.narrator import Narrator
from sandbox.demo.stage import Actor, Mismatch, Stage, expect
from sandbox.model import Message

START = "2026-09-08 21:40"
ALL_HANDS = f"{company.NAME[:2]}全员"
FAR = "乌鲁木齐研发组"
YES = "就这样"


@dataclass
class Tale:
    """What the scenes share: the stage, the narrator, and the notices that were promised to somebody."""

    stage: Stage
    tell: Narrator
    notices: list[Notice] = field(default_factory=list)

    # -- acting, and saying so

    async def says(self, actor: Actor, text: str) -> Message:
        await self.tell.speech(actor.person.name, text)
        answer = await actor.say(text)
        await self.tell.card(answer.text, actor.labels(answer))
        return answer

    async def presses(self, actor: Actor, label: str) -> str:
        """The toast; a new face of the card is shown where there is something to press on it."""
        await self.tell.press(actor.person.name, label)
        toast = await actor.press(label)
        if toast:
            await self.tell.card(toast)
        return toast

    async def shows(self, actor: Actor, message: Message) -> None:
        await self.tell.card(message.text, actor.labels(message))

    # -- promising and counting

    def promise(self, title: str, words: str, platform: str, people: list[str]) -> Notice:
        """A notice that these people must get."""
        audience = frozenset(f"{platform}:{person}" for person in people)
        notice = Notice(title=title, words=words, audience=audience)
        self.notices.append(notice)
        return notice

    def department(self, platform: str, name: str) -> list[str]:
        return company.members_of(self.stage.town, platform, name)

    def copies(self, notice: Notice) -> Counter[str]:
        return count.copies(notice.words, self.stage.messages(), self.stage.town.audience)

    def figures(self, notice: Notice) -> Figures:
        messages, calls = self.stage.messages(), self.stage.calls()
        return count.figures(notice, messages, calls, self.stage.town.audience)

    def expect_each_once(self, notice: Notice) -> None:
        """Everybody it is for has just one copy, and nobody else has any."""
        people = dict.fromkeys(sorted(notice.audience), 1)
        got = self.copies(notice)
        wrong = sorted(
            person for person in people.keys() | got.keys() if people.get(person) != got.get(person)
        )
        if wrong:
            raise Mismatch(
                f"“{notice.words}”", f"{len(people)} 人各 1 份", {each: got.get(each, 0) for each in wrong}
            )


async def opens(tale: Tale) -> None:
    """The town, the check, the start."""
    stage, tell = tale.stage, tale.tell
    await tell.scene("小镇开门", stage.now())
    people = {name: len(stage.town.people[name]) for name in ("feishu", "dingtalk")}
    expect("飞书的人数", 248, people["feishu"])
    expect("钉钉的人数", 64, len(tale.department("dingtalk", "苏州工厂")))
    await tell.fact(f"{company.NAME} 312 人：飞书 248，钉钉 64（苏州工厂）；一个端口同时是两家平台")
    with tell.busy("yizhan check"):
        code, said = await stage.run("check")
    expect(f"yizhan check 的退出码\n{said}", 0, code)
    await tell.fact("yizhan check 通过")
    with tell.busy("驿站启动中"):
        took_s = await stage.start_bot()
    await tell.fact(f"驿站启动，{took_s:.1f} 秒后两条长连接都通了，通讯录也走完了一遍")


async def night(tale: Tale) -> None:
    """Said at night, held, survived a kill, read in the morning by everybody's own hours."""
    stage, tell = tale.stage, tale.tell
    await tell.scene("夜里想起一件事", stage.now())
    words = "周四下午两点会议室A过一下接口文档"
    notice = tale.promise("夜里写给研发部", words, "feishu", tale.department("feishu", "研发部"))
    author = stage.person("feishu", "李想")
    await tale.says(author, f"通知研发部：{words}")
    await tale.presses(author, YES)
    with tell.busy("夜里，时钟往前走"):
        await stage.walk("2026-09-09 02:13")
        await stage.kill_bot()
    await tell.aside("02:13，对整个进程组 kill -9，夜里没有驿站。")
    with tell.busy("驿站重新启动"):
        took_s = await stage.start_bot()
        await stage.walk("2026-09-09 08:59")
    expect("夜里送出的份数", 0, tale.copies(notice).total())
    await tell.fact(f"重新启动用了 {took_s:.1f} 秒；到 08:59，一份都没有提前送出")
    far = {f"feishu:{person}" for person in tale.department("feishu", FAR)}
    with tell.busy("早上，按各自的上班时间送达"):
        await stage.walk("2026-09-09 09:10")
        expect("09:10 收到的人", notice.audience - far, set(tale.copies(notice)))
        await stage.walk("2026-09-09 10:00")
        expect("10:00 之前的乌鲁木齐", 0, len(far & set(tale.copies(notice))))
        await stage.walk("2026-09-09 10:10")
    tale.expect_each_once(notice)
    await tell.fact(f"09:00–09:10，{len(notice.audience) - len(far)} 人收到，每人 1 份")
    await tell.fact(f"10:00–10:10，乌鲁木齐 {len(far)} 人收到，每人 1 份")


async def important(tale: Tale) -> None:
    """【重要】 without anybody mentioned: one press mends it."""
    stage, tell = tale.stage, tale.tell
    await stage.walk("2026-09-09 10:20")
    await tell.scene("重要，但没说给谁", stage.now())
    words = "本周五前交测试报告"
    team = tale.department("feishu", "接口组")
    notice = tale.promise("【重要】给接口组", words, "feishu", team)
    author = stage.person("feishu", "李想")
    await tale.says(author, f"[重要]{words}")
    expect("没点到人之前送出的份数", 0, tale.copies(notice).total())
    await tale.presses(author, f"@接口组 {len(team)} 人")
    await tale.shows(author, author.card_with(YES))
    await tale.presses(author, YES)
    await stage.wait(minutes=1)
    tale.expect_each_once(notice)
    post = stage.from_bot("feishu", "接口组")[-1]
    expect("真的 @ 到的人", sorted(team), sorted(post.mentions))
    expect("送到时的标签", True, "【重要】" in post.text)
    await tell.fact(f"“接口组”群里 1 条【重要】，真的 @ 到了 {len(team)} 人")


async def refused(tale: Tale) -> None:
    """Not for everybody: said in private, with a way out that works."""
    stage, tell = tale.stage, tale.tell
    await stage.walk("2026-09-09 10:30")
    await tell.scene("不能发全员", stage.now())
    words = "羽毛球社周五招新"
    club = stage.chat("feishu", "羽毛球社")
    notice = tale.promise("羽毛球社", words, "feishu", list(club.members))
    author = stage.person("feishu", "赵小满")
    await tale.says(author, f"发全员：{words}")
    expect("全员群里的消息", [], stage.from_bot("feishu", ALL_HANDS) + stage.from_bot("dingtalk", ALL_HANDS))
    expect("被拒绝的通知送出的份数", 0, tale.copies(notice).total())
    await tell.fact("全员群里没有任何痕迹，只有赵小满自己看得到这句话")
    await tale.presses(author, f"发到“羽毛球社”群（{len(club.members)} 人）")
    await tale.shows(author, author.card_with(YES))
    await tale.presses(author, YES)
    await stage.wait(minutes=1)
    tale.expect_each_once(notice)
    await tell.fact(f"“羽毛球社”群里 1 条，{len(club.members)} 人看得到；全员群仍然没有")
