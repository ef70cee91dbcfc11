"""Events that open a window for one person: what was known of them when money was paid counts."""

from tests.integration.stories.conftest import moment
from tests.integration.stories.test_people import rows


async def happened(story, somebody, kind, on, told):
    row = {"id_number": somebody.number, "kind": kind, "on": on}
    await story.county.expect("registration", "POST", "/v1/life-events", moment(told), {"rows": [row]})
    await story.county.settle()


async def matched(story, yuan, on):
    """The bureau says what the state adds, to which a second officer agrees."""
    path = f"/v1/notices/{story.code}/{story.year}/parameters"
    values = {"fiscal_match_fen": yuan * 100}
    asked = await story.county.expect("registration", "PUT", path, moment(on), values)
    approve = f"/v1/approvals/{asked['approval']['approval_id']}/approve"
    await story.county.expect("registration", "POST", approve, moment(on), {}, token=story.token_of("second"))
    await story.county.settle()


class TestSomebodyWhoMovedIn:
    """In Dong'an whoever moves in during the year pays then, and is covered from the next month on."""

    async def test_stays_covered_when_something_else_happens_before_the_money_is_told(self, tell):
        story = await tell("dongan")
        somebody = await story.person("2020-01-20", hukou="elsewhere")
        await matched(story, 520, "2020-01-21")
        await happened(story, somebody, "hukou_moved_in", "2020-02-10", "2020-02-11")
        await happened(story, somebody, "institution_admitted", "2020-06-01", "2020-06-02")
        await somebody.pays(770, "2020-03-01", told_at="2020-07-01")

        (found,) = await rows(story, "registration", "SELECT state, benefit_from FROM enrollments")
        assert (found.state, str(found.benefit_from)) == ("paid", "2020-04-01")
        assert await story.cases("registration") == []
