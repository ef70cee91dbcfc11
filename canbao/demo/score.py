"""The score sheet at the end of the demo: budgets that two people agree on, a sheet that two people sign."""

import asyncio
from pathlib import Path

from pydantic import BaseModel

from canbao.replay.credentials import tokens
from canbao.replay.play import Driver
from canbao.replay.services import Services, read
from libs.common.policy import Notice

#: What finance sets aside for each person of the task.
_FEN_FOR_EACH = 100


class _Waiting(BaseModel):
    approval_id: int


async def sign_score_sheet(driver: Driver, notice: Notice, directory: Path) -> Path:
    """Enter a budget for each township, freeze the sheet and sign it; give the page."""
    season: dict[str, object] = {"county": notice.county, "coverage_year": notice.year}
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        for row in notice.targets.rows if notice.targets else ():
            budget = {
                **season,
                "division_code": row.division,
                "kind": "budget",
                "amount_fen": row.task * _FEN_FOR_EACH,
                "happened_on": f"{notice.year}-01-06",
                "evidence": "县财政工作经费预算表",
            }
            await _agreed(services, "/v1/scores/entries", budget, f"budget-{row.division}")
        await _agreed(services, "/v1/scores/sheets", {**season, "reason": "工作经费结算"}, "score-sheet")
        await services.wait_until_quiet()  # the ledger hears what each township gets
        query = f"county={notice.county}&coverage_year={notice.year}&format=html"
        page = await services.send("registration", "GET", f"/v1/scores?{query}")
    path = directory / "score-sheet.html"
    await asyncio.to_thread(path.write_bytes, page.content)
    return path


async def _agreed(services: Services, path: str, body: dict[str, object], key: str) -> None:
    """Ask as one person, agree as another."""
    made = read(_Waiting, await services.send("registration", "POST", path, body=body, key=key))
    agree = f"/v1/approvals/{made.approval_id}/approve"
    await services.send("registration", "POST", agree, body={}, key=f"{key}-agree", role="approver")
