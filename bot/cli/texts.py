"""命令行的话 (texts): every Chinese sentence of the command line; nothing else of bot/ holds one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.config.problems import Kind, Problem

APP = "驿站：在钉钉和飞书上执行公司沟通规范的机器人。"
COMMANDS = "命令"
PARAMETERS = "参数"
CONFIG = "配置文件；不写时用环境变量 YIZHAN_CONFIG，再没有就用当前目录的 config.toml"
HELP = "显示这份说明"
USAGE = "用法："
A_COMMAND = "命令"
SOME_OPTIONS = "[参数]"
ARGUMENTS = "内容"
REQUIRED = "（必填）"
OTHER_PANEL = "其他"
AND = "、"
WARNING = "! "
NAMES_CHECKED = "人和部门  {n} 处都在通讯录里"
NAMES_NOT_CHECKED = "人和部门  还没有通讯录可对（驿站跑过一次以后才有），只检查了写法"

CHECK = "检查配置和日历，一次报完所有问题"
VERSION = "显示版本号"
CHECK_PANEL = "配置"

NOTHING_CHANGED = "{n} 处要改，没有动任何东西。"
ALL_GOOD = "{file}  没有问题。"
GOOD_BUT = "{file}  可以用，有 {n} 处请看一眼。"

CALENDAR_KNOWN = "日历  {year} 年（{source}）"
CALENDAR_GUESSED = "日历  {year} 年尚未收录，按周一至周五推算"
SOURCE = "{document}，{published}"
SOURCE_PACKAGE = "chinese-calendar 软件包"
PLATFORMS = "平台  {names}"
HOURS = "工作时间  {opens}–{closes}{lunch}  {zone}"
LUNCH = "（午休 {start}–{end}）"
TEAMS = "另有 {n} 个团队有自己的时间"
GRANTS = "发布授权  {n} 条"
GRANTS_DEFAULT = "发布授权  没有写 [[announce.grant]]，按默认：管理员可发全员，每个人可发自己的部门"

FOUND = "写的是 {found}，应写成 {allowed}"
FOUND_NOTHING = "应写成 {allowed}"
OR = " 或 "

EXPECTED = {
    "clock-time": '"09:00" 这样的钟点（24 小时制，时和分都写两位）',
    "lunch": '["12:00", "13:30"] 这样的起止钟点，没有午休就写 []',
    "date": "2026-09-07 这样的日期",
    "zone": '时区名，如 "Asia/Shanghai"',
    "https": "https:// 开头的网址（只有指向本机时才可以是 http://）",
    "loopback": '本机的网址，如 "http://127.0.0.1:8900"；时钟只能跟随本机上的',
    "listen": '"地址:端口"，如 "127.0.0.1:8641"',
    "listen-here": '只对本机开放的 "地址:端口"，如 "127.0.0.1:8640"',
    "person": '账号 "feishu:ou_…"、"dingtalk:…"，或通讯录里唯一的姓名',
    "office": '账号、通讯录里唯一的姓名，或 "head:部门名"（该部门负责人）',
    "who": '账号、姓名、"head:部门名"（负责人）或 "department:部门名"（部门全体）',
    "grant-who": '账号、姓名、"head:部门名"、"department:部门名" 或 "everyone"（每个人）',
    "department": '部门名，如 "研发部"；只要一个平台的写 "feishu:研发部"',
    "audience": '"company"（全员）、"department:部门名" 或 "own-department"（自己的部门）',
    "store-url": '"sqlite:///data/yizhan.db"，或 PostgreSQL 的地址 "postgresql://…"（含密码时用 "${变量名}"）',
    "integer": "整数",
    "boolean": "true 或 false",
    "string": "加英文引号的文字",
    "not-empty": "不能为空的文字",
    "slug": '小写英文字母、数字和连字符，如 "weekly-pulse"',
    "not-empty-list": "至少一项的列表",
    "list": '方括号里的列表，如 ["甲", "乙"]',
    "table": "表",
    "tables": "每组一个双方括号的表头",
    "choice": "规定的几个词之一",
    "other": "别的写法（见 config.example.toml）",
}

RULES = {
    "no-platform": "至少要有 [feishu] 和 [dingtalk] 中的一个，不然驿站没有地方说话。",
    "opens-before-closes": "上班（{0}）要早于下班（{1}）。",
    "lunch-in-order": "午休的开始（{0}）要早于结束（{1}）。",
    "lunch-inside": "午休要在上班（{0}）和下班（{1}）之间。",
    "team-twice": "有两个团队都叫“{0}”，请改一个名字。",
    "team-of-nobody": "这个团队没有人：写上 departments 或 members。",
    "group-twice": "有两个群都叫“{0}”，请改一个名字。",
    "day-on-and-off": "{0} 既写成上班又写成休息，只能留一个。",
    "webhook-needs-key": (
        'mode = "webhook" 必须有 encrypt_key 和 verification_token，否则谁都可以冒充飞书。不想开放网址，就用 "stream"。'
    ),
    "webhook-needs-listen": 'mode = "webhook" 要在一个地址上听，如 "127.0.0.1:8641"。',
    "dingtalk-stream-only": (
        '钉钉只能用 "stream"：它推送机器人消息和卡片时，签名不包含正文，截到一次签名的人一小时内可以冒充任何人说任何话。'
    ),
    "notice-before-reading": (
        "要读群里没有 @ 驿站的消息，或者让发起人看到谁还没看，得先发布告知书：发布后在 [privacy] 里写 notice_published = 发布日期。"
    ),
    "minutes-inside-hours": "不能比 within_hours（{0} 小时）还长。",
    "account-twice": "账号 {0} 写进了两个 [[person]]；一个账号只属于一个人。",
    "questionnaire-twice": "有两份问卷的 id 都是“{0}”，请改一个。",
    "holiday-in-order": "第一天（{0}）要不晚于最后一天（{1}）。",
    "day-of-another-year": "{0} 不属于 {1} 年的通知（只能是这一年，或前一年的 12 月）。",
    "make-up-on-a-weekday": "{0} 不是周末，不需要写成调休上班日。",
}

SYNTAX = {
    "": "这一行不是正确的 TOML：看看引号、括号和等号是否成对。",
    "punctuation": '这一行有中文标点：引号、逗号、等号和方括号要用英文的 " , = [ ]。',
    "twice": "这个键或这张表前面已经写过一次，只能留一个。",
}

NO_FILE = {
    "absent": "没有这个文件。从 config.example.toml 复制一份，或用 --config 指出它在哪里。",
    "unreadable": "读不了这个文件：看看权限，或它是不是一个文件夹。",
}

MISSING = {
    "": "缺这个键，必须写。",
    "table": "缺这张表，必须写。",
    "secret": '缺这个键，必须写；秘密只能写成 "${{变量名}}" 或 "file:文件路径"。',
}


def problem(it: Problem) -> str:
    """One line: where, which key, what is wrong and what may stand there."""
    where = f"{it.file}:{it.line}" if it.line else it.file
    return "  ".join(part for part in (where, it.key, sentence(it)) if part)


def sentence(it: Problem) -> str:
    near = it.allowed[0] if it.allowed else ""
    match it.kind:
        case Kind.UNKNOWN_KEY:
            return (
                f"没有这个键；你是不是想写 {near}？"
                if near
                else "没有这个键；所有的键见 config.example.toml。"
            )
        case Kind.UNKNOWN_VARIABLE:
            meant = f"；你是不是想写 {near}？" if near else "。"
            return f"设了这个环境变量，但配置里没有用到它{meant}"
        case Kind.WRONG_VALUE:
            return _wrong_value(it)
        case Kind.RULE:
            return RULES[it.detail].format(*it.allowed)
        case Kind.SYNTAX:
            return SYNTAX[it.detail]
        case Kind.NO_FILE:
            return NO_FILE[it.detail]
        case Kind.MISSING:
            return MISSING[it.detail].replace("{{", "{").replace("}}", "}")
        case Kind.AMBIGUOUS_NAME:
            many = "两" if len(it.allowed) == 2 else f" {len(it.allowed)} "
            return f"通讯录里有{many}位“{it.found}”：{AND.join(it.allowed)}。请写账号。"
        case Kind.UNKNOWN_NAME:
            meant = (
                f"；你是不是想写 {OR.join(it.allowed)}？" if it.allowed else "，或者不在驿站的可见范围里。"
            )
            return f"通讯录里没有“{it.found}”{meant}"
        case Kind.NO_HEAD:
            return f"通讯录里“{it.found}”没有主管，写给主管的这一条现在落不到任何人头上。"
        case Kind.YEAR_UNKNOWN:
            return (
                f"日历  {near} 年尚未收录：国办的放假通知还没有进来，落在 {near} 年的日子只能按周一至周五推算。"
                f"通知公布后，升级驿站，或把 {near}.toml 放进数据目录的 calendar 文件夹。"
            )
        case Kind.SHORT_HOLD:
            first, last, days = it.allowed
            return f"{first} 至 {last} 连休，节前最后一刻写的消息要等 {days} 天，超过上限后会再问作者；不想被问就写 {days}。"
    return _OTHERS[it.kind].format(found=it.found, near=near)


_OTHERS = {
    Kind.NOT_UTF8: "不是 UTF-8 编码；请用编辑器另存为 UTF-8。",
    Kind.UNSET_VARIABLE: "环境变量 {found} 没有设，或者是空的。",
    Kind.UNREADABLE_FILE: "读不到文件 {found}，或者它是空的（相对路径从配置文件所在的文件夹算起）。",
    Kind.PART_OF_A_VALUE: '不能把 ${{{found}}} 夹在文字里；请把整个值放进一个环境变量，写成 "${{{found}}}"。',
    Kind.PLAIN_SECRET: (
        '秘密不能直接写在配置里；写成 "${{{near}}}" 并设好这个环境变量，'
        '或者放进只有自己能读的文件，写成 "file:路径"。'
    ),
}


def candidate(departments: str, who: str) -> str:
    """One of several namesakes, with what to write instead; or a name that is near."""
    if not departments and ":" not in who:
        return f"“{who}”"
    return f"{departments or '部门未知'}（{who}）"


def _wrong_value(it: Problem) -> str:
    expected = EXPECTED[it.detail]
    allowed = OR.join(it.allowed)
    if it.detail == "integer":
        low, high = (*it.allowed, "", "")[:2]
        allowed = f"{low} 到 {high} 之间的整数" if low and high else expected
    elif it.detail == "tables":
        allowed = f"{allowed}（{expected}）"
    elif it.detail == "table":
        allowed = f"{allowed} 表头，键写在它下面"
    allowed = allowed or expected
    return (FOUND if it.found else FOUND_NOTHING).format(found=it.found, allowed=allowed)


# ── What the command line itself did not understand ───────────────────────────────────────────────

UNKNOWN_COMMAND = "没有“{word}”这个命令{near}所有的命令：yizhan --help"
UNKNOWN_OPTION = "没有“{word}”这个参数{near}写法见 yizhan {command} --help"
FULL_STOP = "。"
NEAR = "；你是不是想写 {near}？"
MISSING_ARGUMENT = "缺参数 {name}。写法见 yizhan {command} --help"
WRONG_ARGUMENT = "参数 {name} 写的是“{value}”，看不懂。写法见 yizhan {command} --help"
REPEATED_ARGUMENT = "参数 {name} 写了不止一次。"
UNUSED_ARGUMENT = "多出来的内容：{tokens}。写法见 yizhan {command} --help"
NOT_UNDERSTOOD = "看不懂这条命令。写法见 yizhan {command} --help"
STOPPED = "已停下。"

# ── run, explain, outbox, audit ───────────────────────────────────────────────────────────────────

RUN_PANEL = "运行"
LOOK_PANEL = "查看"
RUN = "运行机器人，直到 Ctrl-C"
LOCKED = "已经有一个驿站在用 {path}（进程 {pid}，{since} 起），没有动任何东西。"
STORE_SAYS_NO = "数据打不开：{why}"
PORT_TAKEN = "健康页面的端口 {listen} 打不开：{why}。换一个 [health] listen 再试。"

EXPLAIN = "某人如果这么说会怎样：结论、原因、最小的改法，不发任何东西"
EXPLAIN_TEXT = "要说的话"
EXPLAIN_AS = "谁说：姓名、姓名（部门），或 feishu:ID"
EXPLAIN_TO = "发给谁：company、部门名、群名、人名"
EXPLAIN_AT = "什么时候说，如 2026-09-08 21:40；不写就是现在"
AS_JSON = "输出 JSON"
EXPLAINED = "结论：{verdict}（{audience} {people} 人）"
VERDICTS = {"allow": "放行", "remind": "提醒", "hold": "暂缓", "review": "送审", "refuse": "拒绝"}
MARKS = {"allow": "✓", "remind": "~", "hold": "~", "review": "?", "refuse": "✗"}
PART = " → {people} 人 {when}"
AT_ONCE = "现在"
WAYS_OUT = "最小的改法："

OUTBOX = "看排队中的消息，放行、取消、补发"
OUTBOX_LIST = "列出还没发出去的，和为什么"
OUTBOX_RELEASE = "现在就放行（按编号）"
OUTBOX_CANCEL = "取消还没发的（按编号）"
OUTBOX_RETRY = "补发结果未知或没发出去的（按编号），开头会写明是补发"
OUTBOX_IDS = "编号，可以写几个"
OUTBOX_STATE = "只看这些状态：held due attempted sent unknown dead cancelled quarantined"
OUTBOX_COLUMNS = ("编号", "状态", "给谁", "什么时候", "试过", "原因")
NOTHING_WAITS = "没有排队中的消息。"
SOME_PEOPLE = "{names}等 {people} 人"
RELEASED = "放行了 {done}/{asked} 条。"
CANCELLED = "取消了 {done}/{asked} 条；没取消的已经发出或正在发。"
RETRIED = "补发 {done}/{asked} 条；没补发的不是“结果未知”或“没发出去”。"
STATES = {
    "held": "暂缓",
    "due": "待发",
    "attempted": "正在发",
    "sent": "已发出",
    "unknown": "结果未知",
    "dead": "没发出去",
    "cancelled": "已取消",
    "quarantined": "待确认",
}

AUDIT = "审计日志"
AUDIT_VERIFY = "检查审计日志有没有被改过"
AUDIT_BROKEN = "第 {line} 行和它前后的对不上（共 {lines} 行）：有人改过、删过，或磁盘坏了。"
AUDIT_WHOLE = "完整，共 {lines} 行，最后一行的指纹 {head}。"


def moment(iso: str) -> str:
    """``9月9日（周三）09:05``."""
    local = datetime.fromisoformat(iso).astimezone(ZoneInfo("Asia/Shanghai"))
    return f"{local.month}月{local.day}日（周{'一二三四五六日'[local.weekday()]}）{local:%H:%M}"


# ── doctor ────────────────────────────────────────────────────────────────────────────────────────

DOCTOR = "体检：凭证、权限、可见范围、时钟、日历、磁盘；缺什么，说去哪里点"
DOCTOR_CARD = "另外给管理员发一张试卡，等他按一下"
DOCTOR_QUICK = "只看本机和在跑的机器人，不找平台（容器的健康检查用它）"
DOCTOR_WAIT = "试卡等多少秒"
CARD_SENT = "试卡已发给{platform}的 {name}，请按一下〔我按了〕……"

PARTS = {
    "feishu": "飞书",
    "dingtalk": "钉钉",
    "bot": "驿站",
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

_FINDINGS = {
    "credentials": "凭证有效",
    "robot": "机器人能力已开启",
    "scopes": "权限 {n} 项都在",
    "range": "看得到 {people} 人、{departments} 个部门",
    "line": "长连接通着",
    "card": "试卡的按钮能回来",
    "credentials-refused": "凭证不对，平台不认（{why}）。\n{credentials}",
    "entrance-forbidden": "平台不让进：{why}\n多半是出口 IP 不在白名单里：应用的 安全设置 → IP 白名单，加上这台机器的出口 IP，或者留空。",
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
    "trouble": "打不开或写不了：{why}",
    "locked": "{path} 被进程 {pid} 占着，它又不回话。确认那是不是另一个驿站；不是了就结束它。",
}

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
        press=_PRESS.get(part, ""),
        longest=_span(one.get("longest_s", 0)),
        source=SOURCE.format(**one) if one.get("document") else SOURCE_PACKAGE,
    )


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


# ── init ──────────────────────────────────────────────────────────────────────────────────────────

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
    "anonymous": "匿名问卷（随后开放）",
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
