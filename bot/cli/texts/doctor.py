"""``doctor``: what is missing, what to give back, and where to click."""

from __future__ import annotations

from typing import Any

from bot.cli.texts.check import SOURCE, SOURCE_PACKAGE, candidate, problem
from bot.cli.texts.words import AND
from bot.config.problems import Kind, Problem

DOCTOR = "体检：凭证、权限、可见范围、时钟、日历、磁盘；缺什么，说去哪里点"
DOCTOR_CARD = "另外给管理员发一张试卡，等他按一下"
DOCTOR_QUICK = "只看本机和在跑的机器人，不找平台（容器的健康检查用它）"
DOCTOR_WAIT = "试卡等多少秒"
CARD_SENT = "试卡已发给{platform}的 {name}，请按一下〔我按了〕……"

PARTS = {
    "feishu": "飞书",
    "dingtalk": "钉钉",
    "bot": "驿站",
    "config": "配置",
    "clock": "时钟",
    "calendar": "日历",
    "store": "数据",
    "disk": "磁盘",
}
"""In the order of the report."""

_SIGNS = {"ok": "✓", "missing": "✗", "remark": "!", "spare": "↩"}

_SERVES = {
    "speak": "没有它，我发不了消息",
    "listen": "没有它，大家跟我说的话我收不到",
    "show-cards": "没有它，卡片发不出去，也改不了",
    "recall": "没有它，发错的公告撤不回来",
    "ask-readers": "没有它，我不知道谁读过",
    "see-people": "没有它，我认不全公司里的人和部门",
    "see-groups": "没有它，我看不到自己在哪些群、群里有谁",
    "hear-groups": "没有它，[privacy] read_groups 里的群，没有 @ 我的消息我收不到",
    "keep-groups": "没有它，[workspace] 里的群我建不了、管不了",
    "appoint-admins": "没有它，我设不了群管理员",
    "limit-speakers": "没有它，全员群的发言权我改不了",
    "keep-folders": "没有它，我建不了“部门-项目-日期”的文件夹",
}

_WHERE = {
    "feishu": "去这里开：开发者后台 → 开发配置 → 权限管理 → 开通权限 → 搜“{scope}” → 确认开通 → 版本管理与发布 → 创建版本，等管理员通过。",
    "dingtalk": "去这里开：开放平台 → 应用开发 → 你的应用 → 开发配置 → 权限管理 → 搜“{scope}” → 申请权限。",
}

_RANGE = {
    "feishu": "去这里改：开发者后台 → 开发配置 → 权限管理 → 数据权限 → 通讯录权限范围 → 全部成员 → 创建版本并发布。",
    "dingtalk": "去这里改：开放平台 → 应用开发 → 你的应用 → 开发配置 → 权限管理 → 通讯录权限范围 → 全部员工。",
}

_CREDENTIALS = {
    "feishu": "去这里核对：开发者后台 → 凭证与基础信息，重新抄 App ID 和 App Secret（重置过的旧密钥立刻失效）。",
    "dingtalk": "去这里核对：开放平台 → 应用开发 → 你的应用 → 凭证与基础信息，重新抄 Client ID 和 Client Secret。",
}

_WHITE_LIST = {
    "feishu": "去这里改：开发者后台 → 开发配置 → 安全设置 → IP 白名单，加上这台机器的出口 IP，或者留空。",
    "dingtalk": "去这里改：开放平台 → 应用开发 → 你的应用 → 开发配置 → 安全设置 → 服务器出口 IP 白名单，加上这台机器的出口 IP，或者留空。",
}

