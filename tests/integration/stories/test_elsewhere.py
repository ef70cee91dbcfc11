"""Somebody recognized here and insured in another county (湖南): the help follows, by the card, and ends."""

from typing import Any

import pytest
from sqlalchemy import text

from libs.common.policy import Notices, load_notice_bytes, policies_dir
from tests.integration.registration.builders import member, number
from tests.integration.stories.conftest import Somebody, Story, moment
from tests.integration.stories.test_merges import merge, verified

SEASON = {"county": "dongan", "coverage_year": 2020}
BLOCK = """  elsewhere:
    clause: 六
    label: {zh: 在省内异地参保的由认定地资助, en: who is insured elsewhere in the province is helped}
    rules: [tekun, dibao]
    area: province
    to: 2020-06-30
    proofs: [{code: voucher, label: {zh: 参保地缴费凭证, en: the voucher of the other place}}]
"""
SINCE = "2019-08-01"
NEVER = {"effective_on": SINCE, "ended_on": SINCE}


@pytest.fixture
def notices():
    """Dong'an's notice, as if it helped people who are insured elsewhere in Hunan."""
    text = (policies_dir() / "dongan" / "2020.yaml").read_text(encoding="utf-8")
    text = text.replace("  after_payment:\n", f"{BLOCK}  after_payment:\n", 1)
    return Notices([load_notice_bytes(text.encode(), "dongan/2020.yaml")])


@pytest.fixture
async def away(tell) -> Any:
    """A county, and somebody of it on the roster of 特困 who is on record and not enrolled."""
    story = await tell("dongan")
    somebody = await resident(story, "2019-09-05")
    await story.roster("2019-09-20", "tekun", somebody, effective_on=SINCE)
    return story, somebody


async def resident(story: Story, on: str) -> Somebody:
    """Somebody on record who is not enrolled."""
    somebody = Somebody(story, number(), household=f"E{next(story.numbers)}")
    row = {
        "household_no": somebody.household,
        "division_code": "431122101201",
        "head": somebody.number,
        "members": [member(somebody.name, somebody.number)],
    }
    answer = await story.county.expect("registration", "POST", "/v1/households:batch", moment(on), [row])
    assert answer["rejected"] == [], answer
    await story.county.settle()
    return somebody


async def ask(story: Story, somebody: Somebody, on: str, **more: Any) -> Any:
    """Record that somebody paid 250 yuan in a neighbouring county."""
    body = SEASON | {"id_number": somebody.number, "name": somebody.name, "insured_in": "431121"}
    body |= {"paid_on": "2019-10-20", "paid_fen": 25_000, "voucher_no": "QY-1", "proofs": ["voucher"]}
    return await story.county.ask("registration", "POST", "/v1/elsewhere-helps", moment(on), body | more)


async def second(story: Story, approval_id: int, on: str, word: str = "approve") -> Any:
    """The word of a second officer."""
    path, body = f"/v1/approvals/{approval_id}/{word}", {} if word == "approve" else {"note": "凭证不符"}
    token = story.token_of("second")
    answer = await story.county.ask("registration", "POST", path, moment(on), body, token=token)
    await story.county.settle()
    return answer


async def helped(story: Story, somebody: Somebody, on: str = "2019-11-03", **more: Any) -> int:
    """Have it recorded and agreed to; gives the number of the record."""
    asked = await ask(story, somebody, on, **more)
    assert asked.status_code == 202, asked.text
    agreed = await second(story, asked.json()["approval_id"], on)
    assert agreed.status_code == 200, agreed.text
    return int(asked.json()["elsewhere_help_id"])


async def record(story: Story, on: str = "2020-12-31") -> dict[str, Any]:
    """The only record, as registration lists it."""
    path = "/v1/elsewhere-helps"
    (one,) = (await story.county.expect("registration", "GET", path, moment(on), **SEASON))["items"]
    return dict(one)


