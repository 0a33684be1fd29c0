"""``init``: the questions, and the advice on which platform to choose."""

from __future__ import annotations

from typing import Any

INIT = "问几个问题，写出 config.toml；不覆盖任何文件"
INIT_COMPANY = "公司名称"
INIT_ZONE = "公司的时区"
INIT_ADMIN = "管理驿站的人：账号（feishu:ou_…、dingtalk:…）或通讯录里唯一的姓名；可以写几次"
INIT_FEISHU = "飞书的 App ID；不用飞书就不写"
INIT_DINGTALK = "钉钉的 Client ID；不用钉钉就不写"
INIT_CORP = "钉钉的 CorpId"
INIT_KEPT_WHERE = '秘密在哪里："${变量名}" 或 "file:路径"；不写就用默认的环境变量'
INIT_PEOPLE = "公司人数，用来给选型建议"
INIT_CHOOSE = "只看选型建议和承诺—能力对照表，不写文件"
INIT_YES = "不问，只用参数里写的"
INIT_EXISTS = "已经有 {file}，没有动任何东西。要重来就先把它改名，或用 --config 写到别处。"
INIT_MISSING = "还缺 {missing}，没有写任何文件。"
INIT_IN_THE_OPEN = '秘密不能直接写在命令行里（谁都看得到）；写成 "${变量名}" 或 "file:路径"。'
INIT_NOT_A_TERMINAL = "这里不能问答；用 --yes 并把答案写成参数，见 yizhan init --help"
INIT_CANNOT_WRITE = "写不了 {file}：{why}"
INIT_ASK_COMPANY = "公司名称："
INIT_ASK_PEOPLE = "大约多少人（给选型建议用）："
INIT_ASK_FEISHU = "飞书的 App ID（不用就回车）："
INIT_ASK_DINGTALK = "钉钉的 Client ID（不用就回车）："
INIT_ASK_CORP = "钉钉的 CorpId："
INIT_ASK_SECRET = {
    "feishu": "飞书的 App Secret（不显示；回车 = 用环境变量 YIZHAN_FEISHU_APP_SECRET）：",
    "dingtalk": "钉钉的 Client Secret（不显示；回车 = 用环境变量 YIZHAN_DINGTALK_CLIENT_SECRET）：",
}
INIT_ASK_ADMINS = "谁管理驿站（账号或姓名，几个用逗号隔开）："
INIT_SECRETS_WRITTEN = "秘密写进了 {files}（只有你能读）。"
INIT_SECRETS_WANTED = "运行前要设好环境变量 {names}。"
INIT_DONE = """写好了 {file}。
{how}接下来：
 1. yizhan check      检查写法
 2. 照 docs/install-feishu.md、docs/install-dingtalk.md 开权限、发布应用
 3. yizhan run        跑起来（订阅事件时要它在跑）
 4. yizhan doctor --card   体检，并试一张卡片"""

_PROMISES = {
    "proposed": "经驿站发的公告：授权、【重要】、作息、重复",
    "posted": "群里直接写的话",
    "mentions": "在群里 @ 到人",
    "once": "只发一次",
    "buttons": "按钮",
    "readers": "谁读过",
    "anonymous": "匿名问卷",
}
_STRENGTHS = {"before": "事前拦住", "after": "事后提醒", "yes": "能", "partly": "部分能", "no": "做不到"}
_REASONS = {
    "": "",
    "hears-groups": "读得到的群",
    "deaf-feishu": "默认不读群；在 [privacy] read_groups 里写明的群可以事后提醒",
    "deaf-dingtalk": "没有 @ 驿站的话，平台不给",
    "mentions-need-cards": "要卡片模板",
    "same-key": "同一个号再发，平台自己认",
    "probe": "先查卡片在不在，再发",
    "no-key": "没有回话时是“结果未知”，由人确认",
    "numbers": "变成“回复 1/2/3”",
    "readers-feishu": "7 天内问得到",
    "readers-dingtalk": "单聊 24 小时内问得到",
    "anonymous-needs-cards": "没有卡片只能实名",
}


def selection(people: int, batches: int, month: int, rows: list[Any]) -> str:
    """Which platform, why, and the table of what each can keep."""
    lines = [f"选型建议（约 {people} 人）", ""]
    lines += [f" · {reason}" for reason in _advice(people, batches, month)]
    lines += [
        "",
        "承诺—能力对照表",
        "",
        "| 承诺 | 飞书 | 钉钉（有卡片模板） | 钉钉（没有） |",
        "|---|---|---|---|",
    ]
    for name, cells in rows:
        shown = [
            _STRENGTHS[strength] + (f"（{_REASONS[reason]}）" if _REASONS[reason] else "")
            for strength, reason in cells
        ]
        lines.append(f"| {_PROMISES[name]} | {' | '.join(shown)} |")
    lines += ["", "企业微信：驿站还没有适配，列在这里是免得你白等。", ""]
    return "\n".join(lines)


def cannot(promise: str, why: str) -> str:
    """``在群里 @ 到人：要先建卡片模板``, where a platform does not let us keep a promise."""
    return f"{_PROMISES[promise]}：{_REASONS[why]}"


def _advice(people: int, batches: int, month: int) -> list[str]:
    quota = (
        f"钉钉标准版每月 {month:,} 次接口，全公司共用：一条全员文字公告约 {batches} 次（一次 20 人），"
        f"一条【重要】卡片约 {people} 次，一个月最多 {month // max(people, 1)} 条"
    )
    if people < 100:
        choice = "100 人以下：用大家已经在用的那个。都没有就选飞书：消息有防重发的号，接口量不用数着用"
    elif people <= 500:
        choice = "100–500 人：两个都够用。规范以“事前拦住、读得到回执”为主选飞书；考勤审批已在钉钉上的留在钉钉，先建卡片模板"
    else:
        choice = "500 人以上：飞书，或钉钉专业版。钉钉标准版的接口量不够每周发全员卡片"
    return [
        choice,
        quota,
        "即时通讯：两边都够；文件共享：按“部门-项目-日期”的文件夹，飞书云空间和钉钉文档都有；任务管理：以公司已在用的为准，驿站不替代它",
        "两个一起用也可以：同一份规范管两边，一个人有两个账号时写 [[person]]，只收一份",
    ]
