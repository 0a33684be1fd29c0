"""钉钉 (DingTalk): the platform as the town knows it."""

from __future__ import annotations

from typing import Any

from sandbox.platform import Platform, Secret
from sandbox.town import Town

NEW = ("/v1.0/", "/v2.0/")
OLD = (
    "/gettoken",
    "/topapi/",
    "/chat/",
    "/media/",
    "/robot/",
    "/auth/",
    "/call_back/",
    "/department/",
    "/user/",
)
LINE = "/connect"


class DingTalkPlatform(Platform):
    """Only its name, its secrets and the town's own behaviour so far."""

    name = "dingtalk"
    message_prefix = "msg"
    settings = {
        "dingtalk.redeliver_same_out_track_id": False,
        "dingtalk.cards": True,
        "dingtalk.edition": "standard",
        "dingtalk.muted_group_stops_robot": False,
    }

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        self.client_id = town.derive("ding", "dingtalk-app", length=16)
        self.client_secret = town.derive("", "dingtalk-app-secret", length=64)
        self.robot_code = self.client_id
        self.corp_id = town.derive("ding", "dingtalk-corp")
        self.card_template = town.derive("", "dingtalk-card-template") + ".schema"
        self.group_template = town.derive("", "dingtalk-group-template")

    def handles(self, path: str) -> bool:
        return path.startswith((*NEW, *OLD, LINE))

    def error_body(self, status: int, path: str) -> dict[str, Any]:
        request_id = self.town.new_id("", "request")
        if path.startswith(NEW):
            return {"code": f"Http{status}", "message": f"HTTP {status}", "requestid": request_id}
        return {"errcode": -1, "errmsg": f"HTTP {status}", "request_id": request_id}

    def ready_info(self) -> dict[str, Any]:
        return {
            "api": self.town.url, "oapi": self.town.url, "client_id": self.client_id,
            "client_secret": self.client_secret, "robot_code": self.robot_code, "corp_id": self.corp_id,
            "card_template": self.card_template, "group_template": self.group_template,
        }  # fmt: skip

    def config_section(self) -> dict[str, Any]:
        return {**self.ready_info(), "client_secret": Secret(self.client_secret), "edition": "standard"}
