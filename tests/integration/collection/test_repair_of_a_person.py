"""An officer sees what somebody could repair, until when and at what price; the look is on record."""

from datetime import timedelta

import pytest

from .test_stories_of_repairs import NOW, assessed, contribution


async def offer(counter, person=1, at=NOW, year=2026):
    asked = {"person_id": person, "coverage_year": year}
    return await counter.http.get("/v1/dues/repair", params=asked, headers={"canbao-clock": at.isoformat()})


async def test_the_last_day_is_known_once_the_contribution_is_paid(counter):
    await counter.tell(assessed(counter, 1))
    before = (await offer(counter)).json()["repair"]
    assert [one["repaired_year"] for one in before["years"]] == [2025, 2024]
    assert (before["years"][0]["price_fen"], before["until_on"]) == (40_000, None)
    await contribution(counter)
    paid = (await offer(counter, at=NOW + timedelta(days=1))).json()["repair"]
    assert paid["until_on"] == "2026-05-31"
    looked = await counter.rows("SELECT person_id FROM person_lookups WHERE operation = 'get_repair'")
    assert [one.person_id for one in looked] == [1, 1]


async def test_nothing_is_offered_to_who_has_not_lapsed(counter):
    await counter.tell(assessed(counter, 1, repair=None))
    answer = await offer(counter)
    assert (answer.status_code, answer.json()["repair"]) == (200, None)


@pytest.mark.parametrize(("person", "year"), [(2, 2026), (1, 2025)])
async def test_whoever_owes_nothing_is_not_found(counter, person, year):
    await counter.tell(assessed(counter, 1))
    assert (await offer(counter, person, year=year)).status_code == 404
