"""The figures of each notice's targets, worked out here from what happened to a small generated county."""

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from libs.common.events.subsidy import CardRecorded
from libs.common.policy.engine.goals import measures
from services.registration.enrollments.handlers import COLLECTION, SUBSIDY
from services.registration.progress.counting import figures_at
from tests.integration.registration.builders import household, member, moment, number, paid
from tests.integration.registration.test_progress import told
from tests.integration.registration.test_surveys import HEADER, Survey
from tests.integration.registration.test_units import open_unit, pupil

__all__ = ["open_unit"]


@dataclass
class Person:
    """Somebody of the county: where, what is listed of them, and what they did."""

    number: str
    village: str
    statuses: set[str] = field(default_factory=set)
    registered: bool = True
    paid: bool = False
    wrong: bool = False


@dataclass
class County:
    """A season of a notice in a few villages."""

    registration: Any
    county: str
    year: int
    begins: str
    villages: tuple[str, ...]
    people: list[Person] = field(default_factory=list)

    @property
    def season(self) -> dict[str, Any]:
        return {"county": self.county, "coverage_year": self.year}

    def day(self, days: int) -> str:
        return (moment(self.begins) + timedelta(days=days)).isoformat()

    async def live(self, seed: int, statuses: tuple[str, ...], people: int = 14) -> None:
        """Register, list and pay for generated people; some of each are left out."""
        chance = Random(seed)
        for _ in range(people):
            held = {one for one in statuses if chance.random() < 0.4}
            self.people.append(
                Person(
                    number(), chance.choice(self.villages), held, chance.random() < 0.9, chance.random() < 0.6
                )
            )
        for place, one in enumerate(self.people):
            if one.registered:
                row = household(
                    f"H{place}", member("张三", one.number), division_code=one.village,
                    county=self.county, year=self.year,
                )  # fmt: skip
                done = await self.registration.register(row, at=self.begins)
                assert done["rejected"] == [], done
        await self.registration.assess()
        for status in statuses:
            await self.enlist(status)
        for one in self.people:
            one.paid = one.paid and one.registered
            if one.paid:
                enrollment = (await self.registration.enrollment(one.number, year=self.year))["enrollment"]
                await told(self.registration, COLLECTION, paid(enrollment, self.day(5)), self.day(5))
        await self.registration.assess()

    async def enlist(self, status: str, days: int = 1) -> None:
        rows = [
            {"id_number": one.number, "effective_on": self.day(-200)[:10]}
            for one in self.people
            if status in one.statuses
        ]
        rules = self.registration.context.notices[self.county, self.year].document.statuses
        department = next(rule.department for rule in rules if rule.code == status)
        roster = self.season | {"status": status, "department": department, "rows": rows,
                                "listed_on": self.day(days)[:10]}  # fmt: skip
        if rows:
            answer = await self.registration.post("/v1/rosters", roster, self.day(days))
            assert answer.status_code == 200, answer.text

    async def progress(self, days: int = 40) -> dict[str, Any]:
        answer = await self.registration.http.get(
            "/v1/progress",
            params=self.season | {"as_of": self.day(days)},
            headers={"canbao-clock": self.day(days + 1)},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def enter(self, **figures: dict[str, int]) -> None:
        """Enter figures of kinds by division."""
        entered = [
            {
                "division_code": division,
                "kind": kind,
                "value": value,
                "dated_on": "2016-12-31",
                "source": "年鉴",
            }
            for kind, by_division in figures.items()
            for division, value in by_division.items()
        ]
        body = self.season | {"figures": entered}
        assert (await self.registration.post("/v1/progress/figures", body, self.day(2))).status_code == 201

    def of(self, town: str | None = None, *statuses: str) -> list[Person]:
        """People of a township who have any of the statuses."""
        return [
            one
            for one in self.people
            if (town is None or one.village.startswith(town)) and (not statuses or one.statuses & {*statuses})
        ]


def goals(shown: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {one["goal"]: (one["part"], one["whole"], one["met"]) for one in shown["goals"]}


def unit(shown: dict[str, Any], town: str) -> dict[str, Any]:
    return next(one for one in shown["units"] if one["division_code"].startswith(town))


def share(people: list[Person]) -> tuple[Any, ...]:
    """How many of people are enrolled, and whether that is all of them."""
    enrolled = sum(one.paid for one in people)
    return (enrolled, len(people), enrolled == len(people)) if people else (0, 0, None)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_songming_has_96_percent_of_a_population_and_all_of_its_groups(registration, seed):
    towns = ("530127100", "530127101")
    villages = (f"{towns[0]}201", f"{towns[1]}201")
    county = County(registration, "songming", 2018, "2017-10-10T09:00:00+08:00", villages)
    await county.live(seed, ("registered_poor", "dibao"))
    await county.enter(population={f"{towns[0]}000": 4, f"{towns[1]}000": 25})
    shown = await county.progress()
    for town, population in zip(towns, (4, 25), strict=True):
        here = county.of(town)
        enrolled = sum(one.paid for one in here)
        found = goals(unit(shown, town))
        assert found["ordinary"] == (enrolled, population, enrolled * 100 >= 96 * population)
        known = [one for one in here if one.registered]
        for goal, statuses in {
            "poor": ("registered_poor",),
            "special-groups": ("registered_poor", "dibao"),
        }.items():
            assert found[goal] == share([one for one in known if one.statuses & {*statuses}])
    # Whom rosters list and nobody registered is missing in the total, too.
    assert goals(shown["total"])["poor"] == share(county.of(None, "registered_poor"))

    # Kept for good, it says the same.
    kept = county.season | {"as_of": county.day(40)}
    assert (await registration.post("/v1/progress/snapshots", kept, county.day(41))).status_code == 201
    again = await county.progress()
    assert again.pop("snapshot_id") is not None
    assert again == {name: value for name, value in shown.items() if name != "snapshot_id"}


@pytest.mark.parametrize("seed", [1, 2])
async def test_dongan_counts_hardship_each_once_entry_and_employees(registration, seed):
    villages = ("431122101201", "431122102201")
    county = County(registration, "dongan", 2020, "2019-09-02T09:00:00+08:00", villages)
    await county.live(seed, ("registered_poor", "tekun"))
    wrong = [one for one in county.people if one.registered][:2]
    for one in wrong:
        ticket = county.season | {
            "person_id": await registration.person_id(one.number),
            "correction": {"kind": "name", "name": "李四"},
            "wrong": "与证件不符", "proofs": [{"kind": "id_card"}],
        }  # fmt: skip
        http = await registration.client(scopes=["tickets:write"], subject="village")
        sent = await http.post("/v1/tickets", json=ticket, headers={"canbao-clock": county.day(6)})
        assert sent.status_code == 201, sent.text
    await county.enter(population={"431122000000": 40}, employees={"431122000000": 30})
    shown = await county.progress()
    total, enrolled = goals(shown["total"]), sum(one.paid for one in county.people)
    registered = [one for one in county.people if one.registered]
    assert total["county-rate"] == (30 + enrolled, 40, (30 + enrolled) * 100 >= 95 * 40)
    assert total["hardship"] == share(county.of(None, "registered_poor", "tekun"))
    assert total["entry"] == (len(registered) - 2, len(registered), False)
    assert total["students"] == (0, 0, None)
    assert unit(shown, "431122101")["task"] == 34_159


async def test_dongan_measures_the_newly_poor_by_the_month_of_listing(registration):
    county = County(registration, "dongan", 2020, "2019-12-20T09:00:00+08:00", ("431122101201",))
    county.people = [Person(number(), county.villages[0]) for _ in range(2)]
    await county.live(1, (), people=0)
    county.people[0].statuses = {"registered_poor"}
    await county.enlist("registered_poor", days=15)
    notice = registration.context.notices["dongan", 2020]
    async with registration.context.engine.connect() as conn:
        made = await figures_at(conn, notice, moment(county.day(60)))
    found = measures(notice.document.goals, made.units["431122101000"])
    assert found["newly_registered_poor_rate_in_month"] == 0
    assert found["registered_poor_rate"] == 0
    assert found["newly_registered_poor_accuracy"] == 100
    assert found["entry_accuracy"] == Fraction(100)
    assert "enrollment_rate" not in found, "nobody entered a population"


async def test_dongan_counts_the_lists_of_schools(registration, open_unit):
    school = await open_unit(rule="secondary-schools", county="dongan", year=2020, village="431122101201")
    await school.sends(pupil("杨晓岚"), pupil("李小明"), at="2019-10-08T10:00:00+08:00")
    county = County(registration, "dongan", 2020, "2019-10-08T09:00:00+08:00", ("431122101201",))
    assert goals((await county.progress())["total"])["students"] == (0, 2, False)


def employee(household_no: str, village: str) -> list[str]:
    """A row of a village's register: somebody who is insured as an employee, with proof."""
    said = ("不参保", "职工医保", "社保局证明", "本人", "2020-09-11")
    return [household_no, village, "户主", "王五", number(), "", *said]


async def test_huining_holds_townships_strictly_against_the_survey(registration):
    village = "620422101201"
    county = County(registration, "huining", 2021, "2020-09-10T09:00:00+08:00", (village,))
    await county.live(5, ("registered_poor", "tekun", "marginal"), people=8)
    survey = Survey(registration)
    rows = [[f"H{place}", village, "户主", "张三", one.number] for place, one in enumerate(county.people)]
    away = employee(str(len(rows)), village)
    await survey.send(*rows, away, at=county.day(3), county="huining", coverage_year=2021)
    assert len(HEADER) == len(away)
    shown = await county.progress()
    here, enrolled = goals(unit(shown, village[:9])), sum(one.paid for one in county.people)
    # The one in employee insurance is off the base.
    assert here["townships"] == (enrolled, 8, enrolled * 100 > 97 * 8)
    for goal, statuses in {
        "poor": ("registered_poor",),
        "hardship": ("tekun",),
        "at-risk": ("marginal",),
    }.items():
        known = [one for one in county.of(None, *statuses) if one.registered]
        assert here[goal] == share(known)
    assert here["card-accounts"] == (0, enrolled, False)


async def test_huining_counts_whose_card_is_on_record_and_of_minors_the_guardians(registration):
    village = "620422101201"
    county = County(registration, "huining", 2021, "2020-09-10T09:00:00+08:00", (village,))
    parent, child, other = number(), number("2012-03-04"), number()
    rows = [
        household("H1", member("张三", parent), member("张小", child), **OF_HUINING),
        household("H2", member("李四", other), **OF_HUINING),
    ]
    assert (await registration.register(*rows, at=county.day(0)))["rejected"] == []
    await registration.assess()
    for place, known in enumerate((parent, child, other)):
        enrollment = (await registration.enrollment(known, year=2021))["enrollment"]
        await registration.handle(
            COLLECTION, paid(enrollment, county.day(1), 28_000, payment_id=place, transaction_no=f"T{place}")
        )

    async def captured():
        return goals(unit(await county.progress(), village[:9]))["card-accounts"]

    assert await captured() == (0, 3, False)
    await registration.handle(SUBSIDY, await card_of(registration, parent, county.day(2)))
    assert await captured() == (2, 3, False)
    await registration.handle(SUBSIDY, await card_of(registration, other, county.day(2)))
    await registration.handle(SUBSIDY, await card_of(registration, other, county.day(4)))
    assert await captured() == (3, 3, True)


OF_HUINING = {"county": "huining", "year": 2021, "division_code": "620422101201"}


async def card_of(registration, id_number, at):
    person_id = await registration.person_id(id_number)
    return CardRecorded(person_id=person_id, county="huining", recorded_at=moment(at))


async def test_huilong_has_a_task_for_each_village(registration):
    county = County(
        registration, "huilong", 2020, "2019-10-10T09:00:00+08:00", ("500155112200", "500155112201")
    )
    await county.live(4, ())
    shown = await county.progress()
    assert len(shown["units"]) == 16
    for village, task in {"500155112200": 2854, "500155112201": 1797}.items():
        enrolled = sum(one.paid for one in county.of(village))
        assert goals(unit(shown, village))["task-completed"] == (enrolled, task, False)


async def test_youxi_completes_the_task_with_those_for_whom_finance_pays(registration):
    county = County(registration, "youxi", 2020, "2019-09-02T09:00:00+08:00", ("350426101203",))
    await county.live(6, ())
    shown = await county.progress()
    enrolled = sum(one.paid for one in county.people)
    assert goals(unit(shown, "350426101"))["task-completed"] == (enrolled, 32_441, False)
    assert unit(shown, "350426101")["own_fen"] == 25_000 * enrolled
    assert goals(shown["total"])["task-completed"] == (enrolled, 388_800, False)
