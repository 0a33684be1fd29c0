"""日志 (logs): one event a line, ours and the libraries' through one door, which lets no secret out.

The redaction works on the finished line: a ticket inside a ``%s`` of a dict is text only then.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor

from bot.config.load import Loaded

HIDDEN = "***"

SHORTEST_SECRET = 6
"""A shorter value would blot out ordinary words; no platform gives out credentials that short."""

_NAMES = r"token|secret|passw(?:or)?d|ticket|signature|encrypt_?key|\bsign"
_PATTERNS = (
    re.compile(rf"""(?i)((?:{_NAMES})\\*["']?\s*[:=]\s*\\*["']?)(?!\*\*\*)([^\s"'&,;}})\]\\]+)"""),
    re.compile(
        r"(?i)(\bauthorization\b[\"']?\s*[:=]\s*[\"']?(?:bearer\s+|basic\s+)?)(?!\*\*\*)([^\s\"',;})\]]+)"
    ),
    re.compile(r"(?i)(\bbearer\s+)(?!\*\*\*)([A-Za-z0-9._~+/=-]{8,})"),
    re.compile(r"(://[^\s:/@]*:)(?!\*\*\*)([^\s@/]+)(?=@)"),
    re.compile(r"(\b[tua]-)(?!\*\*\*)([A-Za-z0-9_-]{24,})"),
)
"""``name=value`` in an address, a header, a dict or JSON; a password in a URL; a bare Feishu token ``t-…``.

Each begins with a fixed word: a pattern that may begin anywhere takes the square of a line's length, and a line may
hold what a stranger has sent.
"""

_FOREIGN = (
    "Lark",
    "dingtalk_stream",
    "dingtalk_stream.client",
    "aiohttp",
    "asyncio",
    "sqlalchemy",
    "alembic",
)
"""Loggers that bring their own handlers or levels; theirs are taken away so that every line comes here."""

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Redactor:
    """Takes out what must never be read: registered secrets exactly, and what looks like a credential."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._exact: re.Pattern[str] | None = None
        self.register(*secrets)

    def register(self, *secrets: str) -> None:
        """From now on these values are hidden wherever they stand (a token just received)."""
        for secret in secrets:
            if len(secret) >= SHORTEST_SECRET:
                self._secrets |= {secret, json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._exact = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, line: str) -> str:
        if self._exact is not None:
            line = self._exact.sub(HIDDEN, line)
        for pattern in _PATTERNS:
            line = pattern.sub(rf"\g<1>{HIDDEN}", line)
        return line


def setup(
    config: Loaded | None = None, level: str | None = None, *, stream: TextIO | None = None
) -> Redactor:
    """Send every log line to ``stream`` (standard error), redacted; may be called again.

    Args:
        config: whose secrets are hidden and whose ``[log]`` holds; without one: console, ``info``.
        level: instead of the configured one.

    Returns:
        the redactor, to register secrets that come later.
    """
    section = config.config.log if config is not None else None
    redactor = Redactor(config.secrets if config is not None else ())
    as_json = section is not None and section.format == "json"
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(redactor, as_json=as_json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel((level or (section.level if section is not None else "info")).upper())
    for name in _FOREIGN:
        foreign = logging.getLogger(name)
        foreign.handlers.clear()
        foreign.propagate = True
        foreign.setLevel(max(root.level, logging.WARNING))
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return redactor


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(redactor: Redactor, *, as_json: bool) -> logging.Formatter:
    render: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=False, default=str)
        if as_json
        else cast(
            "Processor",
            structlog.dev.ConsoleRenderer(
                colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
            ),
        )
    )
    traceback: list[Processor] = [structlog.processors.format_exc_info] if as_json else []

    def redact(_logger: Any, _method: str, line: Any) -> str:
        return _visible(redactor(str(line)))

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_shared(), _fields],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            _one_line,
            *traceback,
            render,
            cast("Processor", redact),
        ],
    )


_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What moves the cursor, turns the text round or begins a line for some reader; a traceback's own line ends stay."""


def _visible(line: str) -> str:
    """Escaped as JSON does it, so that a line of JSON says the same as before."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


LONGEST_FIELD = 2000
"""Characters of one field; what a stranger sends may be longer than any line anybody reads."""


def _one_line(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The phrase itself, which a library may have filled with what it was sent, and fields of a bounded length."""
    event["event"] = str(event.get("event", "")).replace("\r", "\\r").replace("\n", "\\n")
    for name, value in event.items():
        if isinstance(value, str) and len(value) > LONGEST_FIELD:
            event[name] = value[:LONGEST_FIELD] + "…"
    return event


def _fields(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """``log.info("delivered", extra={"row": 7})`` has fields too."""
    record = event.get("_record")
    if record is not None:
        event.update({name: value for name, value in vars(record).items() if name not in _PLAIN})
    return event
