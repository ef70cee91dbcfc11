"""The first accounting month at the end of the demo: locked by one, closed by another, its journal given."""

import asyncio
from pathlib import Path

from pydantic import BaseModel

from canbao.replay.credentials import tokens
from canbao.replay.play import Driver
from canbao.replay.services import Services, read


class _Waiting(BaseModel):
    approval_id: int


class Month(BaseModel):
    """An accounting month, and how it stands."""

    month: str
    state: str


class _Months(BaseModel):
    items: list[Month]


async def close_first_month(driver: Driver, county: str, directory: Path) -> tuple[Month, Path]:
    """Lock and close the first month in which anything is booked; give it, and its journal.

    As CSV, which comes while it is read: as a workbook that of a whole county takes minutes.
    """
    listed = f"/v1/periods?county={county}"
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        first = (await services.get(_Months, "ledger", listed)).items[0]
        about = f"/v1/periods/{county}/{first.month}"
        await services.send("ledger", "POST", f"{about}/lock", key=f"lock-{first.month}")
        close = await services.send("ledger", "POST", f"{about}/close", body={}, key=f"close-{first.month}")
        waiting = read(_Waiting, close)
        agree = f"/v1/approvals/{waiting.approval_id}/approve"
        await services.send("ledger", "POST", agree, body={}, key=f"agree-{first.month}", role="approver")
        journal = await services.send("ledger", "GET", f"{about}/journal/file?format=csv")
        path = directory / f"journal-{first.month}.csv"
        await asyncio.to_thread(path.write_bytes, journal.content)
        return (await services.get(_Months, "ledger", listed)).items[0], path
