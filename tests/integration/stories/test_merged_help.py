"""Help that had left for one of two records that are one person: they are helped once, and in full."""

import pytest

from tests.integration.stories.conftest import Somebody
from tests.integration.stories.test_merges import enrollment, ids, merge, verified
from tests.integration.stories.test_people import rows
from tests.integration.stories.test_refunds import asks_back

SINCE = "2016-01-01"


async def helped(story):
    """All help that stands, and what of it goes to cards."""
    grants = await rows(
        story, "subsidy", "SELECT amount_fen FROM grants WHERE revoked_at IS NULL ORDER BY grant_id"
    )
    payouts = await rows(story, "subsidy", "SELECT state, amount_fen FROM payouts ORDER BY payout_id")
    return (
        [row.amount_fen / 100 for row in grants],
        [(row.state, row.amount_fen / 100) for row in payouts if row.state != "cancelled"],
    )


class TestHelpOnTheCardOfARecordThatEnds:
    @pytest.fixture
    async def both(self, tell):
        """Somebody of Huining with two records, who paid on both, for the second first."""
        story = await tell("huining")
        first, second = await story.person("2020-09-05"), await story.person("2020-09-06")
        await second.pays(280, "2020-10-05")
        await first.pays(280, "2020-10-06")
        return story, first, second

    async def poor(self, story, *people: Somebody):
        await story.roster("2020-11-20", "registered_poor", *people, effective_on=SINCE)

    async def on_the_card(self, story, somebody: Somebody):
        """The help of one record, who alone has a card, has been paid."""
        await somebody.gives_card("2020-11-25")
        await story.pays_out("2020-12-05")

    async def one_person(self, story):
        older, newer = await ids(story)
        await merge(story, older, newer, "2020-12-20")
        return await enrollment(story, older)

    @pytest.mark.parametrize("listed", ["both", "first"])
    async def test_is_the_help_of_the_one_that_stands(self, both, listed):
        story, first, second = both
        await self.poor(story, first, *([second] if listed == "both" else []))
        await self.on_the_card(story, first)
        stands = await self.one_person(story)

        assert (stands["state"], stands["completed_at"][:10]) == ("paid", "2020-10-05")
        assert await helped(story) == ([200], [("paid", 200)])
        assert await story.cases("subsidy") == []
        assert await verified(story) == {}

    async def test_leaves_what_it_is_less_than(self, both):
        story, first, second = both
        await self.poor(story, first)
        await self.on_the_card(story, first)
        await story.roster("2020-12-06", "tekun", second, effective_on="2020-12-06")
        await self.one_person(story)

        assert await helped(story) == ([200, 80], [("paid", 200), ("ready", 80)])
        assert await story.cases("subsidy") == []
        assert await verified(story) == {}

    async def test_is_recovered_where_both_are_on_the_card(self, both):
        story, first, second = both
        await self.poor(story, first, second)
        await first.gives_card("2020-11-25")
        await second.gives_card("2020-11-25", "6221550000000000002")
        await story.pays_out("2020-12-05")
        await self.one_person(story)

        (case,) = await story.cases("subsidy")
        assert (case["kind"], case["amount_fen"]) == ("recovery", 20_000)
        assert await helped(story) == ([200, 200], [("paid", 200), ("paid", 200)])
        assert await verified(story) == {}

    async def test_is_taken_off_when_the_payment_that_counts_is_given_back(self, both):
        story, first, second = both
        await self.poor(story, first, second)
        await self.on_the_card(story, first)
        await self.one_person(story)
        applied = "SELECT payment_id FROM payment_lines WHERE state = 'applied'"
        counts = await rows(story, "collection", applied)
        await asks_back(story, "2020-12-22", counts[0].payment_id)

        refunds = await rows(story, "subsidy", "SELECT amount_fen FROM refunds WHERE state = 'approved'")
        assert [row.amount_fen for row in refunds] == [8_000]
        assert (await helped(story))[0] == []
        assert await story.cases("subsidy") == []

    async def test_goes_again_when_the_bank_returns_it(self, both):
        story, first, second = both
        await self.poor(story, first, second)
        await first.gives_card("2020-11-25")
        batch = await story.pays_out("2020-12-05")
        await self.one_person(story)
        await story.bank_says(batch, "returned", "2020-12-22")

        assert await helped(story) == ([200], [("needs_card", 200)])
        await first.gives_card("2020-12-23", "6221550000000000003")
        assert await helped(story) == ([200], [("ready", 200)])
