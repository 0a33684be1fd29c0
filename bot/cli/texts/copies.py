"""``backup``, ``restore``."""

from __future__ import annotations

KEEP_PANEL = "备份"
BACKUP = "备份数据：机器人照常运行，得到某一刻的完整副本"
BACKUP_FILE = "写到哪个文件；已有的文件绝不覆盖"
BACKED_UP = "备份好了：{file}（{size}）。里面有大家和我说过的话，请只让管理员读到；配置和密钥不在里面。"
RESTORE = "用备份换掉现在的数据；备份时在等的，一条都不会自己发出去"
RESTORE_FILE = "备份文件；PostgreSQL 先用 pg_restore 恢复，这里不写文件名"
BOT_LIVES = "机器人还在运行，没有动任何东西。先停下它，再恢复。"
NEEDS_FILE = "要恢复哪个备份文件？写法见 yizhan restore --help"
NO_FILE_HERE = "数据在 PostgreSQL 里：先用 pg_restore 恢复，再运行 yizhan restore（不写文件名）。"
BAD_COPY = "这个备份用不了，没有动任何东西：{why}"
TOO_NEW = "备份是更新的版本写的，没有动任何东西：{why}"
RESTORED = "恢复好了。"
KEPT = "原来的数据留在 {kept}。"
QUARANTINED = (
    "有 {rows} 条在备份时等着发，我没有让它们自己发，怕重复："
    "yizhan outbox list --state quarantined 看，逐条 release 放行或 cancel 取消。"
)
NONE_WAITS = "备份时没有在等的消息。"
EVENTS = "有 {events} 句话收下了还没处理，不会再处理：请说话的人再说一次。"


def size(count: int) -> str:
    """``12.3 MB``."""
    return f"{count / 1e6:.1f} MB"
