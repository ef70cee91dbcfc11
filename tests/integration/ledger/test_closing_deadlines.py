"""All money is handed over: a closing deadline takes what is left, months follow while anything moves."""

from dataclasses import replace

import pytest

from libs.common.testing.ledger_facts import granted, on, paid, refunded, suspended

#: What adds up from handover to handover, by the part of the totals.
FIGURES = (
    "head_count",
    "amount_fen",
    "granted_fen",
    "paid_fen",
    "change_fen",
    "suspended_fen",
    "applied_fen",
)


def summed(documents):
    """The figures of several totals, added up by part, payer and channel; zeros left out."""
    found = {}
    for document in documents:
        for part in ("total", "by_payer", "by_channel", "by_township", "to_cards", "suspense", "add_ons"):
            rows = [document[part]] if part == "total" else document[part]
            for row in rows:
                key = (part, row.get("payer"), row.get("channel"), row.get("township"))
                for name in FIGURES:
                    found[*key, name] = found.get((*key, name), 0) + row.get(name, 0)
    return {key: figure for key, figure in found.items() if figure}


@pytest.mark.parametrize(
    ("county", "year", "deadlines"),
    [
        ("dongan", 2020, ["village-batches", "electronic-rest", "closing"]),
        ("songming", 2018, ["main", "closing"]),
        ("huilong", 2020, ["main", "closing"]),
    ],
)
async def test_money_after_the_last_deadline_of_the_notice_is_handed_over(desk, county, year, deadlines):
    desk = replace(desk, county=county, year=year)
    books = {"county": county, "coverage_year": year}
    season = year - 1
    newborn = paid(2, on(f"{year}-06-15"), 55000, **books)
    await desk.send(paid(1, on(f"{season}-11-05"), **books), newborn)
    if county == "songming":
        await desk.closed("concentrated", f"{year + 1}-04-01T09:00:00")

    handovers = [await desk.closed(deadline, f"{year + 1}-04-02T09:00:00") for deadline in deadlines]

    assert (handovers[0]["amount_fen"], handovers[-1]["amount_fen"]) == (25000, 55000)
    assert summed(one["totals"] for one in handovers) == summed([await desk.totals()])


class TestSeasonWithLateMoney:
    async def season(self, desk):
        """Youxi's deadlines are closed one after the other; after each something comes late for it."""
        mistaken = paid(90, on("2019-12-05"))
        await desk.send(paid(1), granted(2), mistaken, suspended(77, on("2019-12-30")))
        sealed, late = [], iter(range(10, 90))
        for deadline, state in (await desk.calendar("2021-04-20T09:00:00")).items():
            assert state in ("open", "closable")
            sealed.append(await desk.closed(deadline, "2021-04-20T09:00:00"))
            before = sealed[-1]["totals"]["deadline"]["accounting_to"]
            await desk.send(paid(next(late), on(f"{before}T20:00")), granted(next(late), at=on(before)))
        await desk.send(refunded(mistaken, 25000, at=on("2021-04-18")))
        return sealed

    def chain(self, sealed):
        """The last handover and all from which it goes on."""
        follows = sealed[-1]["totals"]["deadline"]["follows"]
        return [
            one["totals"] for one in sealed if one["deadline_id"] in (*follows, sealed[-1]["deadline_id"])
        ]

    async def test_what_came_after_everything_was_sealed_is_open_and_then_handed_over(self, desk):
        sealed = await self.season(desk)
        assert (await desk.calendar("2021-05-20T09:00:00"))["supplementary-2021-04"] == "closable"

        april = await desk.closed("supplementary-2021-04", "2021-05-20T09:00:00")

        chain = self.chain([*sealed, april])
        assert summed(chain) == summed([await desk.totals()])
        assert april["totals"]["deadline"]["follows"] == ["main", "first-half", "second-half"]
        assert april["totals"]["late"]["amount_fen"] == 50000

    async def test_each_chain_counts_everything_once_although_money_came_between_their_seals(self, desk):
        sealed = await self.season(desk)
        by_id = {one["deadline_id"]: one for one in sealed}

        months = [by_id[name]["totals"] for name in by_id if name == "main" or name.startswith("monthly")]
        halves = [by_id[name]["totals"] for name in ("main", "first-half", "second-half")]

        # After the last month something more came, which the half-year has and the next month would.
        money = [sum(one["total"]["amount_fen"] for one in chain) for chain in (months, halves)]
        assert money[1] - money[0] == 50000

    async def test_nothing_more_has_to_be_closed_once_nothing_moves(self, desk):
        await self.season(desk)
        await desk.closed("supplementary-2021-04", "2021-05-20T09:00:00")

        assert "supplementary-2021-05" not in await desk.calendar("2021-08-20T09:00:00")
        refusal = await desk.close("supplementary-2021-05", "2021-08-20T09:00:00")
        assert (refusal.status_code, refusal.json()["type"]) == (
            409,
            "urn:canbao:problem:nothing-to-hand-over",
        )

    async def test_months_wait_for_the_deadlines_that_have_a_date(self, desk):
        await desk.send(paid(1, on("2021-05-02")))

        refusal = await desk.close("supplementary-2021-05", "2021-06-02T09:00:00")

        assert (refusal.status_code, refusal.json()["open_deadline_id"]) == (409, "main")

    async def test_what_comes_late_for_a_sealed_month_goes_to_the_next(self, desk):
        await self.season(desk)
        await desk.closed("supplementary-2021-04", "2021-05-20T09:00:00")
        await desk.send(granted(95, at=on("2019-11-30")))

        assert "supplementary-2021-05" in await desk.calendar("2021-05-21T09:00:00")
        may = await desk.closed("supplementary-2021-05", "2021-06-20T09:00:00")

        assert may["amount_fen"] == 25000
        assert may["totals"]["late"] == {"facts": 1, "amount_fen": 25000}

    async def test_seals_of_months_are_the_same_bytes_again(self, desk):
        sealed = await self.season(desk)
        await desk.closed("supplementary-2021-04", "2021-05-20T09:00:00")
        await desk.send(granted(96, at=on("2021-04-30")))

        for deadline in [*(one["deadline_id"] for one in sealed), "supplementary-2021-04"]:
            assert (await desk.recomputed(deadline))["identical"]
