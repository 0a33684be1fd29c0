"""The tables of config.toml about the company, the machine and the two platforms (公司、平台)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from bot.config.values import (
    FollowedUrl,
    Listen,
    ListenHere,
    PersonRef,
    Url,
    Zone,
    break_rule,
    has_unseen,
    reject,
)

Secret = SecretStr
"""Only ``"${NAME}"`` or ``"file:PATH"`` may stand in the file; ``bot.config.expand`` sees to it."""

NonEmpty = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    """A table: what we do not know is a typo, and nothing that was put in is ever printed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _shows_all_it_has(cls, table: Any) -> Any:
        """A character that nobody sees is a slip or a trick: two names would look alike and not be the same."""
        for key, value in table.items() if isinstance(table, dict) else ():
            for one in value if isinstance(value, list) else (value,):
                if isinstance(one, str) and has_unseen(one):
                    break_rule("unseen-characters", str(key))
        return table


class Company(Section):
    """[company]"""

    name: NonEmpty
    zone: Zone = "Asia/Shanghai"
    admins: Annotated[tuple[PersonRef, ...], Field(min_length=1)]


class PersonLink(Section):
    """[[person]] One human with an account on each platform."""

    feishu: NonEmpty
    dingtalk: NonEmpty
    name: str = ""


def _store_url(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme == "sqlite" and not parts.netloc and parts.path.strip("/"):
        return url
    has_host = parts.hostname or "host" in parse_qs(parts.query)
    if parts.scheme == "postgresql" and has_host and parts.path.strip("/"):
        return url
    return reject("store-url")


class Store(Section):
    """[store] A PostgreSQL address holds a password, so the value is treated as a secret."""

    url: Annotated[SecretStr, AfterValidator(_store_url)] = SecretStr("sqlite:///data/yizhan.db")


class Feishu(Section):
    """[feishu]"""

    app_id: NonEmpty
    app_secret: Secret
    mode: Literal["stream", "webhook"] = "stream"
    domain: Url = "https://open.feishu.cn"
    edition: Literal["free", "business", "flagship"] = "free"
    verification_token: Secret | None = None
    encrypt_key: Secret | None = None
    webhook_listen: Listen = "127.0.0.1:8641"

    @model_validator(mode="after")
    def _webhook_is_signed(self) -> Self:
        secrets = (self.encrypt_key, self.verification_token)
        if self.mode == "webhook" and not all(one and one.get_secret_value() for one in secrets):
            break_rule("webhook-needs-key", "mode")
        if self.mode == "webhook" and not self.webhook_listen:
            break_rule("webhook-needs-listen", "webhook_listen")
        return self


class DingTalk(Section):
    """[dingtalk] Stream only: the HTTP signatures of robot and card leave the body out."""

    client_id: NonEmpty
    client_secret: Secret
    robot_code: str = ""
    corp_id: NonEmpty
    api: Url = "https://api.dingtalk.com"
    oapi: Url = "https://oapi.dingtalk.com"
    mode: Literal["stream", "webhook"] = "stream"
    edition: Literal["standard", "professional", "exclusive"] = "standard"
    card_template: str = ""
    group_template: str = ""

    @model_validator(mode="before")
    @classmethod
    def _robot_is_the_client(cls, table: Any) -> Any:
        """An app made of one robot has the same code as its client."""
        if (
            isinstance(table, dict)
            and not table.get("robot_code")
            and isinstance(table.get("client_id"), str)
        ):
            return {**table, "robot_code": table["client_id"]}
        return table

    @model_validator(mode="after")
    def _stream_only(self) -> Self:
        if self.mode == "webhook":
            break_rule("dingtalk-stream-only", "mode")
        return self


class Clock(Section):
    """[clock]"""

    follow: FollowedUrl = ""


class Health(Section):
    """[health] /healthz and /metrics; never reachable from elsewhere."""

    listen: ListenHere = "127.0.0.1:8640"


class Log(Section):
    """[log]"""

    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "info"
