"""An auditor reads what a payment rests on, byte for byte, and can verify its signature again."""

import base64
import hashlib
import json

from .conftest import id_number


def app_of(counter):
    return counter.http._transport.app


class TestNotification:
    async def test_is_shown_as_it_came_to_whoever_sees_the_county_and_numbers(self, counter, client):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        http = await client(
            counter.context, app=app_of(counter), scopes=["collection:read", "pii:read"], division="350426"
        )

        answer = await http.get(f"/v1/notifications/{payment['payment_id']}")

        assert answer.status_code == 200, answer.text
        shown = answer.json()
        raw = base64.b64decode(shown["raw_base64"])
        assert (shown["transaction_no"], shown["kind"], shown["county"]) == ("T1", "payment", "youxi")
        assert hashlib.sha256(raw).hexdigest() == shown["raw_sha256"]
        assert shown["text"] == raw.decode()
        assert id_number(1) in json.dumps(json.loads(raw))
        assert {"webhook-id", "webhook-signature"} <= set(shown["headers"])
        seen = await counter.rows("SELECT person_id FROM person_lookups WHERE operation = 'get_notification'")
        assert [row.person_id for row in seen] == [1]

    async def test_is_not_for_a_township_nor_without_the_right_to_see_numbers(self, counter, client):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        path = f"/v1/notifications/{payment['payment_id']}"

        app = app_of(counter)
        township = await client(
            counter.context, app=app, scopes=["collection:read", "pii:read"], division="350426101"
        )
        masked = await client(counter.context, app=app, scopes=["collection:read"])

        assert (await township.get(path)).status_code == 403
        assert (await masked.get(path)).status_code == 403
        whole = await client(counter.context, app=app, scopes=["collection:read", "pii:read"])
        assert (await whole.get("/v1/notifications/999999")).status_code == 404
