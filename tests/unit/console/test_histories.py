"""The page of a person's years."""

import pytest

from services.console.histories.schemas import PersonHistory, Year
from services.console.histories.showing import history_page

COUNTIES = {"youxi": ("尤溪县", "Youxi")}


@pytest.mark.parametrize(
    ("county", "place", "shown"),
    [
        ("youxi", None, "尤溪县"),
        ("youxi", "福州市", "福州市"),
        ("elsewhere", None, "elsewhere"),
        (None, None, ""),
    ],
)
def test_says_where_somebody_was_insured_as_the_place_is_called(county, place, shown):
    year = Year(
        coverage_year=2019, insured=True, basis=None, county=county, place=place, scheme=None, source=None
    )

    page = history_page(
        1, PersonHistory(first_year_due=1990, years=[year], statements=[]), COUNTIES, corrects=False
    )

    assert page.parts[0].table.rows[0][3].zh == shown
