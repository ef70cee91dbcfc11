"""What was known, and since when, of two records that turned out to be one person."""

from typing import Any

import pytest

from tests.integration.stories.conftest import Story, moment
from tests.integration.stories.test_merges import enrollment, ids, merge, two_records, verified
from tests.integration.stories.test_money import given_back
from tests.integration.stories.test_people import lines, pay


async def happened(story: Story, id_number: str, kind: str, on: str, told: str) -> None:
    body = {"rows": [{"id_number": id_number, "kind": kind, "on": on}]}
    await story.county.expect("registration", "POST", "/v1/life-events", moment(told), body)
    await story.county.settle()


async def asked(story: Story) -> list[tuple[Any, ...]]:
    return [(case["kind"], case["proposed"]) for case in await story.cases("registration")]


async def known_on(story: Story, person_id: int, day: str) -> dict[str, Any]:
    """What was known of a person on a day, as an assessment of that instant has it."""
    path, as_of = f"/v1/persons/{person_id}/enrollments/2020", moment(day).isoformat()
    found = await story.county.expect("registration", "GET", path, moment("2022-01-01"), as_of=as_of)
    return dict(found["as_of"]["question"]["person"])


class TestWhatWasKnownOfTheOtherRecord:
    """It was not known of this one when its money came (G5), and takes no cover away by itself (G3).

    So a payment that waited beside the first completes the enrollment as the first had: covered, with a case
    that an officer decides where the facts that are right say so. Collection applies it by what was owed of
    this record when it was paid, and by the same facts registration covers it: nobody has paid and is neither
    covered nor to get it back.
    """

    @pytest.mark.parametrize("right", ["payer", "other"])
    @pytest.mark.parametrize("paying", ["older", "newer"])
    async def test_says_of_the_second_payment_what_it_says_of_the_first(self, tell, paying, right):
        story = await tell("youxi")
        numbers = await two_records(story)
        payer, other = numbers if paying == "older" else reversed(numbers)
        await happened(story, other, "employee_insurance_began", "2019-09-20", "2019-10-03")
        await pay(story, payer, "李四", 250, "2019-10-05", "T1")
        await pay(story, payer, "李四", 250, "2019-10-06", "T2")
        older, newer = await ids(story)
        in_the_path = older if (paying == "older") == (right == "payer") else newer
        await merge(story, in_the_path, older + newer - in_the_path, "2019-10-20")
        first, first_asked = await enrollment(story, older), await asked(story)
        await given_back(story, "T1", 250, "2019-10-22")
        second, second_asked = await enrollment(story, older), await asked(story)

        assert await lines(story) == [("refunded", None), ("applied", None)]
        doubt = ["employee_insured"] if right == "other" else None
        for stands in (first, second):
            assert (stands["state"], stands["benefit_from"]) == ("paid", "2020-01-01")
            assert stands["contested"] == doubt
        assert first_asked == second_asked == ([("ground_gone", "withdraw")] if doubt else [])
        assert "employee_insurance" not in await known_on(story, older, "2019-10-10")
        assert await verified(story) == {}
