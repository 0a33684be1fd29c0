"""``check``: the mistakes of a configuration, with what was found and what is allowed."""

from __future__ import annotations

from bot.cli.texts.words import AND
from bot.config.problems import Kind, Problem

NAMES_CHECKED = "人和部门  {n} 处都在通讯录里"
NAMES_NOT_CHECKED = (
    "人和部门  还没有通讯录可对（驿站跑过一次以后才有），只检查了写法；yizhan doctor 会到平台上去对"
)

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
    "holder-key": "yizhan poll key 给出的公开那一半：64 个十六进制字符",
    "when": "某一天、每周几，或试点第几天，再加钟点",
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
    "group-name": "群名的写法：文字，可以带 {name}（部门或项目名）、{parent}（上级部门）、{path}（从上到下的部门）",
    "folders": '用 / 分开的层次：部门、项目、日期，或固定的文件夹名；不建就写 ""',
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
    "unseen-characters": "里面有看不见的字符（零宽、改变方向或控制字符），看起来一样的名字会变成两个；删掉它，重新打一遍。",
    "opens-before-closes": "上班（{0}）要早于下班（{1}）。",
    "lunch-in-order": "午休的开始（{0}）要早于结束（{1}）。",
    "lunch-inside": "午休要在上班（{0}）和下班（{1}）之间。",
    "team-twice": "有两个团队都叫“{0}”，请改一个名字。",
    "team-of-nobody": "这个团队没有人：写上 departments 或 members。",
    "group-twice": "有两个群都叫“{0}”，请改一个名字。",
    "every-department": "“*”是每个部门各一个群，不能写已经有的群的 ID；给那个部门单独写一组 [[workspace.department]]。",
    "every-department-name": "“*”是每个部门各一个群，群名里要有 {{name}} 或 {{path}}，不然它们都叫一个名字。",
    "skip-of-one": '只有 name = "*" 时才能写 skip（哪些部门不要群）。',
    "duty-in-order": "值班到 {1} 为止，却从 {0} 开始：last 不能早于 first。",
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
    "question-twice": "两道题的 id 一样，请改一个。",
    "options-needed": "单选、多选和排序要有 options，至少两个。",
    "options-not-here": "1–5 分和填空没有 options；要自己列选项，kind 写 single、multi 或 ranking。",
    "options-differ": "options 至少两个，而且各不相同。",
    "too-many-texts": "填空题最多 {0} 道，写得再多就装不进同样大小的信封了。",
    "hidden-means-anonymous": 'participation = "hidden"（连谁参与都不知道）只用于匿名问卷：加上 anonymous = true。',
    "holder-with-key": "holder 和 holder_key 要一起写，而且只用于匿名问卷；钥匙用 yizhan poll key 生成。",
    "not-in-the-pilot": "试点第 {0} 天不在试点里：[pilot] 现在是 {1} 天。",
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
