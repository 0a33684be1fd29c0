"""接管的话 (adopting): what will be ours and what stays, to the admin who wants it and to the owner who is asked."""

from __future__ import annotations

from collections.abc import Sequence

from policies import tags
from policies.card import Card, Style
from policies.wording import counts
from policies.wording.choice import ActionOf, Choice, buttons
from policies.wording.refusal import PASS_ON, SEE_HELP, Refusal

ADOPT = Choice(id="adopt", label="确认接管", style=Style.PRIMARY)
LOOK_ONLY = Choice(id="adopt-not", label="只看不接管")
AGREE = Choice(id="adopt-agree", label="同意", style=Style.PRIMARY)
DECLINE = Choice(id="adopt-decline", label="先不要")

AT_THE_MACHINE = "IT 管理员"
"""Who asks from the command line, to the owner."""

LEADING = "管理员"
"""Before whoever shall lead, in a wish for a group."""

LOOKING = "好，我先去看清楚再动，看好了把情况发给你。"
TAKEN = "它已经归我管了。"
LEFT_ALONE = "好，没有动它。"
NAMES_SHOWN = 3


def offer(
    name: str, size: int, serves: str, owner: str, guests: Sequence[str], action_of: ActionOf, *, asks: bool
) -> Card:
    """Attributes of the group before anything is changed; ``asks``: its owner has to agree first."""
    lines = [
        f"“{_line(name)}”现有 {size} 人，{f'群主{owner}' if owner else '群主是驿站'}；接管后给{serves}用。"
    ]
    lines.append("成员和名称归我看着，其余不变，聊天记录我不读取。")
    if guests:
        shown = counts.names(list(guests), NAMES_SHOWN)
        lines.append(f"群里有 {len(guests)}/{size} 位不在{serves}（{shown}），我会保留他们。")
    if asks:
        lines.append(f"这个群是{owner}的，你确认以后，我先问{owner}同不同意。")
    return Card(title="接管之前", body=tuple(lines), buttons=buttons((ADOPT, LOOK_ONLY), action_of))


def request(name: str, serves: str, by: str, size: int, action_of: ActionOf) -> Card:
    """To the owner of the group."""
    return Card(
        title="想请你同意",
        body=(
            f"{by}想让驿站维护你的群“{_line(name)}”（{size} 人），给{serves}用。",
            "你还是群主。驿站只照公司配置增减成员、改名称，每次先给管理员看；聊天记录不读取。",
        ),
        buttons=buttons((AGREE, DECLINE), action_of),
    )


def asked(owner: str) -> str:
    return f"已经请{owner}（群主）同意，点了同意才算。"


def adopted(name: str, owner: str) -> str:
    """``owner``: who must name admins in the client, ``""`` where we can."""
    by_hand = (
        f"群管理员要由{owner}在客户端里设：群设置 → 群管理 → 添加群管理员，设好我能看到。\n" if owner else ""
    )
    return (
        f"已接管“{_line(name)}”。{by_hand}以后这个群的改动都会先出现在 plan 里。"
        f"想退出纳管，说“放开 {_line(name)}”。"
    )


def agreed(name: str, owner: str) -> str:
    return f"{owner}同意了，“{_line(name)}”从现在起由我维护。"


def declined(name: str, owner: str) -> str:
    return f"{owner}先不同意接管“{_line(name)}”，我没有动它。"


def done(title: str) -> Card:
    """The card after its button was pressed."""
    return Card(title=title, state=title)


def released(name: str) -> str:
    return f"好，“{_line(name)}”不归我管了。群和成员都还是现在的样子。"


def not_ours(written: str) -> Refusal:
    return Refusal(
        text=f"“{_line(written)}”不归我管，没有动任何东西。归我管的群，yizhan plan 里看得到。",
        ways=(take_over(written), SEE_HELP),
    )


def take_over(written: str) -> Choice:
    return Choice(id=f"接管“{_line(written)}”", label="接管它")


