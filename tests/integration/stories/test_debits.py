"""A bank debits three hundred accounts: some pay otherwise meanwhile, and some of the money goes back."""

import uuid
from collections import Counter
from random import Random
from typing import Any

from canbao.simulator.debiting_bank import DebitingBank, Order, answer, read
from canbao.verify.givebacks import debits_have_ended
from services.collection.debits.making import make_batches
from tests.integration.registration.builders import member, number
from tests.integration.stories.checks import change, found_by
from tests.integration.stories.conftest import STORY_BANK, Somebody, Story, moment

PEOPLE, BORN = 300, "1975-03-02"


async def registered(story: Story, on: str) -> list[Somebody]:
    """Everybody of a village, each in a household of their own."""
    people = [Somebody(story, number(BORN), f"D{place}") for place in range(PEOPLE)]
    division = "350426101203"
    rows = [
        {
            "household_no": one.household,
            "division_code": division,
            "head": one.number,
            "members": [member("张三", one.number)],
            "enroll": {"county": story.code, "coverage_year": story.year},
        }
        for one in people
    ]
    done = await story.county.expect("registration", "POST", "/v1/households:batch", moment(on), rows)
    assert done["rejected"] == []
    await story.county.settle()
    return people


async def signed(story: Story, on: str) -> list[int]:
    """Everybody signs at the bank; two and two of the first twenty by one account."""
    known = await story.county.services["collection"].rows("SELECT person_id FROM dues ORDER BY person_id")
    ids = [row["person_id"] for row in known]
    pairs = [ids[place : place + 2] for place in range(0, 20, 2)]
    for place, some in enumerate([*pairs, *([one] for one in ids[20:])]):
        mandate = {
            "county": story.code,
            "channel": STORY_BANK,
            "agreement_no": f"DK{place:06d}",
            "holder": "张三",
            "account_no": f"6230{place:012d}",
            "person_ids": some,
            "from_year": story.year,
        }
        await story.county.expect("collection", "POST", "/v1/debit-mandates", moment(on), mandate)
    return ids


class Desk:
    """Who makes batches, and hands files to and fro."""

    def __init__(self, story: Story) -> None:
        self.story, self.county = story, story.county

    async def makes(self, on: str, debit_on: str) -> dict[str, Any]:
        wanted = {
            "county": self.story.code,
            "coverage_year": self.story.year,
            "channel": STORY_BANK,
            "debit_on": debit_on,
        }
        made = await self.county.expect("collection", "POST", "/v1/debit-batches", moment(on), wanted)
        await make_batches(self.county.services["collection"].context)
        return await self.sees(made["batch_id"])

    async def sees(self, batch_id: int) -> dict[str, Any]:
        path = f"/v1/debit-batches/{batch_id}"
        return await self.county.expect("collection", "GET", path, moment("2020-01-01"))

    async def agrees(self, batch: dict[str, Any], on: str) -> None:
        path = f"/v1/approvals/{batch['approval_id']}/approve"
        second = self.story.token_of("second")
        await self.county.expect("collection", "POST", path, moment(on), {}, token=second)

    async def fetches(self, batch: dict[str, Any], on: str) -> bytes:
        path = f"/v1/debit-batches/{batch['batch_id']}/file"
        fetched = await self.county.ask("collection", "GET", path, moment(on))
        assert fetched.status_code == 200, fetched.text
        return fetched.content

    async def feeds(self, batch: dict[str, Any], content: bytes, on: str) -> dict[str, Any]:
        running = self.county.services["collection"]
        running.stir()
        headers = {"canbao-clock": moment(on).isoformat(), "idempotency-key": f'"{uuid.uuid4()}"'}
        path = f"/v1/debit-batches/{batch['batch_id']}/results"
        fed = await running.http.post(path, content=content, headers=headers)
        assert fed.status_code == 200, fed.text
        await self.county.settle()
        return fed.json()


