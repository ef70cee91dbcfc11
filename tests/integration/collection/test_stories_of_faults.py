"""One notification that nobody can read or settle stops no other, and is not lost either."""

import pytest
from sqlalchemy.exc import OperationalError

from .conftest import states


async def broken(counter, transaction_no="T-BAD", raw=b"{"):
    """A notification whose body can not be read any more, as a disk or a wrong release could leave it."""
    await counter.rows_changed(
        "WITH stored AS (INSERT INTO notifications (channel, dedupe_key, kind, content_sha256, headers, raw,"
        " received_at) VALUES ('tax', :no, 'payment', '\\x00', '\\x00', :raw, now())"
        " RETURNING id, received_at)"
        " INSERT INTO matching_queue (notification_id, line_no, occurred_at)"
        " SELECT id, 0, received_at FROM stored",
        no=transaction_no,
        raw=b"\x00" + raw,  # in clear, as a migration leaves it
    )


async def parked(counter):
    answer = await counter.http.get("/v1/parked-notifications")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


class TestPoison:
    async def test_a_notification_that_cannot_be_read_holds_up_nobody_before_or_behind_it(self, counter):
        await counter.tell(*(counter.assessed(person) for person in range(1, 10)))
        for person in range(1, 5):
            await counter.notify(f"T{person}", person)
        await broken(counter)
        await broken(counter, "T-WORSE", b'{"type": "payment.succeeded", "data": {}}')
        for person in range(5, 10):
            await counter.notify(f"T{person}", person)
        await counter.match()

        rows = await counter.rows("SELECT state, count(*) AS number FROM payment_lines GROUP BY 1")
        assert [(row.state, row.number) for row in rows] == [("applied", 9)]
        found = await parked(counter)
        assert [(one["transaction_no"], one["attempts"]) for one in found] == [("T-BAD", 1), ("T-WORSE", 1)]
        assert all(one["fault"] for one in found)
        metrics = (await counter.context.metrics.exposition()).decode()
        assert 'canbao_parked_notifications{state="parked"} 2.0' in metrics

    async def test_an_operator_has_it_tried_again_after_the_repair(self, counter):
        await counter.tell(counter.assessed(1))
        await broken(counter)
        await counter.match()
        (found,) = await parked(counter)
        path = f"/v1/parked-notifications/{found['notification_id']}/retry"

        assert (await counter.http.post(path)).json()["queued"] == 1
        await counter.match()
        assert [one["attempts"] for one in await parked(counter)] == [2]

        good = counter.keys.sender().payment(counter.data("T-BAD", 1)).body
        await counter.rows_changed("UPDATE notifications SET raw = :raw", raw=b"\x00" + good)
        assert (await counter.http.post(path)).status_code == 200
        assert states(await counter.payment(found["notification_id"])) == [("applied", None)]
        assert await parked(counter) == []
        assert (await counter.http.post(path)).status_code == 404

    async def test_while_the_database_is_away_nothing_is_parked(self, counter, monkeypatch):
        await counter.tell(counter.assessed(1))
        await counter.notify("T1", 1)
        matcher = counter.context.parts.matcher

        async def away(conn, work):
            raise OperationalError("SELECT 1", {}, ConnectionError("gone"))

        with monkeypatch.context() as patched:
            patched.setattr(matcher, "_match", away)
            with pytest.raises(OperationalError):
                await matcher.match_next()
        assert await parked(counter) == []
        await counter.match()
        assert await counter.count("payment_lines") == 1
