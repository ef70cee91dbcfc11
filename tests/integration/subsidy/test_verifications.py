"""Rosters of who is to be subsidized: drawn from grants, verified line by line, printed to be signed."""

import csv
import io
import zipfile

from libs.common.events.subsidy import SubsidyRevoked
from tests.integration.subsidy.conftest import FULL, PRICE, VILLAGE, aid

BOOKS = {"county": "huining", "coverage_year": 2021}
ELSEWHERE = "620422102201"


async def draw(season, **how):
    return (await season.ask("POST", "/v1/verifications", json=BOOKS, expect=201, **how))["verifications"]


async def decide(season, decision, *grants, expect=200, **more):
    body = BOOKS | {"decision": decision} | ({"grant_ids": list(grants)} if grants else {}) | more
    return await season.ask("POST", "/v1/verifications/decisions", json=body, expect=expect)


async def lines(season, roster, query=""):
    path = f"/v1/verifications/{roster['verification_id']}/lines{query}"
    return (await season.ask("GET", path))["items"]


async def helped(season, *people, **more):
    """People who paid, and get a fixed sum back."""
    for person in people:
        await season.send(season.assessed(person, aid=(aid(),), **more), season.paid(person, aid=(aid(),)))


async def grant_of(season, person):
    sql = "SELECT grant_id FROM grants WHERE person_id = :p ORDER BY grant_id DESC LIMIT 1"
    [(grant_id,)] = await season.rows(sql, p=person)
    return grant_id


class TestDrawing:
    async def test_makes_a_roster_of_each_township_and_payer(self, season):
        await helped(season, 1, 2)
        await season.send(season.assessed(3, aid=FULL, outcome="exempt"))
        other = (aid("medical_assistance", 5000),)
        await season.send(season.assessed(4, aid=other), season.paid(4, aid=other))

        drawn = await draw(season)

        assert [
            (one["division_prefix"], one["payer"], one["number"], one["line_count"], one["total_fen"])
            for one in drawn
        ] == [
            (VILLAGE[:9], "county_finance", 1, 3, 40_000 + PRICE),
            (VILLAGE[:9], "medical_assistance", 1, 1, 5000),
        ]

    async def test_takes_every_grant_once_and_later_ones_into_the_next(self, season):
        await helped(season, 1)
        [first] = await draw(season)
        assert await draw(season) == []
        await helped(season, 2)

        [second] = await draw(season)

        assert (second["number"], second["line_count"]) == (2, 1)
        assert [one["person_id"] for one in await lines(season, second)] == [2]
        assert [one["person_id"] for one in await lines(season, first)] == [1]

    async def test_leaves_out_what_is_settled_outside(self, season):
        outside = (aid("county_finance", 20_000, "outside_system"),)
        await season.send(season.assessed(1, aid=outside), season.paid(1, aid=outside))

        assert await draw(season) == []

    async def test_is_the_callers_division(self, season, signing_key):
        await helped(season, 1)
        other = await season.client(
            token=signing_key.issue("desk-2", ["subsidy:read", "subsidy:write"], ELSEWHERE[:9])
        )

        assert await draw(season, http=other) == []
        [roster] = await draw(season)
        path = f"/v1/verifications/{roster['verification_id']}/lines"
        await season.ask("GET", path, http=other, expect=403)
        assert (await season.ask("GET", "/v1/verifications", http=other))["items"] == []

    async def test_counts_whose_help_ended_meanwhile_apart(self, season):
        await season.send(season.assessed(1, aid=FULL, outcome="exempt"))
        await helped(season, 2)
        [roster] = await draw(season)
        await decide(season, "release")
        await season.send(season.cancelled(1, 3))

        [seen] = (await season.ask("GET", "/v1/verifications"))["items"]

        assert (seen["line_count"], seen["released"], seen["revoked"]) == (2, 1, 1)
        assert seen["released_fen"] == 20_000
        assert [one["revoked"] for one in await lines(season, roster)] == [True, False]


