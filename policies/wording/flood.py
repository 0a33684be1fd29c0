"""说得太快 (flood): the one thing said to somebody who writes faster than anybody types."""

from __future__ import annotations

TOO_MUCH = "你这一分钟发得太多，后面的我先不看了。请等一分钟，再把要紧的那条发我一次。"
