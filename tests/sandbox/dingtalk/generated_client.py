"""The vendor's generated client, called by module and action."""

import asyncio
import importlib
import re

import vendor_models
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions


class Vendor:
    """Calls by module and action, as the generated client makes them; answers as plain values."""

    def __init__(self, corp):
        self.corp = corp
        self.config = Config(protocol="http", region_id="central")
        self.config.endpoint = corp.town.url.removeprefix("http://")

    async def __call__(self, module, action, body=None, *path, token=None):
        client = importlib.import_module(f"alibabacloud_dingtalk.{module}.client").Client(self.config)
        models = importlib.import_module(f"alibabacloud_dingtalk.{module}.models")
        headers = getattr(models, f"{action}Headers", None)
        request = getattr(models, f"{action}Request", None)
        arguments = list(path)
        if request is not None:
            arguments.append(request().from_map(body or {}))
        token = self.corp.token if token is None else token
        arguments.append(headers(x_acs_dingtalk_access_token=token) if headers else {})
        method = getattr(client, self.method(module, action))
        answer = await asyncio.to_thread(method, *arguments, RuntimeOptions())
        return answer.body.to_map() if getattr(answer, "body", None) is not None else None

    @staticmethod
    def method(module, action):
        text = vendor_models.source(module, "client")
        before = text[: text.index(f"action='{action}'")]
        return re.findall(r"def (\w+)\(", before)[-1]
