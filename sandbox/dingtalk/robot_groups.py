"""Where the robot is (机器人所在的群); all but the first call have no page and may be restricted.

D/obtain-the-list-of-robots-in-the-group (read 2026-11), SDK robot_1_0.
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk import ids
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.robot import offset_of


class RobotGroups(Part):
    """Robots of a group, groups of the robot."""

    def apis(self) -> list[Api]:
        base = "/v1.0/robot"
        conversations = "/v1.0/im/conversations/robots"
        return [
            Api("POST", conversations, self.add_robot, "qyapi_chat_manage", documented=False),
            Api("POST", f"{conversations}/remove", self.remove_robot, "qyapi_chat_manage", documented=False),
            Api("POST", f"{base}/groups/robots/query", self.robots_of_group, "qyapi_chat_manage"),
            Api("POST", f"{base}/groups/query", self.groups, "qyapi_chat_manage", documented=False),
            Api(
                "POST",
                f"{base}/installed/groups/query",
                self.installed_groups,
                "qyapi_chat_manage",
                documented=False,
            ),
            Api(
                "POST",
                f"{base}/groups/orgRobots/add",
                self.add_to_group,
                "qyapi_chat_manage",
                documented=False,
            ),
        ]

    async def add_robot(self, call: Call) -> dict[str, Any]:
        """Our own robot only."""
        self._platform.robot.check_robot(call.body)
        self._platform.edit_chat(chat := self._platform.robot.group(call), {"bot": True}, chat.owner)
        return {"chatBotUserId": self._platform.ids.robot}

    async def remove_robot(self, call: Call) -> dict[str, Any]:
        chat = self._platform.robot.robots_group(call)
        if call.body.text("chatBotUserId") != self._platform.ids.robot:
            raise call.body.wrong("chatBotUserId", "is no robot of this group")
        self._platform.edit_chat(chat, {"bot": False}, chat.owner)
        return {"chatBotUserId": self._platform.ids.robot}

    async def robots_of_group(self, call: Call) -> dict[str, Any]:
        robot = {
            "robotCode": self._platform.robot_code, "name": ids.ROBOT_NAME, "downloadIconURL": "",
            "openRobotType": 2,
        }  # fmt: skip
        return {"chatbotInstanceVOList": [robot] if self._platform.robot.group(call).bot else []}

    async def groups(self, call: Call) -> dict[str, Any]:
        self._platform.robot.check_robot(call.body)
        size = call.body.number("pageSize", 20, least=1, most=100)
        start = (call.body.number("pageNumber", 1, least=1, most=100_000) - 1) * size
        every = [chat.id for chat in self._town.chats["dingtalk"].values() if chat.bot and chat.active]
        return {"openConversationIds": every[start : start + size], "hasMore": len(every) > start + size}

    async def installed_groups(self, call: Call) -> dict[str, Any]:
        self._platform.robot.check_robot(call.body)
        size, start = call.body.number("maxResult", 20, least=1, most=100), offset_of(call.body)
        every = [chat.id for chat in self._town.chats["dingtalk"].values() if chat.bot and chat.active]
        answer = {"openConversationIds": every[start : start + size], "hasMore": len(every) > start + size}
        return {**answer, "nextToken": str(start + size)} if answer["hasMore"] else answer

    async def add_to_group(self, call: Call) -> dict[str, Any]:
        """SDK robot_1_0 only."""
        self._platform.robot.check_robot(call.body)
        self._platform.robot.group(call).bot = True
        return {"result": True}
