"""Every figure that a notice asks for, worked out here from what happened, not from a snapshot."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from services.registration.enrollments.handlers import COLLECTION, SUBSIDY
from tests.integration.registration.builders import (
    granted,
    household,
    member,
    number,
    paid,
    refunded,
)
from tests.integration.registration.test_progress import told
from tests.integration.registration.test_progress_of_notices import County, employee, goals, share, unit
from tests.integration.registration.test_surveys import Survey
from tests.integration.registration.test_units import open_unit, pupil

__all__ = ["open_unit"]

#: Where a notice is tried: from when on, and two of its villages.
PLACES = {
    ("youxi", 2020): ("2019-09-02T09:00:00+08:00", ("350426101203", "350426102201")),
    ("huining", 2021): ("2020-09-10T09:00:00+08:00", ("620422101201", "620422102201")),
    ("dongan", 2020): ("2019-09-02T09:00:00+08:00", ("431122101201", "431122102201")),
    ("huilong", 2020): ("2019-10-10T09:00:00+08:00", ("500155112200", "500155112201")),
    ("songming", 2018): ("2017-10-10T09:00:00+08:00", ("530127100201", "530127101201")),
}
#: What all have: how far units are, and whose money it is.
COUNTED = ("registered", "assessed", "paid", "exempt", "ended", "refunded", "own_fen")
PAYER = "medical_assistance"


def county_of(registration: Any, name: str, year: int) -> County:
    begins, villages = PLACES[name, year]
    return County(registration, name, year, begins, villages)


async def registered(county: County, no: int, village: str) -> dict[str, Any]:
    """Somebody new, with the enrollment."""
    head = number()
    row = household(
        f"F{no}", member("张三", head), division_code=village, county=county.county, year=county.year
    )
    assert (await county.registration.register(row, at=county.begins))["rejected"] == []
    await county.registration.assess()
    enrollment: dict[str, Any] = (await county.registration.enrollment(head, year=county.year))["enrollment"]
    return enrollment


# ------------------------------------------------------------------------------------------ what all have


async def live(county: County, seed: int) -> list[tuple[int, str, str, int]]:
    """Lives of a season as (day, village, what happened, fen): told one after another, remembered here."""
    chance, told_of = Random(seed), list[tuple[int, str, str, int]]()
    registration, fen = county.registration, 18_000 if county.county == "songming" else 25_000
    for no in range(8):
        village = chance.choice(county.villages)
        enrollment = await registered(county, no, village)
        told_of.append((0, village, "registered", 0))
        day, ending = chance.randrange(2, 20), chance.choice(("paid", "exempt", "ended", "refunded", "open"))
        at = county.day(day)
        if ending in ("paid", "refunded"):
            payment = paid(enrollment, at, fen)
            await told(registration, COLLECTION, payment, at)
            told_of.append((day, village, "paid", fen))
            if ending == "refunded":
                await told(registration, SUBSIDY, refunded(payment, county.day(day + 5)), county.day(day + 5))
                told_of.append((day + 5, village, "refunded", fen))
        elif ending == "exempt":
            grant = granted(enrollment, at, no + 1).model_copy(update={"amount_fen": fen, "payer": PAYER})
            await told(registration, SUBSIDY, grant, at)
            told_of.append((day, village, "exempt", fen))
        elif ending == "ended":
            path = f"/v1/enrollments/{enrollment['enrollment_id']}/cancel"
            answer = await registration.post(path, {"reason": "moved away"}, at)
            assert answer.status_code == 200, answer.text
            told_of.append((day, village, "ended", 0))
    return told_of


def figures(told_of: list[tuple[int, str, str, int]], until: int, place: str) -> dict[str, Any]:
    """What these events come to."""
    heard = [one for one in told_of if one[0] <= until and one[1].startswith(place)]
    happened = Counter(what for _, _, what, _ in heard)
    paid_now = happened["paid"] - happened["refunded"]
    return {
        "registered": happened["registered"] - happened["ended"],
        # All of them are known to owe something, or nothing.
        "assessed": happened["registered"] - happened["ended"],
        "paid": paid_now,
        "exempt": happened["exempt"],
        "ended": happened["ended"],
        "refunded": happened["refunded"],
        "own_fen": sum(
            fen if what == "paid" else -fen for *_, what, fen in heard if what in ("paid", "refunded")
        ),
        "help": sum(fen for *_, what, fen in heard if what == "exempt"),
    }


@pytest.mark.parametrize(("name", "year"), PLACES)
async def test_counts_and_money_are_those_of_the_events_at_any_instant(registration, name, year):
    county = county_of(registration, name, year)
    told_of = await live(county, seed=year + len(name))
    for until in (1, 8, 14, 30):
        shown = await county.progress(until)
        for place, unit_of in [
            *((village[:9] if name != "huilong" else village, True) for village in county.villages),
            (county.villages[0][:6], False),
        ]:
            one = unit(shown, place) if unit_of else shown["total"]
            wanted = figures(told_of, until, place)
            helped = sum(each["amount_fen"] for each in one["help"])
            assert {each: one[each] for each in COUNTED} | {"help": helped} == wanted, (until, place)
            # Those for whom finance pays count in the task: HL by village, YX and DA by township.
            assert one["completion"]["part"] == wanted["paid"] + wanted["exempt"]


@pytest.mark.parametrize(
    ("name", "year", "units", "stated", "computed", "population"),
    [
        ("youxi", 2020, 15, 388_800, 388_800, 452_184),
        ("dongan", 2020, 16, 578_500, 578_501, None),
        ("huilong", 2020, 16, 36_674, 36_674, None),
    ],
)
async def test_tasks_stand_as_stated_and_as_their_rows_come_to(
    registration, name, year, units, stated, computed, population
):
    shown = await county_of(registration, name, year).progress(1)
    tasks = [one["task"] for one in shown["units"]]
    assert (len(tasks), shown["stated_task"], shown["computed_task"]) == (units, stated, computed)
    assert (sum(tasks), shown["computed_population"]) == (computed, population)


# --------------------------------------------------------------------------------- groups of whom all join

#: Goal -> whose 100 percent it is, as the clause names them.
GROUPS = {
    ("dongan", 2020): {"hardship": ("registered_poor", "tekun", "dibao", "safety_net", "disabled")},
    ("huining", 2021): {
        "poor": ("registered_poor",),
        "hardship": ("tekun", "orphan", "unattended_child", "disabled"),
        "at-risk": ("marginal", "monitored"),
    },
    ("songming", 2018): {
        "poor": ("registered_poor",),
        "special-groups": (
            *("dibao", "disabled", "low_income_urban", "tekun", "orphan", "fp_only_child_parent"),
            *("fp_only_child", "fp_two_daughters", "fp_bereaved_parent", "registered_poor"),
        ),
    },
}


@pytest.mark.parametrize(("name", "year"), GROUPS)
async def test_groups_count_everybody_whom_any_of_their_lists_names_once(registration, name, year):
    county, groups = county_of(registration, name, year), GROUPS[name, year]
    listed = dict.fromkeys(status for statuses in groups.values() for status in statuses)
    await county.live(7, tuple(listed), people=12)
    shown = await county.progress()
    for goal, statuses in groups.items():
        assert goals(shown["total"])[goal] == share(county.of(None, *statuses)), goal
        for village in county.villages:
            known = [one for one in county.of(village[:9], *statuses) if one.registered]
            assert goals(unit(shown, village[:9]))[goal] == share(known), (goal, village)


# ------------------------------------------------------------------------------------------------- HN 六、九


async def test_huining_is_above_97_percent_and_not_at_it(registration):
    county = county_of(registration, "huining", 2021)
    village, numbers = county.villages[0], [number() for _ in range(100)]
    survey = Survey(registration)
    rows = [[f"H{no}", village, "户主", "张三", known] for no, known in enumerate(numbers)]
    await survey.send(*rows, at=county.day(1), county="huining", coverage_year=2021)
    made = [
        household(f"H{no}", member("张三", known), division_code=village, county="huining", year=2021)
        for no, known in enumerate(numbers[:98])
    ]
    assert (await registration.register(*made, at=county.begins))["rejected"] == []
    await registration.assess()

    async def reached(people: list[str], day: int) -> tuple[Any, ...]:
        for known in people:
            enrollment = (await registration.enrollment(known, year=2021))["enrollment"]
            await told(registration, COLLECTION, paid(enrollment, county.day(day), 28_000), county.day(day))
        found = goals(unit(await county.progress(day + 1), village[:9]))
        assert found["entry-rate"] == (98, 100, False), "two of the survey are not entered"
        return found["townships"]

    assert await reached(numbers[:97], 3) == (97, 100, False)
    assert await reached(numbers[97:98], 5) == (98, 100, True)


async def test_huining_sets_apart_who_is_elsewhere_or_refuses_and_what_was_entered_wrongly(registration):
    county = county_of(registration, "huining", 2021)
    await county.live(3, (), people=6)
    village = county.villages[0]
    away = employee("A1", village)
    refuses = ["A2", village, "户主", "赵六", number(), "", "不参保", "不愿参保", "", "本人", "2020-09-11"]
    known = [[f"H{no}", one.village, "户主", "张三", one.number] for no, one in enumerate(county.people)]
    await Survey(registration).send(
        *known, away, refuses, at=county.day(3), county="huining", coverage_year=2021
    )
    wrong = next(one for one in county.people if one.registered)
    ticket = county.season | {
        "person_id": await registration.person_id(wrong.number),
        "correction": {"kind": "name", "name": "李四"},
        "wrong": "与证件不符", "proofs": [{"kind": "id_card"}],
    }  # fmt: skip
    http = await registration.client(scopes=["tickets:write"], subject="village")
    sent = await http.post("/v1/tickets", json=ticket, headers={"canbao-clock": county.day(6)})
    assert sent.status_code == 201, sent.text
    shown = await county.progress()
    total, entered = shown["total"], sum(one.registered for one in county.people)
    assert (total["elsewhere"], total["refusing"]) == (1, 1)
    # Whoever refuses is still to be insured (HN-10); whoever is insured elsewhere is not.
    assert goals(total)["entry-rate"] == (entered, len(county.people) + 1, False)
    assert goals(total)["entry"] == (entered - 1, entered, False)


# ------------------------------------------------------------------------------------------------ DA 一


async def test_dongan_counts_students_of_its_schools_who_have_paid(registration, open_unit):
    county = county_of(registration, "dongan", 2020)
    school = await open_unit(rule="secondary-schools", county="dongan", year=2020, village=county.villages[0])
    pupils = [number("2003-05-06") for _ in range(3)]
    await school.sends(*(pupil("杨晓岚", one) for one in pupils), at=county.day(1))
    await registration.assess()
    for place, day in ((0, 3), (1, 5)):
        enrollment = (await registration.enrollment(pupils[place], year=2020))["enrollment"]
        await told(registration, COLLECTION, paid(enrollment, county.day(day)), county.day(day))
    for day, enrolled in ((2, 0), (4, 1), (6, 2)):
        assert goals((await county.progress(day))["total"])["students"] == (enrolled, 3, False)
