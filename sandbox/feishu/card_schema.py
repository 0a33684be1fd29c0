"""卡片 JSON 2.0 的结构 (card schema): which properties each component may have. Anything else is refused.

Drawn from the component pages below
open.feishu.cn/document/uAjLw4CM/ukzMukzMukzM/feishu-cards/card-json-v2-components (read 2026-11);
charts, tables and media are checked by their tag only.
"""

from __future__ import annotations

ROOT = frozenset({"schema", "config", "card_link", "header", "body"})
CONFIG = frozenset({
    "streaming_mode", "streaming_config", "summary", "locales", "enable_forward", "update_multi", "width_mode",
    "use_custom_translation", "enable_forward_interaction", "style",
})  # fmt: skip
HEADER = frozenset(
    {"title", "subtitle", "text_tag_list", "i18n_text_tag_list", "template", "icon", "padding"}
)
BODY = frozenset({
    "direction", "padding", "horizontal_spacing", "horizontal_align", "vertical_spacing", "vertical_align",
    "elements", "margin",
})  # fmt: skip
TEMPLATES = frozenset({
    "blue", "wathet", "turquoise", "green", "yellow", "orange", "red", "carmine", "violet", "purple", "indigo",
    "grey", "default",
})  # fmt: skip
BUTTON_TYPES = frozenset({
    "default", "primary", "danger", "text", "primary_text", "danger_text", "primary_filled", "danger_filled", "laser",
})  # fmt: skip
INPUT_TYPES = frozenset({"text", "multiline_text", "password"})
REMOVED = frozenset({"action", "note", "fallback", "i18n_elements"})
"""Tags and properties of cards 1.0 that 2.0 knows no more."""

_COMMON = frozenset({"tag", "element_id", "margin"})
_LAYOUT = frozenset({
    "direction", "padding", "horizontal_spacing", "horizontal_align", "vertical_spacing", "vertical_align",
})  # fmt: skip
_ASKED = frozenset({
    "name", "required", "disabled", "placeholder", "width", "behaviors", "confirm", "type", "value", "disabled_tips",
})  # fmt: skip
COMPONENTS: dict[str, frozenset[str] | None] = {
    "markdown": _COMMON | {"content", "text_align", "text_size", "icon", "i18n_content"},
    "div": _COMMON | {"text", "icon", "width"},
    "plain_text": _COMMON | {"content", "i18n_content", "text_size", "text_align", "text_color", "lines"},
    "hr": _COMMON,
    "img": _COMMON | {
        "img_key", "i18n_img_key", "alt", "title", "corner_radius", "scale_type", "size", "transparent", "preview",
    },
    "button": _COMMON | {
        "type", "size", "width", "text", "icon", "hover_tips", "disabled", "disabled_tips", "confirm", "behaviors",
        "name", "required", "form_action_type",
    },
    "input": _COMMON | {
        "name", "required", "placeholder", "default_value", "disabled", "width", "max_length", "input_type",
        "show_icon", "rows", "auto_resize", "max_rows", "label", "label_position", "value", "behaviors", "confirm",
    },
    "select_static": _COMMON | _ASKED | {"options", "initial_option", "initial_index"},
    "multi_select_static": _COMMON | _ASKED | {"options", "selected_values"},
    "select_person": _COMMON | _ASKED | {"options", "initial_option", "initial_index"},
    "multi_select_person": _COMMON | _ASKED | {"options", "selected_values"},
    "date_picker": _COMMON | _ASKED | {"initial_date"},
    "picker_time": _COMMON | _ASKED | {"initial_time"},
    "picker_datetime": _COMMON | _ASKED | {"initial_datetime"},
    "overflow": _COMMON | {"name", "width", "options", "value", "confirm", "behaviors", "disabled"},
    "checker": _COMMON | {
        "name", "checked", "disabled", "text", "overall_checkable", "button_area", "checked_style", "padding",
        "confirm", "behaviors", "hover_tips", "disabled_tips",
    },
    "form": _COMMON | _LAYOUT | {"name", "elements", "confirm"},
    "column_set": _COMMON | _LAYOUT | {"flex_mode", "background_style", "columns", "action"},
    "column": _COMMON | _LAYOUT | {"elements", "background_style", "width", "weight", "action"},
    "collapsible_panel": _COMMON | _LAYOUT | {"expanded", "header", "elements", "border", "background_color"},
    "interactive_container": _COMMON | _LAYOUT | {
        "width", "height", "background_style", "has_border", "border_color", "corner_radius", "behaviors",
        "hover_tips", "disabled", "disabled_tips", "confirm", "elements", "name",
    },
    "table": None, "chart": None, "img_combination": None, "person": None, "person_list": None, "audio": None,
}  # fmt: skip
"""``None``: not looked into."""
TEXT = frozenset({"tag", "content", "i18n_content", "text_size", "text_color", "text_align", "lines", "icon"})
BEHAVIORS = {
    "callback": frozenset({"type", "value"}),
    "open_url": frozenset({"type", "default_url", "pc_url", "ios_url", "android_url"}),
    "form_action": frozenset({"type", "behavior"}),
}
OPTION = frozenset({"text", "value", "icon", "multi_url"})
PICKERS = frozenset({
    "select_static", "multi_select_static", "select_person", "multi_select_person", "date_picker", "picker_time",
    "picker_datetime",
})  # fmt: skip
INTERACTIVE = PICKERS | {"button", "input", "checker", "overflow", "interactive_container"}
CONTAINERS = frozenset({"form", "column_set", "column", "collapsible_panel", "interactive_container"})
NESTED = ("elements", "columns")
"""Properties that hold further components."""
