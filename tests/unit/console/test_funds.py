"""An application for money calls places by their names."""

from services.console.funds.schemas import FundLine, FundLines, Township
from services.console.funds.showing import _people, _townships
from services.console.persons.rules import Called

CALLED = Called(places={"620422101": ("郭城驿镇", "Guochengyi Town")})
LINE = FundLine(
    grant_id=1, verification_id=2, person_id=3, division_code="620422101200", status="dibao",
    mechanism="paid_on_behalf", amount_fen=20_000, revoked=False, funded_at=None,
)  # fmt: skip


def test_townships_by_name_and_code():
    (row,) = _townships([Township(division_prefix="620422101", line_count=3, total_fen=60_000)], CALLED).rows

    assert (row[0].zh, row[0].en) == ("郭城驿镇 620422101", "Guochengyi Town 620422101")


def test_villages_by_the_name_of_their_township_and_code():
    (row,) = _people(FundLines(items=[LINE], next_after=None), CALLED, opens=False).table.rows

    assert (row[2].zh, row[2].en) == ("郭城驿镇 620422101200", "Guochengyi Town 620422101200")
