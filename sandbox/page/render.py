"""Drawing (渲染): jinja2 with escaping everywhere, and the headers that let a browser run our files only."""

from __future__ import annotations

from importlib import resources
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from sandbox.page import look, viewer

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}


class Pages:
    """The templates and the static files of this package."""

    def __init__(self) -> None:
        self._jinja = Environment(
            loader=PackageLoader("sandbox.page"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._jinja.globals.update(platforms=look.PLATFORMS, link=viewer.link, platform_words=look.PLATFORMS)
        folder = resources.files("sandbox.page") / "static"
        self._static = {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}

    def html(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """A page or a part of one. A lone surrogate in people's text, which UTF-8 cannot carry, becomes ``?``."""
        text = self._jinja.get_template(template).render(**values)
        return web.Response(
            body=text.encode("utf-8", "replace"), status=status, content_type="text/html", charset="utf-8",
            headers={**SECURITY, "Cache-Control": "no-store"},
        )  # fmt: skip

    def static(self, name: str) -> web.Response:
        """A file of ours; 404 for anything else."""
        body = self._static.get(name)
        kind = TYPES.get(name.rsplit(".", 1)[-1])
        if body is None or kind is None:
            return web.Response(status=404, text="没有这个文件", headers=SECURITY)
        return web.Response(
            body=body, content_type=kind, charset="utf-8", headers={**SECURITY, "Cache-Control": "no-cache"}
        )