async def grants(story: Story) -> list[tuple[str, str, int, str | None]]:
    """All help: payer, mechanism, yuan, why it was taken back."""
    async with story.county.services["subsidy"].context.engine.connect() as conn:
        rows = await conn.execute(
            text("SELECT payer, mechanism, amount_fen, revoke_reason FROM grants ORDER BY grant_id")
        )
        return [(row.payer, row.mechanism, row.amount_fen // 100, row.revoke_reason) for row in rows]


async def enroll(story: Story, somebody: Somebody, on: str) -> None:
    """Enroll somebody here who is on record."""
    row = {
        "household_no": somebody.household,
        "division_code": "431122101201",
        "head": somebody.number,
        "members": [member(somebody.name, somebody.number)],
        "enroll": SEASON,
    }
    answer = await story.county.expect("registration", "POST", "/v1/households:batch", moment(on), [row])
    assert answer["rejected"] == [], answer
    await story.county.settle()


async def test_gets_on_the_card_what_the_own_notice_gives_and_the_books_have_its_payer(away):
    story, somebody = away
    await helped(story, somebody)
    assert await somebody.payouts() == [("waiting_card", 250)]
    await somebody.gives_card("2019-11-05")
    await story.pays_out("2019-11-10")

    assert await grants(story) == [("medical_assistance", "reimburse_to_card", 250, None)]
    assert await somebody.payouts() == [("paid", 250)]
    assert (await record(story))["state"] == "agreed"
    assert await story.cases("subsidy") == []
    person_id = (await record(story))["person_id"]
    seen = await story.county.expect(
        "subsidy", "GET", f"/v1/persons/{person_id}/subsidies", moment("2019-12-01")
    )
    assert [(one["elsewhere"], one["payout_state"]) for one in seen["grants"]] == [(True, "paid")]
    assert await story.closes("village-batches", "2019-12-28") == []  # the fund has nothing of it
    sealed = await story.county.expect("ledger", "GET", "/v1/totals", moment("2019-12-29"), **SEASON)
    (row,) = sealed["to_cards"]
    assert (row["payer"], row["granted_fen"], row["paid_fen"]) == ("medical_assistance", 25_000, 25_000)


async def test_gets_no_more_than_was_paid_there(away):
    story, somebody = away
    await helped(story, somebody, paid_fen=12_000)

    assert await somebody.payouts() == [("waiting_card", 120)]


async def test_nothing_is_given_before_a_second_person_agrees_or_after_one_refuses(away):
    story, somebody = away
    asked = (await ask(story, somebody, "2019-11-03")).json()
    assert (asked["amount_fen"], await grants(story)) == (25_000, [])
    again = await ask(story, somebody, "2019-11-03")
    assert again.json()["type"] == "urn:canbao:problem:elsewhere-twice"
    await second(story, asked["approval_id"], "2019-11-04", "reject")

    assert ((await record(story))["state"], await grants(story)) == ("refused", [])
    assert (await ask(story, somebody, "2019-11-05")).status_code == 202


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"proofs": []}, "elsewhere-proofs-missing"),
        ({"insured_in": "440106"}, "elsewhere-outside-area"),
        ({"insured_in": "431122"}, "elsewhere-outside-area"),
        ({"paid_on": "2019-08-20"}, "elsewhere-no-help"),
        ({"name": "李四"}, "elsewhere-person-unknown"),
    ],
)
async def test_what_the_notice_does_not_allow_is_refused_with_how_to_mend_it(away, more, problem):
    story, somebody = away
    refused = (await ask(story, somebody, "2019-11-03", **more)).json()

    assert refused["type"] == f"urn:canbao:problem:{problem}"


async def test_after_the_last_day_and_for_who_has_no_status_nothing_is_recorded(away):
    story, somebody = away
    other = await resident(story, "2019-09-06")

    late = (await ask(story, somebody, "2020-07-01")).json()
    none = (await ask(story, other, "2019-11-03")).json()

    assert late["type"] == "urn:canbao:problem:elsewhere-too-late"
    assert [one["reason"] for one in none["reasons"]] == ["no_subsidy"]


async def test_who_is_insured_here_is_helped_here(away):
    story, _ = away
    payer = await story.person("2019-09-05")
    await payer.pays(250, "2019-10-01")

    refused = (await ask(story, payer, "2019-11-03")).json()

    assert refused["type"] == "urn:canbao:problem:elsewhere-insured-here"


async def test_ends_when_the_person_pays_here_before_it_was_paid_out(away):
    story, somebody = away
    await helped(story, somebody)
    await story.roster("2019-11-04", "tekun", somebody, mode="remove", effective_on="2019-11-04")
    await enroll(story, somebody, "2019-11-05")
    await somebody.pays(250, "2019-11-06")

    assert (await record(story))["end_reason"] == "insured_here"
    assert [state for state, _ in await somebody.payouts()] == ["cancelled"]
    assert await somebody.helped() == []