_FINDINGS = {
    "credentials": "凭证有效",
    "robot": "机器人能力已开启",
    "scopes": "权限 {n} 项都在",
    "names": "人和部门 {n} 处都在通讯录里",
    "range": "看得到 {people} 人、{departments} 个部门",
    "line": "长连接通着",
    "card": "试卡的按钮能回来",
    "credentials-refused": "凭证不对，平台不认（{why}）。\n{credentials}",
    "entrance-forbidden": "平台不让进：{why}\n多半是出口 IP 不在白名单里。\n{white_list}",
    "quota-empty": "这个月的接口调用量用完了（{why}），下月 1 日恢复；等不及就在管理后台买增购包。",
    "unreachable": "连不上平台：{why}\n看看这台机器能不能出公网，代理（HTTPS_PROXY）写得对不对。",
    "robot-off": "机器人能力没有开启，或应用被停用。\n去这里开：开发者后台 → 应用能力 → 添加应用能力 → 机器人 → 创建版本并发布；停用的在 管理后台 → 工作台 → 应用管理 里启用。",
    "scope": "缺权限 {scope} —— {serves_said}。\n{where}",
    "scope-unclear": "权限 {scope} 试不出来：{why}",
    "permissions-unknown": "问不到已开通的权限：{why}",
    "directory-unread": "通讯录没读成：{why}",
    "nobody-seen": "通讯录里一个人也看不到。\n{range}",
    "nameless": "看得到 {people} 人，但有 {nameless} 人没有名字：少了姓名的权限，重名和 @ 会认不出来。",
    "narrow-range": "只看得到 {people} 人、{departments} 个部门，不是全公司；看不到的人收不到公告。\n{range}",
    "deaf-in-groups": "平台做不到：群里没有 @ 我的消息我收不到，所以钉钉群里的【重要】，我只能在“经我发送”时把关。",
    "no-cards": "没有配置卡片模板（card_template）：钉钉上只能发文字，不能 @ 人，按钮变成“回复 1/2/3”，也没有防重发的号。做法见 docs/dingtalk-card.md。",
    "line-refused": "长连接被平台拒绝：{why}",
    "no-admin-for-card": "管理员里没有这个平台的账号，试卡没有发。",
    "card-not-sent": "试卡发不到 {name} 那里：{why}",
    "card-not-pressed": "试卡发出去了，{within_s} 秒里没有等到 {name} 按。\n如果他按了：{press}",
    "gaps": "过去 7 天长连接断过 {n} 次，最长 {longest}；断着的时候说的话可能没有收到。",
    "not-running": "没有在跑。启动它：yizhan run",
    "not-running-now": "没有在跑，这次由体检自己去问",
    "no-answer": "在跑，但不回话：{why}",
    "followed": "跟随小镇的时钟，不和平台比",
    "year-known": "{year} 年（{source}）",
    "not-yet": "还没有，第一次 yizhan run 时建",
    "audit-whole": "审计 {n} 条，一条不少",
    "audit-broken": "审计日志被改过：从第 {at} 条起对不上。谁能直接改这个库，先查清楚；备份里的同一条可以对照。",
    "trouble": "打不开或写不了：{why}",
    "locked": "{path} 被进程 {pid} 占着，它又不回话。确认那是不是另一个驿站；不是了就结束它。",
}

_GROUP_UNREAD = (
    "[privacy] read_groups 里的“{group}”不是我维护的群，我没有读它：同样的群名谁都可以起。\n"
    "让我维护它（yizhan adopt），或者改写成群的编号：{ways}"
)

_PRESS = {
    "feishu": "开发者后台 → 事件与回调 → 回调配置 → 订阅方式要是“使用长连接接收回调”，并添加“卡片回传交互”，再发布版本。",
    "dingtalk": "卡片平台 → 这个模板 → 按钮的动作要是“回传请求”，参数名写 id，值绑定 b1_id；模板要已发布。",
}


def report(findings: list[dict[str, Any]]) -> list[str]:
    """The lines of the examination: a part's good news in one line, the rest below it, one each."""
    lines: list[str] = []
    for part, name in PARTS.items():
        own = [one for one in findings if one["part"] == part]
        if not own:
            continue
        good = [f"✓ {finding(one)}" for one in own if one["mark"] == "ok"]
        first = ["  ".join(good)] if good else []
        spare = [one for one in own if one["mark"] == "spare"]
        rest = [
            f"{_SIGNS[one['mark']]} {line}" if nth == 0 else f"  {line}"
            for one in own
            if one["mark"] in ("missing", "remark")
            for nth, line in enumerate(finding(one).split("\n"))
        ]
        shown = [*first, *rest, *_spare(spare)]
        lines.append(f"{name}  {shown[0]}")
        lines += [f"      {line}" for line in shown[1:]]
    return lines


