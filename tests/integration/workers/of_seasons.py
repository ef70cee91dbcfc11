"""Poisons of the next season: somebody who can never be enrolled, in an opening and by paying."""

from libs.common.policy import Notices
from services.registration.enrollments import handlers
from tests.integration.registration.builders import number, suspended
from tests.integration.registration.test_seasons import Season, next_year
from tests.integration.workers.bench import Bench, Scene, finds, poison, refuse


async def season_of(bench: Bench, *people: str) -> Season:
    """People who were insured; the first of them can never be enrolled for the next year."""
    registration = await bench.registration()
    notices = registration.context.notices
    registration.context.notices = Notices([*notices.values(), next_year(notices[("youxi", 2020)])])
    season = Season(registration)
    for place, one in enumerate(people):
        await season.insured(f"S{place}", one)
    person_id = await registration.person_id(people[0])
    await refuse(registration.context, "enrollments", f"coverage_year <> 2021 OR person_id <> {person_id}")
    return season


@poison("registration", "seasons")
async def opening(bench: Bench) -> Scene:
    season = await season_of(bench, number(), number())
    await season.open()
    done = (
        "(SELECT state FROM season_openings) = 'done' AND (SELECT reason FROM season_left_out) = 'set_back'"
    )
    enrolled = "(SELECT count(*) FROM enrollments WHERE coverage_year = 2021) = 1"
    return Scene(
        season.registration.context, finds(season.registration.context, f"SELECT {done} AND {enrolled}")
    )


@poison("registration", "renewals")
async def payer(bench: Bench) -> Scene:
    people = number(), number()
    season = await season_of(bench, *people)
    registration = season.registration
    for payment, one in enumerate(people, start=1):
        fact = suspended(payment, await registration.person_id(one))
        await registration.handle(handlers.COLLECTION, fact.model_copy(update={"coverage_year": 2021}))
    enrolled = "SELECT count(*) = 1 FROM enrollments WHERE coverage_year = 2021"
    return Scene(registration.context, finds(registration.context, enrolled))
