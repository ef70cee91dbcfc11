"""A bank debits accounts at the end of the demo: mandates, a batch that two agree on, the bank's answer."""

from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from random import Random

from pydantic import BaseModel

from canbao.demo.outside import DEBITING_BANK, to_pay, until
from canbao.demo.profiles import YOUXI_2020, at
from canbao.replay.credentials import tokens
from canbao.replay.play import Driver
from canbao.replay.services import Refused, Services, read
from canbao.simulator.debiting_bank import DebitingBank
from canbao.simulator.debiting_bank import read as lines_of

_SIGNED_AT, _MADE_AT, _AGREED_AT = at(2020, 2, 24, 9), at(2020, 2, 24, 14), at(2020, 2, 24, 15)
_DAY, _GIVEN_AT, _DEBITED_AT, _FED_AT = "2020-02-25", *(at(2020, 2, 25, hour) for hour in (9, 17, 18))
_ATTEMPTS = 3


class _Sum(BaseModel):
    count: int = 0
    amount_fen: int = 0


class _Made(BaseModel):
    batch_id: int


class _Batch(BaseModel):
    state: str
    approval_id: int | None
    declared_count: int
    progress: dict[str, _Sum]


class Debited(BaseModel):
    """What the bank was asked for, and what it said."""

    asked: int
    paid: int
    paid_fen: int
    failed: int


async def debit(driver: Driver) -> Debited:
    """Have the bank debit some who still owe; it refuses the first one of its file, on which nothing is."""
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        people = await to_pay(services, YOUXI_2020, _SIGNED_AT)
        await _sign(services, people)
        season = {"county": YOUXI_2020.county, "coverage_year": YOUXI_2020.coverage_year}
        wanted = {**season, "channel": DEBITING_BANK, "debit_on": _DAY}
        path, file = await _given_out(services, wanted)
        empty = [one.account for one in lines_of(file)[:1]]
        bank = DebitingBank(Random(1), poor=0, closed=0, empty=empty)  # nosec B311
        await services.send(
            *("collection", "POST", f"{path}/results"), at=_FED_AT,
            content=bank.debit(file, _DEBITED_AT), key="debit-results",
        )  # fmt: skip
        await services.wait_until_quiet()
        batch = await services.get(_Batch, "collection", path)
    paid, failed = (batch.progress.get(word, _Sum()) for word in ("paid", "failed"))
    return Debited(asked=batch.declared_count, paid=paid.count, paid_fen=paid.amount_fen, failed=failed.count)


async def _given_out(services: Services, wanted: Mapping[str, object]) -> tuple[str, bytes]:
    """Its path, and the file.

    The season's newest money is younger than the day of the debit: the look of each minute ends what is not
    given out. The next batch is given out before the next look.
    """
    for attempt in range(_ATTEMPTS):
        if (given := await _unless_ended(services, wanted, f"debit-batch-{attempt}")) is not None:
            return given
    raise RuntimeError(f"each of {_ATTEMPTS} batches of debits was ended before its file was given out")


async def _unless_ended(
    services: Services, wanted: Mapping[str, object], key: str
) -> tuple[str, bytes] | None:
    asked = await services.send(
        *("collection", "POST", "/v1/debit-batches"), at=_MADE_AT, body=wanted, key=key
    )  # fmt: skip
    path = f"/v1/debit-batches/{read(_Made, asked).batch_id}"
    await until(partial(_is_made, services, path))
    approval_id = (await services.get(_Batch, "collection", path)).approval_id
    if approval_id is None:
        return None
    agree = f"/v1/approvals/{approval_id}/approve"
    try:
        await services.send(
            *("collection", "POST", agree), at=_AGREED_AT, role="approver", body={}, key=f"{key}-agree"
        )  # fmt: skip
        return path, (await services.send("collection", "GET", f"{path}/file", at=_GIVEN_AT)).content
    except Refused as refused:
        if refused.status != HTTPStatus.CONFLICT:
            raise
        return None


async def _sign(services: Services, people: Sequence[int]) -> None:
    """Each signs a mandate; accounts are made up."""
    for person_id in people:
        mandate = {
            "county": YOUXI_2020.county,
            "channel": DEBITING_BANK,
            "agreement_no": f"DK{person_id:08d}",
            "holder": "参保人",
            "account_no": f"6230{person_id:012d}",
            "person_ids": [person_id],
            "from_year": YOUXI_2020.coverage_year,
        }
        await services.send(
            *("collection", "POST", "/v1/debit-mandates"), at=_SIGNED_AT, body=mandate,
            key=f"mandate-{person_id}",
        )  # fmt: skip


async def _is_made(services: Services, path: str) -> bool:
    return (await services.get(_Batch, "collection", path)).state != "making"
