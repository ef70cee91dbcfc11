"""Paper that a payer holds: it says the cover that registration told, and what became of the money since."""

from sqlalchemy import text

from canbao.verify.run import verify
from tests.integration.stories.conftest import moment
from tests.integration.stories.test_refunds import asks_back


async def issues(story, somebody, on):
    """The bureau issues a certificate by what the channel said when the money came."""
    (row,) = await somebody._rows("collection", "SELECT person_id FROM payment_lines")
    body = {
        "kind": "certificate",
        "county": story.code,
        "coverage_year": story.year,
        "person_ids": [row.person_id],
    }
    return await story.county.expect("collection", "POST", "/v1/certificates", moment(on), body)


async def checked(story, paper, on):
    asked = {name: paper[name] for name in ("certificate_no", "code")}
    return await story.county.expect("collection", "POST", "/v1/certificates/verify", moment(on), asked)


async def test_says_the_cover_and_later_that_the_money_went_back(tell):
    story = await tell("songming")
    somebody = await story.person("2017-10-09")
    await somebody.pays(180, "2017-10-20")
    paper = await issues(story, somebody, "2017-10-21")
    (person,) = paper["people"]
    assert (person["cover_from"], person["cover_to"]) == ("2018-01-01", "2018-12-31")
    assert (await checked(story, paper, "2017-10-22"))["state_now"] == "stands"

    await somebody.gives_card("2017-11-21")
    await asks_back(story, "2018-02-20")
    await story.pays_out("2018-03-10")

    told = await checked(story, paper, "2018-03-11")
    assert (told["genuine"], told["state"], told["state_now"]) == (True, "stands", "refunded")
    again = await issues(story, somebody, "2018-03-12")
    assert (again["state"], again["people"][0]["cover_from"]) == ("refunded", None)
    await story.county.settle()


async def test_that_says_another_sum_than_came_or_is_gone_is_found(tell):
    story = await tell("songming")
    somebody = await story.person("2017-10-09")
    await somebody.pays(180, "2017-10-20")
    for _ in range(2):
        await issues(story, somebody, "2017-10-21")
    service = story.county.services["collection"].context
    urls = {name: one.context.settings.database_url for name, one in story.county.services.items()}

    async def differences(change: str, back: str) -> list[str]:
        async with service.engine.begin() as conn:
            await conn.execute(text(change))
        (check,) = [one for one in (await verify(urls, service.notices)).checks if one.name == "certificates"]
        async with service.engine.begin() as conn:
            await conn.execute(text(back))
        return [str(one) for one in check.told]

    (wrong,) = await differences(
        "UPDATE certificate_lines SET amount_fen = 18001"
        " WHERE certificate_no = (SELECT min(certificate_no) FROM certificates)",
        "UPDATE certificate_lines SET amount_fen = 18000",
    )
    assert "18001 fen" in wrong
    (missing,) = await differences(
        "UPDATE certificate_counters SET last_sequence = 3",
        "UPDATE certificate_counters SET last_sequence = 2",
    )
    assert "are 2, numbered up to 3" in missing
