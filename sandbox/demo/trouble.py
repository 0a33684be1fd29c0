"""The story (剧情), second half: answers that get lost, and processes that die while they send."""

from __future__ import annotations

from dataclasses import replace

from sandbox.demo import count
from sandbox.demo.count import Notice
from sandbox.demo.stage import Actor, expect
from sandbox.demo.story import ALL_HANDS, YES, Tale
from sandbox.model import Message

IS_THERE = "群里有"
IS_NOT_THERE = "群里没有，请重发"
SENT_AGAIN = "（补发"
SHOT_AT = 20
"""The bot dies in the very call that carries this copy."""


async def lost_on_feishu(tale: Tale) -> None:
    """The platform knows our request by its uuid: asked again, it does not do it again."""
    stage, tell = tale.stage, tale.tell
    await stage.walk("2026-09-09 10:40")
    await tell.scene("平台做了，回答丢了：飞书", stage.now())
    words = "下午的培训改到二楼大教室"
    notice = tale.promise("市场部，飞书丢回答", words, "feishu", tale.department("feishu", "市场部"))
    author = stage.person("feishu", "王芳")
    await tale.says(author, f"通知市场部：{words}")
    stage.fault("lost-answer", "feishu", "/open-apis/im/v1/messages", stage.chat("feishu", "市场部").id)
    await tale.presses(author, YES)
    with tell.busy("等它再问一次"):
        await stage.wait(minutes=1)
    tale.expect_each_once(notice)
    used = count.repeated(words, stage.calls(), "uuid")
    expect("同一个 uuid 的调用次数", [2], list(used.values()))
    expect("群里的条数", 1, sum(words in post.text for post in stage.from_bot("feishu", "市场部")))
    uuid = next(iter(used))
    await tell.fact(
        f"接口记录里 2 次调用，同一个 uuid {uuid[:8]}…；群里只有 1 条，{len(notice.audience)} 人各 1 份"
    )


async def lost_on_dingtalk(tale: Tale) -> None:
    """A card can be asked after; a plain message cannot, so a person decides."""
    stage, tell = tale.stage, tale.tell
    await stage.walk("2026-09-09 10:50")
    await tell.scene("平台做了没做，谁也说不准：钉钉", stage.now())
    author = stage.person("dingtalk", "何强")

    card = await _loses(tale, author, "设备部", "今天两点全厂点检", "lost-answer", "createAndDeliver")
    created = count.repeated(card.words, stage.calls(), "outTrackId")
    expect("创建那张卡片的次数", [1], list(created.values()))
    asked = [
        call
        for call in stage.calls()
        if call["method"] == "PUT" and call["body"].get("outTrackId") in created
    ]
    expect("查问那张卡片的次数", 1, len(asked))
    await tell.fact("用同一个 outTrackId 查问：卡片已创建，没有再发；送到没有，请人看一眼")
    await tale.presses(author, IS_THERE)
    tale.expect_each_once(card)

    absent = await _loses(tale, author, "仓储部", "叉车今天停东门", "cut", "batchSend")
    expect("到达的份数", 0, tale.copies(absent).total())
    await tell.aside("这一次平台其实没收到。文字消息没有请求号，驿站分不出来，所以不猜。")
    tale.notices[tale.notices.index(absent)] = replace(absent, resends=1)
    await tale.presses(author, IS_NOT_THERE)
    await stage.wait(minutes=1)
    tale.expect_each_once(absent)
    _expect_marked(tale, absent)
    await tell.fact(f"只重发一次，{len(absent.audience)} 人各 1 份，开头写着（补发，若已收到请忽略）")

    there = await _loses(tale, author, "品控组", "抽检表换成新版", "lost-answer", "batchSend")
    expect("到达的份数", len(there.audience), tale.copies(there).total())
    await tell.aside("这一次平台其实送到了。驿站看到的和刚才一模一样。")
    await tale.presses(author, IS_THERE)
    await stage.wait(minutes=1)
    tale.expect_each_once(there)
    await tell.fact(f"按了〔{IS_THERE}〕就不再发，{len(there.audience)} 人各 1 份")


