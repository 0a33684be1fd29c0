"""Keeps secrets out of words (脱敏): what is logged or raised passes here first."""

from __future__ import annotations

import json
import re
from collections import deque

LONGEST_LINE = 600
"""Characters of a foreign text that a log line or an error keeps."""

_HIDDEN = "[…]"

_SHORTEST_SECRET = 6
"""A shorter value would blot out ordinary words."""

_NAMED = re.compile(
    r"""(?ix)
    (["']?\b(?:access[_-]?token|tenant[_-]?access[_-]?token|app[_-]?access[_-]?token|refresh[_-]?token
      |ticket|access[_-]?key|app[_-]?secret|client[_-]?secret|secret|password|sign|signature
      |x-acs-dingtalk-access-token|sessionwebhook|encrypt[_-]?key|verification[_-]?token)\b["']?\s*[=:]\s*["']?)
    [^\s"'&,;}\]]+
    """
)
_BEARER = re.compile(r"(?i)\b(bearer\s+)\S+")
_FEISHU_TOKEN = re.compile(r"\b[tua]-[A-Za-z0-9_.\-]{16,}")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


def without(body: str, *keys: str) -> str:
    """A JSON text with what stands under these keys emptied, at its top and in its ``header``.

    For what a platform writes into its payloads to be recognised by, which must not be kept with them.
    What is no JSON object stays as it is.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(told, dict):
        return body
    held = [part for part in (told, told.get("header")) if isinstance(part, dict)]
    secrets = [part[key] for part in held for key in keys if isinstance(part.get(key), str) and part[key]]
    if not secrets:
        return body
    for secret in secrets:
        written = {json.dumps(secret, ensure_ascii=False), json.dumps(secret)}
        if not any(one in body for one in written):  # with other escapes than ours
            for part in held:
                part.update((key, "") for key in keys if key in part)
            return json.dumps(told)
        for one in written:
            body = body.replace(one, '""')
    return body


class Redactor:
    """Knows the secrets of one platform and takes them out of any text.

    Patterns catch what looks like a token; ``learn`` makes a value known that looks like nothing.
    """

    def __init__(self, *secrets: str) -> None:
        self._fixed = tuple(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)
        self._learned: deque[str] = deque(maxlen=16)

    def learn(self, secret: str) -> None:
        """Hide this value from now on; the 16 latest are remembered (tokens come and go)."""
        if len(secret) >= _SHORTEST_SECRET and secret not in self._learned:
            self._learned.append(secret)

    def __call__(self, text: str) -> str:
        """One printable line of at most ``LONGEST_LINE`` characters, without secrets."""
        for secret in (*self._fixed, *self._learned):
            text = text.replace(secret, _HIDDEN)
        text = _NAMED.sub(rf"\1{_HIDDEN}", text)
        text = _BEARER.sub(rf"\1{_HIDDEN}", text)
        text = _FEISHU_TOKEN.sub(_HIDDEN, text)
        text = _UNPRINTABLE.sub(" ", text).strip()
        return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…"
