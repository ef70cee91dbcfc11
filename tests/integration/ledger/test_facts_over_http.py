"""From a posting to the fact that it rests on, and from a payment to what was posted because of it."""

from libs.common.testing.ledger_facts import paid

BOOKS = {"county": "youxi", "coverage_year": 2020}


class TestFacts:
    async def test_say_what_was_told_by_whom_and_what_was_posted_for_it(self, desk):
        await desk.send(paid(1), paid(2))
        postings = (await desk.http.get("/v1/postings", params=BOOKS)).json()["items"]
        one = next(row for row in postings if row["person_id"] == 2)

        answer = await desk.http.get(f"/v1/facts/{one['posting'].partition('.')[0]}")

        assert answer.status_code == 200, answer.text
        fact = answer.json()
        assert one in fact["postings"]
        assert fact["data"]["person_id"] == 2
        assert fact["data"]["payment_id"] == fact["payment_id"]
        assert fact["type"].startswith("canbao.payment.received")

        of_payment = {**BOOKS, "payment_id": fact["payment_id"]}
        again = (await desk.http.get("/v1/postings", params=of_payment)).json()["items"]
        assert again == fact["postings"]

    async def test_are_not_for_a_township_and_404_where_there_is_none(self, desk, client):
        await desk.send(paid(1))
        postings = (await desk.http.get("/v1/postings", params=BOOKS)).json()["items"]
        path = f"/v1/facts/{postings[0]['posting'].partition('.')[0]}"

        township = await client(desk.context, app=desk.app, scopes=["ledger:read"], division="350426101")

        assert (await township.get(path)).status_code == 403
        assert (await desk.http.get("/v1/facts/999999")).status_code == 404
