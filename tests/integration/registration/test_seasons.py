"""The next season is opened with everybody who was insured: whom it enrolls, whom not and why."""

import pytest

from canbao.policy.drafting import draft
from libs.common.policy import Notices, load_notice_bytes
from libs.common.setbacks import SetBack
from services.registration.enrollments import handlers
from services.registration.seasons import opening, store
from services.registration.seasons.opening import open_step, renew_payers
from tests.integration.registration.builders import OTHER_VILLAGE, household, member, number, paid, suspended

NEXT = "2020-09-01T09:00:00+08:00"


def next_year(notice):
    """The notice of the year after, as it would be drafted."""
    text = draft(notice.source_text.decode(), notice.year + 1).text
    return load_notice_bytes(text.encode(), f"{notice.county}/{notice.year + 1}.yaml")


@pytest.fixture
def two_years(registration):
    """The county's notices of two years, side by side."""
    notices = registration.context.notices
    registration.context.notices = Notices([*notices.values(), next_year(notices[("youxi", 2020)])])
    yield registration
    registration.context.notices = notices


class Season:
    """Last year's people, and the opening of the new season."""

    def __init__(self, registration):
        self.registration = registration

    async def insured(self, no, *numbers, **more):
        """Have people insured for 2020 in one household."""
        people = [member("张三", one) for one in numbers]
        await self.registration.register(household(no, *people, **more))
        await self.registration.assess()
        for one in numbers:
            await self.pay(one)

    async def pay(self, one):
        enrollment = (await self.registration.enrollment(one))["enrollment"]
        fact = paid(enrollment, "2019-11-20T10:00:00+08:00", person_id=await self.registration.person_id(one))
        await self.registration.handle(handlers.COLLECTION, fact)
        await self.registration.assess()

    async def open(self, at=NEXT):
        answer = await self.registration.post(
            "/v1/season-openings", {"county": "youxi", "coverage_year": 2021}, at
        )
        assert answer.status_code == 202, answer.text

    async def work(self):
        while await open_step(self.registration.context) is not None:
            pass

    async def progress(self):
        answer = await self.registration.get("/v1/season-openings/youxi/2021")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def left_out(self, **query):
        answer = await self.registration.get("/v1/season-openings/youxi/2021/left-out", **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def enrolled(self, one, year=2021):
        return (await self.registration.enrollment(one, year=year))["enrollment"]

    async def of_new_year(self):
        return await self.registration.value("SELECT count(*) FROM enrollments WHERE coverage_year = 2021")


@pytest.fixture
def season(two_years):
    return Season(two_years)


class TestWhoWasInsured:
    async def test_is_enrolled_and_owes_by_the_new_notice(self, season):
        one, other = number(), number()
        await season.insured("S1", one, other)
        await season.open()
        await season.work()
        await season.registration.assess()

        new = await season.enrolled(one)
        assert (new["state"], new["renewal"], new["tier"]) == ("assessed", True, None)
        told = await season.registration.events("enrollment.registered")
        assert [fact["renewal"] for fact in told if fact["coverage_year"] == 2021] == [True, True]
        homes = await season.registration.rows(
            "SELECT DISTINCT household_id FROM enrollments WHERE person_id = :id",
            id=await season.registration.person_id(one),
        )
        assert len(homes) == 1
        assert (await season.enrolled(one, 2020))["state"] == "paid"
        seen = await season.progress()
        assert {name: seen[name] for name in ("state", "people_done", "enrolled", "left_out", "waiting")} == {
            "state": "done",
            "people_done": 2,
            "enrolled": 2,
            "left_out": 0,
            "waiting": 0,
        }

    async def test_is_enrolled_once_however_often_it_is_opened(self, season):
        one, late = number(), number()
        await season.insured("S2", one)
        await season.registration.register(household("S3", member("李四", late)))
        await season.registration.assess()
        for _ in range(2):
            await season.open()
            await season.work()
        assert await season.of_new_year() == 1
        assert [who["reason"] for who in await season.left_out()] == ["not_paid"]

        await season.pay(late)
        await season.open("2020-10-01T09:00:00+08:00")
        await season.work()
        assert await season.of_new_year() == 2
        assert await season.left_out() == []
        assert (await season.progress())["enrolled_before"] == 1

    async def test_is_not_enrolled_again_by_hand(self, season):
        early, late = number(), number()
        await season.insured("S4", early, late)
        await season.registration.register(household("S4", member("张三", early), year=2021), at=NEXT)
        await season.open()
        await season.work()
        await season.registration.register(
            household("S4", member("张三", early), member("张三", late), year=2021), at=NEXT
        )
        assert await season.of_new_year() == 2

    async def test_stays_cancelled_who_was_cancelled_for_the_new_year(self, season):
        one = number()
        await season.insured("S5", one)
        await season.open()
        await season.work()
        cancelled = await season.enrolled(one)
        await season.registration.post(
            f"/v1/enrollments/{cancelled['enrollment_id']}/cancel", {"reason": "不再参保"}, NEXT
        )
        await season.open()
        await season.work()
        assert (await season.enrolled(one))["state"] == "cancelled"


class TestTheListOfTheYearBefore:
    async def roster(self, season, status, who, year, mode="add"):
        listed_on = "2019-09-20" if year == 2020 else "2020-09-05"
        body = {
            "county": "youxi",
            "coverage_year": year,
            "status": status,
            "department": "civil_affairs" if status.startswith("medical") else "disabled_federation",
            "listed_on": listed_on,
            "mode": mode,
            "rows": [{"id_number": who, "effective_on": "2019-01-01"}] if who else [],
        }
        answer = await season.registration.post("/v1/rosters", body, f"{listed_on}T10:00:00+08:00")
        assert answer.json().get("rejected") == [], answer.text

    async def owed(self, season, who):
        await season.registration.assess()
        found = await season.registration.enrollment(who, year=2021)
        (newest, *_) = found["assessments"]
        return newest["answer"]["outcome"]

    @pytest.mark.parametrize(
        ("status", "owes"), [("medical_assistance_1", "exempt"), ("disabled", "payable")]
    )
    async def test_holds_where_the_notice_says_so_alone(self, season, status, owes):
        who = number()
        await season.insured("L1", who)
        await self.roster(season, status, who, 2020)
        await season.open()
        await season.work()
        assert await self.owed(season, who) == owes

    async def test_holds_no_more_when_a_roster_of_the_new_year_strikes_it(self, season):
        who = number()
        await season.insured("L2", who)
        await self.roster(season, "medical_assistance_1", who, 2020)
        await season.open()
        await season.work()
        await self.roster(season, "medical_assistance_1", who, 2021, "remove")
        assert await self.owed(season, who) == "payable"


class TestWhoHasPaidForTheNewYear:
    async def test_is_enrolled_before_anybody_opens_it(self, season):
        payer, stranger = number(), number()
        await season.insured("P1", payer)
        await season.registration.register(household("P2", member("李四", stranger)))
        for payment, who in enumerate((payer, stranger), start=1):
            person_id = await season.registration.person_id(who)
            fact = suspended(payment, person_id).model_copy(update={"coverage_year": 2021})
            await season.registration.handle(handlers.COLLECTION, fact)
        assert await renew_payers(season.registration.context) == 1
        assert (await season.enrolled(payer))["renewal"] is True
        assert await season.of_new_year() == 1
        assert await renew_payers(season.registration.context) == 0

    async def test_waits_for_no_other_season_that_cannot_be_worked_on(self, season, monkeypatch):
        payer = number()
        await season.insured("P1", payer)
        person_id = await season.registration.person_id(payer)
        fact = suspended(1, person_id).model_copy(update={"coverage_year": 2021})
        await season.registration.handle(handlers.COLLECTION, fact)
        real, tried = store.payers, []

        async def poisoned(conn, asked, number):
            tried.append(asked.county)
            if len(tried) == 1:
                raise ValueError("a defect")
            return await real(conn, asked, number)

        async def seasons(_conn):
            return [store.Season("huining", 2021), store.Season("youxi", 2021)]

        monkeypatch.setattr(store, "paid_seasons", seasons)
        monkeypatch.setattr(store, "payers", poisoned)
        with pytest.raises(SetBack):
            await renew_payers(season.registration.context)
        assert tried == ["huining", "youxi"]
        assert (await season.enrolled(payer))["renewal"] is True


class TestWhoIsLeftOut:
    async def test_died_or_is_an_employee_and_the_list_says_so(self, season):
        dead, employee, one = number(), number(), number()
        await season.insured("S6", one, dead, employee)
        for who, event in ((dead, "died"), (employee, "employee_insurance_began")):
            rows = [{"id_number": who, "kind": event, "on": "2020-08-01"}]
            reported = await season.registration.post(
                "/v1/life-events", {"rows": rows}, "2020-08-02T09:00:00+08:00"
            )
            assert reported.json()["accepted"] == 1, reported.text
        await season.open()
        await season.work()

        found = {who["person_id"]: who for who in await season.left_out()}
        person_id = season.registration.person_id
        assert set(found) == {await person_id(dead), await person_id(employee)}
        assert found[await person_id(dead)]["because_zh"] == "已死亡"
        told = found[await person_id(employee)]
        assert (told["reason"], told["clause"]) == ("employee_insured", "二")

    async def test_is_shown_to_the_own_villages_alone_and_the_look_is_kept(self, season):
        here, there = number(), number()
        await season.registration.register(household("S7", member("张三", here)))
        await season.registration.register(
            household("S8", member("张三", there), division_code=OTHER_VILLAGE)
        )
        await season.open()
        await season.work()
        township = await season.registration.client(division=OTHER_VILLAGE[:9], scopes=["registration:read"])
        seen = (await township.get("/v1/season-openings/youxi/2021/left-out")).json()["items"]
        assert [(who["person_id"], who["name"]) for who in seen] == [
            (await season.registration.person_id(there), "张*")
        ]
        looks = await season.registration.rows(
            "SELECT person_id FROM person_lookups WHERE operation = 'list_left_out'"
        )
        assert [look.person_id for look in looks] == [seen[0]["person_id"]]


class TestAnOpening:
    async def test_goes_on_where_it_was_killed(self, season, monkeypatch):
        numbers = [number() for _ in range(5)]
        await season.insured("S9", *numbers)
        await season.open()
        monkeypatch.setattr(opening, "_AT_ONCE", 2)
        await open_step(season.registration.context)
        assert await season.of_new_year() == 2

        async def killed(*_, **__):
            raise ConnectionError("gone")

        with monkeypatch.context() as during:
            during.setattr(opening.assessments, "enqueue", killed)
            with pytest.raises(ConnectionError):
                await open_step(season.registration.context)
        seen = await season.progress()
        assert (seen["people_done"], seen["state"], seen["trouble"] is None) == (2, "running", False)
        await season.work()
        assert await season.of_new_year() == 5
        seen = await season.progress()
        assert (seen["enrolled"], seen["state"], seen["trouble"]) == (5, "done", None)

    async def test_touches_no_other_county_and_no_other_year(self, season):
        one, other = number(), number()
        await season.insured("S10", one)
        row = household("X1", member("李四", other), county="dongan") | {"division_code": "431122101201"}
        await season.registration.register(row)
        await season.open()
        await season.work()
        found = await season.registration.rows(
            "SELECT county, coverage_year FROM enrollments ORDER BY county, coverage_year"
        )
        assert [tuple(row) for row in found] == [("dongan", 2020), ("youxi", 2020), ("youxi", 2021)]

    async def test_is_for_the_bureau_of_the_whole_county(self, season):
        body = {"county": "youxi", "coverage_year": 2021}
        key = {"idempotency-key": "k1"}
        for token in ({"division": OTHER_VILLAGE[:9]}, {"scopes": ["registration:write"]}):
            clerk = await season.registration.client(**token)
            refused = await clerk.post("/v1/season-openings", json=body, headers=key)
            assert refused.status_code == 403
        answer = await season.registration.get("/v1/season-openings/youxi/2021")
        assert answer.json()["type"].endswith("season-not-opened")
