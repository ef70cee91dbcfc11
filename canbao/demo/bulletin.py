"""The bulletin at the end of the demo: drafted, signed by a second person, and given as a page."""

from datetime import date, datetime, time, timedelta

from pydantic import BaseModel

from canbao.replay.credentials import tokens
from canbao.replay.play import Driver
from canbao.replay.services import Services
from libs.common.clock import SHANGHAI

#: Youxi's monthly bulletin at the end of its main window.
BULLETIN = ("youxi", 2020, "county-bulletin", date(2019, 12, 31))


_DRAFTED_MEANWHILE = frozenset({409})
#: Periods that the service may have drafted before it.
_MOST = 24


class _Bulletin(BaseModel):
    bulletin_id: int
    kind: str
    period_to: date
    state: str


class _Bulletins(BaseModel):
    items: list[_Bulletin]


async def issue_bulletin(
    driver: Driver, county: str, coverage_year: int, kind: str, period_to: date
) -> bytes:
    """Issue a bulletin on the morning after its period, and give its page.

    The service drafts by itself when a period is over: what waits is signed, in order.
    """
    morning = datetime.combine(period_to + timedelta(days=1), time(9), SHANGHAI)
    season = {"county": county, "coverage_year": coverage_year}
    listed = f"/v1/bulletins?county={county}&coverage_year={coverage_year}"
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        for _ in range(_MOST):
            known = [one for one in (await services.get(_Bulletins, "registration", listed)).items
                     if one.kind == kind]  # fmt: skip
            made = next((one for one in known if (one.state, one.period_to) == ("signed", period_to)), None)
            if made is not None:
                break
            waiting = next((one for one in known if one.state == "draft"), None)
            if waiting is not None:
                await _sign(services, waiting, morning + timedelta(hours=3))
                continue
            await services.send(
                *("registration", "POST", "/v1/bulletins"),
                at=morning, body={**season, "kind": kind, "period_to": period_to.isoformat()},
                key=f"draft-{kind}-{period_to}", accept=_DRAFTED_MEANWHILE,
            )  # fmt: skip
        else:
            raise RuntimeError(f"no bulletin {kind} of {period_to} after {_MOST} attempts")
        page = await services.send("registration", "GET", f"/v1/bulletins/{made.bulletin_id}/file")
    return page.content


async def _sign(services: Services, one: _Bulletin, at: datetime) -> None:
    await services.send(
        *("registration", "POST", f"/v1/bulletins/{one.bulletin_id}/sign"),
        at=at, role="approver", body={"note": "同意印发"}, key=f"sign-{one.bulletin_id}",
    )  # fmt: skip
