"""A season as registration sees it: registered, assessed, listed late, paid, entitled later."""

from tests.integration.registration.conftest import household, member, number


class TestHouseholds:
    async def test_a_household_is_registered_assessed_and_shown_with_its_trace(self, registration):
        head = number()
        answer = await registration.register(household("H1", member("张三", head), member("张小明", born="2012-03-01")))
        assert answer == {"accepted": 1, "rejected": []}
        assert await registration.assess() == 2
        registered = await registration.events("enrollment.registered")
        assessed = await registration.events("enrollment.assessed")
        assert len(registered) == len(assessed) == 2
        main = next(s for s in assessed[0]["schedule"] if s["window"] == "main")
        assert main["own_due_fen"] == 25000
        person_id = await registration.person_id(head)
        shown = (await registration.get(f"/v1/persons/{person_id}/enrollments/2020")).json()
        assert shown["enrollment"]["state"] == "assessed"
        assert shown["assessments"][0]["answer"]["own_due_fen"] == 25000
        assert any("梅" in step["words"]["zh"] or step["clause"] for step in shown["assessments"][0]["trace"])
