"""Names (姓名): realistic, drawn from the seed, and never twice unless the company says so."""

from __future__ import annotations

import random

SURNAMES = {
    "王": "wang", "李": "li", "张": "zhang", "刘": "liu", "陈": "chen", "杨": "yang", "黄": "huang",
    "赵": "zhao", "吴": "wu", "周": "zhou", "徐": "xu", "孙": "sun", "马": "ma", "朱": "zhu", "胡": "hu",
    "郭": "guo", "何": "he", "林": "lin", "高": "gao", "罗": "luo", "郑": "zheng", "梁": "liang", "谢": "xie",
    "宋": "song", "唐": "tang", "许": "xu", "韩": "han", "冯": "feng", "邓": "deng", "曹": "cao", "彭": "peng",
    "曾": "zeng", "肖": "xiao", "田": "tian", "董": "dong", "潘": "pan", "袁": "yuan", "蔡": "cai", "蒋": "jiang",
    "余": "yu", "于": "yu", "杜": "du", "叶": "ye", "程": "cheng", "魏": "wei", "苏": "su", "吕": "lv", "丁": "ding",
    "任": "ren", "沈": "shen", "姚": "yao", "卢": "lu", "姜": "jiang", "崔": "cui", "钟": "zhong", "谭": "tan",
    "陆": "lu", "汪": "wang", "范": "fan", "金": "jin", "石": "shi", "廖": "liao", "贾": "jia", "夏": "xia",
    "韦": "wei", "方": "fang", "白": "bai", "邹": "zou", "孟": "meng", "熊": "xiong", "秦": "qin", "邱": "qiu",
}  # fmt: skip
GIVEN = {
    "伟": "wei", "芳": "fang", "娜": "na", "敏": "min", "静": "jing", "磊": "lei", "洋": "yang", "艳": "yan",
    "勇": "yong", "军": "jun", "杰": "jie", "娟": "juan", "涛": "tao", "明": "ming", "超": "chao", "霞": "xia",
    "平": "ping", "刚": "gang", "桂": "gui", "文": "wen", "辉": "hui", "玲": "ling", "鑫": "xin", "宇": "yu",
    "浩": "hao", "凯": "kai", "健": "jian", "俊": "jun", "帆": "fan", "雪": "xue", "倩": "qian", "琳": "lin",
    "晨": "chen", "阳": "yang", "婷": "ting", "欣": "xin", "佳": "jia", "思": "si", "雨": "yu", "子": "zi",
    "梓": "zi", "涵": "han", "轩": "xuan", "怡": "yi", "诗": "shi", "梦": "meng", "海": "hai", "波": "bo",
    "建": "jian", "国": "guo", "志": "zhi", "强": "qiang", "春": "chun", "梅": "mei", "玉": "yu", "兰": "lan",
    "红": "hong", "晓": "xiao", "燕": "yan", "云": "yun", "飞": "fei", "鹏": "peng", "博": "bo", "睿": "rui",
}  # fmt: skip
UYGHUR = (
    ("阿迪力·买买提", "adili"), ("古丽娜尔·艾力", "gulinaer"), ("艾孜买提·吐尔逊", "aizimaiti"),
)  # fmt: skip
"""Colleagues in 乌鲁木齐: names with a middle dot are a case that software gets wrong."""


class Names:
    """Draws ``(name, account)`` pairs; accounts are pinyin, with a number where two would be alike."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._names: set[str] = set()
        self._accounts: dict[str, int] = {}

    def keep(self, name: str, account: str) -> None:
        """A name that is given, so that nobody else gets it by accident."""
        self._names.add(name)
        self._accounts[account] = 1

    def draw(self) -> tuple[str, str]:
        while True:
            surname = self._chance.choice(list(SURNAMES))
            given = "".join(self._chance.choices(list(GIVEN), k=1 if self._chance.random() < 0.3 else 2))
            if len(set(given)) == len(given) and surname + given not in self._names:
                break
        self._names.add(surname + given)
        base = SURNAMES[surname] + "".join(GIVEN[each] for each in given)
        count = self._accounts[base] = self._accounts.get(base, 0) + 1
        return surname + given, base if count == 1 else f"{base}{count:02d}"
