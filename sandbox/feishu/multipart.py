"""上传的表单 (multipart): the parts of an upload, each asked for by its type."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from sandbox.feishu.errors import ApiError, wrong_field

LARGEST_BYTES = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of the form."""

    name: str
    content: bytes
    content_type: str


class Form:
    """Text fields and files by name."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.files: dict[str, Upload] = {}

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
        if part.filename is None:
            self.fields[part.name] = raw.decode("utf-8", "replace")
        else:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            self.files[part.name] = Upload(part.filename, bytes(raw), kind)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.fields.get(key, "")
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
        if key not in self.files:
            raise wrong_field(key, f"{key} is required")
        return self.files[key]
