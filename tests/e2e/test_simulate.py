"""Random lives of small counties come to what the model says, and faults of the services are found."""

import pytest

from canbao.context import load_all_notices
from canbao.definitions import SEASON
from canbao.simulate import cash, changes
from canbao.simulate.chance import life
from canbao.simulate.comparing import Comparing, compare
from canbao.simulate.installation import installation
from canbao.simulate.life import GivenBack, Registered, Step
from canbao.simulate.noticing import terms_of
from canbao.verify.run import verify
from libs.common.settings import CommonSettings
from tests.longer import LONGER

#: How many lives are played, in one county after the other.
SEEDS = 200 * LONGER
#: A planted fault has to be found within so many seeds of one county.
ENOUGH = 90


@pytest.fixture(scope="module")
async def simulated():
    """An installation that all lives of this module share: each life has people of its own."""
    async with installation() as (county, counties, urls):
        yield Comparing(county, counties), urls


async def first_difference(comparing, county):
    async for difference in compare(comparing, range(ENOUGH), [county], shorten=False):
        if difference is not None:
            return difference
    return None


class TestRandomLives:
    # A second a life beside other tests, and more on a slow machine.
    @pytest.mark.timeout(1800 * LONGER)
    async def test_come_to_what_the_notices_say(self, simulated):
        comparing, _ = simulated
        async for difference in compare(comparing, range(SEEDS), list(comparing.terms)):
            assert difference is None, difference.told()

    async def test_leave_nothing_that_verify_finds(self, simulated):
        comparing, urls = simulated
        report = await verify(urls, comparing.counties.all)

        assert report.clean, [check.to_json() for check in report.checks if check.count]

    def test_have_steps_of_every_kind(self):
        """What may happen to people happens in some life, in every county where it can."""
        for terms in terms_of(load_all_notices(CommonSettings())).values():
            steps = [step for seed in range(60) for step in life(seed, terms).steps]
            told = [*changes.__dict__.values(), *cash.__dict__.values()]
            kinds = {kind for kind in told if isinstance(kind, type)}
            wanted = {kind for kind in kinds if issubclass(kind, Step) and kind is not Step}
            wanted -= set() if terms.events else {changes.Happened}
            wanted -= set() if terms.statuses else {changes.Replaced}
            wanted -= {changes.Moved} if terms.locks else set()
            wanted -= set() if terms.by_hand else {cash.LateDecided}
            wanted -= set() if terms.by_hand and terms.deposits else {cash.Deposited, cash.DepositWithdrawn}
            assert bool(terms.by_hand) == any(isinstance(one, GivenBack) and one.reason for one in steps)
            assert wanted <= {type(step) for step in steps}
            assert {step.under for step in steps if isinstance(step, Registered)} >= {
                None, "certificate", "wrong number",
            }  # fmt: skip

    def test_are_the_same_for_the_same_seed(self):
        terms = terms_of(load_all_notices(CommonSettings()))["youxi"]

        assert life(7, terms) == life(7, terms)
        assert life(7, terms) != life(8, terms)


# Lives are played until the fault shows, which a slow machine may need minutes for.
@pytest.mark.timeout(900)
class TestAPlantedFault:
    """Each on databases of its own: what is stored differs from then on."""

    @pytest.fixture
    async def comparing(self, database):
        async with installation({name: await database(name) for name in SEASON}) as (county, counties, _):
            yield Comparing(county, counties)

    async def test_help_that_stays_when_all_money_went_back_is_found(self, comparing, monkeypatch):
        from services.subsidy.entitlements import rules

        monkeypatch.setattr(rules, "applied_payment", lambda year: next(iter(year.payments.values()), None))

        assert await first_difference(comparing, "huining") is not None

    async def test_an_exemption_that_goes_when_its_status_ends_is_found(self, comparing, monkeypatch):
        from services.registration.assessments import rules

        history = rules.history

        def without_the_ended(about):
            return [version for version in history(about) if version.ended_on is None]

        monkeypatch.setattr(rules, "history", without_the_ended)

        assert await first_difference(comparing, "huining") is not None

    async def test_payments_that_are_judged_by_the_newest_schedule_only_are_found(
        self, comparing, monkeypatch
    ):
        from services.collection.dues.rules import Due

        monkeypatch.setattr(Due, "in_force", lambda due, instant: due.newest)

        assert await first_difference(comparing, "dongan") is not None

    async def test_members_of_a_household_who_need_not_pay_together_are_found(self, comparing, monkeypatch):
        from services.collection.decisions.rules import Judging

        monkeypatch.setattr(Judging, "_waits", lambda judging, decision: False)

        assert await first_difference(comparing, "dongan") is not None

    @pytest.mark.long
    async def test_a_household_on_two_tiers_is_found(self, comparing, monkeypatch):
        from services.collection.households.rules import Tiers

        monkeypatch.setattr(Tiers, "of", lambda tiers, household_id, coverage_year: None)

        assert await first_difference(comparing, "huilong") is not None

    @pytest.mark.long
    async def test_handovers_that_count_again_what_was_handed_over_are_found(self, comparing, monkeypatch):
        from services.ledger.handovers import closing

        monkeypatch.setattr(closing, "followed", lambda deadline, earlier: [])

        assert await first_difference(comparing, "songming") is not None

    @pytest.mark.long
    async def test_refunds_that_give_back_what_is_on_the_card_too_are_found(self, comparing, monkeypatch):
        from services.subsidy.refunds.rules import LineMoney

        monkeypatch.setattr(LineMoney, "nets_help", property(lambda money: False))

        assert await first_difference(comparing, "huining") is not None

    @pytest.mark.long
    async def test_newborns_who_become_two_people_are_found(self, comparing, monkeypatch):
        from services.registration.registering import rules

        monkeypatch.setattr(rules, "recognize_members", lambda rows, known: None)

        assert await first_difference(comparing, "youxi") is not None
