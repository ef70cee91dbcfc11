"""Help by a village collective (东安 六) through all services: money, list, the rest, and the books."""

from tests.integration.stories.conftest import moment

SEASON = {"county": "dongan", "coverage_year": 2020}


async def comes(story, yuan, on):
    """The collective's money comes; gives the number of the arrival."""
    row = {"payer": "collective", "reference": "CT-1", "amount_fen": yuan * 100}
    body = SEASON | {"arrivals": [row | {"arrived_at": moment(on).isoformat()}]}
    second = story.token_of("second")
    made = await story.county.expect("subsidy", "POST", "/v1/fund-arrivals", moment(on), body, token=second)
    await story.county.settle()
    return made["arrivals"][0]["arrival_id"]


async def helps(story, arrival_id, on, *lines):
    """A list of whom it helps, with how many yuan; gives how many are left."""
    body = SEASON | {"arrival_id": arrival_id, "helper": "某村股份经济合作社"}
    body["lines"] = [
        {"id_number": who.number, "name": who.name, **({} if yuan is None else {"amount_fen": yuan * 100})}
        for who, yuan in lines
    ]
    listed = await story.county.expect("registration", "POST", "/v1/help-lists", moment(on), body)
    assert listed["left_out"] == [], listed
    await story.county.settle()
    return listed["left_fen"] / 100


async def take_back(story, arrival_id, place, on):
    """Two persons take back a line of the list."""
    path = f"/v1/help-moneys/{arrival_id}/lines"
    line = (await story.county.expect("registration", "GET", path, moment(on)))["items"][place]
    path, why = f"/v1/help-lines/{line['line_id']}/withdrawal", {"reason": "已外出参保"}
    asked = await story.county.expect("registration", "POST", path, moment(on), why)
    approve, second = f"/v1/approvals/{asked['approval_id']}/approve", story.token_of("second")
    await story.county.expect("registration", "POST", approve, moment(on), {}, token=second)
    await story.county.settle()


async def funds(story, on):
    """What the ledger has of the collective's money, in yuan: granted, applied for, arrived."""
    found = await story.county.expect("ledger", "GET", "/v1/totals", moment(on), **SEASON)
    (row,) = [one for one in found["funds_by_payer"] if one["payer"] == "collective"]
    return tuple(row[f"{what}_fen"] / 100 for what in ("granted", "requested", "arrived"))


async def test_is_matched_to_its_people_and_handed_over(tell):
    story = await tell("dongan")
    whole, part, gone = [await story.person("2019-09-05") for _ in range(3)]
    arrival = await comes(story, 500, "2019-10-20")
    left = await helps(story, arrival, "2019-10-21", (whole, None), (part, 100), (gone, 50))
    assert (left, await part.owes("2019-10-22"), await gone.owes("2019-10-22")) == (100, 150, 200)
    await part.pays(150, "2019-10-22")
    await take_back(story, arrival, 2, "2019-10-23")

    assert [await one.state() for one in (whole, part, gone)] == ["exempt", "paid", "assessed"]
    assert (await gone.owes("2019-10-24"), await whole.helped()) == (250, [("collective", 250)])
    assert await part.helped() == [("collective", 100)]
    assert await funds(story, "2019-10-24") == (350, 0, 500)
    await gone.pays(250, "2019-10-25")
    await story.verifies("2019-11-01")
    assert await funds(story, "2019-11-02") == (350, 350, 500)
    assert sorted(await story.closes("village-batches", "2019-12-28")) == [
        ("collective", 350), ("residents", 400),
    ]  # fmt: skip


async def test_what_helps_nobody_goes_back_to_who_gave_it(tell):
    story = await tell("dongan")
    helped = await story.person("2019-09-05")
    arrival = await comes(story, 500, "2019-10-20")
    await helps(story, arrival, "2019-10-21", (helped, None))

    path, second = f"/v1/help-moneys/{arrival}/return", story.token_of("second")
    body = {"amount_fen": 15_000, "reference": "TH-1", "reason": "人员已外出参保，余款退回"}
    asked = await story.county.expect("registration", "POST", path, moment("2019-10-23"), body)
    approve = f"/v1/approvals/{asked['approval_id']}/approve"
    await story.county.expect("registration", "POST", approve, moment("2019-10-23"), {}, token=second)
    await story.county.settle()

    assert await funds(story, "2019-10-24") == (250, 0, 350)
    arrivals = await story.county.expect("subsidy", "GET", "/v1/fund-arrivals", moment("2019-10-24"))
    assert [one["returned_fen"] for one in arrivals["items"]] == [15_000]
    why = {"reason": "误登"}
    refused = await story.county.ask(
        "subsidy", "POST", f"/v1/fund-arrivals/{arrival}/reversal", moment("2019-10-24"), why, token=second
    )
    assert refused.json()["type"] == "urn:canbao:problem:arrival-given-back"
    await story.verifies("2019-11-01")
    assert await story.closes("village-batches", "2019-12-28") == [("collective", 250)]


async def test_papers_of_the_payer_say_who_bore_the_rest(tell):
    story = await tell("dongan")
    part, whole = await story.person("2019-09-05"), await story.person("2019-09-05")
    arrival = await comes(story, 500, "2019-10-20")
    await helps(story, arrival, "2019-10-21", (part, 100), (whole, None))
    await part.pays(150, "2019-10-22")

    for kind, somebody, own, borne in (
        ("receipt", part, 150, 100),
        ("certificate", part, 150, 100),
        ("enrollment", whole, 0, 250),
    ):
        asked = SEASON | {"kind": kind, "people": [{"id_number": somebody.number, "name": somebody.name}]}
        paper = await story.county.expect(
            "collection", "POST", "/v1/certificates", moment("2019-10-23"), asked
        )
        (person,) = paper["people"]
        assert person["paid_fen"] == own * 100
        assert person["help"] == [
            {"payer": "a village collective", "payer_zh": "村集体", "amount_fen": borne * 100}
        ]
