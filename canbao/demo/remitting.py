"""What finance does with money at the end of the demo: it remits up to the city, and pays the work funds."""

from datetime import datetime, time

from pydantic import BaseModel

from canbao.replay.credentials import tokens
from canbao.replay.play import Driver
from canbao.replay.services import Services, read
from libs.common.clock import SHANGHAI
from libs.common.policy import Notice
from libs.common.policy.format.custody_rules import Handover


class _Moved(BaseModel):
    amount_fen: int


class _Unit(BaseModel):
    division_code: str
    missing_fen: int


class _WorkFunds(BaseModel):
    units: list[_Unit]


def main_handover(notice: Notice) -> Handover:
    """The handover of the main window."""
    return next(one for one in notice.handovers if one.kind == "main")


async def remit_upward(driver: Driver, notice: Notice) -> int:
    """Remit what belongs to the fund on the day on which the main handover is due; give the fen."""
    main = main_handover(notice)
    moved = {
        "county": notice.county,
        "coverage_year": notice.year,
        "kind": "upward_remittance",
        "reference": f"{notice.county}-upward-{main.id}",
        "business_at": _ten_on_its_day(main).isoformat(),
    }
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        made = await services.send("ledger", "POST", "/v1/movements", body=moved, key="upward")
    return read(_Moved, made).amount_fen


async def pay_work_funds(driver: Driver, notice: Notice) -> tuple[int, int]:
    """Pay each township what the signed score sheet gives it; give how many, and the fen."""
    season = f"county={notice.county}&coverage_year={notice.year}"
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        found = await services.get(_WorkFunds, "ledger", f"/v1/work-funds?{season}")
        owed = [one for one in found.units if one.missing_fen > 0]
        payments = [
            {
                "division_code": one.division_code,
                "reference": f"work-funds-{one.division_code}",
                "amount_fen": one.missing_fen,
                "paid_at": _ten_on_its_day(main_handover(notice)).isoformat(),
            }
            for one in owed
        ]
        if payments:
            body: dict[str, object] = {"county": notice.county, "coverage_year": notice.year}
            body["payments"] = payments
            await services.send("ledger", "POST", "/v1/work-funds/payments", body=body, key="work-funds")
    return len(owed), sum(one.missing_fen for one in owed)


def _ten_on_its_day(handover: Handover) -> datetime:
    return datetime.combine(handover.due_on or handover.last_day, time(10), SHANGHAI)
