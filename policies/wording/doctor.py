"""体检的话 (doctor): the card that is sent to an administrator to see whether its press comes back."""

from __future__ import annotations

TITLE = "驿站试卡"
BODY = "有人在命令行做体检。请按一下，看看按钮能不能回到我这里。"
BUTTON = "我按了"
TOAST = "收到，按钮是通的"
STATE = "收到了"
OVER = "体检已经结束，不用按了"
