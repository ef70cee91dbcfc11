"""What is exchanged at the end of the demo: dues with the tax bureau, payments with medical insurance."""

from dataclasses import dataclass

from pydantic import BaseModel

from canbao.demo.profiles import YOUXI_2020, at
from canbao.replay.credentials import tokens
from canbao.replay.play import Driver
from canbao.replay.services import Services, read
from canbao.simulator.exchange_party import ExchangeParty
from canbao.simulator.exchange_party import read as rows_of

#: Late in the season, when some still may pay.
_SENT_AT, _ANSWERED_AT = at(2020, 12, 22, 18), at(2020, 12, 23, 9)
#: What goes to whom, in which layout.
_BATCHES = (("collector", "due", "exchange-csv"), ("bureau", "payment", "exchange-package"))


class _Batch(BaseModel):
    batch_id: int


class _Answered(BaseModel):
    kind: str
    row_count: int
    accepted: int
    refused: int


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A batch as it stands when its party has answered."""

    kind: str
    rows: int
    accepted: int
    refused: int


async def exchange(driver: Driver) -> list[Exchanged]:
    """Send each party what it does not know yet; each answers row by row, and knows all people but one."""
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        return [await _exchange(services, *one) for one in _BATCHES]


async def _exchange(services: Services, party: str, kind: str, profile: str) -> Exchanged:
    season = {"county": YOUXI_2020.county, "coverage_year": YOUXI_2020.coverage_year}
    wanted = {**season, "party": party, "kind": kind, "profile": profile}
    made = read(
        _Batch,
        await services.send(
            *("collection", "POST", "/v1/exchange-batches"), at=_SENT_AT, body=wanted, key=f"exchange-{kind}"
        ),
    )
    path, machine = f"/v1/exchange-batches/{made.batch_id}", f"{party}_system"
    file = await services.send("collection", "GET", f"{path}/file", at=_SENT_AT, role=machine)
    _, *known = sorted({row["person_no"] for row in rows_of(file.content).rows}, key=int)
    await services.send(
        *("collection", "POST", f"{path}/answers"), at=_ANSWERED_AT, role=machine,
        content=ExchangeParty(set(known)).answer(file.content), key=f"answers-{kind}",
    )  # fmt: skip
    now = await services.get(_Answered, "collection", path)
    return Exchanged(now.kind, now.row_count, now.accepted, now.refused)
