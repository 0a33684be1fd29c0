"""答话 (said): what the bot answers to what people say to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from policies import tags
from policies.card import MAX_BUTTONS, Card, Style, Tone
from policies.wording import counts, moments
from policies.wording.choice import ActionOf, Choice, buttons
from policies.wording.refusal import (
    AGAIN,
    COMPLAIN,
    DROP,
    EDIT,
    MINE,
    PASS_ON,
    SEE_HELP,
    TAKE_BACK,
    WRITE_ONE,
    Refusal,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something one can say, and what it is good for."""

    says: str
    does: str


PUBLISH = Command(says="发通知", does="先预览再发，发之前都能改")
MY_OWN = Command(says="我的消息", does="看排队中的和发过的")
RECALL = Command(says="撤回", does="收回刚才发的那条")
WHY = Command(says="为什么", does="解释上一条为什么这样处理")
FEEDBACK = Command(says="我要反馈", does="有话直说，可以匿名")
SIGNED_ONLY = "有话直说，有人答复你"
"""What 我要反馈 does where no card has a form to write in without a name."""
PRIVACY = Command(says="你记录了我什么", does="看我记了什么")
UNREAD = Command(says="谁还没看", does="上一条有多少人读过，不说名字")
WHY_ME = Command(says="为什么我会收到", does="谁发的、凭什么发给我")
MAY = Command(says="谁能发全员", does="看谁有全员公告的授权")
HOURS = Command(says="现在几点下班", does="按你自己的作息")
PAUSE = Command(says="暂停驿站到下午三点", does="管理员用；说“恢复”就接着发")
HELP = Command(says="你会什么", does="看这份说明")

NUMERALS = "零一二三四五六七八九十"
"""How people write the number of a line of 我的消息."""

