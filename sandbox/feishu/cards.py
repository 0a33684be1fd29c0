"""卡片 (cards): whether a card is well made.

Schema 2.0 is strict: an unknown property is an error. A card without
``"schema": "2.0"`` is of schema 1.0, which ignores what it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.feishu import card_schema as schema
from sandbox.feishu.card_text import AT as AT
from sandbox.feishu.card_text import is_v2 as is_v2
from sandbox.feishu.card_text import nodes as nodes
from sandbox.feishu.card_text import plain_text as plain_text
from sandbox.feishu.card_text import simplified as simplified
from sandbox.feishu.errors import card_error
from sandbox.fields import to_json

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

MOST_ELEMENTS = 200
MOST_BYTES = 30 * 1024
DEEPEST = 5
TOO_MANY, BAD_ID, BAD_JSON, OLD_TAG, BAD_NAME = 11310, 100290, 200621, 200861, 200530
BAD_CHART, BAD_PICTURE, BAD_COLUMNS, BAD_ROWS = 200550, 200570, 200914, 200915
OTHER_SCHEMA = 200830


@dataclass(slots=True)
class Found:
    """What a check saw on the way: ``all`` or people's ids in ``mentions``."""

    elements: int = 0
    names: set[str] = field(default_factory=set)
    element_ids: set[str] = field(default_factory=set)
    mentions: list[str] = field(default_factory=list)


def check(app: FeishuPlatform, card: dict[str, Any]) -> Found:
    """Raises ``ApiError`` 230099 with the real code in its text."""
    if len(to_json(card).encode()) > MOST_BYTES:
        raise card_error(200860, "card content is larger than 30 KB")
    found = Found()
    if not is_v2(card):
        _check_v1(card, found)
    else:
        _only(card, schema.ROOT, "card")
        _check_config(card.get("config", {}))
        _check_header(card)
        body = card.get("body")
        if not isinstance(body, dict):
            raise card_error(BAD_JSON, "body is required")
        _only(body, schema.BODY, "body")
        _check_elements(body.get("elements"), found, depth=1, at_root=True, form=None)
    _check_mentions(app, card, found)
    _check_pictures(app, card)
    return found


def _check_v1(card: dict[str, Any], found: Found) -> None:
    if "schema" in card and card["schema"] != "1.0":
        raise card_error(BAD_JSON, "unknown schema")
    if not all(isinstance(card.get(key, {}), dict) for key in ("header", "config", "i18n_elements")):
        raise card_error(BAD_JSON, "header and config must be objects")
    elements = card.get("elements", [])
    i18n = card.get("i18n_elements")
    if not isinstance(elements, list) or (
        not elements and not isinstance(i18n, dict) and "header" not in card
    ):
        raise card_error(BAD_JSON, "elements is required")
    found.elements = len(elements)
    if not all(isinstance(each, dict) and isinstance(each.get("tag"), str) for each in elements):
        raise card_error(BAD_JSON, "an element needs a tag")
    if found.elements > MOST_ELEMENTS:
        raise card_error(TOO_MANY, "too many elements")


