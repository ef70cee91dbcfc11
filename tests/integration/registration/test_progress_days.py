"""The curve of a season: since when whoever is complete now is, beside the task of the notice."""

from typing import Any

from services.registration.enrollments.handlers import COLLECTION, SUBSIDY
from tests.integration.registration.builders import paid, refunded
from tests.integration.registration.test_progress import HERE, SEASON, THERE, resident, told

CLOCK = {"canbao-clock": "2019-11-07T00:00:00+08:00"}


async def days(http: Any, **season: Any) -> Any:
    return await http.get("/v1/progress/days", params=SEASON | season, headers=CLOCK)


async def pays(registration: Any, no: str, at: str, **more: Any) -> Any:
    _, enrollment = await resident(registration, no, **more)
    payment = paid(enrollment, f"{at}+08:00")
    await told(registration, COLLECTION, payment, f"{at}+08:00")
    return payment


async def test_counts_each_person_on_the_day_of_the_payment(registration):
    first = await pays(registration, "1", "2019-10-01T10:00:00")
    await pays(registration, "2", "2019-10-01T23:59:59")
    await pays(registration, "3", "2019-10-03T00:00:00")
    shown = (await days(registration.http)).json()
    assert shown["items"] == [
        {"on": "2019-10-01", "completed": 2, "complete": 2},
        {"on": "2019-10-03", "completed": 1, "complete": 3},
    ]

    # Whose money went back is complete no more.
    back = refunded(first, "2019-11-05T10:00:00+08:00")
    await told(registration, SUBSIDY, back, "2019-11-06T09:00:00+08:00")
    assert [one["complete"] for one in (await days(registration.http)).json()["items"]] == [1, 2]


async def test_a_township_sees_its_own_people_and_task(registration):
    await pays(registration, "1", "2019-10-01T10:00:00")
    await pays(registration, "2", "2019-10-02T10:00:00", division_code=THERE)
    county = (await days(registration.http)).json()
    township = await registration.client(scopes=["progress:read"], division=HERE[:9])
    own = (await days(township)).json()
    assert (own["division_code"], len(own["items"]), len(county["items"])) == (f"{HERE[:9]}000", 1, 2)
    assert 0 < own["target"] < county["target"]
    assert own["from_on"] < own["items"][0]["on"] < own["to_on"]


async def test_another_county_sees_nothing(registration):
    other = await registration.client(scopes=["progress:read"], division="431122")
    assert (await days(other)).status_code == 403
    assert (await days(registration.http, county="nowhere")).status_code == 404