class TestThreeHundredAccounts:
    async def test_are_debited_once_each_and_the_books_agree(self, tell):
        story = await tell("youxi")
        people = await registered(story, "2019-10-08")
        await signed(story, "2019-10-10")
        desk, bank = Desk(story), DebitingBank(Random(23), gives_back=0.05)

        batch = await desk.makes("2019-11-18", "2019-11-20")
        assert (batch["declared_count"], batch["left_out"]) == (PEOPLE - 10, {})
        await desk.agrees(batch, "2019-11-18 15:00:00")
        # Some pay by themselves before the file leaves, and one after it: the bank knows nothing of that.
        for one in people[:7]:
            await one.pays(250, "2019-11-19")
        file = await desk.fetches(batch, "2019-11-20 09:00:00")
        assert file == await desk.fetches(batch, "2019-11-20 09:30:00")
        given = read(file)
        out = (await desk.sees(batch["batch_id"]))["progress"]["taken_out"]["count"]
        assert len(given) == PEOPLE - 10 - out and 4 <= out <= 7
        await people[100].pays(250, "2019-11-20 12:00:00")

        result = bank.debit(file, moment("2019-11-20 16:31:00"))
        told = await desk.feeds(batch, result, "2019-11-20 18:00:00")
        again = await desk.feeds(batch, result, "2019-11-20 18:05:00")
        assert again == told | {"repeated": True}
        assert told["paid"]["count"] == len(bank.debited) and told["failed"]["count"] > 10
        assert told["mandates_ended"] > 0
        assert await people[100].suspended() == [("already_paid", 250)]

        back = bank.returns(moment("2019-11-27 09:00:00"))
        came_back = (await desk.feeds(batch, back, "2019-11-27 10:00:00"))["returned"]["count"]
        assert came_back > 3

        # The bank denies one of its own failures: that money is there, and counts.
        failed = await self._failed(story)
        denied = answer([(failed, "paid", "")], moment("2019-11-20 17:00:00"))
        assert (await desk.feeds(batch, denied, "2019-11-28 10:00:00"))["contradictions"] == 1
        assert [one["kind"] for one in await story.cases("collection")].count("debit_contradicted") == 1

        # Whoever was not paid for may be debited again, but for the accounts that are no more.
        second = await desk.makes("2019-11-29", "2019-12-02")
        states = Counter(await self._states(story))
        assert second["declared_count"] > 10
        assert second["left_out"]["paid"] + second["left_out"].get("money_waits", 0) > 200
        assert states["paid"] >= len(bank.debited) - came_back
        await self._verify_sees(story)

    async def _verify_sees(self, story: Story) -> None:
        """`canbao verify` sees who is held for a debit that failed, and what was debited and not paid."""
        assert await found_by(debits_have_ended, story) == []
        paid = "debit_id = (SELECT min(debit_id) FROM debits WHERE outcome = 'paid')"
        await change(story, "collection", f"UPDATE debits SET amount_fen = amount_fen + 1 WHERE {paid}")
        (seen,) = await found_by(debits_have_ended, story)
        assert "but its payment is" in seen
        await change(story, "collection", f"UPDATE debits SET amount_fen = amount_fen - 1 WHERE {paid}")
        failed = "(SELECT min(order_no) FROM debits WHERE outcome = 'failed')"
        (was,) = await story.county.services["collection"].rows(
            f"SELECT state FROM orders WHERE order_no = {failed}"
        )
        await change(story, "collection", f"UPDATE orders SET state = 'pending' WHERE order_no = {failed}")
        claim = "order_claims (coverage_year, person_id, order_no, expires_at)"
        await change(story, "collection", f"INSERT INTO {claim} SELECT 2020, -1, {failed}, now()")
        (seen,) = await found_by(debits_have_ended, story)
        assert "still holds its people" in seen
        await change(story, "collection", "DELETE FROM order_claims WHERE person_id = -1")
        ended = f"SET state = '{was['state']}' WHERE order_no = {failed}"
        await change(story, "collection", f"UPDATE orders {ended}")

    async def _failed(self, story: Story) -> Order:
        (row, *_) = await story.county.services["collection"].rows(
            "SELECT debit_id, amount_fen FROM debits WHERE outcome = 'failed' AND people = 1 ORDER BY 1"
        )
        return Order(f"D{row['debit_id']:012d}", "", "", row["amount_fen"])

    async def _states(self, story: Story) -> list[str]:
        rows = await story.county.services["collection"].rows("SELECT state FROM dues")
        return [row["state"] for row in rows]
