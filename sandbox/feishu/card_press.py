"""点按卡片 (card press): a person presses, the app is called back and says what the person then sees.

https://open.feishu.cn/document/uAjLw4CM/ukzMukzMukzM/feishu-cards/card-callback-communication (read 2026-11)
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.feishu import card_schema as schema
from sandbox.feishu import card_ways, cards, content, forwarding
from sandbox.feishu.calls import Call, Endpoint, Flat
from sandbox.feishu.content import Content
from sandbox.feishu.errors import ApiError
from sandbox.feishu.scopes import UPDATE
from sandbox.feishu.state import CardToken
from sandbox.fields import to_json
from sandbox.model import Message, Person
from sandbox.platform import Refused

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

EVENT = "card.action.trigger"
TOKEN_LIVES = timedelta(minutes=30)
PRESSED_FOR = {True: timedelta(days=14), False: timedelta(days=30)}
"""How long a card can be pressed, by whether it is of schema 2.0."""
TOASTS = ("info", "success", "error", "warning")
NOT_CONFIGURED, BAD_BODY, BAD_CARD = 200340, 200672, 200673


@dataclass(slots=True)
class Control:
    """Something on a card that can be pressed; ``form`` is what it stands in."""

    action: str
    label: str
    element: dict[str, Any]
    form: dict[str, Any] | None

    @property
    def calls_back(self) -> bool:
        return any(each.get("type") == "callback" for each in _behaviors(self.element)) or (
            self.element.get("form_action_type") == "submit" or "value" in self.element
        )


def controls(card: dict[str, Any] | None) -> list[Control]:
    """In the order of the card; ``action`` is the component's name, its element_id, or its number from 1."""
    found: list[Control] = []
    for element, form in _interactive(card or {}):
        tag = element["tag"]
        if form is not None and not (tag == "button" and element.get("form_action_type") != "reset"):
            continue
        if element.get("disabled"):
            continue
        name = element.get("name") or element.get("element_id")
        action = name if isinstance(name, str) and name else str(len(found) + 1)
        found.append(Control(action, _label(element), element, form))
    return [each for each in found if each.calls_back]