class TestDeciding:
    async def test_says_who_held_which_line_why_and_when(self, season):
        await helped(season, 1, 2)
        [roster] = await draw(season)
        grant = await grant_of(season, 1)

        answer = await decide(season, "hold", grant, reason="与民政名册不符 110105194912310021")

        assert answer == {"lines": 1, "amount_fen": 20_000, "left": []}
        held, untouched = await lines(season, roster)
        assert (held["state"], held["decided_by"]) == ("held", "test")
        assert held["reason"].startswith("与民政名册不符") and "194912310021" not in held["reason"]
        assert (untouched["state"], untouched["decided_at"]) == ("open", None)

    async def test_releases_all_that_is_open_and_leaves_what_is_held(self, season):
        await helped(season, 1, 2, 3)
        [roster] = await draw(season)
        await decide(season, "hold", await grant_of(season, 2), reason="待核")

        answer = await decide(season, "release")

        assert (answer["lines"], answer["amount_fen"]) == (2, 40_000)
        assert [one["state"] for one in await lines(season, roster)] == ["released", "held", "released"]

    async def test_keeps_every_step(self, season):
        await helped(season, 1)
        await draw(season)
        grant = await grant_of(season, 1)
        await decide(season, "release", grant)
        await decide(season, "hold", grant, reason="再核")
        await decide(season, "release", grant)

        steps = await season.rows("SELECT state FROM verification_steps ORDER BY step_id")

        assert [state for (state,) in steps] == ["released", "held", "released"]

    async def test_needs_a_reason_and_names_for_all_but_release(self, season):
        await helped(season, 1)
        await draw(season)

        await decide(season, "hold", await grant_of(season, 1), expect=422)
        await decide(season, "strike_out", expect=422, reason="全部剔除")

        assert await season.rows("SELECT DISTINCT state FROM verification_lines") == [("open",)]

    async def test_says_why_a_named_line_was_left(self, season):
        await helped(season, 1)
        await draw(season)
        grant = await grant_of(season, 1)
        await decide(season, "release", grant)

        answer = await decide(season, "release", grant, 999_999)

        assert (answer["lines"], answer["left"]) == (
            0,
            [{"grant_id": grant, "why": "state"}, {"grant_id": 999_999, "why": "unknown"}],
        )

    async def test_releases_nothing_that_a_case_is_about(self, season):
        await helped(season, 1, 2)
        await draw(season)
        await season.change("UPDATE enrollments SET contested = true WHERE person_id = 1")

        answer = await decide(season, "release")

        assert answer["lines"] == 1
        assert answer["left"] == [{"grant_id": await grant_of(season, 1), "why": "contested"}]


class TestStrikingOut:
    async def test_takes_the_help_back_and_it_does_not_come_again(self, season):
        await helped(season, 1, 2)
        await season.cards(season.card(1), season.card(2))
        [roster] = await draw(season)

        await decide(season, "strike_out", await grant_of(season, 1), reason="已参加职工医保")
        await season.send(season.assessed(1, aid=(aid(),), revision=2, days=6))

        assert await season.active() == {(2, "county_finance", "reimburse_to_card", 20_000)}
        assert [state for *_, state in await season.payouts()] == ["cancelled", "ready"]
        [told] = [fact for fact in await season.published() if isinstance(fact, SubsidyRevoked)]
        assert (told.person_id, told.reason, told.amount_fen) == (1, "struck_out", 20_000)
        struck, _ = await lines(season, roster)
        assert (struck["state"], struck["revoked"]) == ("struck_out", False)

    async def test_is_undone_by_lifting_it_and_the_help_stands_on_the_next_roster(self, season):
        await helped(season, 1)
        await draw(season)
        grant = await grant_of(season, 1)
        await decide(season, "strike_out", grant, reason="误列")

        await decide(season, "lift", grant, reason="核实无误")

        assert await season.active() == {(1, "county_finance", "reimburse_to_card", 20_000)}
        [second] = await draw(season)
        assert (second["number"], second["line_count"]) == (2, 1)

    async def test_never_takes_the_contribution_itself_away(self, season):
        await season.send(season.assessed(1, aid=FULL, outcome="exempt"))
        await draw(season)
        grant = await grant_of(season, 1)

        answer = await decide(season, "strike_out", grant, reason="非特困")

        assert (answer["lines"], answer["left"]) == (0, [{"grant_id": grant, "why": "stands_by_status"}])
        assert await season.active() == {(1, "county_finance", "paid_on_behalf", PRICE)}

    async def test_does_not_reach_money_that_is_with_the_bank(self, season):
        await helped(season, 1)
        await season.cards(season.card(1))
        await season.batch()
        grant = await grant_of(season, 1)

        answer = await decide(season, "strike_out", grant, reason="误列")

        assert answer["left"] == [{"grant_id": grant, "why": "money_is_out"}]
        assert [state for *_, state in await season.payouts()] == ["sent"]


class TestPrinting:
    async def test_gives_a_page_with_places_to_sign(self, season):
        await helped(season, 1)
        await season.cards(season.card(1))
        [roster] = await draw(season)

        page = await season.ask("GET", f"/v1/verifications/{roster['verification_id']}/roster")

        assert page.headers["content-type"].startswith("text/html")
        for shown in ("资助花名册", "县财政", "张三", "200.00", "先缴后补", "医保局核定人签字"):
            assert shown in page.text

    async def test_gives_tables(self, season):
        await helped(season, 1, 2)
        await season.cards(season.card(1))
        [roster] = await draw(season)
        await decide(season, "hold", await grant_of(season, 2), reason="=1+1")
        path = f"/v1/verifications/{roster['verification_id']}/roster?format="

        table = await season.ask("GET", f"{path}csv")
        book = await season.ask("GET", f"{path}xlsx")

        rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
        assert [row[2] for row in rows] == ["人员编号", "1", "2"]
        assert [row[9:] for row in rows[1:]] == [["未核定", ""], ["暂缓", "'=1+1"]]
        assert zipfile.is_zipfile(io.BytesIO(book.content))

    async def test_needs_the_right_to_see_holders(self, season, signing_key):
        await helped(season, 1)
        [roster] = await draw(season)
        reader = await season.client(token=signing_key.issue("reader", ["subsidy:read"], "*"))

        path = f"/v1/verifications/{roster['verification_id']}/roster"
        await season.ask("GET", path, http=reader, expect=403)
