"""A part (部分) of the platform: some endpoints with the state behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.dingtalk.door import Api

if TYPE_CHECKING:
    from sandbox.dingtalk.platform import DingTalkPlatform


class Part:
    """Knows the platform, and through it the other parts."""

    def __init__(self, platform: DingTalkPlatform) -> None:
        self._platform = platform
        self._town = platform.town
        self.clear()

    def apis(self) -> list[Api]:
        """The endpoints; none by default."""
        return []

    def clear(self) -> None:
        """Forget everything: the town was built anew."""
