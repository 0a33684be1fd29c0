"""上传的表单 (multipart): the parts of an upload, each asked for by its type."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from sandbox.feishu.errors import ApiError, wrong_field

LARGEST_BYTES = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """One part of the form."""

    name: str
    content: bytes
    content_type: str


class Form:
    """Text fields and files by name; the vendor's client sends files without a file name."""

    def __init__(self) -> None:
        self._parts: dict[str, Upload] = {}

    @classmethod
    async def of(cls, request: web.Request) -> Form:
        """Raises ``ApiError`` for what is no form."""
        form = cls()
        if not request.content_type.startswith("multipart/"):
            return form
        try:
            reader = await request.multipart()
            while (part := await reader.next()) is not None:
                await form._take(part)
        except ApiError:
            raise
        except (ValueError, AssertionError, LookupError, RuntimeError):
            raise ApiError(9499, "the body is not multipart/form-data") from None
        return form

    async def _take(self, part: object) -> None:
        if not isinstance(part, BodyPartReader) or not part.name:
            return
        raw = bytearray()
        while chunk := await part.read_chunk():
            raw += chunk
            if len(raw) > LARGEST_BYTES:
                break
        kind = part.headers.get("Content-Type", "application/octet-stream")
        self._parts[part.name] = Upload(part.filename or part.name, bytes(raw), kind)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._parts[key].content.decode("utf-8", "replace") if key in self._parts else ""
        if not value:
            if default is None:
                raise wrong_field(key, f"{key} is required")
            return default
        return value

    def option(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in allowed:
            raise wrong_field(key, f"options: [{','.join(allowed)}]", value)
        return value

    def file(self, key: str) -> Upload:
        if key not in self._parts:
            raise wrong_field(key, f"{key} is required")
        return self._parts[key]