def not_adopted(written: str, why: str, names: Sequence[str]) -> Refusal:
    """``not_clear``, to whoever asked for it in the chat."""
    exact = [Choice(id=f"接管“{_line(name)}”", label=_line(name)) for name in names[:3] if why == "several"]
    again = Choice(id=f"接管“{_line(written)}”", label="再看一次")
    return Refusal(text=not_clear(written, why, names), ways=(*exact, again, SEE_HELP))


def not_clear(written: str, why: str, names: Sequence[str]) -> str:
    """Why a group cannot be adopted, and what to do instead."""
    name = _line(written)
    match why:
        case "several":
            return f"叫“{name}”的不止一个：{'、'.join(names)}。请写 ID。"
        case "ours":
            return f"“{name}”已经归我管了。"
        case "unread":
            return (
                f"“{name}”我看不全：飞书上要先把驿站拉进群；钉钉上手工建的普通群不让应用读，"
                "群主启用群模板（群设置 → 群管理 → 快捷栏管理 → 管理酷应用 → 群模板设置）以后再来。"
            )
        case "for-what":
            near = f"看着像{names[0]}：yizhan adopt {name} --for {names[0]}。" if names else ""
            return f"配置里没有写“{name}”给谁用。{near}在 [workspace] 里写上它的 ID，或用 --for 说清楚。"
        case "owner":
            return f"“{name}”的群主{''.join(names)}不在通讯录里，没有人能同意；换了群主再来。"
        case "never":
            return '[workspace] adopt 写的是 "never"，手工建的群我从不接管。'
        case _:
            return f"没有找到叫“{name}”的群；钉钉的群要先在群里 @ 我一次，我才知道它。"


def nothing_to_click(name: str) -> str:
    return f"“{_line(name)}”没有我看不到、要你告诉我的事。看得到的，我自己会看。"


def no_such_plan(id: str) -> str:  # noqa: A002 - the word people use
    return f"没有给谁看过计划 {_line(id)}。先 yizhan plan。"


def busy(plan: str, by: str) -> str:
    return f"{by} 正在执行 {plan}，等它做完再来；没有动任何东西。"


def only_admins(names: Sequence[str]) -> Refusal:
    who = counts.either(list(names)) or "管理员"
    return Refusal(text=f"接管和放开群要由{who}来说，我没有动。", ways=(PASS_ON, SEE_HELP))


def new_group(
    name: str,
    admins: Sequence[str],
    members: Sequence[str],
    namesakes: Sequence[tuple[str, Sequence[str]]],
    keepers: Sequence[str],
) -> str:
    """A wish for a project group: it is lines of the file, and a plan; two of a name are asked about.

    Args:
        namesakes: a name and where each of those who are called so belongs.
        keepers: who may write the file.
    """
    who = counts.either(list(keepers)) or "管理员"
    if not name:
        return f"项目群写在公司配置里，由驿站照着建，人员变动也会跟着改。说“建项目群 名字，谁和谁，管理员谁”，我替你写好交给{who}。"
    lines = [
        f"项目群“{_line(name)}”要过一下计划。把这几行交给{who}加进 config.toml，yizhan plan 看过再 apply："
    ]
    lines += [
        "[[workspace.project]]",
        f'name = "{_line(name)}"',
        f"admins = [{_quoted(admins)}]",
        f"members = [{_quoted(members)}]",
    ]
    lines += [
        f"有 {len(where)} 位{_line(called)}（{'、'.join(map(_line, where))}）：请写账号，或写成 {_line(called)}（部门）。"
        for called, where in namesakes
    ]
    return "\n".join(lines)


def already(name: str) -> Refusal:
    return Refusal(
        text=f"“{_line(name)}”已经有了，不会再建一个。要加人，请管理员改配置里的 members，或者直接加进部门。",
        ways=(PASS_ON, SEE_HELP),
    )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{_line(one)}"' for one in names)


def _line(text: str) -> str:
    return tags.one_line(text, 30)
