"""``pilot``, ``rehearse``, ``brief``."""

from __future__ import annotations

PILOT_PANEL = "试点"
PILOT = "试点：启动、看进展、出结论页、停下"
PILOT_START = "该问的人都问过、承诺都做得到才启动；缺什么一次说完（退出码 3）"
PILOT_STATUS = "试点走到哪了：每项指标的区间、样本和不知道的"
PILOT_STATUS_DAYS = "逐日的份数"
PILOT_STOP = "先看停下会改什么；加 --yes 才动"
PILOT_YES = "看过了，动手"
PILOT_REPORT = "写出结论页：网页（.html）或 Word（.docx）"
PILOT_TO = "写到哪个文件，按扩展名是网页还是 Word"
AS_JSON = "输出 JSON"
TO_DO_IT = "只有执行 yizhan pilot stop --yes 才会发生。"
WRITTEN = "写好了：{file}"
ONLY_HTML_OR_WORD = "“{file}”看不出要哪种：以 .html 或 .docx 结尾。"
CANNOT_WRITE = "写不了 {file}：{why}"
NEEDS_REPORTS = "写 Word 要装报告用的部件：pip install 'yizhan[reports]'。网页不用装就能写。"
DAY = "{day}  {notices} 份，最多的一位 {most} 份，作息之外 {at_night} 份"

BRIEF = "按现在的配置写告知书草稿"
BRIEF_NOTICE = "告知书：收集什么、为什么、保存多久、谁能看"
BRIEF_WHAT = "要写哪一份：现在有 --notice"

REHEARSE = "用你的配置把试点先走一遍：每人每天几条、夜里扰不扰人、哪件承诺做不到"
REHEARSE_DAYS = "走几天"
REHEARSE_SEEDS = "随机走几遍"
REHEARSING = "演练"
