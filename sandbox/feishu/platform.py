"""飞书 (Feishu): the platform as the town knows it."""

from __future__ import annotations

from typing import Any

from sandbox.platform import Platform, Secret
from sandbox.town import Town

PATHS = ("/open-apis/", "/callback/ws/", "/ws/feishu")


class FeishuPlatform(Platform):
    """Only its name, its secrets and the town's own behaviour so far."""

    name = "feishu"
    message_prefix = "om_"
    settings = {"feishu.webhook_url": "", "feishu.scopes": {}}

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        self.app_id = town.derive("cli_", "feishu-app", length=16)
        self.app_secret = town.derive("", "feishu-app-secret")
        self.verification_token = town.derive("", "feishu-verification-token")
        self.encrypt_key = town.derive("", "feishu-encrypt-key")

    def handles(self, path: str) -> bool:
        return path.startswith(PATHS)

    def error_body(self, status: int, path: str) -> dict[str, Any]:  # noqa: ARG002
        code = {429: 99991400, 404: 99991404}.get(status, 2200)
        return {"code": code, "msg": f"HTTP {status}", "error": {"log_id": self.town.new_id("", "log")}}

    def ready_info(self) -> dict[str, Any]:
        return {
            "domain": self.town.url, "app_id": self.app_id, "app_secret": self.app_secret,
            "verification_token": self.verification_token, "encrypt_key": self.encrypt_key,
        }  # fmt: skip

    def config_section(self) -> dict[str, Any]:
        return {
            "app_id": self.app_id, "app_secret": Secret(self.app_secret), "mode": "stream", "domain": self.town.url
        }  # fmt: skip
