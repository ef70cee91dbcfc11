"""Who bears what somebody exempt does not pay turns out to be another: both halves are counted together."""

import pytest

from libs.common.testing.ledger_facts import granted, on, revoked


class TestAChangeOfPayer:
    """County finance bears what somebody does not pay; later medical assistance turns out to."""

    SINCE = on("2019-09-20")

    @pytest.fixture(params=[1, -1])
    def halves(self, request):
        """The grant, and the two facts that say who bears it instead, in either order."""
        county = granted(1, payer="county_finance", at=self.SINCE)
        instead = granted(1, at=self.SINCE, grant_id=9500)
        return county, [revoked(county, on("2020-02-01"), self.SINCE), instead][:: request.param]

    def borne(self, sealed):
        """Heads and money by payer, of those for whom a handover changes anything."""
        rows = {row["payer"]: (row["head_count"], row["amount_fen"]) for row in sealed["totals"]["by_payer"]}
        return {payer: changed for payer, changed in rows.items() if any(changed)}

    async def test_is_counted_whole_where_the_grant_is_while_that_is_open(self, desk, halves):
        county, swap = halves
        await desk.send(county, *swap)

        main = await desk.closed("main", "2020-02-02T09:00:00")

        assert self.borne(main) == {"medical_assistance": (1, 25000)}

    async def test_is_one_adjustment_of_the_next_in_each_chain_once_that_is_sealed(self, desk, halves):
        county, swap = halves
        await desk.send(county)
        main = await desk.closed("main", "2020-01-10T09:00:00")
        await desk.send(swap[0])
        await desk.send(swap[1])

        months = [
            await desk.closed(f"monthly-2020-{month:02d}", f"2020-{month + 1:02d}-02T09:00:00")
            for month in range(1, 7)
        ]
        half = await desk.closed("first-half", "2020-07-10T09:00:00")

        adjusted = {"county_finance": (-1, -25000), "medical_assistance": (1, 25000)}
        assert [self.borne(one) for one in (*months, half)] == [adjusted, *([{}] * 5), adjusted]
        assert months[0]["totals"]["late"] == {"facts": 2, "amount_fen": 0}
        assert (await desk.totals())["total"] == main["totals"]["total"]
        assert (await desk.recomputed("main"))["identical"]
