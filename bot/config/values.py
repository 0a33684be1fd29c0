"""Small values of the configuration (配置值): loopback addresses, accounts and whom a grant names, as written."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from bot.config.problems import ConfigError


def is_loopback(url: str) -> bool:
    """Whether ``url`` can only mean this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_loopback(url: str) -> str:
    """Raises ``ConfigError`` if ``url`` could mean another machine."""
    if not is_loopback(url):
        raise ConfigError(f"the clock to follow must be on this machine (loopback), not {url}")
    return url
