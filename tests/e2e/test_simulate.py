"""Random lives of small counties come to what the model says, and faults of the services are found."""

import pytest

from canbao.simulate.chance import SEASONS, life
from canbao.simulate.comparing import Comparing, compare
from canbao.simulate.installation import installation
from canbao.verify.run import verify

#: A planted fault has to be found within so many seeds of one county.
ENOUGH = 60


@pytest.fixture(scope="module")
async def simulated():
    """An installation that all lives of this module share: each life has people of its own."""
    async with installation() as (county, urls):
        yield Comparing(county, county.services["registration"].context.notices), urls


async def first_difference(comparing, county):
    async for difference in compare(comparing, range(ENOUGH), [county], shorten=False):
        if difference is not None:
            return difference
    return None


class TestRandomLives:
    @pytest.mark.parametrize("county", SEASONS)
    async def test_come_to_what_the_notice_says_in(self, simulated, county):
        comparing, _ = simulated
        async for difference in compare(comparing, range(12), [county]):
            assert difference is None, difference.told()

    async def test_leave_nothing_that_verify_finds(self, simulated):
        comparing, urls = simulated
        report = await verify(urls, comparing.notices)

        assert report.clean, [check.to_json() for check in report.checks if check.count]

    def test_are_the_same_for_the_same_seed(self):
        assert life(7, "youxi") == life(7, "youxi")
        assert life(7, "youxi") != life(8, "youxi")


class TestAPlantedFault:
    """Each in an installation of its own: what is stored differs from then on."""

    @pytest.fixture
    async def comparing(self):
        async with installation() as (county, _):
            yield Comparing(county, county.services["registration"].context.notices)

    async def test_help_that_stays_when_all_money_went_back_is_found(self, comparing, monkeypatch):
        from services.subsidy.entitlements import rules

        monkeypatch.setattr(rules, "applied_payment", lambda year: next(iter(year.payments.values()), None))

        assert await first_difference(comparing, "songming") is not None
