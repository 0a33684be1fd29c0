"""What DingTalk's people see: whom a card mentions, and the files that people send."""

from page_town import Robot, living_town, text_of

from sandbox.model import BOT
from sandbox.page import dingtalk_card
from sandbox.page.cards import Actions

NAMES = {"1": "孙莉", "2": "何强", "all": "所有人"}


def drawn(card, me="", at=()):
    shown = dingtalk_card.view(card, Actions([]), lambda who: NAMES.get(who, ""), me=me, at=at)
    return [[(span.text, span.kind) for line in block.lines for span in line] for block in shown.blocks]


def test_whom_a_card_mentions_stands_above_its_body():
    card = {"cardParamMap": {"title": "点检", "body1": "今天"}}
    assert drawn(card, me="1", at=["1", "2"]) == [
        [("@孙莉", "me"), (" ", "text"), ("@何强", "at"), (" ", "text")],
        [("今天", "text")],
    ]
    assert drawn(card) == [[("今天", "text")]]


def test_a_mention_inside_the_body_stands_there_only():
    card = {"cardParamMap": {"title": "点检", "body1": "请 <a atId=1>孙</a> 看\n好"}, "cardAtUserIds": ["1"]}
    assert drawn(card, me="2", at=["1"]) == [
        [("请 ", "text"), ("@孙莉", "at"), (" 看", "text"), ("好", "text")]
    ]


async def test_the_mentioned_sees_it_in_the_list_and_on_the_card():
    async with living_town() as talk:
        chat = talk.town.chat_named("dingtalk", "设备部")
        first, second, *_ = chat.members
        await Robot(talk).dingtalk_card(chat.id, "yz-1", {"title": "点检", "body1": "先看油位"}, {})
        name = talk.town.people["dingtalk"][first].name
        chat.messages[-1].mentions.append(first)
        for who, called in ((first, True), (second, False)):
            html = await text_of(talk, "/page/chats", **{"as": f"dingtalk:{who}", "chat": BOT})
            assert ("有人@我" in html) is called
            html = await text_of(talk, "/page/messages", **{"as": f"dingtalk:{who}", "chat": chat.id})
            assert html.index(f"@{name}") < html.index("先看油位")


async def test_files_of_people_stand_there_by_their_names():
    async with living_town() as talk:
        say = {"platform": "dingtalk", "person": "sunli", "to": "bot"}
        await talk.post("/_sandbox/say", {**say, "kind": "file", "content": {"fileName": "排班<b>.xlsx"}})
        await talk.post("/_sandbox/say", {**say, "kind": "picture"})
        me = talk.town.person_named("dingtalk", "孙莉").id
        html = await text_of(talk, "/page/messages", **{"as": f"dingtalk:{me}"})
        assert "〔文件〕</span>排班&lt;b&gt;.xlsx" in html
        assert "〔图片〕" in html
