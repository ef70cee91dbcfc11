"""The signed-off handover at the end of the demo: each party's paper, made by one and signed by another."""

import asyncio
from pathlib import Path

from pydantic import BaseModel

from canbao.demo.remitting import main_handover
from canbao.replay.credentials import tokens
from canbao.replay.play import Driver
from canbao.replay.services import Services, read
from libs.common.policy import Notice


class _Paper(BaseModel):
    sha256: str


class _Asked(BaseModel):
    state: str
    approval_id: int | None


async def sign_off(driver: Driver, notice: Notice, directory: Path) -> Path:
    """Have every party of the main handover sign its paper; give the last's page, which has all of it."""
    main = main_handover(notice)
    papers = f"/v1/handovers/{notice.county}/{notice.year}/{main.id}/papers"
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        for party in (one.department for one in main.parties):
            found = read(_Paper, await services.send("ledger", "GET", f"{papers}/{party}"))
            path = f"{papers}/{party}/signature"
            asked = read(
                _Asked,
                await services.send(
                    "ledger", "POST", path, body={"sha256": found.sha256}, key=f"sign-{party}"
                ),
            )
            if asked.approval_id is not None:
                agree = f"/v1/approvals/{asked.approval_id}/approve"
                await services.send(
                    "ledger", "POST", agree, body={}, key=f"sign-{party}-agree", role="approver"
                )
            page = await services.send("ledger", "GET", f"{papers}/{party}?format=html")
            path_of = directory / f"handover-{party}.html"
            await asyncio.to_thread(path_of.write_bytes, page.content)
    return path_of
