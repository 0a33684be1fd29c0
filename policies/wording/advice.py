"""建议的话 (advice): what could be changed, what it would have changed, and where nobody can say."""

from __future__ import annotations

from collections.abc import Sequence

from policies.advice import FEWEST_MENTIONS, Key, Suggestion
from policies.wording import complaints

NONE = "还没有人提过意见，我没有可建议的。"
RARE = f"提到的还不到 {FEWEST_MENTIONS} 次，不够当作改规则的理由：先问问提的人。"
BY_ADMIN = "改的是配置，由管理员动手；改了可以先 yizhan rehearse 走一遍。"
_BY_HAND = {
    "hard-to-find": "没有哪个键能直接改它；[workspace] 的 folders 能给每个群建好按部门、日期分的文件夹。效果我算不出来。",
    "not-for-me": "公告可以只发给相关的部门或人；[[announce.grant]] 能收窄谁可以发全员。效果我算不出来。",
    "too-late": "等到上班才送达的，急的可以写一句原因马上发；[work_hours] 能给一个部门写自己的作息。效果我算不出来。",
    "unclear": "yizhan explain 能对着一句话说清为什么；规则的说明可以发给大家看看。效果我算不出来。",
}
_NO_KEY = "没有哪个键能改它，请看问题单里的原话。"
_WHAT = {Key.IMPORTANT: ("【重要】", "每人每周"), Key.URGENT: ("紧急", "每人每月")}
_REST = {Key.IMPORTANT: "要改成普通通知", Key.URGENT: "要请人复核"}


def said(found: Sequence[Suggestion], nth_day: int) -> str:
    """Every complaint with its way, the most frequent first."""
    if not found:
        return NONE
    lines = [f"“{complaints.names((one.about,))}”{one.n} 次：{_way(one, nth_day)}" for one in found]
    if any(one.changes_something for one in found):
        lines.append(BY_ADMIN)
    return "\n".join(lines)


def _way(one: Suggestion, nth_day: int) -> str:
    if one.is_too_rare:
        return RARE
    if one.key is None:
        return _BY_HAND.get(one.about, _NO_KEY)
    what, span = _WHAT[one.key]
    if not one.changes_something:
        return f"试点这 {nth_day} 天{what}一共 {one.before} 条，{span}再收紧也不会少，原因在别处。"
    now = "不限" if one.now is None else f"{one.now} 条"
    return (
        f"{span}的{what}从最多 {now}改成 {one.then} 条（{one.key} = {one.then}）。"
        f"按试点这 {nth_day} 天重算：{what}从 {one.before} 条到 {one.after} 条，"
        f"多出的 {one.before - one.after} 条{_REST[one.key]}。"
    )
