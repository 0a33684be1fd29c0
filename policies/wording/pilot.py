"""试点的话 (pilot): what a head is asked, how it goes day by day, what keeps it from starting, and its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from policies import metrics, tags
from policies.card import Card, Style, Tone
from policies.model import Platform
from policies.pilot import FEWEST_ANSWERS, SMALLEST_ANONYMOUS, Missing, Need
from policies.rates import Met
from policies.verdict import Criterion, Report, proposal
from policies.wording import complaints, counts, moments, rates
from policies.wording.choice import ActionOf, Choice, buttons
from policies.wording.refusal import COMPLAIN, SEE_HELP, Refusal

YES = Choice(id="pilot-yes", label="可以开始", style=Style.PRIMARY)
QUESTION = Choice(id="pilot-question", label="我有问题")
REHEARSAL = Choice(id="pilot-rehearsal", label="先看演练结果")
CONSENT = (YES, QUESTION, REHEARSAL)

ROLL_OUT = Choice(id="pilot-roll-out", label="全公司推开", style=Style.PRIMARY)
EXTEND = Choice(id="pilot-extend", label="再试两周")
STOP = Choice(id="pilot-stop", label="停下，恢复原样")
DECISIONS = (ROLL_OUT, EXTEND, STOP)
DETAILS = Choice(id="pilot-details", label="看细节")
ADVICE = Choice(id="pilot-advice", label="看建议")
LOOKS = (DETAILS, ADVICE)
STOP_NOW = Choice(id="pilot-stop-now", label="就这样恢复", style=Style.DANGER)
GO_ON = Choice(id="pilot-go-on", label="先不动")

ASK_QUESTION = "想问什么？直接写给我，我原样转给管理员；在你点“可以开始”之前，试点不会启动。"
PASSED_ON = "好，原话转过去了"
NOTED = "记下了"
GONE = "这个试点已经有了结论"
NOT_YOURS = "这个部门的负责人现在是另一位同事"
NO_PILOT = "现在没有试点。"
NOT_CONFIGURED = "配置里没有 [pilot]：写上试点部门和开始的日子再来。"
ONLY_ADMINS = "我把你的建议记下，也告诉管理员了；改动由管理员来做。"
LEFT_AS_IT_IS = "好，先不动"


def span(starts: date, ends: date, *, make_up: bool) -> str:
    """``9月7日（周一）到 9月20日（周日，当天调休上班）``."""
    last = moments.day(ends, ends)
    return (
        f"{moments.day(starts, ends)}到 {last.removesuffix('）')}，当天调休上班）"
        if make_up
        else (f"{moments.day(starts, ends)}到 {last}")
    )


def consent(
    *,
    head: str,
    department: str,
    n: int,
    dates: str,
    changes: Sequence[str],
    questionnaires: int,
    reads: str,
    action_of: ActionOf,
) -> Card:
    """What will be different, what will not, and that nothing begins without a press."""
    numbered = "；".join(f"{nth}. {change}" for nth, change in enumerate(changes, start=1))
    asked = f"期间有 {questionnaires} 份问卷，可以不答。" if questionnaires else "期间没有问卷。"
    return Card(
        title=f"{department}被选为沟通规范的试点",
        body=(
            f"{tags.one_line(head, 16)}，{department} {n} 人，{dates}。",
            f"会变的：{numbered}。" if numbered else "规则都关着，所以什么也不会变。",
            f"不变的：群聊照常，{reads}{asked}你随时可以喊停。",
        ),
        buttons=buttons(CONSENT, action_of),
    )


def changes(*, off: frozenset[str], closes: str, all_up_to: int) -> tuple[str, ...]:
    """What the rules that are on will change for the people of a pilot."""
    found = (
        ("important-tag", "【重要】写错会改正，每人每周有条数"),
        ("mentions", f"【重要】要 @ 到相关的人，超过 {all_up_to} 人的群不 @所有人"),
        ("work-hours", f"{closes} 后的普通消息下一个工作日早上送达，急的写一句原因就能发"),
        ("repetition", "同样的话短时间里不发两遍"),
    )
    return tuple(sentence for rule, sentence in found if rule not in off)


def consented(department: str) -> Card:
    return Card(
        title=f"{department}：可以开始", body=("管理员启动以后，我会告诉大家从哪天起。",), state="已同意"
    )


def question(head: str, department: str, words: str) -> str:
    """To the admin, word for word."""
    return f"{tags.one_line(head, 16)}（{department}负责人）在点头之前想问：\n{tags.clean(words).strip()}"


def answer_first(head: str) -> str:
    return f"请直接答复{tags.one_line(head, 16)}；对方点了“可以开始”才能启动。"


def no_rehearsal(admins: Sequence[str]) -> str:
    who = counts.either(list(admins)) or "管理员"
    return f"还没有演练过。我请{who}先演练一次，有结果就能在这里看。"


def please_rehearse(head: str) -> str:
    return f"{tags.one_line(head, 16)}想先看演练结果。请运行 yizhan rehearse。"


def begins(departments: Sequence[str], dates: str, sentences: Sequence[str]) -> str:
    """To everybody of the scope, once."""
    what = "；".join(sentences)
    lines = [f"{'、'.join(departments)}试点沟通规范，{dates}。", f"会变的：{what}。" if what else ""]
    return "\n".join(filter(None, [*lines, "有意见随时说“我要反馈”，说“试点怎么样了”看进展。"]))


# ── 还差什么 ──────────────────────────────────────────────────────────────────────────────────────


def not_started(missing: Sequence[Missing], asked: Mapping[str, str]) -> str:
    """Every step at once. ``asked``: by department, when and whom the bot has asked."""
    lines = [f" {nth}. {_missing(one, asked)}" for nth, one in enumerate(missing, start=1)]
    return "\n".join([f"还差 {len(missing)} 步，没有启动：", *lines])


def _missing(one: Missing, asked: Mapping[str, str]) -> str:
    match one.need:
        case Need.NOTICE:
            return (
                "告知书还没发布。驿站会记谁读过，需要先告诉大家收集什么、为什么、保存多久、谁能看。\n"
                "    草稿按你的配置写好了：yizhan brief --notice > 告知书.md；"
                "发布后填 [privacy] notice_published"
            )
        case Need.HEAD:
            return f"“{one.about}”在通讯录里没有负责人，没有人可以点头。在通讯录里设好负责人再来"
        case Need.CONSENT:
            return f"“{one.about}”的负责人还没有确认。{asked.get(one.about, '')}等对方点“可以开始”"
        case Need.QUESTION:
            return f"“{one.about}”的负责人有问题，原话已经转给你；答复之后等对方点“可以开始”"
        case Need.NOBODY:
            return f"通讯录里没有“{one.about}”，或者里面没有人"
        case Need.OVER:
            return "[pilot] 的日子已经过去了，改 starts 再来"
        case Need.TOO_SMALL:
            into = f" → 建议并入{one.instead}" if one.instead else " → 建议改成署名"
            return (
                f"“{one.about}”能匿名作答的只有 {one.n} 人，少于 {SMALLEST_ANONYMOUS} 人不能叫匿名"
                f"，答不够 {FEWEST_ANSWERS} 份也永远看不到结果{into}"
            )
        case Need.REHEARSAL:
            return f"上次演练发现一件做不到的：{one.about}"


def not_seen(unread: Sequence[str]) -> str:
    """Without a look at the groups nobody could bring them back."""
    return (
        f"没有启动：看不到群现在的样子（{'；'.join(unread)}），停下时就恢复不了。\n"
        "等平台能回话，或补上读群的权限，再运行一次 yizhan pilot start。"
    )


def asked_at(when: str, head: str) -> str:
    return f"我已在 {when} 把说明发给{tags.one_line(head, 16)}，"


def started(departments: Sequence[str], dates: str, n: int) -> str:
    return f"试点启动了：{'、'.join(departments)} {n} 人，{dates}。通知已排好，每人一份。"


def already(departments: Sequence[str], nth: int, length: int) -> str:
    return f"试点已经启动（{'、'.join(departments)}，第 {nth}/{length} 天），没有再发一遍通知。"


def other_runs(departments: Sequence[str]) -> str:
    return f"{'、'.join(departments)}的试点还在进行，一次只能有一个。先等它有结论，或运行 yizhan pilot stop。"


def over_already() -> str:
    return "这个试点已经停下或有了结论。要再试一次，改 [pilot] starts 再来。"


# ── 走到哪了 ──────────────────────────────────────────────────────────────────────────────────────


def status(report: Report) -> str:
    """What is known so far, and what cannot be said yet."""
    where = "、".join(report.departments)
    lines = [f"到今天（第 {report.nth_day}/{report.length} 天，{where} {report.people} 人）："]
    lines += [f"· {_figure(report, criterion)}" for criterion in Criterion if report.figure(criterion)]
    listed = complaints.listed(report.classes)
    lines += [f"提得最多：{listed}。"] if listed else []
    if report.stopped:
        lines.append(f"被挡下或改写的消息 {report.stopped} 条，其中 {report.released} 条后来发出了。")
    readers = report.readers
    lines.append(
        f"发到的 {readers.all} 份：已读 {readers.read}，未读 {readers.unread}，"
        f"不知道 {readers.unknown}，已离开 {readers.left}。"
        if readers.all
        else "还没有发过公告。"
    )
    lines += rates.still_open(report)
    lines.append(rates.in_short(report.in_time))
    return "\n".join(lines)


def where_it_stands(report: Report, heads: Sequence[str], admins: Sequence[str]) -> Refusal:
    """To those who do not see the figures."""
    where = "、".join(report.departments)
    who = counts.either([*heads, *admins]) or "管理员"
    return Refusal(
        text=(
            f"试点到今天是第 {report.nth_day}/{report.length} 天（{where} {report.people} 人）。\n"
            f"数字只给试点部门的负责人和管理员看，想知道可以问{who}。哪里不顺手，直接告诉我。"
        ),
        ways=(COMPLAIN, SEE_HELP),
    )


def status_card(report: Report, action_of: ActionOf) -> Card:
    """The same as a card, with more behind two buttons."""
    first, *rest = status(report).split("\n")
    return Card(title=first.removesuffix("："), body=tuple(rest), buttons=buttons(LOOKS, action_of))


def details(report: Report) -> str:
    """Each figure with its own definition and what is unknown of it, and the days one by one."""
    lines = [f"第 {report.nth_day}/{report.length} 天，{'、'.join(report.departments)} {report.people} 人："]
    for one in report.figures:
        lines.append(
            f"· {rates.figure(one)}" if one.rate.all else f"· {rates.NAMES[one.criterion]}：还没有数据"
        )
        lines.append(f"  口径：{rates.definition(one.criterion, report.in_time)}")
        if one.rate.unknown:
            lines.append(f"  不知道的是：{rates.UNKNOWN[one.criterion]}")
    lines += [_too_late(platform, n) for platform, n in report.readers.too_late.items()]
    days = [one for one in report.days if one.notices]
    if days:
        lines.append("逐日（大家共收到几份／最多的一位几份／作息之外几份）：")
        lines += [
            f"  {moments.day(one.day, report.today)} {one.notices}／{one.most}／{one.at_night}"
            for one in days
        ]
    return "\n".join(lines)


def _too_late(platform: str, n: int) -> str:
    named = Platform(platform)
    hours = metrics.WINDOWS[named].total_seconds() / 3600
    span = f"{hours:.0f} 小时" if hours < 48 else f"{hours / 24:.0f} 天"
    return f"· {n} 份在{named.label}，发出超过 {span}，平台就不再告诉我谁读过。"


def _figure(report: Report, criterion: Criterion) -> str:
    one = report.figure(criterion)
    if one is None or not one.rate.all:
        return f"{rates.NAMES[criterion]}：还没有数据"
    said = rates.figure(one)
    if one.met is Met.OPEN:
        return f"{said}，现在还说不准有没有到 {rates.goal(one)}"
    return f"{said}，{'到了' if one.met is Met.MET else '没有到'} {rates.goal(one)}"


def not_begun(missing: int) -> str:
    return f"试点还没有启动，还差 {missing} 步：运行 yizhan pilot start 看是哪几步。"


def to_begin(dates: str) -> str:
    return f"试点已经排好：{dates}。到那天开始。"


# ── 收尾 ──────────────────────────────────────────────────────────────────────────────────────────


def verdict(report: Report, choices: Sequence[Choice], action_of: ActionOf) -> Card:
    """What is reached, what is not, and what nobody can say; then the question."""
    where = "、".join(report.departments)
    by_met = {met: [one for one in report.figures if one.met is met] for met in Met}
    lines = [
        f"{rates.MET[met]}：{'；'.join(rates.figure(one) for one in by_met[met])}。"
        for met in (Met.MET, Met.OPEN, Met.MISSED)
        if by_met[met]
    ]
    lines.append(_tickets(report))
    said = rates.PROPOSALS[proposal(report.figures)]
    return Card(
        title=f"{report.length} 天到了，这是{where}的结论",
        body=(
            *lines,
            *rates.still_open(report),
            rates.in_short(report.in_time),
            f"按数字，我的建议是：{said}。你的呢？",
        ),
        hint=rates.FLATTERS,
        buttons=buttons(choices, action_of),
        tone=Tone.CALM,
    )


def _tickets(report: Report) -> str:
    n = sum(report.tickets.values())
    if not n:
        return "没有人署名提过问题。"
    answered = sum(report.tickets.get(state, 0) for state in ("solved", "declined", "confirmed"))
    return f"问题 {n} 个，答复 {answered} 个，{report.tickets.get('confirmed', 0)} 个由提出的人确认解决。"


def decided(label: str) -> Card:
    return Card(title=f"试点的结论：{label}", state="已记下")


def advice(head: str, department: str, label: str) -> str:
    """To the admins."""
    return f"{tags.one_line(head, 16)}（{department}负责人）对试点的建议：{label}。"


def rolled_out() -> str:
    return "推开了：从现在起规则对全公司生效。[pilot] 这一段可以从配置里拿掉了。"


def extended(dates: str) -> str:
    return f"延长了：{dates}。最后一个工作日再给一次结论。"


def stop_plan(
    departments: Sequence[str], *, planned: int, still_open: int, held: int, copies: int
) -> tuple[str, ...]:
    """What ``pilot stop`` would change, a line each; nothing of it is done yet.

    Args:
        held: announcements of the pilot's people, or to them, that wait; ``copies`` of them.
    """
    where = "、".join(departments)
    lines = [f" - 规则      {where}不再受约束；全员公告的授权照旧"]
    lines.append(
        f" - 排队中的  和试点有关的 {held} 条（{copies} 份）照原来的时间发出"
        if held
        else " = 排队中的  没有和试点有关的"
    )
    lines.append(f" - 问卷      还没开始的 {planned} 份不再发" if planned else " = 问卷      没有要停的")
    if still_open:
        lines.append(
            f" = 问卷      开着的 {still_open} 份照常到期、拆箱、告诉大家；要作废，用 yizhan poll stop"
        )
    lines.append(" = 记录      问题单和结论页都留着")
    return tuple(lines)


def stop_preview(lines: Sequence[str]) -> str:
    return "\n".join(["停下试点会改这些：", *lines, "现在什么都没有动。"])


def stop_card(lines: Sequence[str], action_of: ActionOf) -> Card:
    return Card(
        title="停下试点，恢复原样",
        body=(*(line.strip() for line in lines), "群要恢复成启动时的样子，在命令行看 yizhan pilot stop"),
        hint="按了才会动",
        buttons=buttons((STOP_NOW, GO_ON), action_of),
    )


def stopped(departments: Sequence[str]) -> str:
    return f"{'、'.join(departments)}的沟通规范试点停下了，一切照原来的样子。谢谢你这些天的配合。"


def is_stopped() -> str:
    return "试点停下了，规则不再约束任何人。已告诉试点里的人。"


def stopped_already() -> str:
    return "试点已经停下了，规则不再约束任何人。"
