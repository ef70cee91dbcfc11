"""A family's receipt at the end of the demo: issued as an officer would, to be checked by anybody."""

from pydantic import BaseModel

from canbao.replay.credentials import tokens
from canbao.replay.play import Driver
from canbao.replay.services import Services, read


class _Batch(BaseModel):
    batch_id: int | None
    next_after: str | None


class Certificate(BaseModel):
    """A certificate, and where it is checked."""

    certificate_no: str
    check_address: str


class _Page(BaseModel):
    items: list[Certificate]


async def issue_receipt(driver: Driver, county: str, coverage_year: int, division: str) -> Certificate | None:
    """Issue a receipt for the first household whose names the channels said; None where there is none."""
    body = {
        "kind": "receipt",
        "county": county,
        "coverage_year": coverage_year,
        "division_code": division.ljust(12, "0"),
        "by_household": True,
    }
    after = "0"
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        while True:
            path = f"/v1/certificate-batches?limit=1&after={after}"
            made = read(_Batch, await services.send("collection", "POST", path, body=body, key=path))
            if made.batch_id is not None:
                page = await services.get(_Page, "collection", f"/v1/certificates?batch_id={made.batch_id}")
                return page.items[0]
            if made.next_after is None:
                return None
            after = made.next_after