COMMANDS = (PUBLISH, MY_OWN, RECALL, WHY, HELP)
USUAL = (PUBLISH, FEEDBACK, MY_OWN)
"""The three that are said first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """One line of 我的消息.

    Attributes:
        state: of ``policies.announcement``.
        due_at: of what waits, its next moment; of what is sent, when it was.
        reached: copies accepted by the platform, of ``size``.
    """

    text: str
    audience_label: str
    state: str
    due_at: datetime | None = None
    reached: int = 0
    size: int = 0


def help_text(commands: Sequence[Command] = COMMANDS) -> str:
    """你会什么: every command that is switched on, a line each."""
    lines = [f"“{command.says}”——{command.does}" for command in commands]
    return "\n".join(["我能做这些，照着说就行：", *lines])


def who(commands: Sequence[Command] = USUAL, reads_groups: Sequence[str] = ()) -> str:
    """你是谁, the first time. What it reads comes from the running configuration, ``reads_groups``."""
    usual = " · ".join(f"“{command.says}”——{command.does}" for command in commands[:3])
    return "\n".join(
        [
            "我是驿站，帮大家发通知、守作息、收意见。常用三句：",
            f"{usual}。",
            f"{reads(reads_groups)}我会记什么，说“{PRIVACY.says}”就能看。",
        ]
    )


def who_again() -> str:
    return "我是驿站，还是那几句：说“你会什么”就能看到。"


def who_in_group() -> str:
    """One line; the rest belongs into the direct chat."""
    return "我是驿站，帮大家发通知、守作息；想用我，私聊说“你会什么”。"


def reads(groups: Sequence[str] = ()) -> str:
    """What it does with group chats; never fixed text."""
    if not groups:
        return "我不读群里的聊天。"
    some = "、".join(f"“{tags.one_line(group, 16)}”" for group in groups[:3])
    more = f"等 {len(groups)} 个群" if len(groups) > 3 else ""
    return f"我只看{some}{more}里新发的消息，用来提醒【重要】的写法，不保存原文。"


def did_you_mean(command: str) -> str:
    return f"是“{tags.one_line(command)}”吗？"


def did_you_mean_choices(command: str) -> tuple[Choice, Choice]:
    return (
        Choice(id=command, label="是", style=Style.PRIMARY),
        replace(SEE_HELP, label="不是，看看你会什么"),
    )


def did_you_mean_card(command: str, action_of: ActionOf) -> Card:
    return Card(title=did_you_mean(command), buttons=buttons(did_you_mean_choices(command), action_of))


def menu(text: str, choices: Sequence[Choice], action_of: ActionOf) -> Card:
    """An answer of some lines with what can be said next."""
    first, *rest = text.split("\n")
    return Card(title=first, body=tuple(rest), buttons=buttons(choices, action_of))


def chosen(label: str) -> Card:
    """The face of a question that was answered by a press."""
    return Card(title=f"好，{tags.one_line(label, 24)}。", state="已选", tone=Tone.DONE)


def not_understood() -> Refusal:
    return Refusal(
        text="这句我没看懂，不想乱猜。\n说“发通知 研发部：内容”就能发，说“你会什么”看全部。",
        ways=(
            SEE_HELP,
            WRITE_ONE,
        ),
    )


def options(shown: Sequence[str]) -> tuple[Choice, ...]:
    """As many as a card can show; each is told from the others by its place."""
    return tuple(
        Choice(id=f"pick:{nth}", label=tags.one_line(one)) for nth, one in enumerate(shown[:MAX_BUTTONS])
    )


def which_card(title: str, choices: Sequence[Choice], of_all: int, action_of: ActionOf) -> Card:
    """Several have that name; nobody is guessed."""
    more = f"还有 {of_all - len(choices)} 个，写全名字我就能找到。" if of_all > len(choices) else ""
    return Card(title=title, hint=more, buttons=buttons(choices, action_of))


def which_title(name: str, count: int, *, people: bool) -> str:
    one = "位" if people else "个"
    return f"有 {count} {one}“{tags.one_line(name, 16)}”，是哪一{one}？"


def address_title(name: str) -> str:
    """王姐, 老陈, 小满: people who may be called so; even a single one is asked for."""
    return f"“{tags.one_line(name, 16)}”是哪一位？我不想猜。"


def unknown_person(name: str) -> Refusal:
    return Refusal(
        text=f"通讯录里没有找到“{tags.one_line(name, 16)}”，先没有发。写全名，或者写“部门 姓名”再试一次。",
        ways=(
            DROP,
            SEE_HELP,
        ),
    )


def nobody_of_that_name(name: str) -> Refusal:
    """Nothing is near it, and who asks belongs to no department."""
    return Refusal(text=unknown_audience(name), ways=(WRITE_ONE, SEE_HELP))


def unknown_audience(name: str, near: Sequence[str] = ()) -> str:
    some = counts.either([f"“{tags.one_line(each, 16)}”" for each in near[:3]])
    hint = f"相近的有{some}。" if some else "可以写部门名、群名、人名，或“全员”。"
    return f"没有找到“{tags.one_line(name, 16)}”，先没有发。{hint}"


def send_to(name: str) -> str:
    return f"发给{tags.one_line(name, 16)}"


def ask_audience() -> str:
    return "要发给谁？写部门名、群名、人名，或“全员”。"


def which(name: str, options: Sequence[str]) -> str:
    """Several people or groups have that name; none is chosen for the author."""
    shown = "、".join(tags.one_line(option) for option in options[:MAX_BUTTONS])
    return f"叫“{tags.one_line(name, 16)}”的不止一个：{shown}。写全是哪一个，我再预览。"


def when_to_send(given: str, options: Sequence[str] = ()) -> str:
    """The moment that came with a new announcement is open or gone; none is taken for the author."""
    may_be = f"可能是{'，或者'.join(options[:3])}。" if options else "定不下来是几点发。"
    return f"{counts.quoted(given, 16)}{may_be}所以先没有发。把时间写全再说一遍，比如“明天上午十点再通知研发部：内容”。"


WITHOUT_A_MOMENT = Choice(id="pick:at-once", label="不定时间，先预览")


def not_yet() -> Refusal:
    """Understood, but nothing of ours does it so far."""
    return Refusal(
        text="这句我听懂了，但我现在还做不到，所以没有动任何东西。说“你会什么”看我现在能做的。",
        ways=(
            SEE_HELP,
            COMPLAIN,
        ),
    )


def nothing_open() -> str:
    """好的, 收到, 不用 and 谢谢 when nothing was asked."""
    return "好。现在没有在等你回答的事；要发一条通知，按预览卡片上的按钮。"


def how_to_publish() -> str:
    return "发给谁、发什么，一句话写给我，比如：“通知研发部：明早例会改到十点”。我先给你预览，点头才发。"


def ask_text() -> str:
    return "要发什么内容？直接写给我，我先给你预览。"


def ask_reason(times_this_month: int = 0, limit: int | None = None) -> str:
    """What urgent needs before it goes."""
    which = f"这是你这个月第 {times_this_month + 1} 条紧急" if times_this_month else ""
    counted = f"\n{which}{f'，共 {limit} 条' if limit else ''}。" if which else ""
    return f"为什么不能等到上班？这句话会写进公告，也会出现在月度简报的紧急清单里。{counted}"


def ask_reason_again(given: str) -> Refusal:
    return Refusal(
        text=f"{counts.quoted(given, 16)}还看不出为什么不能等，所以还没发。再写一句具体的，比如出了什么事、要谁做什么。",
        ways=(
            DROP,
            MINE,
        ),
    )


def ask_people() -> str:
    return "要 @ 谁？写名字就行，几个人用顿号隔开；重名的写“名字（部门）”。"


def ask_on_duty() -> str:
    return "谁在值班？写名字就行，几个人用顿号隔开；重名的写“名字（部门）”。只发给他们，其余的人不惊动。"


def ask_moment() -> str:
    return "改到什么时候？比如“明天上午十点”“9月10日 14:00”。"


def past() -> Refusal:
    return Refusal(
        text="那个时间已经过去了，时间没有改。再给我一个以后的时间。",
        ways=(
            MINE,
            DROP,
        ),
    )


def which_moment(given: str, options: Sequence[str] = ()) -> Refusal:
    """The words leave it open which moment they mean; each of them can be pressed."""
    if not options:
        return unclear_moment(given)
    return Refusal(
        text=f"{counts.quoted(given, 16)}可能是{'，或者'.join(options[:3])}。写清楚是哪一个，时间还没有改。",
        ways=(*(Choice(id=f"改到{one}", label=tags.one_line(one)) for one in options[:3]), DROP),
    )


def nothing_to_retime() -> Refusal:
    return Refusal(
        text="你现在没有可以改时间的消息。说“我的消息”看看都有哪些。",
        ways=(
            MINE,
            WRITE_ONE,
        ),
    )


def reviewed_time() -> Refusal:
    return Refusal(
        text="这条的时间是审核时一起点头的，改时间要重新送审：先说“撤回”收回，再发一次。",
        ways=(
            TAKE_BACK,
            MINE,
        ),
    )


def not_moved(why: str) -> Refusal:
    """A rule speaks against the other moment."""
    return Refusal(text=f"时间没有改：{why}", ways=(MINE, EDIT, DROP))


def on_its_way() -> Refusal:
    return Refusal(text="已经在发了，时间改不了；我可以试着收回来。", ways=(TAKE_BACK, MINE))


def unclear_moment(given: str) -> Refusal:
    return Refusal(
        text=f"{counts.quoted(given, 16)}我没看懂是什么时候，时间没有改。写“9月10日 14:00”这样我就懂。",
        ways=(
            MINE,
            DROP,
        ),
    )


def past_moment(given: datetime, now: datetime, *, zone: str = moments.ZONE) -> Refusal:
    return Refusal(
        text=f"{moments.at(given, now, zone=zone)} 已经过去了，时间没有改。再给我一个以后的时间。",
        ways=(
            MINE,
            DROP,
        ),
    )


SHORTEN = replace(WRITE_ONE, label="我改短一点")
SHORTEN_IT = replace(EDIT, label="我改短一点")


def too_long(n: int, limit: int, *, is_edit: bool = False) -> Refusal:
    """``is_edit``: of an announcement that was shown before, which stays as it was."""
    return Refusal(
        text=f"先没有发：内容有 {n} 字，一条最多 {limit} 字。缩短一些，或者把全文放进文档，发链接。",
        ways=(SHORTEN_IT, DROP) if is_edit else (SHORTEN, SEE_HELP),
    )


def paused(by: str, until: datetime, now: datetime, *, zone: str = moments.ZONE) -> str:
    return f"{tags.one_line(by) or '管理员'}让我暂停到 {moments.at(until, now, zone=zone)}，到时再发；你的内容我先留着。"


def stranger() -> Refusal:
    """Somebody outside the directory."""
    return Refusal(
        text="我在通讯录里没有找到你，所以不能替你发。加进来以后按〔再试一次〕；也可以让我告诉管理员。",
        ways=(
            AGAIN,
            PASS_ON,
        ),
    )


def not_read_yet() -> Refusal:
    """To whoever speaks before the directory has been read for the first time."""
    return Refusal(
        text="我刚起步，还在读通讯录，现在还认不出你。过几分钟按〔再试一次〕就好；一直这样的话，请管理员运行 yizhan doctor 看看通讯录范围。",
        ways=(AGAIN,),
    )


def mine(rows: Sequence[Mine], now: datetime, *, zone: str = moments.ZONE) -> str:
    """我的消息, a line each."""
    if not rows:
        return "你现在没有排队中的消息。说“发通知”就能写一条。"
    lines = [f"{nth}. {_mine(row, now, zone)}" for nth, row in enumerate(rows, start=1)]
    return "\n".join([f"你有 {len(rows)} 条：", *lines, "说“取消 1”或“撤回 1”处理其中一条。"])


def _mine(row: Mine, now: datetime, zone: str) -> str:
    what = f"{counts.quoted(row.text, 20)}→ {tags.one_line(row.audience_label)}"
    state = STATES.get(row.state, row.state)
    when = f"，{moments.at(row.due_at, now, zone=zone)}" if row.due_at else ""
    reached = f"，{row.reached}/{row.size} 份" if row.size and row.state in _COUNTED else ""
    return f"{what}（{state}{when}{reached}）"


STATES = {
    "draft": "草稿",
    "previewed": "等你点头",
    "in-review": "等审核",
    "approved": "审核通过",
    "declined": "审核没有通过",
    "scheduled": "已排好",
    "asking": "等你回答",
    "sending": "正在发",
    "sent": "已发出",
    "partly-sent": "部分发出",
    "recalling": "正在撤回",
    "recalled": "已撤回",
    "refused": "没有发",
    "cancelled": "已取消",
}
_COUNTED = frozenset({"sending", "sent", "partly-sent", "recalling", "recalled"})


def nothing_to_recall() -> Refusal:
    return Refusal(text="你最近没有可以撤回的消息。说“我的消息”看看都有哪些。", ways=(MINE,))


def recalled(done: int, of: int, seen_by: int | None = None, too_late: int = 0) -> str:
    """``seen_by``: readers before the recall, ``None`` = unknown."""
    lines = [f"已撤回 {done}/{of} 份。"]
    if too_late:
        lines.append(f"{too_late}/{of} 份撤不回（已超过平台时限）。")
    before = "撤回前有几人看过，我不知道" if seen_by is None else f"撤回前有 {seen_by}/{of} 人看过"
    return "".join([*lines, f"{before}。要发更正的话，直接把对的内容发给我。"])


def undone() -> str:
    return "来得及，还没有发出去，已取消。"


def cancelled(text: str) -> str:
    return f"已取消，{counts.quoted(text, 24)}没有发给任何人。"