def _only(node: dict[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(set(node) - known)
    if set(unknown) & schema.REMOVED:
        raise card_error(OLD_TAG, f"cards of schema V2 no longer support this capability; {where}: {unknown}")
    if unknown:
        raise card_error(BAD_JSON, f"unknown property, path: {where}, property: {', '.join(unknown)[:200]}")


def _check_config(config: Any) -> None:
    if not isinstance(config, dict):
        raise card_error(BAD_JSON, "config must be an object")
    _only(config, schema.CONFIG, "config")
    if config.get("update_multi", True) is not True:
        raise card_error(BAD_JSON, "update_multi must be true in schema 2.0")


def _check_header(card: dict[str, Any]) -> None:
    if "header" not in card:
        return
    header = card["header"]
    if not isinstance(header, dict):
        raise card_error(BAD_JSON, "header must be an object")
    _only(header, schema.HEADER, "header")
    if "title" not in header:
        raise card_error(BAD_JSON, "header.title is required")
    for key in ("title", "subtitle"):
        if key in header:
            _check_text(header[key], f"header.{key}")
    template = header.get("template", "default")
    if not isinstance(template, str) or template not in schema.TEMPLATES:
        raise card_error(BAD_JSON, f"header.template: {template!r}")
    tags = header.get("text_tag_list", [])
    if not isinstance(tags, list) or len(tags) > 3 or not all(isinstance(each, dict) for each in tags):
        raise card_error(BAD_JSON, "header.text_tag_list: at most three tags")
    for each in tags:
        _only(each, frozenset({"tag", "text", "color", "element_id"}), "header.text_tag_list")
        if each.get("tag") != "text_tag":
            raise card_error(BAD_JSON, "header.text_tag_list: tag must be text_tag")
        _check_text(each.get("text"), "text_tag.text")


def _check_text(node: Any, where: str) -> None:
    if not isinstance(node, dict) or node.get("tag") not in ("plain_text", "lark_md"):
        raise card_error(BAD_JSON, f"{where} must be a plain_text")
    _only(node, schema.TEXT, where)
    if not isinstance(node.get("content", ""), str):
        raise card_error(BAD_JSON, f"{where}.content must be a string")


def _check_elements(elements: Any, found: Found, *, depth: int, at_root: bool, form: str | None) -> None:
    if not isinstance(elements, list) or not all(isinstance(each, dict) for each in elements):
        raise card_error(BAD_JSON, "elements must be a list of components")
    if depth > DEEPEST + 1:
        raise card_error(BAD_JSON, f"more than {DEEPEST} levels of containers")
    for element in elements:
        _check_element(element, found, depth=depth, at_root=at_root, form=form)


def _check_element(
    element: dict[str, Any], found: Found, *, depth: int, at_root: bool, form: str | None
) -> None:
    tag = element.get("tag")
    if not isinstance(tag, str) or tag not in schema.COMPONENTS:
        code = OLD_TAG if isinstance(tag, str) and tag in schema.REMOVED else BAD_JSON
        raise card_error(code, f"not support tag: {tag!r}")
    found.elements += 1
    if found.elements > MOST_ELEMENTS:
        raise card_error(TOO_MANY, "the number of elements exceeds the limit")
    known = schema.COMPONENTS[tag]
    if known is not None:
        _only(element, known, tag)
    _unique(element, "element_id", found.element_ids, BAD_JSON)
    if tag == "form" and (not at_root or form is not None):
        raise card_error(BAD_JSON, "form must stand at the root of body.elements")
    if tag == "table" and form is not None:
        raise card_error(BAD_JSON, "table can not stand in a form")
    if tag in schema.INTERACTIVE or tag == "form":
        _check_interactive(element, found, form=form)
    _CHECKS.get(tag, _nothing)(element)
    inside = str(element.get("name", "")) if tag == "form" else form
    for key in schema.NESTED:
        if tag in schema.CONTAINERS and key in element:
            deeper = depth if tag == "column" else depth + 1
            _check_elements(element[key], found, depth=deeper, at_root=False, form=inside)


def _unique(element: dict[str, Any], key: str, seen: set[str], code: int) -> None:
    value = element.get(key)
    if value is None:
        return
    if not isinstance(value, str) or value in seen:
        raise card_error(code, f"{key} must be a unique string: {value!r}"[:200])
    seen.add(value)


def _check_interactive(element: dict[str, Any], found: Found, *, form: str | None) -> None:
    name = element.get("name")
    if (form is not None or element["tag"] == "form") and (not isinstance(name, str) or not name):
        raise card_error(BAD_NAME, "name is required for a form and what is interactive in it")
    _unique(element, "name", found.names, BAD_NAME)
    behaviors = element.get("behaviors", [])
    if not isinstance(behaviors, list) or not all(isinstance(each, dict) for each in behaviors):
        raise card_error(BAD_JSON, "behaviors must be a list of objects")
    for each in behaviors:
        kind = each.get("type")
        if not isinstance(kind, str) or kind not in schema.BEHAVIORS:
            raise card_error(BAD_JSON, f"behaviors.type: {kind!r}")
        _only(each, schema.BEHAVIORS[kind], f"behaviors.{kind}")
        if kind == "callback" and not isinstance(each.get("value"), dict | str):
            raise card_error(BAD_JSON, "behaviors.callback.value must be an object or a string")
    if "confirm" in element:
        confirm = element["confirm"]
        if not isinstance(confirm, dict):
            raise card_error(BAD_JSON, "confirm must be an object")
        _only(confirm, frozenset({"title", "text"}), "confirm")
        for key, text in confirm.items():
            _check_text(text, f"confirm.{key}")


def _check_button(element: dict[str, Any]) -> None:
    if "text" in element:
        _check_text(element["text"], "button.text")
    elif "icon" not in element:
        raise card_error(BAD_JSON, "button needs text or icon")
    kind = element.get("type", "default")
    if not isinstance(kind, str) or kind not in schema.BUTTON_TYPES:
        raise card_error(BAD_JSON, f"button.type: {kind!r}")
    if element.get("form_action_type", "submit") not in ("submit", "reset"):
        raise card_error(BAD_JSON, "button.form_action_type must be submit or reset")
    if not isinstance(element.get("disabled", False), bool):
        raise card_error(BAD_JSON, "button.disabled must be true or false")


def _check_markdown(element: dict[str, Any]) -> None:
    if not isinstance(element.get("content"), str):
        raise card_error(BAD_JSON, "markdown.content must be a string")


def _check_div(element: dict[str, Any]) -> None:
    if "text" in element:
        _check_text(element["text"], "div.text")


def _check_input(element: dict[str, Any]) -> None:
    longest = element.get("max_length", 1000)
    if not isinstance(longest, int) or isinstance(longest, bool) or not 1 <= longest <= 1000:
        raise card_error(BAD_JSON, "input.max_length must be from 1 to 1000")
    if element.get("input_type", "text") not in tuple(schema.INPUT_TYPES):
        raise card_error(BAD_JSON, "input.input_type")
    for key in ("placeholder", "label"):
        if key in element:
            _check_text(element[key], f"input.{key}")


def _check_options(element: dict[str, Any]) -> None:
    options = element.get("options", [])
    if not isinstance(options, list) or not all(isinstance(each, dict) for each in options):
        raise card_error(BAD_JSON, "options must be a list of objects")
    if element["tag"].endswith("_static") and not options:
        raise card_error(BAD_JSON, "options is required")
    for each in options:
        _only(each, schema.OPTION, "options")
        if not isinstance(each.get("value"), str):
            raise card_error(BAD_JSON, "options.value must be a string")


def _check_checker(element: dict[str, Any]) -> None:
    if "text" in element:
        _check_text(element["text"], "checker.text")
    if not isinstance(element.get("checked", False), bool):
        raise card_error(BAD_JSON, "checker.checked must be true or false")


def _check_columns(element: dict[str, Any]) -> None:
    columns = element.get("columns")
    if not isinstance(columns, list) or not all(
        isinstance(each, dict) and each.get("tag") == "column" for each in columns
    ):
        raise card_error(BAD_JSON, "column_set.columns must be a list of columns")


def _check_chart(element: dict[str, Any]) -> None:
    if not isinstance(element.get("chart_spec"), dict):
        raise card_error(BAD_CHART, "chart_spec must be an object")


def _check_table(element: dict[str, Any]) -> None:
    """Which of the two codes is for columns and which for rows is a guess."""
    for key, code in (("columns", BAD_COLUMNS), ("rows", BAD_ROWS)):
        value = element.get(key)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise card_error(code, f"table.{key} must be a list of objects")


def _check_pictures(app: FeishuPlatform, card: dict[str, Any]) -> None:
    for node in nodes(card):
        if node.get("tag") == "img" and node.get("img_key") not in app.state.files:
            raise card_error(BAD_PICTURE, f"invalid img_key: {node.get('img_key')!r}"[:200])


def _nothing(_: dict[str, Any]) -> None:
    pass


_CHECKS = {
    "button": _check_button, "markdown": _check_markdown, "div": _check_div, "input": _check_input,
    "checker": _check_checker, "column_set": _check_columns, "select_static": _check_options,
    "multi_select_static": _check_options, "select_person": _check_options,
    "multi_select_person": _check_options, "overflow": _check_options, "chart": _check_chart, "table": _check_table,
}  # fmt: skip


def _check_mentions(app: FeishuPlatform, card: dict[str, Any], found: Found) -> None:
    for text in _markdown(card):
        for kind, value, _ in AT.findall(text):
            for each in value.split(",") if kind == "ids" else [value]:
                if each == "all":
                    found.mentions.append("all")
                    continue
                person = app.ids.find("email", each) if kind == "email" else app.ids.any(each)
                if person is None and each != app.ids.bot:
                    raise card_error(BAD_ID, f"invalid user id: {each[:80]}")
                found.mentions.append(person.id if person else each)


def _markdown(card: dict[str, Any]) -> Iterator[str]:
    for node in nodes(card):
        content = node.get("content")
        if node.get("tag") in ("markdown", "lark_md") and isinstance(content, str):
            yield content
