"""Our bodies are those of the vendor's own client, field by field, and so are the paths."""

import importlib
import inspect

import pytest

from adapters.dingtalk import limits, sending
from policies.card import Button, Card
from policies.effects import Recall, SendBatch, SendCard, SendText, UpdateCard
from policies.model import Account, Chat, Platform

pytestmark = pytest.mark.filterwarnings("ignore")

DING = Platform.DINGTALK
LI, ROOM = Account(DING, "0147"), Chat(DING, "cidAbc==")
SENDER = sending.Sender(robot_code="dingabc", card_template="tpl.schema")
CARD = Card(title="停电", body=("周六",), buttons=(Button(label="收到", action="a1"),), mentions=(LI,))


def recall(to):
    return Recall(platform=DING, to=to, key="k", message_id="pq")


REQUESTS = {
    "robot_1_0.BatchSendOTORequest": sending.encode(SendText(to=LI, text="x"), "k", SENDER),
    "robot_1_0.BatchSendOTORequest again": sending.encode(
        SendBatch(to=(LI,), title="t", text="x"), "k", SENDER
    ),
    "robot_1_0.OrgGroupSendRequest": sending.encode(SendText(to=ROOM, text="x"), "k", SENDER),
    "robot_1_0.BatchRecallOTORequest": sending.encode(recall(LI), "k", SENDER),
    "robot_1_0.OrgGroupRecallRequest": sending.encode(recall(ROOM), "k", SENDER),
    "robot_1_0.OrgGroupQueryRequest": sending.readers(ROOM, "pq", SENDER),
    "robot_1_0.BatchOTOQueryRequest": sending.readers(LI, "pq", SENDER),
    "card_1_0.CreateAndDeliverRequest": sending.encode(SendCard(to=ROOM, card=CARD), "k", SENDER),
    "card_1_0.CreateAndDeliverRequest to one": sending.encode(SendCard(to=LI, card=CARD), "k", SENDER),
    "card_1_0.UpdateCardRequest": sending.encode(
        UpdateCard(platform=DING, key="k", message_id="", card=CARD), "k", SENDER
    ),
    "card_1_0.UpdateCardRequest again": sending.touch_card("k", CARD),
    "oauth2__1__0.GetAccessTokenRequest": sending.Request(
        api=limits.TOKEN, body={"appKey": "k", "appSecret": "s"}
    ),
}


@pytest.mark.parametrize("name", [name for name, request in REQUESTS.items() if request])
def test_a_request_passes_through_the_vendors_model_unchanged(name):
    request = REQUESTS[name]
    module, model = name.split()[0].split(".")
    models = importlib.import_module(f"alibabacloud_dingtalk.{module.replace('__', '_')}.models")
    written = dict(request.body if request.body is not None else request.query)
    passed = getattr(models, model)().from_map(written).to_map()
    assert {key: value for key, value in passed.items() if key != "privateData" or value} == written


@pytest.mark.parametrize(
    "api", [api for api in limits.APIS if api.host is limits.Host.API], ids=lambda api: api.name
)
def test_a_path_and_its_method_are_in_the_vendors_client(api):
    family = api.name.split(".")[0]
    module = {"convFile": "conv_file_1_0"}.get(family, f"{family}_1_0")
    client = importlib.import_module(f"alibabacloud_dingtalk.{module}.client")
    source = inspect.getsource(client)
    assert f"pathname=f'{api.path}',\n            method='{api.method}'," in source
