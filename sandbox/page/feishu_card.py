"""飞书卡片: card JSON 2.0 (and the older 1.0) as blocks.

https://open.feishu.cn/document/uAjLw4CM/ukzMukzMukzM/feishu-cards/card-json-v2-breaking-changes-release-notes
(tags and forms, read 2026-11). An unknown tag is shown by its name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.page import spans
from sandbox.page.cards import (
    LOOKS,
    TONES,
    Actions,
    Block,
    CardView,
    as_list,
    as_map,
    as_text,
    in_rows,
    text_block,
)

CONTAINERS = frozenset(
    {"column_set", "column", "action", "interactive_container", "collapsible_panel", "form", "note"}
)
DEEPEST = 12
MOST_ROWS = 10
DATES = {"date_picker": "date", "picker_time": "time", "picker_datetime": "datetime-local"}
SELECTS = {
    "select_static": False, "multi_select_static": True, "select_person": False, "multi_select_person": True,
    "overflow": False,
}  # fmt: skip


def view(
    card: Mapping[str, Any],
    actions: Actions,
    name_of: spans.NameOf,
    *,
    me: str = "",
    people: tuple[tuple[str, str], ...] = (),
) -> CardView:
    """The card as ``me`` sees it; ``people`` are the choices of a selection of persons."""
    header = as_map(card.get("header"))
    tone = as_text(header.get("template"))
    elements = as_list(as_map(card.get("body")).get("elements")) or as_list(card.get("elements"))
    reader = _Reader(actions, name_of, me, people)
    tags = tuple(
        (words(as_map(tag).get("text")), as_text(as_map(tag).get("color")) or "blue")
        for tag in as_list(header.get("text_tag_list"))
    )
    return CardView(
        title=words(header.get("title")),
        subtitle=words(header.get("subtitle")),
        tone=tone if tone in TONES else "default",
        tags=tuple((text, colour if colour in TONES else "blue") for text, colour in tags),
        blocks=in_rows(reader.blocks(elements)),
    )


def words(text: Any) -> str:
    """The content of a text object, or a bare string."""
    return as_text(as_map(text).get("content")) if isinstance(text, Mapping) else as_text(text)


class _Reader:
    """Reads elements in document order, so that actions are given out in that order."""

    def __init__(
        self, actions: Actions, name_of: spans.NameOf, me: str, people: tuple[tuple[str, str], ...]
    ) -> None:
        self._actions = actions
        self._name_of = name_of
        self._me = me
        self._people = people
        self._in_form = False

    def blocks(self, elements: list[Any], depth: int = 0) -> list[Block]:
        if depth > DEEPEST:
            return [text_block("…", "unknown")]
        return [block for each in elements for block in self._element(as_map(each), depth)]

    def _element(self, element: Mapping[str, Any], depth: int) -> list[Block]:
        tag = as_text(element.get("tag"))
        if tag in ("markdown", "plain_text", "lark_md"):
            return [self._text({**element, "tag": "lark_md" if tag == "markdown" else tag}, element)]
        if tag == "div":
            fields = [
                self._text(as_map(as_map(field).get("text"))) for field in as_list(element.get("fields"))
            ]
            return [*([self._text(as_map(element["text"]))] if "text" in element else []), *fields]
        if tag == "hr":
            return [Block(kind="rule")]
        if tag == "table":
            return [_table(element)]
        if tag in ("img", "img_combination"):
            return [Block(kind="image", label=words(element.get("alt")) or "图片")]
        if tag in CONTAINERS:
            return self._container(tag, element, depth)
        return [self._control(tag, element)]

    def _container(self, tag: str, element: Mapping[str, Any], depth: int) -> list[Block]:
        inner = [
            *as_list(element.get("columns")),
            *as_list(element.get("elements")),
            *as_list(element.get("actions")),
        ]
        outside, self._in_form = self._in_form, self._in_form or tag == "form"
        blocks = self.blocks(inner, depth + 1)
        self._in_form = outside
        if tag == "form":
            return [Block(kind="form", name=as_text(element.get("name")), blocks=in_rows(blocks))]
        if tag == "note":
            return [replace(block, kind="note") if block.kind == "text" else block for block in blocks]
        title = words(as_map(element.get("header")).get("title"))
        return [text_block(title), *blocks] if tag == "collapsible_panel" and title else blocks

    def _text(self, text: Mapping[str, Any], style: Mapping[str, Any] | None = None) -> Block:
        look = {**text, **(style or {})}
        small = look.get("text_size") in ("notation", "caption") or look.get("text_color") == "grey"
        kind = "note" if small else "text"
        content = as_text(text.get("content"))
        if text.get("tag") != "lark_md":
            return text_block(content, kind)
        lines = spans.of_markdown(content, self._name_of, me=self._me)
        return Block(kind=kind, lines=tuple(tuple(line) for line in lines))

    def _control(self, tag: str, element: Mapping[str, Any]) -> Block:
        if tag == "button":
            return self._button(element)
        kind = "select" if tag in SELECTS else "date" if tag in DATES else tag
        if kind not in ("select", "date", "input", "checker"):
            return Block(kind="unknown", label=tag or "?")
        label, hint = words(element.get("label")), words(element.get("placeholder"))
        common = Block(
            kind=kind, name=as_text(element.get("name")), label=label or hint, placeholder=hint,
            required=element.get("required") is True, action=self._action(tag, element),
            disabled=element.get("disabled") is True,
        )  # fmt: skip
        fill = {"input": self._input, "date": self._date, "checker": self._checker, "select": self._select}[
            kind
        ]
        return fill(tag, element, common)

    def _action(self, tag: str, element: Mapping[str, Any]) -> str:
        """Empty for what stands in a form: only its button calls back."""
        shown = words(element.get("text")) or words(element.get("placeholder")) or words(element.get("label"))
        if not _calls_back(element) or self._in_form or element.get("disabled"):
            return ""
        return self._actions.take(shown or tag, _said(element))

    def _input(self, _: str, element: Mapping[str, Any], common: Block) -> Block:
        variant = {"multiline_text": "multiline", "password": "password"}
        return replace(
            common, variant=variant.get(as_text(element.get("input_type")), ""),
            value=as_text(element.get("default_value")), longest=_number(element.get("max_length")),
        )  # fmt: skip

    def _date(self, tag: str, element: Mapping[str, Any], common: Block) -> Block:
        keys = ("initial_date", "initial_time", "initial_datetime")
        start = next((said for key in keys if (said := as_text(element.get(key)))), "")
        shown = start.removesuffix(" +0800")
        return replace(
            common, variant=DATES[tag], value=shown.replace(" ", "T") if "datetime" in tag else shown
        )

    def _checker(self, _: str, element: Mapping[str, Any], common: Block) -> Block:
        return replace(common, label=words(element.get("text")), value=element.get("checked") is True)

    def _select(self, tag: str, element: Mapping[str, Any], common: Block) -> Block:
        options = tuple(
            (as_text(as_map(option).get("value")), words(as_map(option).get("text")))
            for option in as_list(element.get("options"))
        )
        if "person" in tag:
            known = dict(self._people)
            listed = tuple((value, known.get(value, value)) for value, _ in options)
            options = listed or self._people
        chosen = element.get("selected_values") if SELECTS[tag] else element.get("initial_option")
        value = [as_text(each) for each in as_list(chosen)] or [as_text(chosen)]
        return replace(common, options=options, multiple=SELECTS[tag], value=value)

    def _button(self, element: Mapping[str, Any]) -> Block:
        label, said = words(element.get("text")), _said(element)
        kind = as_text(element.get("type"))
        look = "text" if kind.endswith("_text") else kind.removesuffix("_filled")
        submits = element.get("form_action_type") or element.get("action_type")
        confirm = as_map(element.get("confirm"))
        asked = "\n".join(filter(None, (words(confirm.get("title")), words(confirm.get("text")))))
        link = next((b for b in _behaviors(element) if b.get("type") == "open_url"), {})
        resets, disabled = submits in ("reset", "form_reset"), element.get("disabled") is True
        quiet = resets or disabled or not (submits or _calls_back(element))
        return Block(
            kind="button", label=label, variant=look if look in LOOKS else "default", confirm=asked,
            action="" if quiet else self._actions.take(label, said), disabled=disabled,
            href=_safe(as_text(link.get("default_url")) or as_text(element.get("url"))),
            name="reset" if resets else ("submit" if submits else ""),
        )  # fmt: skip


def _table(element: Mapping[str, Any]) -> Block:
    """The first page of its rows, each cell by its words."""
    columns = [as_map(each) for each in as_list(element.get("columns"))]
    names = [as_text(each.get("name")) for each in columns]
    heads = tuple(
        as_text(each.get("display_name")) or name for each, name in zip(columns, names, strict=True)
    )
    rows = tuple(
        tuple(_cell(as_map(row).get(name)) for name in names) for row in as_list(element.get("rows"))
    )
    return Block(kind="table", rows=(heads, *rows[:MOST_ROWS]))


def _cell(value: Any) -> str:
    """A text, a number, or the texts of tags and people."""
    if isinstance(value, list):
        return "、".join(filter(None, (_cell(each) for each in value)))
    if isinstance(value, Mapping):
        return as_text(value.get("text") or value.get("name"))
    return "" if value is None or isinstance(value, bool) else str(value)


def _behaviors(element: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [as_map(each) for each in as_list(element.get("behaviors"))]


def _calls_back(element: Mapping[str, Any]) -> bool:
    return "value" in element or any(b.get("type") == "callback" for b in _behaviors(element))


def _said(element: Mapping[str, Any]) -> str:
    """What the card itself says the press carries: the only value's text, else the value's JSON."""
    value = next((b.get("value") for b in _behaviors(element) if b.get("type") == "callback"), None)
    value = element.get("value") if value is None else value
    if isinstance(value, Mapping):
        if len(value) == 1 and isinstance(only := next(iter(value.values())), str):
            return only
        return json.dumps(value, ensure_ascii=False) if value else as_text(element.get("name"))
    return as_text(value) or as_text(element.get("name"))


def _safe(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
