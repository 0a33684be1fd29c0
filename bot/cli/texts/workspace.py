"""``plan``, ``apply``, ``adopt``, ``release``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORKSPACE_PANEL = "工作区"
PLAN = "给你看群、管理员、发言权和文件夹要怎么改，什么都不动"
APPLY = "照看过的计划去改，一处不多、一处不少；现状变了就先给你看新的"
ADOPT = "把手工建的群交给驿站维护；群主是别人时先问群主"
RELEASE = "不再维护一个群，群和成员都不动"
PLAN_ID = "计划号，如 P-3F2A；不写就先给你看，再问一声"
DONE = "客户端里已经点好、驿站看不到的那件事：写群名"
YES = "不问，直接做"
FORCE = "守卫拦着也做；会写明强制了什么"
GROUP = "群名，或 feishu:ID、dingtalk:ID"
FOR = "给哪个部门或项目用；配置里写了群 ID 就不用"
ASK = "现在执行 {id} 吗？[y/N] "
NOT_NOW = "没有动任何东西。要做就 yizhan apply {id}。"
NO_ONE_TO_ASK = "没有人可以问，没有动任何东西。要做就 yizhan apply {id}。"
CHANGED = "现状变了，没有动任何东西。新的计划是 {id}，看过再来：yizhan apply {id}"
STOPPED = "停下了，什么都没改。"
BELIEVED = (
    "通讯录就照现在的人数算了，以后不再为这一次停下；群还一个没改。照新的通讯录，计划是上面这份，看过再来。"
)
CANNOT = "做不到"
STEP = "{done}/{of} {platform} {kind} {name}"
APPLIED = "做好了 {done}/{of} 处。"
NOT_DONE = " ✗ {kind}  {platform}  {name}：{why}"
REFUSED = " ! {platform}  {name}：有 {n} 人平台没收，下一份计划还会列出来"
RUN_STOPPED = "做到一半停下了：{why}。剩下的在下一份计划里。"
LEFT = "还剩 {n} 处，计划号 {id}。"
NOTHING_LEFT = "再看一遍：没有要改的。"
ASKED = "已经请{owner}（群主）同意接管“{name}”（{size} 人，给{serves}用），点了同意才算；现在没有动任何东西。"
ADOPTED = "已接管“{name}”（{size} 人，给{serves}用{guests}）。以后它的改动都会先出现在 plan 里。"
GUESTS = "，{n} 位不在其中的人留着"
RELEASED = "“{name}”不归驿站管了；群和成员都没动。"
UNKNOWN_OUTCOME = "平台没有回话，不知道建成没有；下一份计划会先去找，不会再建一个"
REASONS = {
    "earlier": "前面一步没做成，这个群先不往下做",
    "trial": "全员禁言以后驿站的卡片发不进去，已经改回来",
    "untried": "还没试出来全员禁言以后驿站发不发得进去，先不禁言，下一次再试",
    "interrupted": "中断了",
}
NO_ANSWERS = {"QuotaExhausted": "本月的接口量用完了", "Unauthorized": "平台不认凭证了"}
PLATFORMS = {"feishu": "飞书", "dingtalk": "钉钉"}
KINDS = {
    "create": "建群",
    "rename": "改名",
    "add-members": "加成员",
    "add-admins": "加管理员",
    "set-owner": "换群主",
    "set-speak": "发言权",
    "set-at-all": "@所有人",
    "remove-admins": "撤管理员",
    "remove-members": "移成员",
    "ensure-folder": "文件夹",
}


def outcome(done: Mapping[str, Any]) -> str:
    """Why one change was not made."""
    why = REASONS.get(done["reason"], done["reason"])
    if done["state"] == "unknown":
        why = UNKNOWN_OUTCOME
    return NOT_DONE.format(
        kind=KINDS[done["kind"]], platform=PLATFORMS[done["platform"]], name=done["name"], why=why
    )