def _interactive(card: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    body = card.get("body") if cards.is_v2(card) else card
    forms: dict[int, dict[str, Any]] = {}
    for node in cards.nodes(body if isinstance(body, dict) else {}):
        if node.get("tag") == "form":
            forms.update({id(each): node for each in cards.nodes(node.get("elements"))})
        if isinstance(node.get("tag"), str) and node["tag"] in schema.INTERACTIVE:
            yield node, forms.get(id(node))


def _behaviors(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    behaviors = element.get("behaviors")
    return [each for each in behaviors if isinstance(each, dict)] if isinstance(behaviors, list) else []


def _label(element: Mapping[str, Any]) -> str:
    text = element.get("text") or element.get("placeholder") or element.get("label")
    label = text.get("content") if isinstance(text, dict) else None
    return label if isinstance(label, str) and label else str(element.get("tag"))


def _value(element: Mapping[str, Any]) -> Any:
    for each in _behaviors(element):
        if each.get("type") == "callback":
            return each.get("value")
    return element.get("value", {})


class Presses:
    """Presses of people and the later changes of cards."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        path = "/open-apis/interactive/v1/card/update"
        return [Endpoint(method="POST", path=path, run=self.update_later, source="D43", scopes=(UPDATE,))]

    async def press(
        self, person: Person, message: Message, action: str, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        control = self._control(person, message, action)
        event = self._event(person, message, control, values)
        if self._town.setting("feishu.events").get(EVENT) is False:
            return _trouble(NOT_CONFIGURED)
        token = CardToken(message=message.id, expires_at=self._town.clock.now() + TOKEN_LIVES)
        self._app.state.card_tokens[event["token"]] = token
        with self._in_press(message):
            answer = await self._app.deliveries.call_back(EVENT, event)
        token.is_answered = not isinstance(answer, int)
        return _trouble(answer) if isinstance(answer, int) else self._seen(message, answer)

    @contextlib.contextmanager
    def _in_press(self, message: Message) -> Iterator[None]:
        """A card of CardKit cannot be changed meanwhile."""
        card = self._app.state.cards.get(message.extra.get("card_id", ""))
        if card is None:
            yield
            return
        card.presses += 1
        try:
            yield
        finally:
            card.presses -= 1

    def _control(self, person: Person, message: Message, action: str) -> Control:
        if message.recalled or message.card is None:
            raise Refused("there is no card to press")
        if (
            person.id not in self._town.audience(message)
            or message.extra.get("only_for", person.id) != person.id
        ):
            raise Refused(f"{person.name} does not see this card")
        if not forwarding.may_press(message):
            raise Refused("转发的卡片不支持交互")
        if self._town.clock.now() - message.sent_at > PRESSED_FOR[cards.is_v2(message.card)]:
            raise Refused("the card is too old to be pressed")
        every = controls(message.card)
        found = next((each for each in every if each.action == action), None)
        labelled = [each for each in every if each.label == action or _says(_value(each.element), action)]
        if found is None and len(labelled) == 1:
            found = labelled[0]
        if found is None:
            raise Refused(f"no such button: {action!r}; there are {[(e.action, e.label) for e in every]}")
        return found

    def _event(
        self, person: Person, message: Message, control: Control, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        element = control.element
        action: dict[str, Any] = {"value": _value(element), "tag": element["tag"]}
        if element.get("name"):
            action["name"] = element["name"]
        if control.form is not None:
            action["form_value"] = _form_value(control.form, values)
        else:
            action |= _single_value(element, values)
        if element["tag"] in ("date_picker", "picker_time", "picker_datetime"):
            action["timezone"] = person.zone
        operator = {"tenant_key": self._app.ids.tenant_of(person.id), **self._app.events.user(person.id)}
        return {
            "operator": operator, "token": "c-" + self._town.new_id("", "card-token"), "action": action,
            "host": "im_message",
            "context": {
                "url": "", "preview_token": "", "open_message_id": message.id,
                "open_chat_id": self._app.ids.chat_of(message),
            },
        }  # fmt: skip

    def _seen(self, message: Message, answer: dict[str, Any]) -> dict[str, Any]:
        """The toast and the card after the answer; a bad answer shows an error and changes nothing."""
        seen: dict[str, Any] = {}
        toast, card = answer.get("toast"), answer.get("card")
        if toast is not None:
            if not isinstance(toast, dict) or not isinstance(toast.get("content", ""), str):
                return _trouble(BAD_BODY)
            kind = toast.get("type", "info")
            if kind not in TOASTS:
                return _trouble(BAD_BODY)
            i18n = toast.get("i18n")
            text = i18n.get("zh_cn") if isinstance(i18n, dict) else None
            seen["toast"] = {"type": kind, "content": text or toast.get("content", "")}
        if card is not None:
            try:
                what = self._answered_card(message, card)
            except ApiError as error:
                found = re.search(r"ErrCode: (\d+)", error.ext)
                return _trouble(int(found[1]) if found and found[1] == "200830" else BAD_CARD)
            self._app.messages.replace(message, what)
            seen["card"] = message.card
        return seen

    def _answered_card(self, message: Message, card: Any) -> Content:
        if not isinstance(card, dict) or card.get("type") not in ("raw", "template"):
            raise ApiError(BAD_CARD)
        data = card.get("data")
        if not isinstance(data, dict):
            raise ApiError(BAD_CARD)
        body = data if card["type"] == "raw" else {"type": "template", "data": data}
        what = content.from_card(self._app, card_ways.resolve(self._app, body))
        old, new = message.card or {}, what.card or {}
        if cards.is_v2(old) and not cards.is_v2(new):
            raise ApiError(BAD_CARD, f"ErrCode: {cards.OTHER_SCHEMA}")
        if cards.is_v2(new) and not cards.is_v2(old):
            raise ApiError(BAD_CARD)
        return what

    def update_later(self, call: Call) -> Flat:
        """Only after the press was answered, within half an hour, twice at most."""
        token = self._app.state.card_tokens.get(call.text("token"))
        card = dict(call.object("card"))
        if token is None or token.expires_at <= self._town.clock.now() or token.uses_left <= 0:
            raise ApiError(300000, "token is invalid, expired or used up")
        if not token.is_answered:
            raise ApiError(300000, "the callback has not been answered yet")
        message = self._town.messages[token.message]
        users = card.pop("open_ids", None)
        config = card.get("config")
        shared = cards.is_v2(card) or (isinstance(config, dict) and config.get("update_multi") is True)
        if not shared and not users:
            raise ApiError(300090)
        if message.recalled:
            raise ApiError(230011)
        self._app.messages.replace(message, content.prepare(self._app, "interactive", to_json(card)))
        token.uses_left -= 1
        return Flat(code=0, msg="ok")


def _says(value: Any, action: str) -> bool:
    """Whether one of the value's own texts is the wanted word."""
    return (
        action in (each for each in value.values() if isinstance(each, str))
        if isinstance(value, dict)
        else (value == action)
    )


def _trouble(code: int) -> dict[str, Any]:
    return {"toast": {"type": "error", "content": f"出错了，请稍后重试（{code}）"}, "code": code}


def _form_value(form: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What the client sends: what was filled in, else what the card filled in beforehand."""
    filled: dict[str, Any] = {}
    names = []
    for element in cards.nodes(form.get("elements")):
        tag, name = element.get("tag"), element.get("name")
        if tag not in (*schema.PICKERS, "input", "checker") or not isinstance(name, str):
            continue
        names.append(name)
        value = values[name] if name in values else _default(element)
        if element.get("required") and value in (None, "", []):
            raise Refused(f"{name} must be filled in")
        _allowed(element, value)
        if value is not None:
            filled[name] = value
    unknown = sorted(set(values) - set(names))
    if unknown:
        raise Refused(f"the form has no {unknown}; it has {names}")
    return filled


def _default(element: Mapping[str, Any]) -> Any:
    tag = element["tag"]
    if tag == "input":
        return element.get("default_value", "")
    if tag == "checker":
        return bool(element.get("checked", False))
    if str(tag).startswith("multi_"):
        return element.get("selected_values", [])
    for key in ("initial_option", "initial_date", "initial_time", "initial_datetime"):
        if element.get(key):
            return element[key]
    return None


def _allowed(element: Mapping[str, Any], value: Any) -> None:
    """The client lets nobody choose what is not offered or write more than fits."""
    tag, name = element["tag"], element.get("name")
    if tag == "input" and isinstance(value, str) and len(value) > int(element.get("max_length", 1000)):
        raise Refused(f"{name} is longer than {element.get('max_length', 1000)}")
    if tag in ("select_static", "multi_select_static", "overflow") and value is not None:
        offered = [each.get("value") for each in element.get("options", [])]
        chosen = value if isinstance(value, list) else [value]
        if not all(each in offered for each in chosen):
            raise Refused(f"{name} offers {offered}, not {value!r}")


def _single_value(element: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The value of a component outside a form."""
    tag = element["tag"]
    key = {"input": "input_value", "checker": "checked"}.get(tag, "option")
    if str(tag).startswith("multi_"):
        key = "options"
    if tag in ("button", "interactive_container"):
        return {}
    if tag == "checker":
        return {"checked": bool(values.get("checked", not element.get("checked", False)))}
    if key not in values:
        raise Refused(f"values must have {key!r} for a {tag}")
    _allowed(element, values[key])
    return {key: values[key]}
