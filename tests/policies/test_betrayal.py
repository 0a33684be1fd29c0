"""Fifty sentences: which would tell a colleague who wrote them, and which would not."""

from __future__ import annotations

import pytest

from policies.questionnaire import betrayal

OWN = betrayal.Own(
    name="李想",
    departments=("接口组", "研发部"),
    names=frozenset({"李想", "陈立", "周敏", "阿卜杜拉·买买提", "王芳"}),
)

TELLING = [
    "我们接口组就我一个女生，群里深夜开玩笑我不舒服",
    "只有我一个人值夜班",
    "就我自己在跟这个客户",
    "只有我没有工位",
    "全组只剩我一个了",
    "仅我一人负责报销",
    "我是组里唯一的女生",
    "唯一的实习生说话没人听",
    "作为公司唯一的司机",
    "唯一新来的，没人带",
    "我是前台，电话太多",
    "我当组长以来天天开会",
    "我做会计的，月底很忙",
    "作为研发部的负责人，我觉得太多",
    "身为主管，我不好意思说",
    "作为两个孩子的妈妈，晚上不想看消息",
    "我的工号没有登记",
    "我手机收不到",
    "打我电话 13800138000",
    "加我微信聊",
    "我的座机坏了",
    "我刚入职，看不懂缩写",
    "我上周请了病假，错过了",
    "我休完产假回来什么都变了",
    "我怀孕了，不能加班",
    "我今年升职了",
    "我们组一共三个人，忙不过来",
    "我们组就两人",
    "我带的人都抱怨",
    "我手下三个人都想走",
    "我老公也在这家公司",
    "我师傅教得好",
    "李想写的",
    "陈立总在夜里发消息",
    "可以去问周敏",
    "阿卜杜拉·买买提知道这事",
    "我在接口组觉得很累",
    "我们研发部会太多",
    "编号 204117 的单子是我的",
    "发到 lixiang@hechuan.cn",
]

PLAIN = [
    "消息太多了",
    "希望会议短一点",
    "早上九点一起发挺好的",
    "【重要】用得太滥",
    "文件不好找，建议按项目分",
    "晚上的消息能不能不响",
    "我觉得比以前好",
    "我希望少开会",
    "只有周五能静下来",
    "每天超过 20 条就看不过来",
    "食堂的豆浆太甜",
    "大家都说好",
]


@pytest.mark.parametrize("text", TELLING)
def test_words_that_would_tell_who_wrote_them_are_noticed(text):
    hit = betrayal.found([text], OWN)
    assert hit and hit in text


@pytest.mark.parametrize("text", PLAIN)
def test_words_that_anybody_could_have_written_pass(text):
    assert betrayal.found([text], OWN) == ""
