"""The judge of fields itself: what the vendor's generated client does not know is found, deep inside as well.

All other tests here end by showing it every call they made and every answer they got.
"""

import pytest
import vendor_models

CREATE = "/v1.0/card/instances/createAndDeliver"


def entry(method="POST", path=CREATE, body=None, response=None, query=None):
    return {
        "method": method, "path": path, "body": body, "response": response, "query": query or {}, "status": 200, "fault": None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("call", "told"),
    [
        pytest.param(entry(body={"outTrackId": "x"}), 0, id="known"),
        pytest.param(entry(body={"outTrackID": "x"}), 1, id="a field of the request"),
        pytest.param(entry(body={"cardData": {"cardParam": {}}}), 1, id="a field inside an object"),
        pytest.param(entry(body={"privateData": {"u1": {"cardParamMap": {"any": "x"}}}}), 0, id="keys of a map are free"),
        pytest.param(entry(body={"privateData": {"u1": {"data": {}}}}), 1, id="a field inside a map"),
        pytest.param(entry(response={"result": {"deliverResults": [{"carrier": "x"}]}}), 1, id="a field of the answer"),
        pytest.param(entry(path="/v1.0/robot/otoMessages/batchSend"), 1, id="a call that does not exist"),
        pytest.param(entry("PUT", "/v1.0/im/sceneGroups/subAdmins", body={"role": 2}), 0, id="another module"),
        pytest.param(entry("GET", "/v1.0/calendar/users/u/calendars/primary/events/e"), 0, id="ids in the path"),
    ],
)  # fmt: skip
def test_what_the_vendors_client_does_not_know_is_found(call, told):
    assert len(vendor_models.problems(call)) == told
