"""The two parties of the exchange, and the officer who makes batches for them."""

import uuid

PATH = "/v1/exchange-batches"


def key():
    return {"idempotency-key": f'"{uuid.uuid4()}"'}


class Sides:
    """An officer who makes batches, and the machines of both parties."""

    def __init__(self, counter, officer, collector, bureau):
        self.counter, self.officer = counter, officer
        self.machines = {"collector": collector, "bureau": bureau}

    async def ask(self, party="collector", kind="due", at=None, **changes):
        wanted = {"county": "youxi", "coverage_year": 2020, "party": party, "kind": kind} | changes
        headers = key() | ({} if at is None else {"canbao-clock": at.isoformat()})
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


class Killed(Exception):
    """A process that died."""


async def die(*_):
    raise Killed
