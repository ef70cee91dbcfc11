"""A child born in the window of Dongan pays two coverage years with the household's one order (五).

Its notice is played a year later as well, so that there is one of the year before.
"""

import uuid
from dataclasses import dataclass

import pytest

from canbao.context import load_all_notices
from canbao.policy.drafting import draft
from libs.common.policy import Notices, load_notice_bytes
from libs.common.settings import CommonSettings
from tests.integration.stories.conftest import Somebody, Story, moment
from tests.integration.stories.test_people import rows

BORN_ON, REGISTERED, PAID_ON = "2020-10-01", "2020-10-10", "2020-10-20"
THIS, BEFORE = 2021, 2020


@pytest.fixture
def notices():
    known = load_all_notices(CommonSettings())
    text = draft(known[("dongan", BEFORE)].source_text.decode(), THIS).text
    return Notices([known[("dongan", BEFORE)], load_notice_bytes(text.encode(), "dongan/2021.yaml")])


@dataclass
class ThisYear(Story):
    """The county in the later year."""

    @property
    def year(self) -> int:
        return THIS


@pytest.fixture
async def family(tell):
    """A mother of the later year, and her child of both."""
    before = await tell("dongan")
    this = ThisYear(before.county, before.code, before.token_of, before.numbers)
    child = await before.person(REGISTERED, household="H1", born=BORN_ON)
    mother = await this.person(REGISTERED, household="H1", born="1990-05-05")
    await this.person(REGISTERED, household="H1", born=BORN_ON, number=child.number)
    return this, mother, Somebody(this, child.number, "H1")


async def orders(story, *people, earlier=(), expect=201):
    ids = {one.number: (await one.due(PAID_ON))["person_id"] for one in people}
    wanted = {"county": "dongan", "coverage_year": THIS, "person_ids": [*ids.values()], "channel": "tax"}
    if earlier:
        wanted["earlier_year"] = {"person_ids": [ids[one.number] for one in earlier]}
    answer = await story.county.ask("collection", "POST", "/v1/orders", moment(PAID_ON), wanted)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def pays(story, order):
    payment = {
        "transaction_no": f"T{uuid.uuid4().hex[:12]}", "paid_at": moment(PAID_ON).isoformat(),
        "amount_fen": order["amount_fen"], "order_no": order["order_no"],
        "county": "dongan", "coverage_year": THIS,
    }  # fmt: skip
    assert (await story.county.pay(payment, moment(PAID_ON))).status_code in (200, 202)
    await story.county.settle()


async def enrolled(story):
    sql = """SELECT coverage_year, state, count(*) AS people FROM enrollments
             GROUP BY 1, 2 ORDER BY 1, 2"""
    return [tuple(one) for one in await rows(story, "registration", sql)]


async def totals(story, year):
    season = {"county": "dongan", "coverage_year": year}
    found = await story.county.expect("ledger", "GET", "/v1/totals", moment(PAID_ON), **season)
    return found["total"]["head_count"], found["total"]["amount_fen"] / 100


async def test_both_years_are_paid_at_once_and_each_has_its_own_cover_and_books(family):
    story, mother, child = family
    refused = await orders(story, mother, child, expect=409)
    assert refused["type"] == "urn:canbao:problem:earlier-year-first"
    owed = (await child.due(PAID_ON))["earlier_year"]
    assert (owed["coverage_year"], owed["payable_fen"]) == (BEFORE, 25_000)

    order = await orders(story, mother, child, earlier=[child])
    assert order["amount_fen"] == 75_000
    await pays(story, order)
    assert await enrolled(story) == [(BEFORE, "paid", 1), (THIS, "paid", 2)]
    assert (await totals(story, BEFORE), await totals(story, THIS)) == ((1, 250), (2, 500))
    assert await child.suspended() == []
    sql = "SELECT coverage_year, benefit_to FROM enrollments ORDER BY 1"
    covers = [(one.coverage_year, str(one.benefit_to)) for one in await rows(story, "registration", sql)]
    assert covers == [(BEFORE, "2020-12-31"), (THIS, "2021-12-31"), (THIS, "2021-12-31")]


async def test_what_of_it_does_not_fit_any_more_waits_and_the_rest_counts(family):
    story, mother, child = family
    order = await orders(story, mother, child, earlier=[child])
    before = {"county": "dongan", "coverage_year": BEFORE, "transaction_no": "T1", "amount_fen": 25_000}
    before["items"] = [{"id_number": child.number, "name": child.name, "amount_fen": 25_000}]
    before["paid_at"] = moment(PAID_ON).isoformat()
    assert (await story.county.pay(before, moment(PAID_ON))).status_code in (200, 202)
    await story.county.settle()
    await pays(story, order)
    assert await enrolled(story) == [(BEFORE, "paid", 1), (THIS, "paid", 2)]
    assert await child.suspended() == [("already_paid", 250)]
