"""应用信息 (the app about itself): the robot's open_id, and which scopes were granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.feishu import scopes
from sandbox.feishu.calls import Call, Endpoint, Flat
from sandbox.feishu.errors import ApiError

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

NAME = "驿站"


def endpoints(app: FeishuPlatform) -> list[Endpoint]:
    def info(_: Call) -> Flat:
        status = 1 if app.town.setting("feishu.bot_off") else 2
        bot = {
            "activate_status": status, "app_name": NAME, "avatar_url": "https://avatar.hechuan.example/bot",
            "ip_white_list": [], "open_id": app.ids.bot,
        }  # fmt: skip
        return Flat(code=0, msg="ok", bot=bot)

    def granted(_: Call) -> dict[str, Any]:
        wanted = app.town.setting("feishu.scopes")
        names = sorted(scopes.GRANTED | {each for each in wanted if each != scopes.EVERY})
        listed = [
            {"scope_name": each, "grant_status": 1 if app.has_scope(each) else 2, "scope_type": "tenant"}
            for each in names
        ]
        return {"scopes": listed}

    def application(call: Call) -> dict[str, Any]:
        if call.path("app_id") not in (app.app_id, "me"):
            raise ApiError(99992402)
        known = {"app_id": app.app_id, "app_name": NAME, "status": 1, "primary_language": "zh_cn"}
        return {"app": {**known, "description": "", "avatar_url": "https://avatar.hechuan.example/bot"}}

    return [
        Endpoint(method="GET", path="/open-apis/bot/v3/info", run=info, source="D22"),
        Endpoint(method="GET", path="/open-apis/application/v6/scopes", run=granted, source="D119"),
        Endpoint(
            method="GET", path="/open-apis/application/v6/applications/{app_id}", run=application,
            source="SDK channel/bot_identity.py",
        ),
    ]  # fmt: skip
