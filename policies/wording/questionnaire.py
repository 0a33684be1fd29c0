"""问卷的话 (questionnaire): the card with its promises, the terms behind it, the reminder, and the result.

What is said of anonymity is made of the terms themselves, so it cannot promise what is not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from policies.card import Button, Card, Field, Form, Style, Tone
from policies.questionnaire import form
from policies.questionnaire.model import Ask, Cell, Ending, Kind, Question, Result, Secrecy, Tally, Terms
from policies.wording import counts, moments
from policies.wording.choice import Choice

SUBMIT = Choice(id="submit", label="提交", style=Style.PRIMARY)
ABSTAIN = Choice(id="abstain", label="不参加")
TERMS = Choice(id="terms", label="看条款")
BEGIN = Choice(id="begin", label="开始", style=Style.PRIMARY)

KINDS = {Kind.POLL: "投票", Kind.PULSE: "脉搏问卷", Kind.SURVEY: "调查"}
ABSTAINED = "好，这次不问你了"
THANKS = "已收到，谢谢"
ALREADY = "你已经答过了"
OVER = "这份问卷已经结束"
NOT_ASKED = "这份问卷没有发给你"
NOTHING_OPEN = "现在没有要你答的问卷。"
NOT_FILLED = "没有记下：还没作答，或者排序里同一项选了两次"
_SECONDS_EACH = 13
_MOST_TEXTS = 10
_LONGEST_TEXT = 120


def title(terms: Terms) -> str:
    return terms.title or KINDS[terms.kind]


def effort(terms: Terms) -> str:
    n = len(terms.questions)
    return f"{n} 个问题，约 {max(20, round(n * _SECONDS_EACH / 10) * 10)} 秒，每题都可以跳过"


def card(
    terms: Terms,
    actions: tuple[str, str, str],
    now: datetime,
    *,
    zone: str,
    platform: str,
    is_reminder: bool = False,
) -> Card:
    """With its form.

    Args:
        actions: of 提交, 不参加, 看条款.
        platform: whose form it is: it sees the press.
    """
    submit, abstain, about = actions
    return Card(
        title=title(terms),
        body=(
            *((reminder(terms, now, zone=zone),) if is_reminder else ()),
            f"{effort(terms)}。发给{_audience(terms)}，{moments.at(terms.closes_at, now, zone=zone)} 结束。",
            *promise(terms, platform),
        ),
        hint=f"条款指纹 {terms.fingerprint}",
        form=Form(
            fields=tuple(
                field for place, question in enumerate(terms.questions) for field in _fields(place, question)
            ),
            submit=Button(label=SUBMIT.label, action=submit, style=SUBMIT.style),
        ),
        buttons=(Button(label=ABSTAIN.label, action=abstain), Button(label=TERMS.label, action=about)),
    )


def invitation(
    terms: Terms, actions: tuple[str, str, str], now: datetime, *, zone: str, is_reminder: bool = False
) -> Card:
    """Where there is no form: the questions come one by one and are answered by numbers; always by name."""
    begin, abstain, about = actions
    lead = (reminder(terms, now, zone=zone),) if is_reminder else ()
    return Card(
        title=title(terms),
        body=(
            *lead,
            f"{effort(terms)}。{moments.at(terms.closes_at, now, zone=zone)} 结束。",
            *promise(terms, ""),
            "按〔开始〕，或者直接说“答问卷”。",
        ),
        buttons=(
            Button(label=BEGIN.label, action=begin, style=BEGIN.style),
            Button(label=ABSTAIN.label, action=abstain),
            Button(label=TERMS.label, action=about),
        ),
    )


def promise(terms: Terms, platform: str) -> tuple[str, ...]:
    """What is kept and what cannot be; of a named one that it is named."""
    if not terms.is_anonymous:
        return (f"本次为实名问卷：{readers(terms)}看得到你的名字和答案。",)
    if terms.secrecy is Secrecy.PARTICIPATION_HIDDEN:
        known = "连谁参与过我也不知道，所以提醒会发给每个人"
    else:
        known = "我只记谁参与过（免得重复提醒），不把答案和名字放在一起"
    held = f"，钥匙在{terms.holder}手里" if terms.holder else ""
    has_texts = any(one.kind is Ask.TEXT for one in terms.questions)
    texts = f"，满 {terms.least_texts} 份才公布文字意见" if has_texts else ""
    written = "写下的话会原样公布，别写能认出你的内容。" if has_texts else ""
    return (
        (
            f"匿名：{known}。答案加密放进票箱{held}，结束后一起拆开、打乱、计数，再销毁钥匙；"
            f"满 {terms.least} 份才出数字{texts}。"
        ),
        f"请知道：按钮是在{platform}里按的，{platform}技术上看得到这一次点按。{written}",
    )


def terms_page(terms: Terms, now: datetime, *, zone: str, platform: str) -> str:
    """Behind 看条款: who sees what, as it was sealed."""
    if not terms.is_anonymous:
        return "\n".join(
            (
                f"{title(terms)}（指纹 {terms.fingerprint}）是实名问卷。",
                f"发给{_audience(terms)}，{moments.at(terms.closes_at, now, zone=zone)} 结束。",
                f"看得到你的名字和答案：{readers(terms)}。",
            )
        )
    took_part = (
        "看得到你参与过的：没有人。参与记录只有这份问卷的钥匙读得懂，钥匙随问卷结束销毁。"
        if terms.secrecy is Secrecy.PARTICIPATION_HIDDEN
        else "看得到你参与过的：公司管理员；问卷结束 30 天后删除。"
    )
    holder = terms.holder or "这台服务器（数据库和备份之外的一个文件）"
    before = "" if terms.holder else "，以及能事先改动本程序、或在结束前翻看服务器内存和钥匙文件的人"
    left = f"其中 {terms.left_out} 人的聊天里没有表单，所以没有问他们。" if terms.left_out else ""
    split = (
        f"结果会按部门分开算（{'、'.join(terms.cells)}），不足 {terms.least} 份的部门不显示。"
        if terms.cells
        else ""
    )
    lines = (
        f"{title(terms)} 的条款，指纹 {terms.fingerprint}，发出时已封好，谁也改不了，包括管理员：",
        f"· 发给{_audience(terms)}。{left}{moments.at(terms.closes_at, now, zone=zone)} 结束，之前谁也看不到结果。",
        f"· {took_part}",
        "· 看不到你选了什么的：公司管理员，能看数据库、备份和日志的人。",
        f"· 技术上仍可能看到的：{platform}平台{before}。",
        f"· 拆票钥匙由{holder}保管，结束后销毁，销毁后谁也还原不了，包括我；钥匙丢了，这份问卷就作废。",
        f"· 满 {terms.least} 份才出数字，满 {terms.least_texts} 份才公布文字意见；不足 20 份时百分比只到 5%。{split}",
        f"· 看得到结果的：{readers(terms)}{'，还有收到问卷的人' if terms.audience_reads else ''}。",
    )
    return "\n".join(lines)


def readers(terms: Terms) -> str:
    return counts.either(terms.readers) or "管理员"


def reminder(terms: Terms, now: datetime, *, zone: str) -> str:
    end = moments.at(terms.closes_at, now, zone=zone)
    if terms.secrecy is Secrecy.PARTICIPATION_HIDDEN:
        return f"还可以答到 {end}。答过的不用再管：我不知道谁答过，所以每个人都提醒一次。"
    return f"还可以答到 {end}，不答也没关系。只提醒这一次。"


def in_the_card(terms: Terms) -> str:
    """Said instead of pressed: what is typed here is not anonymous."""
    return f"“{title(terms)}”是匿名的，请在它的卡片里答：聊天框里写的话不是匿名的。"


def _audience(terms: Terms) -> str:
    return f"{terms.audience} {terms.size} 人"


# ── Questions ─────────────────────────────────────────────────────────────────────────────────────


def labels(question: Question) -> tuple[str, ...]:
    if question.kind is Ask.SCALE:
        return ("1（最低）", "2", "3", "4", "5（最高）")
    return question.options


def _fields(place: int, question: Question) -> tuple[Field, ...]:
    places = tuple(f"第 {nth + 1} 位" for nth in range(len(question.options)))
    label = f"{place + 1}. {question.text}"
    return form.fields(place, question, label, places, labels(question), _HINTS[question.kind])


_HINTS = {
    Ask.SINGLE: "选一个",
    Ask.MULTI: "可以选几个",
    Ask.SCALE: "1 到 5",
    Ask.RANKING: "排一排",
    Ask.TEXT: "不写也行",
}


def by_number(terms: Terms, place: int) -> str:
    """One question for those who answer by numbers."""
    question = terms.questions[place]
    head = f"{place + 1}/{len(terms.questions)} {question.text}"
    if question.kind is Ask.TEXT:
        return f"{head}\n直接写就行，回复 0 跳过。"
    if question.kind is Ask.SCALE:
        return f"{head}\n回复 1 到 5，1 最低，5 最高；回复 0 跳过。"
    options = "\n".join(f"{nth} {label}" for nth, label in enumerate(labels(question), start=1))
    how = {
        Ask.SINGLE: "回复一个数字",
        Ask.MULTI: "回复数字，可以几个，如 1 3",
        Ask.RANKING: "从最要紧的排起，如 2 1 3",
    }[question.kind]
    return f"{head}\n{options}\n{how}；回复 0 跳过。"


def not_a_number(terms: Terms, place: int) -> str:
    return f"没看懂这个回答。\n{by_number(terms, place)}"


# ── Results ───────────────────────────────────────────────────────────────────────────────────────


def so_far(terms: Terms, took_part: int, now: datetime, *, zone: str) -> str:
    """While it is open: how many, never what."""
    end = moments.at(terms.closes_at, now, zone=zone)
    few = f"还不到 {terms.least} 份，" if terms.is_anonymous and took_part < terms.least else ""
    rule = f"满 {terms.least} 份才出结果" if terms.is_anonymous else "结束后出结果"
    return f"{title(terms)}：已有 {took_part}/{terms.size} 人参与，{few}{rule}；{end} 结束前谁也看不到答案。"


def result(found: Result, before: Result | None = None, *, every_text: bool = False) -> Card:
    """To those who may read it.

    Args:
        before: the time before, where its figures may stand beside these.
        every_text: where there is room for all that was written.
    """
    terms = found.terms
    head = f"{_audience(terms)}，参与 {found.took_part} 人。"
    body: tuple[str, ...]
    match found.ending:
        case Ending.COUNTED:
            body = (
                head,
                *(
                    lines
                    for one in found.tallies
                    if (lines := _tally(terms, one, before, every_text=every_text))
                ),
            )
        case Ending.TOO_FEW:
            body = (f"{head}还不到 {terms.least} 份，按约定不出结果，收到的答案没有人看过，已经销毁。",)
            if not terms.is_anonymous:
                body = (f"{head}没有人作答。",)
        case Ending.KEY_LOST:
            body = (f"{head}拆票的钥匙丢了，这次的答案谁也读不出来，作废。是我这边的问题。",)
        case Ending.STOPPED:
            body = ("这份问卷被提前停下，收到的答案没有拆开，已经销毁。",)
    return Card(
        title=f"{title(terms)}的结果", body=body, hint=f"条款指纹 {terms.fingerprint}", tone=Tone.DONE
    )


def _tally(terms: Terms, tally: Tally, before: Result | None, *, every_text: bool) -> str:
    question = next(one for one in terms.questions if one.id == tally.question)
    if question.kind is Ask.TEXT:
        return _written(terms, question, tally, every_text=every_text)
    whole = tally.whole
    if not whole.shown:
        return f"{question.text}：不到 {terms.least} 份，不显示。"
    lines = [f"{question.text}（{counts.share(whole.answered, terms.size)}答）：{_cell(question, whole)}"]
    if change := _change(tally, before):
        lines.append(change)
    lines += [f"　{cell.label} {_cell(question, cell)}" for cell in tally.cells[1:] if cell.shown]
    hidden = [cell for cell in tally.cells[1:] if not cell.shown]
    if hidden:
        lines.append(f"　另有 {len(hidden)} 个部门人数少，不单独显示。")
    return "\n".join(lines)


def _change(tally: Tally, before: Result | None) -> str:
    """Only of everybody, never of a department."""
    then = before.tally(tally.question) if before is not None else None
    now = tally.whole.score
    if before is None or then is None or then.whole.score is None or now is None:
        return ""
    day = f"{before.terms.opens_at.month}月{before.terms.opens_at.day}日"
    by = now - then.whole.score
    how = "一样" if not by else f"{'高' if by > 0 else '低'} {abs(by):g} 分"
    return f"　和上次（{day}，{then.whole.answered} 人答）比：{how}。"


def _cell(question: Question, cell: Cell) -> str:
    if question.kind is Ask.SCALE and cell.score is not None:
        return f"{_score(cell)}；{_shares(question, cell)}"
    return _shares(question, cell)


def _score(cell: Cell) -> str:
    score = cell.score or 0.0
    if not cell.counts and score in (5.0, 95.0):
        return "≤ 5 分" if score == 5.0 else "≥ 95 分"
    return f"{score:g} 分（满分 100）"


def _shares(question: Question, cell: Cell) -> str:
    return "，".join(
        f"{label} {_percent(percent, is_stepped=not cell.counts)}"
        for label, percent in zip(question.choices, cell.percents, strict=True)
    )


def _percent(percent: int, *, is_stepped: bool) -> str:
    if is_stepped and percent in (5, 95):
        return "≤5%" if percent == 5 else "≥95%"
    return f"{percent}%"


def _written(terms: Terms, question: Question, tally: Tally, *, every_text: bool) -> str:
    if not tally.texts:
        return (
            f"{question.text}：写的人不到 {terms.least_texts} 位，不公布。"
            if tally.texts_kept_back
            else f"{question.text}：没有人写。"
        )
    most = len(tally.texts) if every_text else _MOST_TEXTS
    longest = form.LONGEST_TEXT if every_text else _LONGEST_TEXT
    shown = [f"· {counts.quoted(text, longest)}" for text in tally.texts[:most]]
    rest = len(tally.texts) - len(shown)
    more = [f"· 另有 {rest} 条，见 yizhan poll show"] if rest else []
    return "\n".join([f"{question.text}（{len(tally.texts)} 条，不分先后）：", *shown, *more])


# ── To admins ─────────────────────────────────────────────────────────────────────────────────────


def not_opened(terms: Terms, why: str) -> str:
    """Why a questionnaire that was due did not open, and the way out."""
    return f"{title(terms)}没有发：{why}"


def departments(names: Sequence[str]) -> str:
    return counts.either(names)


def too_small(size: int) -> str:
    return (
        f"能用表单作答的只有 {size} 人，少于 8 人的问卷我不叫匿名：人太少，答案会认出人来。"
        "可以并到大一点的部门一起问（audience），或者改成署名（anonymous = false）。"
    )


NO_KEY_FOLDER = "放票箱钥匙的文件夹写不进去，匿名就保证不了。看看 [ballots] keys 的权限。"
MISSED = "到点的时候驿站没有在运行，或还没读成通讯录，剩下的时间太短。下次照常。"
COMPANY = "全公司"
NOBODY = "受众里现在没有人。看看 audience 写的部门。"
_HOLDER_WAITS = (
    "{title}已经结束，等{holder}交出拆票钥匙：yizhan poll close {run} --key。交之前答案谁也打不开。"
)


def holder_waits(terms: Terms, run: str) -> str:
    return _HOLDER_WAITS.format(title=title(terms), holder=terms.holder, run=run)


_TAMPERED = (
    "{title}没有拆票：库里的条款（指纹 {found}）不是发出时封好的那一份（{sealed}），有人直接改过数据库。\n"
    "票还封着，一张没少。先查清是谁；从备份把这份问卷的条款改回来，我当夜自己拆。\n"
    "不拆了就 yizhan poll stop {run}，票不看就销毁。"
)


def tampered(terms: Terms, run: str, sealed: str, found: str) -> str:
    """To the admins: what was refused, why, and both ways on."""
    return _TAMPERED.format(title=title(terms), run=run, sealed=sealed, found=found)


MOVE_BEFORE, MOVE_AFTER, SKIP = "before", "after", "skip"


def day_off(
    terms_title: str, day: datetime, before: datetime, after: datetime, now: datetime, *, zone: str
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A question to the admins, and (choice, label) to press."""
    text = (
        f"“{terms_title}”碰上休息日：{moments.at(day, now, zone=zone)}。要提前、推后，还是跳过这次？"
        f"不选，就在 {moments.at(after, now, zone=zone)} 发。"
    )
    choices = [(MOVE_AFTER, f"推到 {moments.at(after, now, zone=zone)}"), (SKIP, "跳过这次")]
    if before > now:
        choices.insert(0, (MOVE_BEFORE, f"提前到 {moments.at(before, now, zone=zone)}"))
    return text, tuple(choices)


DAY_OFF_TITLE = "问卷碰上休息日"
CHOSEN = "好，记下了"
HOW_ANONYMOUS = (
    "匿名问卷里，我不把答案和人放在一起：答案加密投进票箱，结束后才一起拆开、打乱、计数，再销毁钥匙。\n"
    "管理员、数据库、备份和日志里都看不出谁选了什么，可以用 yizhan audit anonymity 自己试。\n"
    "做不到的：平台技术上看得到你按了卡片，你自己写的话也可能认出你。"
)
_PROMISED = "每份问卷的条款发出前就封好了，卡片上有指纹，按〔看条款〕能看到全文。"


def is_it_anonymous(open_one: Terms | None) -> str:
    """To whoever asks whether it is true; about the questionnaire they have before them, if there is one."""
    if open_one is not None and not open_one.is_anonymous:
        return f"你手上的“{title(open_one)}”是实名的：{readers(open_one)}看得到你的名字和答案。"
    sealed = (
        f"你手上的“{title(open_one)}”条款已封好，指纹 {open_one.fingerprint}：少于 {open_one.least} 份不显示，谁也改不了。"
        if open_one is not None
        else _PROMISED
    )
    return f"{HOW_ANONYMOUS}\n{sealed}"
