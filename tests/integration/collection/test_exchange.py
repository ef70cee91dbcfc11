"""What is exchanged with the collector and the bureau, as both sides live it."""

import uuid
from datetime import timedelta

import pytest

from tests.integration.collection.conftest import NOW, OPENS, PRICE, season

PATH = "/v1/exchange-batches"


def key():
    return {"idempotency-key": f'"{uuid.uuid4()}"'}


class Sides:
    """An officer who makes batches, and the machines of both parties."""

    def __init__(self, counter, officer, collector, bureau):
        self.counter, self.officer = counter, officer
        self.machines = {"collector": collector, "bureau": bureau}

    async def ask(self, party="collector", kind="due", at=NOW, **changes):
        wanted = {"county": "youxi", "coverage_year": 2020, "party": party, "kind": kind} | changes
        headers = key() | {"canbao-clock": at.isoformat()}
        return await self.officer.post(PATH, json=wanted, headers=headers)

    async def made(self, *args, **changes):
        answer = await self.ask(*args, **changes)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def rows(self, batch):
        answer = await self.officer.get(f"{PATH}/{batch['batch_id']}/rows")
        return answer.json()["items"]

    async def answer(self, batch, *lines, count=None, by=None, batch_no=None):
        told = [f"# batch_no={batch_no or batch['batch_no']} count={len(lines) if count is None else count}"]
        content = "\n".join([*told, "number,outcome,code,words", *lines]).encode()
        machine = self.machines[by or batch["party"]]
        return await machine.post(f"{PATH}/{batch['batch_id']}/answers", content=content, headers=key())

    async def cases(self, **wanted):
        return (await self.counter.http.get("/v1/cases", params={"state": "open"} | wanted)).json()["items"]


@pytest.fixture
async def sides(counter, client):
    app = counter.http._transport.app

    async def token(subject, *scopes):
        made = await client(counter.context, scopes=list(scopes), subject=subject, division="350426", app=app)
        made.headers["canbao-clock"] = counter.http.headers["canbao-clock"]
        return made

    return Sides(
        counter,
        await token("officer", "exchange:write"),
        await token("tax-machine", "exchange:collector"),
        await token("bureau-machine", "exchange:bureau"),
    )


class TestDues:
    async def test_go_out_once_and_again_only_where_something_changed(self, sides):
        counter = sides.counter
        await counter.tell(*(counter.assessed(person) for person in (1, 2, 3)))
        first = await sides.made()
        assert (first["batch_no"], first["row_count"], first["total_fen"]) == (1, 3, 3 * PRICE)
        told = (await sides.rows(first))[0]
        assert told["number"] == "L0000001001" and told["state"] == "sent"
        assert told["content"] == {
            "person_no": "1",
            "coverage_year": 2020,
            "division_code": "350426101203",
            "masked_name": "林*",
            "number_ends": None,
            "state": "owed",
            "tier": None,
            "amount_fen": PRICE,
            "pay_from": "2019-08-26T00:00:00+08:00",
            "pay_until": "2020-01-01T00:00:00+08:00",
            "basis": "regular",
        }
        again = await sides.ask()
        assert (again.status_code, again.json()["type"].rsplit(":")[-1]) == (409, "exchange-nothing-changed")
        await counter.tell(
            counter.assessed(2, revision=2, schedule=season(20_000), at=OPENS + timedelta(days=9))
        )
        second = await sides.made()
        assert (second["batch_no"], second["row_count"], second["total_fen"]) == (2, 1, 20_000)
        await counter.pay("T-1", 1)
        await counter.tell(counter.cancelled(3, NOW))
        third = await sides.made()
        assert [(row["content"]["state"], row["amount_fen"]) for row in await sides.rows(third)] == [
            ("paid", 0),
            ("ended", 0),
        ]
