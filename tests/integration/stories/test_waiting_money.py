"""Money that waits: whose it is and why it waits is told to everybody, whenever that becomes known."""

from tests.integration.registration.builders import number
from tests.integration.stories.conftest import Somebody, moment
from tests.integration.stories.test_people import adult, family, pay, rows


async def refunds(story, on="2021-12-31"):
    """Open refund cases: reason, yuan and person."""
    found = await story.county.expect("subsidy", "GET", "/v1/refunds?state=requested", moment(on))
    return [(one["reason"], one["amount_fen"] / 100, one["person_id"]) for one in found["items"]]


async def person_ids(story):
    return [row.id for row in await rows(story, "registration", "SELECT id FROM persons ORDER BY id")]


async def rename(story, person_id, name, on):
    await story.county.expect("registration", "PATCH", f"/v1/persons/{person_id}", moment(on), {"name": name})
    await story.county.settle()


async def correct(story, person_id, wrong, right, on):
    await story.county.expect(
        "registration", "POST", f"/v1/persons/{person_id}/documents/correction", moment(on),
        {"wrong_number": wrong, "right_number": right, "reason": "录入错误"},
    )  # fmt: skip
    await story.county.settle()


class TestASecondPaymentThatIsRecognizedLate:
    async def test_when_a_name_is_corrected(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-01")
        await pay(story, somebody.number, "张姗", 250, "2019-10-05", "T1")
        await somebody.pays(250, "2019-10-06")
        assert await refunds(story) == []
        (person_id,) = await person_ids(story)
        await rename(story, person_id, "张姗", "2019-10-10")

        assert await somebody.suspended() == [("already_paid", 250)]
        assert await refunds(story) == [("already_paid", 250, person_id)]

    async def test_when_the_person_is_registered(self, tell):
        story = await tell("youxi")
        later = Somebody(story, number("1980-06-15"))
        await later.pays(250, "2019-10-05")
        await later.pays(250, "2019-10-06")
        assert await refunds(story) == []
        await story.person("2019-10-10", number=later.number)

        (person_id,) = await person_ids(story)
        assert await later.suspended() == [("already_paid", 250)]
        assert await refunds(story) == [("already_paid", 250, person_id)]

    async def test_when_the_household_is_whole(self, tell):
        story = await tell("dongan")
        a, b = number(), number()
        await family(story, "2019-10-10", adult(a), adult(b))
        first, second = Somebody(story, a, name="李四"), Somebody(story, b, name="李四")
        await first.pays(250, "2019-10-20")
        await first.pays(250, "2019-10-21")
        assert await first.suspended() == [("household_incomplete", 250)] * 2
        await second.pays(250, "2019-10-22")

        assert await first.suspended() == [("already_paid", 250)]
        assert [one[:2] for one in await refunds(story)] == [("already_paid", 250)]
