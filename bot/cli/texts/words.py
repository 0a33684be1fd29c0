"""What every command shares: the frame of the help, and what the command line did not understand."""

from __future__ import annotations

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
