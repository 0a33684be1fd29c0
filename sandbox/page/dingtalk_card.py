"""钉钉卡片: the variables of a card instance as the one template shows them.

The template is Yizhan's own (``docs/dingtalk-card.md``): title, body1…4, hint, state, b1…6. The variables of
another template are listed by name, so that nothing a card holds stays unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.page import spans
from sandbox.page.cards import Actions, Block, CardView, as_list, as_map, as_text, in_rows, text_block
from sandbox.page.spans import NameOf

BODIES = ("body1", "body2", "body3", "body4", "body")
BUTTONS = range(1, 7)
DANGER = ("撤回", "删除", "停下", "拒绝", "作废", "取消")


def view(
    card: Mapping[str, Any],
    actions: Actions,
    name_of: NameOf = lambda _: "",
    *,
    me: str = "",
    at: Sequence[str] = (),
) -> CardView:
    """The card as ``me`` sees it: the variables of all, and over them the reader's own.

    ``at`` are all who are mentioned; those that no tag of the body mentions stand above it.
    """
    shared, own = shared_variables(card), private_variables(card, me)
    values = {**shared, **own}
    if not any(key in values for key in ("title", *BODIES)):
        listed = "\n".join(f"{key}：{as_text(value)}" for key, value in values.items())
        return CardView(title="互动卡片", blocks=(text_block(listed),) if listed else ())
    body = "".join(as_text(values.get(key)) for key in BODIES)
    above = [who for who in at if who not in as_list(card.get("cardAtUserIds"))]
    blocks = [_mentions(above, name_of, me)] if above else []
    blocks.extend([_body(body, name_of, me)] if body else [])
    blocks.extend(_buttons(values, actions))
    if state := as_text(values.get("state")):
        blocks.append(Block(kind="state", label=state))
    if growing := _growing(card):
        blocks.append(text_block(growing, "note"))
    if hint := as_text(values.get("hint")):
        blocks.append(text_block(hint, "private" if own.get("hint") else "note"))
    return CardView(title=as_text(values.get("title")), tone=_tone(values), blocks=in_rows(blocks))


def _growing(card: Mapping[str, Any]) -> str:
    """A card that is streamed says so until it ends, and if it failed."""
    states = set(as_map(card.get("streaming")).values())
    if "failed" in states:
        return "生成失败"
    return "正在生成…" if "inputting" in states else ""


def _mentions(who: Sequence[str], name_of: NameOf, me: str) -> Block:
    return Block(kind="text", lines=(tuple(spans.of_text("", who, name_of, me=me)),))


def _body(words: str, name_of: NameOf, me: str) -> Block:
    """Each line break kept, and ``<a atId=…>`` drawn as a mention."""
    lines = (tuple(spans.of_text(line, (), name_of, me=me)) for line in words.split("\n"))
    return Block(kind="text", lines=tuple(lines))


def shared_variables(card: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those that everybody sees."""
    for outer in ("cardData", "card_data", "data"):
        if isinstance(card.get(outer), Mapping):
            return as_map(card[outer].get("cardParamMap", card[outer]))
    for key in ("cardParamMap", "params", "variables"):
        if isinstance(card.get(key), Mapping):
            return as_map(card[key])
    return card


def private_variables(card: Mapping[str, Any], me: str) -> Mapping[str, Any]:
    """Those that only ``me`` sees."""
    for outer in ("privateData", "private_data", "private"):
        mine = as_map(card.get(outer)).get(me)
        if isinstance(mine, Mapping):
            return as_map(mine.get("cardParamMap", mine))
    return {}


def _buttons(values: Mapping[str, Any], actions: Actions) -> list[Block]:
    shown = [
        n for n in BUTTONS if as_text(values.get(f"b{n}_text")) and _true(values.get(f"b{n}_show", "true"))
    ]
    return [
        Block(
            kind="button", label=(label := as_text(values[f"b{n}_text"])),
            action=as_text(values.get(f"b{n}_id")) or actions.take(label),
            variant="primary" if n == shown[0] else ("danger" if label.startswith(DANGER) else "default"),
        )
        for n in shown
    ]  # fmt: skip


def _true(value: Any) -> bool:
    return value is True or as_text(value).lower() == "true"


def _tone(values: Mapping[str, Any]) -> str:
    """The template has one colour; a card that is done or gone looks faded."""
    if as_text(values.get("title")).startswith("〔已撤回〕"):
        return "grey"
    return "green" if as_text(values.get("state")) else "blue"
