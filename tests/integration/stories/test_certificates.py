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


class TestOfWhoIsExempt:
    async def paper(self, story, somebody, on, **more):
        """A mini-program asks by number and name, as it does for who has paid."""
        asked = {"kind": "enrollment", "county": story.code, "coverage_year": story.year}
        asked["people"] = [{"id_number": somebody.number, "name": somebody.name}]
        return await story.county.ask("collection", "POST", "/v1/certificates", moment(on), asked | more)

    async def test_says_that_help_pays_and_is_checked_like_all_others(self, tell):
        story = await tell("songming")
        somebody = await story.person("2017-10-12")
        await story.roster("2017-10-20", "dibao", somebody, effective_on="2017-10-01")
        assert await somebody.state() == "exempt"

        paid = await self.paper(story, somebody, "2017-10-21", kind="certificate")
        assert paid.json()["type"].endswith("nothing-paid")
        paper = (await self.paper(story, somebody, "2017-10-21")).json()

        (person,) = paper["people"]
        assert (person["exempt"], person["paid_fen"], paper["state"]) == (True, 0, "stands")
        assert (person["cover_from"], person["cover_to"]) == ("2018-01-01", "2018-12-31")
        told = await checked(story, paper, "2017-10-22")
        assert (told["genuine"], told["kind"], told["state_now"]) == (True, "enrollment", "stands")
        wrong = paper | {"code": "AAAA-AAAA"}
        assert (await checked(story, wrong, "2017-10-22"))["genuine"] is False
        path = f"/v1/certificates/{paper['certificate_no']}/file"
        file = await story.county.ask("collection", "GET", path, moment("2017-10-22"))
        assert file.content.startswith(b"%PDF")
        asked = {"person_id": person["person_id"]}
        listed = await story.county.ask(
            "collection", "GET", "/v1/certificates", moment("2017-10-22"), **asked
        )
        assert [one["certificate_no"] for one in listed.json()["items"]] == [paper["certificate_no"]]

    async def test_and_later_that_help_ended_and_that_somebody_paid_instead_makes_it_no_truer(self, tell):
        story = await tell("songming")
        somebody = await story.person("2017-10-12")
        await story.roster("2017-10-20", "dibao", somebody, effective_on="2017-10-01")
        paper = (await self.paper(story, somebody, "2017-10-21")).json()

        never = {"effective_on": "2017-10-01", "ended_on": "2017-10-01"}
        await story.roster("2017-11-01", "dibao", somebody, mode="remove", **never)
        for case in await story.cases("registration"):
            await story.decide("registration", case, "withdraw", "2017-11-01")
        await story.county.settle()

        assert await somebody.state() != "exempt"
        assert (await checked(story, paper, "2017-11-02"))["state_now"] == "exemption_ended"
        again = await self.paper(story, somebody, "2017-11-02")
        assert again.json()["type"].endswith("nothing-paid")
        await somebody.pays(180, "2017-11-03")
        assert (await checked(story, paper, "2017-11-04"))["state_now"] == "exemption_ended"
        new = (await self.paper(story, somebody, "2017-11-04")).json()
        assert (new["paid_fen"], new["people"][0]["exempt"]) == (18_000, False)
        assert (await checked(story, new, "2017-11-04"))["state_now"] == "stands"

    async def test_of_a_household_names_who_is_paid_for_and_who_is_exempt(self, tell):
        story = await tell("songming")
        payer = await story.person("2017-10-12", household="H9")
        exempt = await story.person("2017-10-12", household="H9", born="1985-02-03")
        await story.roster("2017-10-20", "dibao", exempt, effective_on="2017-10-01")
        await payer.pays(180, "2017-10-21")
        people = [{"id_number": one.number, "name": one.name} for one in (payer, exempt)]
        paper = (await self.paper(story, payer, "2017-10-22", people=people)).json()
        assert sorted((one["exempt"], one["paid_fen"]) for one in paper["people"]) == [
            (False, 18_000),
            (True, 0),
        ]
        assert paper["state_now"] == "stands"

    async def test_of_a_whole_village_are_for_them_too_when_the_officer_brings_their_names(self, tell):
        story = await tell("songming")
        payer = await story.person("2017-10-12")
        exempt = await story.person("2017-10-12", born="1985-02-03")
        await story.person("2017-10-12", born="1990-02-03")  # owes still
        await story.roster("2017-10-20", "dibao", exempt, effective_on="2017-10-01")
        await payer.pays(180, "2017-10-21")
        asked = {"kind": "enrollment", "county": story.code, "coverage_year": story.year}
        asked["division_code"] = "530127101000"

        async def batch(on, **more):
            path, at = "/v1/certificate-batches", moment(on)
            return await story.county.expect("collection", "POST", path, at, asked | more)

        nameless = await batch("2017-10-22")
        assert (nameless["issued"], len(nameless["unnamed"])) == (1, 1)
        wrong = await batch("2017-10-22", people=[{"id_number": exempt.number, "name": "李四"}])
        assert wrong["unnamed"] == nameless["unnamed"]
        made = await batch("2017-10-22", people=[{"id_number": exempt.number, "name": exempt.name}])
        assert (made["issued"], made["unnamed"]) == (2, [])
        file = f"/v1/certificate-batches/{made['batch_id']}/file"
        assert (await story.county.ask("collection", "GET", file, moment("2017-10-22"))).content[
            :4
        ] == b"%PDF"
        paid = await batch("2017-10-22", kind="certificate")
        assert (paid["issued"], paid["unnamed"]) == (1, [])


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
