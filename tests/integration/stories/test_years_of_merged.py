"""One person under two numbers, each enrolled in another coverage year: what was known of each year stays.

Collection applied or holds the money of a year by what was owed of its own record, so registration covers it
by the same (G5), whatever was known then of the record that owned the other year.
"""

from dataclasses import dataclass

import pytest

from canbao.context import load_all_notices
from canbao.policy.drafting import draft
from libs.common.policy import Notices, load_notice_bytes
from libs.common.settings import CommonSettings
from tests.integration.stories.conftest import Story, moment
from tests.integration.stories.test_events import happened, matched
from tests.integration.stories.test_merges import ids, merge
from tests.integration.stories.test_money import given_back
from tests.integration.stories.test_people import rows


@pytest.fixture(scope="module")
def notices():
    """Dongan and Huining in the years of their notices, and by the same notices in the two years after."""
    known = load_all_notices(CommonSettings())
    found = [known[("dongan", 2020)], known[("huining", 2021)]]
    for notice in found[:2] * 2:
        year = max(one.year for one in found if one.county == notice.county) + 1
        text = draft(notice.source_text.decode(), year).text
        found.append(load_notice_bytes(text.encode(), f"{notice.county}/{year}.yaml"))
    return Notices(found)


@dataclass
class Later(Story):
    """The county in a year after that of its notice."""

    years_later: int = 1

    @property
    def year(self) -> int:
        return super().year + self.years_later


@pytest.fixture
def years(tell):
    """Begin a story in a county: its year, and the two years after."""

    async def begin(county):
        story = await tell(county)
        later = [Later(story.county, story.code, story.token_of, story.numbers, number) for number in (1, 2)]
        return story, *later

    return begin


async def covers(story):
    """The years of all people: state, first day of the cover, and what is doubted."""
    sql = """SELECT state, benefit_from::text AS since, contested FROM enrollments
             WHERE merged_into IS NULL ORDER BY coverage_year"""
    return [tuple(one) for one in await rows(story, "registration", sql)]


async def applied(story):
    sql = "SELECT state FROM payment_lines ORDER BY payment_id"
    return [one.state for one in await rows(story, "collection", sql)]


async def known_on(story, person_id, year, day):
    """What is asked of a year as of a day: the person, and what happened to them."""
    path, as_of = f"/v1/persons/{person_id}/enrollments/{year}", moment(day).isoformat()
    found = await story.county.expect("registration", "GET", path, moment("2022-12-01"), as_of=as_of)
    question = found["as_of"]["question"]
    return question["person"].get("hukou"), (question.get("event") or {}).get("kind")


@pytest.mark.parametrize("right", ["older", "newer"])
class TestMoneyThatIsToldAfterTheMerge:
    async def test_covers_who_was_discharged_by_the_word_of_the_record_that_owns_the_year(self, years, right):
        """The year before is paid by the other record, of which nobody knew that."""
        before, this, _ = await years("dongan")
        await (await before.person("2019-10-01")).pays(250, "2019-10-05")
        discharged = await this.person("2021-03-01")
        await matched(this, 520, "2021-03-01")
        await happened(this, discharged, "discharged", "2021-03-01", "2021-03-02")
        older, newer = await ids(this)
        chosen = (older, newer) if right == "older" else (newer, older)
        await merge(this, *chosen, "2021-03-06")
        await discharged.pays(770, "2021-03-05", told_at="2021-03-07")

        assert await covers(this) == [("paid", "2020-01-01", None), ("paid", "2021-04-01", None)]


@pytest.mark.parametrize("right", ["older", "newer"])
class TestASecondPaymentForTheFirstYear:
    """It waited, and counts when the first one goes back: the next year is paid by the other record."""

    async def test_covers_by_what_had_happened_to_the_record_that_owns_the_year(self, years, right):
        before, this, _ = await years("dongan")
        await matched(before, 520, "2020-03-01")
        discharged = await before.person("2020-03-01")
        await happened(before, discharged, "discharged", "2020-03-01", "2020-03-02")
        await discharged.pays(770, "2020-03-05", no="T1")
        await discharged.pays(770, "2020-03-06", no="T2")
        await (await this.person("2020-10-01")).pays(250, "2020-10-05")
        older, newer = await ids(this)
        chosen = (older, newer) if right == "older" else (newer, older)
        await merge(this, *chosen, "2020-10-06")
        await given_back(before, "T1", 770, "2020-10-08")

        assert await applied(this) == ["refunded", "applied", "applied"]
        assert await covers(this) == [("paid", "2020-04-01", None), ("paid", "2021-01-01", None)]

    async def test_covers_by_the_facts_of_the_record_that_owns_the_year(self, years, right):
        """The other record says of an employment that it ended in the year of the first cover."""
        before, this, _ = await years("huining")
        first = await before.person("2020-09-05")
        await first.pays(280, "2020-10-05", no="T1")
        await first.pays(280, "2020-10-06", no="T2")
        employed = {"state": "ended", "ended_on": "2021-06-30"}
        await (await this.person("2021-09-05", employee_insurance=employed)).pays(280, "2021-10-05")
        older, newer = await ids(this)
        chosen = (older, newer) if right == "older" else (newer, older)
        await merge(this, *chosen, "2021-10-20")
        await given_back(before, "T1", 280, "2021-10-22")

        doubt = ["employee_insured"] if right == "newer" else None
        assert await applied(this) == ["refunded", "applied", "applied"]
        assert await covers(this) == [("paid", "2021-01-01", doubt), ("paid", "2022-01-01", None)]


class TestThreeRecords:
    @pytest.mark.parametrize("merged_first", [(1, 0), (2, 1), (0, 2)])
    async def test_each_year_keeps_what_was_known_of_its_own_record(self, years, merged_first):
        stories = await years("dongan")
        knew = []
        for story, hukou, kind in zip(
            stories, ("county", "elsewhere", "city"), ("graduated", "released", "discharged"), strict=True
        ):
            on = f"{story.year - 1}-10"
            somebody = await story.person(f"{on}-01", hukou=hukou)
            await happened(story, somebody, kind, f"{on}-02", f"{on}-03")
            knew.append((story.year, f"{on}-04", (hukou, kind)))
        people = await ids(stories[0])
        right, other = (people[one] for one in merged_first)
        await merge(stories[2], right, other, "2021-11-01")
        (third,) = set(people) - {right, other}
        await merge(stories[2], third, min(right, other), "2021-12-01")

        for year, day, known in knew:
            assert await known_on(stories[0], people[0], year, day) == known
        now = {await known_on(stories[0], people[0], year, "2021-12-02") for year, _, _ in knew}
        assert len(now) == 1
