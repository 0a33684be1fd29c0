"""The fields that the vendor's generated client knows, read from its source: the judge of every recorded call."""

import functools
import importlib.util
import re
from pathlib import Path

MODULES = (
    "oauth2_1_0", "gateway_1_0", "robot_1_0", "card_1_0", "im_1_0", "im_2_0", "blackboard_1_0", "storage_1_0", "storage_2_0",
    "drive_1_0", "conv_file_1_0", "calendar_1_0", "workflow_1_0", "todo_1_0", "contact_1_0", "micro_app_1_0", "exclusive_1_0",
    "wiki_2_0", "doc_1_0", "group_blackboard_1_0",
)  # fmt: skip
HOME = Path(importlib.util.find_spec("alibabacloud_dingtalk").origin).parent


@functools.cache
def source(module, file):
    return (HOME / module / f"{file}.py").read_text()


@functools.cache
def endpoints():
    """``(method, pattern, module, action)`` of every call of these modules."""
    found = []
    shape = re.compile(
        r"action='(\w+)',\s*version='[\w.]+',\s*protocol='HTTP',\s*pathname=f?'([^']+)',\s*method='(\w+)'"
    )
    for module in MODULES:
        for action, path, method in dict.fromkeys(shape.findall(source(module, "client"))):
            pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "$")
            found.append((method, pattern, module, action, path.count("{")))
    return sorted(found, key=lambda each: each[4])


@functools.cache
def action_of(method, path):
    """The module and action of a call, ``None`` for one that the vendor's client does not have."""
    for known, pattern, module, action, _ in endpoints():
        if known == method and pattern.match(path):
            return module, action
    return None


@functools.cache
def fields(module, name):
    """``{key: (model behind it or "", whether it is a map of such)}``; ``None`` if there is no such model."""
    text = source(module, "models")
    start = text.find(f"\nclass {name}(")
    if start < 0:
        return None
    end = text.find("\nclass ", start + 1)
    reading = text[start : end if end > 0 else None].partition("def from_map")[2]
    found = {}
    for block in reading.split("if m.get('")[1:]:
        key = block.partition("'")[0]
        model = re.search(r"temp_model = (\w+)\(\)", block)
        found[key] = (model[1] if model else "", ".items():" in block)
    return found


def unknown(module, name, value, where=""):
    """Keys of a value that the model of this name does not have, with their places."""
    known = fields(module, name)
    if known is None:
        return [f"{where}: no model {name}"]
    if not isinstance(value, dict):
        return [f"{where}: an object is needed for {name}"]
    told = [f"{where}.{key} is not in {name}" for key in value if key not in known]
    for key in value:
        model, is_map = known.get(key, ("", False))
        if not model or value[key] is None:
            continue
        inner = value[key]
        items = inner if isinstance(inner, list) else list(inner.values()) if is_map else [inner]
        for each in items:
            told += unknown(module, model, each, f"{where}.{key}")
    return told


def problems(entry):
    """What one recorded call has that the vendor's client does not know; only good calls of the new host."""
    path, method = entry["path"], entry["method"]
    if not path.startswith(("/v1.0/", "/v2.0/")) or entry["status"] != 200 or entry["fault"]:
        return []
    found = action_of(method, path)
    if found is None:
        return [f"{method} {path}: the vendor's client has no such call"]
    module, action = found
    where = f"{method} {path}"
    told = []
    sent = {**(entry["body"] if isinstance(entry["body"], dict) else {}), **entry["query"]}
    if path == "/v1.0/gateway/connections/open":
        sent.pop("ua", None)  # the vendor's stream client sends it, the generated one does not know it
    if sent:
        told += unknown(module, f"{action}Request", sent, where)
    if isinstance(entry["response"], dict) and entry["response"]:
        told += unknown(module, f"{action}ResponseBody", entry["response"], f"{where} ->")
    return told
