"""Calls of the vendor's own HTTP client, off the loop since they block."""

import asyncio
import contextlib
import inspect
import json
import sys

from core_town import MONDAY, living_town
from feishu_town import Office, office

AREAS = (
    "im.v1", "contact.v3", "docx.v1", "drive.v1", "wiki.v2", "calendar.v4", "approval.v4", "cardkit.v1", "authen.v1",
    "application.v6",
)  # fmt: skip


class Vendor:
    """A client of ``lark_oapi`` for this town."""

    def __init__(self, lark, o, secret=None):
        self.lark = lark
        self.im = lark.api.im.v1
        self.contact = lark.api.contact.v3
        app_id, secret = o.feishu.app_id, secret or o.feishu.app_secret
        builder = lark.Client.builder().app_id(app_id).app_secret(secret).domain(o.town.url)
        self.client = builder.log_level(lark.LogLevel.CRITICAL).build()

    async def call(self, function, request):
        return await asyncio.to_thread(function, request)

    async def send(self, to, kind, content, id_type="open_id", uuid=""):
        body = self.im.CreateMessageRequestBody.builder().receive_id(to).msg_type(kind)
        body = body.content(json.dumps(content)).uuid(uuid).build()
        request = self.im.CreateMessageRequest.builder().receive_id_type(id_type).request_body(body).build()
        return await self.call(self.client.im.v1.message.create, request)


def _forget_tokens():
    """The vendor's cache has no address in its key."""
    from lark_oapi.core.token import TokenManager

    TokenManager.cache.__init__()


@contextlib.asynccontextmanager
async def vendor_office(lark, **options):
    _forget_tokens()
    async with office(**options) as o:
        yield o, Vendor(lark, o)


class VendorOffice(Office):
    """An office whose calls all go through the vendor's client and its generated answers."""

    def __init__(self, talk, lark):
        super().__init__(talk)
        self.lark = lark
        self.vendor = Vendor(lark, self)
        self.models = models()
        self.typed = set()

    async def call(self, method, path, body=None, *, token=None, data=None, **query):
        request = (
            self.lark.BaseRequest.builder().http_method(self.lark.HttpMethod[method]).uri(path).body(body)
        )
        request = request.token_types({self.lark.AccessTokenType.TENANT}).build()
        for key, value in query.items():
            request.add_query(key, value)
        answer = await self.vendor.call(self.vendor.client.request, request)
        text = answer.raw.content.decode()
        uri = template(path, [uri for known, uri in self.models if known == method])
        if uri is not None:
            self.lark.JSON.unmarshal(text, self.models[method, uri][1])
            self.typed.add((method, uri))
        return answer.raw.status_code, json.loads(text)


@contextlib.asynccontextmanager
async def wholly_vendor_office(lark):
    _forget_tokens()
    async with living_town(start=MONDAY) as talk:
        yield VendorOffice(talk, lark)


def classes(ending):
    for area in AREAS:
        start = f"lark_oapi.api.{area}.model."
        for name, module in list(sys.modules.items()):
            if name.startswith(start) and name.endswith(ending):
                for each in vars(module).values():
                    if (
                        inspect.isclass(each)
                        and each.__module__ == name
                        and not each.__name__.endswith("Builder")
                    ):
                        yield each


def models():
    """By method and path with ``:name``: the class of the request and that of the answer."""
    found = {}
    for request in classes("_request"):
        made = request.builder().build()
        answer = sys.modules.get(request.__module__.removesuffix("_request") + "_response")
        if answer is None:
            continue
        response = getattr(answer, request.__name__.removesuffix("Request") + "Response")
        found[made.http_method.name, made.uri] = request, response
    return found


def template(path, uris):
    """The path with ``:name`` that this one is an example of; fixed parts win."""
    parts = path.split("/")
    fitting = [
        uri
        for uri in uris
        if len(uri.split("/")) == len(parts)
        and all(a == b or a.startswith(":") for a, b in zip(uri.split("/"), parts, strict=True))
    ]
    return min(fitting, key=lambda uri: uri.count(":"), default=None)
