"""The bulletin at the end of the demo: drafted, signed by somebody else, and given as a page."""

from datetime import date, datetime, time, timedelta

from pydantic import BaseModel

from canbao.replay.credentials import tokens
from canbao.replay.play import Driver
from canbao.replay.services import Services, read
from libs.common.clock import SHANGHAI

#: Youxi's monthly bulletin at the end of its main window.
BULLETIN = ("youxi", 2020, "county-bulletin", date(2019, 12, 31))


class _Bulletin(BaseModel):
    bulletin_id: int


async def issue_bulletin(
    driver: Driver, county: str, coverage_year: int, kind: str, period_to: date
) -> bytes:
    """Issue a bulletin on the morning after its period, and give its page."""
    morning = datetime.combine(period_to + timedelta(days=1), time(9), SHANGHAI)
    wanted = {
        "county": county,
        "coverage_year": coverage_year,
        "kind": kind,
        "period_to": period_to.isoformat(),
    }
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        drafted = await services.send(
            "registration", "POST", "/v1/bulletins", at=morning, body=wanted, key=f"draft-{kind}-{period_to}"
        )
        made = f"/v1/bulletins/{read(_Bulletin, drafted).bulletin_id}"
        noon = morning + timedelta(hours=3)
        await services.send(
            *("registration", "POST", f"{made}/sign"),
            at=noon, role="approver", body={"note": "同意印发"}, key=f"sign-{kind}-{period_to}",
        )  # fmt: skip
        page = await services.send("registration", "GET", f"{made}/file", at=noon)
    return page.content
