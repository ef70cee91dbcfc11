"""Refunds by channels over HTTP: who may ask, agree and look, what comes twice, and what is wrong."""

import pytest

from .conftest import NOW, VILLAGE
from .signed_channels import Signed
from .test_stories_of_channel_refunds import PAID, agree, ask, asked, begun, payment_id, second, send, waits

__all__ = ["asked", "second", "waits"]

pytestmark = pytest.mark.parametrize("asked", [Signed], indirect=True)
LIST = "/v1/channel-refunds"
ELSEWHERE = "350427"


@pytest.fixture
async def as_somebody(waits, client):
    """Makes clients of other people."""
    counter, *_ = waits

    async def make(**who):
        made = await client(counter.context, app=counter.http._transport.app, **who)
        made.headers["canbao-clock"] = NOW.isoformat()
        return made

    return make


async def give_back(http, path, key=None, **body):
    headers = {"idempotency-key": key} if key is not None else {}
    return await http.post(path, json={"reason": "多缴", **body}, headers=headers)


@pytest.fixture
async def path(waits):
    return f"/v1/suspense/{await payment_id(waits[0])}/1/give-back"


def kind(answer):
    return answer.json()["type"].rsplit(":", 1)[-1]


class TestAsking:
    async def test_is_for_officers_who_may_change_something(self, waits, as_somebody, path):
        reader = await as_somebody(scopes=["collection:read"], subject="reader")
        assert (await give_back(reader, path)).status_code == 403
        nobody = await as_somebody(scopes=[], subject="nobody")
        assert (await give_back(nobody, path)).status_code == 403
        assert (await waits[0].http.get("/v1/approvals")).json()["items"] == []

    async def test_is_for_officers_of_the_place(self, waits, as_somebody, path):
        other = await as_somebody(division=ELSEWHERE, subject="other")
        refused = await give_back(other, path)
        assert (refused.status_code, kind(refused)) == (403, "outside-division")

    async def test_counts_once_under_its_key(self, waits, path):
        counter, *_ = waits
        first = await give_back(counter.http, path, "k1")
        again = await give_back(counter.http, path, "k1")
        assert (first.status_code, again.status_code) == (202, 202)
        assert again.json() == first.json()
        assert len((await counter.http.get("/v1/approvals")).json()["items"]) == 1
        changed = await give_back(counter.http, path, "k1", amount_fen=1)
        assert (changed.status_code, kind(changed)) == (422, "idempotency-key-reused")

    async def test_takes_no_empty_key(self, waits, path):
        counter, *_ = waits
        answer = await give_back(counter.http, path, "")
        assert (answer.status_code, kind(answer)) == (422, "invalid-request")

    @pytest.mark.parametrize(
        "body",
        [
            {"reason": ""},
            {"reason": None},
            {"amount_fen": 0},
            {"amount_fen": -1},
            {"amount_fen": "二百五"},
            {"amount_fen": 1.5},
            {"amount_fen": 10**13},
            {"amounts": 1},
        ],
    )
    async def test_of_something_wrong_says_what(self, waits, path, body):
        answer = await give_back(waits[0].http, path, **body)
        assert (answer.status_code, kind(answer)) == (422, "invalid-request")
        assert answer.json()["errors"]

    async def test_for_more_than_is_left_or_of_nothing_is_refused(self, waits, path):
        counter, *_ = waits
        refused = await give_back(counter.http, path, amount_fen=PAID + 1)
        assert (refused.status_code, kind(refused), refused.json()["left_fen"]) == (
            409,
            "channel-refund-exceeds",
            PAID,
        )
        for where in ("/v1/suspense/999999/1/give-back", path.replace("/1/give", "/9/give")):
            assert (await give_back(counter.http, where)).status_code == 404
        assert (await give_back(counter.http, path.replace("/1/give", "/0/give"))).status_code == 422


class TestAgreeing:
    async def test_is_another_persons(self, waits, second):
        counter, *_ = waits
        approval = await ask(counter)
        refused = await counter.http.post(f"/v1/approvals/{approval['approval_id']}/approve", json={})
        assert refused.status_code == 403
        await agree(second, approval)
        assert len((await counter.http.get(LIST)).json()["items"]) == 1

    async def test_is_for_officers_of_the_place(self, waits, as_somebody):
        counter, *_ = waits
        approval = await ask(counter)
        other = await as_somebody(division=ELSEWHERE, subject="other")
        path = f"/v1/approvals/{approval['approval_id']}/approve"
        assert (await other.post(path, json={})).status_code == 403
        assert (await counter.http.get(LIST)).json()["items"] == []

    async def test_counts_once_however_often_it_is_said(self, waits, second):
        counter, *_ = waits
        approval = await ask(counter)
        await agree(second, approval)
        path = f"/v1/approvals/{approval['approval_id']}/approve"
        again = await second.post(path, json={})
        assert (again.status_code, kind(again)) == (409, "approval-not-waiting")
        assert len((await counter.http.get(LIST)).json()["items"]) == 1


class TestLooking:
    async def test_shows_a_refund_to_those_of_its_place_alone(self, waits, as_somebody):
        counter, *_ = waits
        number = await begun(waits)
        await send(counter)
        (shown,) = (await counter.http.get(LIST, params={"state": "done"})).json()["items"]
        assert (shown["request_no"], shown["division_code"]) == (number, VILLAGE)
        one = await counter.http.get(f"{LIST}/{shown['channel_refund_id']}")
        assert (one.status_code, one.json()["request_no"]) == (200, number)
        foreign = await as_somebody(division=ELSEWHERE, subject="other")
        assert (await foreign.get(LIST)).json()["items"] == []
        refused = await foreign.get(f"{LIST}/{shown['channel_refund_id']}")
        assert (refused.status_code, kind(refused)) == (403, "outside-division")
        nobody = await as_somebody(scopes=["vouchers:read"], subject="nobody")
        assert (await nobody.get(LIST)).status_code == 403
        assert (await nobody.get(f"{LIST}/{shown['channel_refund_id']}")).status_code == 403

    async def test_asks_for_what_there_is(self, waits):
        counter, *_ = waits
        assert (await counter.http.get(f"{LIST}/999")).status_code == 404
        for wrong in ({"state": "gone"}, {"limit": 0}, {"after": "x"}, {"county": "NO"}):
            assert (await counter.http.get(LIST, params=wrong)).status_code == 422
        assert (await counter.http.get(LIST, params={"county": "huining"})).json()["items"] == []

    async def test_goes_on_page_by_page(self, waits):
        counter, other, _ = waits
        other.server.gives = "processing"
        await begun(waits)
        page = (await counter.http.get(LIST, params={"limit": 1})).json()
        rest = (await counter.http.get(LIST, params={"limit": 1, "after": page["next_after"]})).json()
        assert (len(page["items"]), rest["items"]) == (1, [])