def _spare(findings: list[dict[str, Any]]) -> list[str]:
    """One line for each that belongs to a rule that is switched off, one for all that no rule ever uses."""
    known = [one["scope"] for one in findings if one["serves"]]
    others = [one["scope"] for one in findings if not one["serves"]]
    lines = [f"↩ 可收回 {scope} —— 现在没有任何规则用到它，建议还回去。" for scope in known]
    if others:
        lines.append(f"↩ 可收回 {len(others)} 项从来用不到的：{AND.join(others)}")
    return lines


def finding(one: dict[str, Any]) -> str:
    """One finding in words; lines after the first say where to click."""
    match one["what"]:
        case "skew":
            return f"与平台相差 {abs(one['skew_s']):.1f} 秒" + (
                "。开着 NTP 吗？（timedatectl set-ntp true）" if one["mark"] != "ok" else ""
            )
        case "space":
            room = f"{one['free_mib'] / 1024:.1f} GB" if one["free_mib"] >= 1024 else f"{one['free_mib']} MB"
            return f"{one['folder']} 还剩 {room}" + ("，快满了" if one["mark"] != "ok" else "")
        case "rules":
            return _store_rules(one)
        case "name":
            return _name(one)
        case "group-unread":
            return _GROUP_UNREAD.format(group=one["group"], ways=AND.join(one["candidates"]) or "feishu:oc_…")
        case "lock":
            return "在跑的驿站占着锁" if one["living"] else "没有别的驿站占着"
        case "line" if one["mark"] == "missing":
            return (
                f"长连接没有通（{one['state']}）：刚启动就等半分钟；一直这样，看日志里的 line did not open。"
            )
        case "year-unknown" | "short-hold":
            return str(one["said"]).removeprefix("日历  ")
    part = one["part"]
    return _FINDINGS[one["what"]].format(
        **{key: value for key, value in one.items() if key != "part"},
        serves_said=_SERVES.get(one.get("serves", ""), ""),
        where=_WHERE.get(part, "").format(scope=one.get("scope", "")),
        range=_RANGE.get(part, ""),
        credentials=_CREDENTIALS.get(part, ""),
        white_list=_WHITE_LIST.get(part, ""),
        press=_PRESS.get(part, ""),
        longest=_span(one.get("longest_s", 0)),
        source=SOURCE.format(**one) if one.get("document") else SOURCE_PACKAGE,
    )


def _name(one: dict[str, Any]) -> str:
    """As ``check`` says it, with what to write instead."""
    kind = _LACKS[one["lack"]]
    shown = tuple(candidate(where, who) for where, who in one["candidates"])
    found = Problem(
        kind=kind, file=one["file"], line=one["line"], key=one["key"], found=one["name"], allowed=shown
    )
    return problem(found)


_LACKS = {"unknown": Kind.UNKNOWN_NAME, "ambiguous": Kind.AMBIGUOUS_NAME, "no-head": Kind.NO_HEAD}


def _store_rules(one: dict[str, Any]) -> str:
    engine = f"{one['engine']} {one['version']}，{one['journal']}/{one['synchronous']}"
    if one["mark"] != "ok":
        return f"{engine}：断电时可能丢掉已经答应过的消息。SQLite 要 WAL/FULL，PostgreSQL 要 fsync=on、synchronous_commit 不为 off。"
    if not one["is_mended"]:
        return f"{engine}（3.51.3 之前有 WAL 重置的缺陷；驿站只用一个连接写，碰不到它）"
    return engine


def _span(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} 秒"
    return f"{seconds // 60} 分钟" if seconds < 7200 else f"{seconds / 3600:.1f} 小时"


def conclusion(missing: int, remarks: int) -> str:
    look = f"{remarks} 项请看一眼" if remarks else ""
    if missing:
        return f"结论：{'，'.join(filter(None, (f'{missing} 项要处理', look)))}。"
    return f"结论：{'，'.join(filter(None, ('没有要处理的', look)))}。"
