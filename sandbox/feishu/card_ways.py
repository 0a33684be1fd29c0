"""卡片的三种写法 (card ways): the card itself, a template with variables, or a card made by CardKit.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/im-v1/message/create_json (read 2026-11)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.feishu.errors import card_error

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
NO_TEMPLATE, NO_CARD, BAD_VARIABLE, MISSING_VARIABLE, BAD = 200380, 200740, 200737, 200732, 200621


def resolve(app: FeishuPlatform, body: dict[str, Any]) -> dict[str, Any]:
    """The card itself, whichever of the three ways names it. Raises ``ApiError`` 230099."""
    kind, data = body.get("type"), body.get("data")
    if kind not in ("template", "card"):
        return body
    if not isinstance(data, dict):
        raise card_error(BAD, "data is required")
    if kind == "card":
        stored = app.state.cards.get(str(data.get("card_id")))
        if stored is None:
            raise card_error(NO_CARD, "card_id does not exist")
        return dict(stored.card)
    template = app.town.setting("feishu.templates").get(str(data.get("template_id")))
    if not isinstance(template, dict):
        raise card_error(NO_TEMPLATE, "template does not exist")
    values = data.get("template_variable", {})
    if not isinstance(values, dict):
        raise card_error(BAD_VARIABLE, "template_variable must be an object")
    filled = fill(template, values)
    return filled if isinstance(filled, dict) else template


def fill(node: Any, values: dict[str, Any]) -> Any:
    """``${name}`` in every string; one that is the whole string may be a list or an object.

    Raises ``ApiError`` for a variable that nobody gave.
    """
    if isinstance(node, dict):
        return {key: fill(each, values) for key, each in node.items()}
    if isinstance(node, list):
        return [fill(each, values) for each in node]
    if not isinstance(node, str):
        return node
    whole = VARIABLE.fullmatch(node)
    if whole is not None:
        return _value(whole[1], values)
    return VARIABLE.sub(lambda found: _text(found[1], values), node)


def _value(name: str, values: dict[str, Any]) -> Any:
    if name not in values:
        raise card_error(MISSING_VARIABLE, f"variable {name} of the template is missing")
    return values[name]


def _text(name: str, values: dict[str, Any]) -> str:
    value = _value(name, values)
    if isinstance(value, dict | list):
        raise card_error(BAD_VARIABLE, f"variable {name} must be a text")
    return str(value)