async def test_is_recovered_when_the_person_is_insured_here_after_it_was_paid_out(away):
    story, somebody = away
    await helped(story, somebody)
    await somebody.gives_card("2019-11-05")
    await story.pays_out("2019-11-10")
    await enroll(story, somebody, "2019-12-05")
    assert await somebody.state() == "exempt"

    assert (await record(story))["end_reason"] == "insured_here"
    (case,) = await story.cases("subsidy")
    assert (case["kind"], case["amount_fen"]) == ("recovery", 25_000)
    await story.decide("subsidy", case, "recovered", "2019-12-10")
    assert [one[3] for one in await grants(story) if one[1] == "reimburse_to_card"] == ["withdrawn"]
    assert await somebody.helped() == [("medical_assistance", 250)]


async def test_ends_when_the_status_was_never_right_and_stands_when_it_ends_later(away):
    story, somebody = away
    await helped(story, somebody)
    await story.roster("2019-12-01", "tekun", somebody, mode="remove", effective_on="2019-12-01")
    assert (await record(story))["state"] == "agreed"
    await story.roster("2019-12-05", "tekun", somebody, mode="remove", **NEVER)

    assert (await record(story))["end_reason"] == "status_gone"
    assert [state for state, _ in await somebody.payouts()] == ["cancelled"]


async def test_is_withdrawn_by_two_persons_and_may_be_recorded_anew(away):
    story, somebody = away
    number_ = await helped(story, somebody)
    path = f"/v1/elsewhere-helps/{number_}/withdrawal"
    asked = await story.county.expect("registration", "POST", path, moment("2019-11-10"), {"reason": "误登"})
    assert (await record(story))["state"] == "agreed"
    await second(story, asked["approval_id"], "2019-11-11")

    assert (await record(story))["end_reason"] == "withdrawn"
    assert [state for state, _ in await somebody.payouts()] == ["cancelled"]
    assert (await ask(story, somebody, "2019-11-12")).status_code == 202


async def test_of_two_records_of_one_person_one_helps(away):
    story, somebody = away
    await helped(story, somebody)
    twin = await resident(story, "2019-09-06")
    await story.roster("2019-09-20", "tekun", twin, effective_on=SINCE)
    await helped(story, twin)
    assert len(await grants(story)) == 2
    found = [
        await story.county.expect(
            "registration", "POST", "/v1/persons/search", moment("2019-11-10"),
            {"id_number": one.number, "name": one.name},
        )
        for one in (somebody, twin)
    ]  # fmt: skip
    first, second_ = (one["items"][0]["person_id"] for one in found)
    await merge(story, first, second_, "2019-11-11")

    assert [one[3] for one in await grants(story)] == [None, "cancelled"]
    assert sorted(await somebody.payouts()) == [("cancelled", 250), ("waiting_card", 250)]


async def test_who_pays_here_before_the_second_person_agrees_is_not_helped(away):
    story, _ = away
    payer = await story.person("2019-09-05")
    await story.roster("2019-10-20", "tekun", payer, effective_on=SINCE)
    asked = (await ask(story, payer, "2019-11-03")).json()
    await payer.pays(250, "2019-11-04")

    refused = await second(story, asked["approval_id"], "2019-11-05")

    assert refused.json()["type"] == "urn:canbao:problem:elsewhere-insured-here"
    assert ((await record(story))["end_reason"], len(await payer.helped())) == ("insured_here", 1)


async def test_verify_names_help_that_nobody_agreed_to(away):
    story, somebody = away
    await helped(story, somebody)
    assert await verified(story) == {}
    engine = story.county.services["subsidy"].context.engine
    for fen in (26_000, 25_000):
        async with engine.begin() as conn:
            await conn.execute(text("UPDATE grants SET amount_fen = :fen"), {"fen": fen})
        assert ("subsidies" in await verified(story)) == (fen == 26_000)


async def test_a_card_is_found_by_a_number_that_was_corrected_after_the_help(away):
    story, somebody = away
    await helped(story, somebody)
    found = await story.county.expect(
        "registration", "POST", "/v1/persons/search", moment("2019-11-10"),
        {"id_number": somebody.number, "name": somebody.name},
    )  # fmt: skip
    right, person_id = number(), found["items"][0]["person_id"]
    body = {"wrong_number": somebody.number, "right_number": right, "reason": "录入错误"}
    path = f"/v1/persons/{person_id}/documents/correction"
    await story.county.expect("registration", "POST", path, moment("2019-11-10"), body)
    await story.county.settle()
    somebody.number = right
    await somebody.gives_card("2019-11-12")

    assert await somebody.payouts() == [("ready", 250)]