async def _loses(tale: Tale, author: Actor, where: str, words: str, kind: str, path: str) -> Notice:
    """Confirm a notice whose call goes wrong; author and admin are told that nobody knows."""
    stage = tale.stage
    notice = tale.promise(f"{where}，钉钉没回话", words, "dingtalk", tale.department("dingtalk", where))
    await tale.says(author, f"通知{where}：{words}")
    stage.fault(kind, "dingtalk", path, "IM_GROUP" if path == "createAndDeliver" else words)
    await tale.presses(author, YES)
    with tale.tell.busy("等它的回答"):
        await stage.wait(minutes=1)
    await _is_told(tale, author, words, is_shown=True)
    await _is_told(tale, stage.person("feishu", "周敏"), words, is_shown=False)
    return notice


async def _is_told(tale: Tale, actor: Actor, words: str, *, is_shown: bool) -> None:
    """The latest card about an unknown outcome is about this one, and has both buttons."""
    message = actor.card_with(IS_NOT_THERE)
    expect(
        f"{actor.person.name} 知道结果未知",
        True,
        count.is_unknown(message.text) and words in message.text,
    )
    expect("按钮", [IS_THERE, IS_NOT_THERE], actor.labels(message))
    if is_shown:
        await tale.shows(actor, message)


def _expect_marked(tale: Tale, notice: Notice) -> None:
    """Every message that carries it says that it is sent again."""
    sent = [message for message in tale.stage.messages() if count.is_copy(message.text, notice.words)]
    sent = [message for message in sent if message.sender == "bot"]
    expect("写明补发的条数", len(sent), sum(SENT_AGAIN in message.text for message in sent))


async def killed(tale: Tale) -> None:
    """Dead between "sent" and "written down": the one gap that no queue closes by itself."""
    stage, tell = tale.stage, tale.tell
    await stage.walk("2026-09-09 11:10")
    await tell.scene("发到一半，kill -9", stage.now())
    words = "客户拜访表今天下班前填好"
    notice = tale.promise("销售部，发到一半", words, "feishu", tale.department("feishu", "销售部"))
    author = stage.person("feishu", "林岚")
    await tale.says(author, f"通知销售部：{words}")
    await tell.press(author.person.name, YES)
    sent = 0

    def is_the_one(message: Message) -> bool:
        nonlocal sent
        sent += message.sender == "bot" and count.is_copy(message.text, words)
        return sent >= SHOT_AT

    with tell.busy("52 份陆续在发"):
        await stage.together(author.press(YES), stage.kill_bot_at(is_the_one))
    left = tale.copies(notice).total()
    await tell.aside(f"平台刚执行完第 {SHOT_AT} 份、驿站还没记下，kill -9。已到 {left} 份。")
    with tell.busy("驿站重新启动，接着发"):
        took_s = await stage.start_bot()
        await stage.wait(minutes=2)
    tale.expect_each_once(notice)
    again = sum(times > 1 for times in count.repeated(words, stage.calls(), "uuid").values())
    expect("有没有用原来的 uuid 再问过", True, again > 0)
    await tell.fact(f"{took_s:.1f} 秒后接着发：{len(notice.audience)} 人各 1 份")
    await tell.fact(f"有 {again} 份不知道发没发的，用原来的 uuid 再问，飞书没有发第二遍")


async def everybody(tale: Tale) -> None:
    """To all 312, on both platforms, with a kill inside the minute in which it can be taken back."""
    stage, tell = tale.stage, tale.tell
    await stage.walk("2026-09-09 11:20")
    await tell.scene("全员公告，撤销的一分钟里 kill -9", stage.now())
    words = "周五下午三点消防演练，按楼层集合"
    people = {f"feishu:{person}" for person in stage.town.people["feishu"]}
    people |= {f"dingtalk:{person}" for person in tale.department("dingtalk", "苏州工厂")}
    notice = Notice(title="全员", words=words, audience=frozenset(people))
    tale.notices.append(notice)
    author = stage.person("feishu", "林岚")
    await tale.says(author, f"发全员：{words}")
    await tale.presses(author, YES)
    await stage.wait(seconds=20)
    await stage.kill_bot()
    await tell.aside("过了 20 秒，kill -9。")
    with tell.busy("驿站重新启动"):
        await stage.start_bot()
        expect("一分钟之内送出的份数", 0, tale.copies(notice).total())
        await stage.wait(minutes=2)
    tale.expect_each_once(notice)
    posts = len(stage.from_bot("feishu", ALL_HANDS)) + len(stage.from_bot("dingtalk", ALL_HANDS))
    expect("两个全员群里的条数", 2, posts)
    await tell.fact(f"两个全员群各 1 条，{len(people)} 人各 1 份")
