"""The season after: who was insured pays for the next year without registering, through all services."""

from dataclasses import dataclass

from libs.common.policy import Notices
from services.registration.seasons.opening import open_step, renew_payers
from tests.integration.registration.test_seasons import next_year
from tests.integration.stories.conftest import Somebody, Story, moment

NEXT = 2021


@dataclass
class NextStory(Story):
    """The same county a year later."""

    @property
    def year(self) -> int:
        return NEXT


async def a_year_later(story):
    """Bring the next year's notice into force beside this year's; the story as it goes on then."""
    notices = story.county.services["registration"].context.notices
    both = Notices([*notices.values(), next_year(notices[(story.code, story.year)])])
    for running in story.county.services.values():
        running.context.notices = both
    story.county.assessor = None
    return NextStory(story.county, story.code, story.token_of)


async def open_season(story, on):
    """Open the next season, and have everybody assessed."""
    body = {"county": story.code, "coverage_year": NEXT}
    await story.county.expect("registration", "POST", "/v1/season-openings", moment(on), body)
    registration = story.county.services["registration"]
    while await open_step(registration.context) is not None:
        pass
    registration.stir()
    await story.county.settle()


async def states(somebody):
    """How each year of a person stands in registration."""
    found = await somebody._rows(
        "registration", "SELECT coverage_year, state FROM enrollments ORDER BY coverage_year"
    )
    return [tuple(row) for row in found]


async def test_a_payment_after_the_opening_is_for_the_new_year_alone(tell):
    story = await tell("youxi")
    somebody = await story.person("2019-10-01")
    await somebody.pays(250, "2019-10-05")
    later = await a_year_later(story)
    await open_season(story, "2020-08-25")
    then = Somebody(later, somebody.number, somebody.household)
    assert await then.owes("2020-10-01") == 250
    await then.pays(250, "2020-10-01")
    assert await then.suspended() == []
    assert await states(then) == [(2020, "paid"), (2021, "paid")]


async def test_a_payment_before_anybody_opened_the_season_does_not_wait_for_ever(tell):
    story = await tell("youxi")
    somebody = await story.person("2019-10-01")
    await somebody.pays(250, "2019-10-05")
    later = await a_year_later(story)
    then = Somebody(later, somebody.number, somebody.household)
    await then.pays(250, "2020-09-02")
    assert [fen for _, fen in await then.suspended()] == [250]

    registration = story.county.services["registration"]
    assert await renew_payers(registration.context) == 1
    registration.stir()
    await story.county.settle()
    assert await then.suspended() == []
    assert await states(then) == [(2020, "paid"), (2021, "paid")]
