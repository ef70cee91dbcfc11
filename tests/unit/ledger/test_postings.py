"""What single facts post, and what holds for all of them together."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.events.collection import (
    AddOnReceived,
    PaymentReceived,
    PaymentReturned,
    PaymentSuspended,
)
from libs.common.testing.ledger_facts import (
    COUNTY,
    YEAR,
    assessed,
    bought,
    cancelled,
    event_time,
    granted,
    on,
    paid,
    payout,
    recovered,
    refunded,
    returned,
    revoked,
    suspended,
    withdrawn,
)
from services.ledger.accounts.rules import account_of
from services.ledger.facts.rules import BY_TYPE, Books, business_at
from services.ledger.postings.rules import Leg, Memo
from services.ledger.totals.rules import PARTS


def entries(*facts):
    books = Books()
    return [entry for fact in facts for entry in books.enter(fact, event_time(fact))]


def flows(*facts):
    """source -> destination: fen, in the order of posting."""
    return [(leg.source, leg.destination, leg.amount_fen) for leg in entries(*facts)]


class TestFacts:
    def test_an_assessment_makes_a_claim(self):
        assert flows(assessed(1)) == [("residents", "dues", 25000)]

    def test_a_payment_turns_the_claim_into_money_with_the_channel(self):
        assert flows(assessed(1), paid(1))[1:] == [("dues", "clearing:tax", 25000)]

    def test_add_ons_pass_through_the_channel_and_stay_outside_the_fund(self):
        assert flows(assessed(1), paid(1, add_on_fen=3000))[2:] == [
            ("residents", "clearing:tax", 3000),
            ("clearing:tax", "add_on", 3000),
            ("held", "clearing:tax", 3000),
        ]

    def test_add_ons_that_came_with_a_contribution_stand_with_their_payees(self):
        shares = [{"payee": "china_life", "amount_fen": 3000}, {"payee": "picc", "amount_fen": 2000}]
        fresh = flows(paid(1, add_on_fen=5000, add_ons=shares))
        assert [flow for flow in fresh if flow[1].startswith("add_on")] == [
            ("clearing:tax", "add_on:china_life", 3000),
            ("clearing:tax", "add_on:picc", 2000),
        ]
        late = flows(paid(1, add_on_fen=5000, add_ons=shares, from_suspense=True))
        assert [flow for flow in late if flow[1].startswith("add_on")] == [
            ("suspense", "add_on:china_life", 3000),
            ("suspense", "add_on:picc", 2000),
        ]

    def test_a_payer_pays_the_fund_on_behalf_of_a_person(self):
        assert flows(granted(1)) == [("payer:medical_assistance", "special_fiscal_account", 25000)]

    def test_a_reimbursement_goes_to_the_card_and_never_through_the_fund(self):
        grant = granted(1, 20000, "reimburse_to_card", payer="county_finance")

        assert flows(grant, payout(grant)) == [
            ("payer:county_finance", "payouts", 20000),
            ("payouts", "cards", 20000),
        ]

    def test_a_returned_payout_is_mirrored_and_a_failed_one_never_left(self):
        grant = granted(1, 20000, "reimburse_to_card")

        assert flows(payout(grant), payout(grant, "returned"))[1:] == [("cards", "payouts", 20000)]
        assert flows(payout(grant, "failed")) == []

    @pytest.mark.parametrize(
        ("source", "left"),
        [
            ("person", {}),
            ("fund", {"special_fiscal_account": -20000, "cards": 20000}),
        ],
    )
    def test_help_that_was_taken_back_and_came_back_is_owed_by_nobody(self, source, left):
        grant = granted(1, 20000, "reimburse_to_card", payer="county_finance")
        facts = [grant, payout(grant), revoked(grant, on("2020-02-01")), recovered(grant, source)]

        found = Counter()
        for origin, destination, fen in flows(*facts):
            found[origin] -= fen
            found[destination] += fen

        assert {account: fen for account, fen in found.items() if fen} == left

    def test_help_settled_outside_moves_no_money_and_is_noted(self):
        grant = granted(1, 25000, "outside_system")

        [memo, taken_back] = entries(grant, revoked(grant))

        assert isinstance(memo, Memo) and (memo.payer, memo.amount_fen) == ("medical_assistance", 25000)
        assert taken_back == memo._replace(reversal=True)

    @pytest.mark.parametrize("mechanism", ["paid_on_behalf", "reimburse_to_card"])
    def test_a_revoked_grant_is_mirrored(self, mechanism):
        grant = granted(1, 20000, mechanism)

        [leg, mirror] = entries(grant, revoked(grant))

        assert mirror == leg.mirrored() and mirror.reversal

    def test_a_contribution_of_nothing_posts_nothing(self):
        assert flows(paid(1, own_fen=0)) == []

    @pytest.mark.parametrize(
        ("fact", "more"),
        [
            (
                "canbao.work_funds.paid.v1",
                {"payment_id": 1, "division_code": "350426101000", "paid_at": on("2020-01-10")},
            ),
            ("canbao.match.arrived.v1", {"arrival_id": 1, "level": "city", "arrived_at": on("2020-01-10")}),
        ],
    )
    def test_money_entered_before_its_reference_was_kept_is_still_read(self, fact, more):
        kept = BY_TYPE[fact].model_validate({"county": COUNTY, "coverage_year": YEAR, "amount_fen": 1} | more)

        assert kept.reference is None

    def test_every_fact_of_the_store_has_a_business_instant(self):
        assert business_at(paid(1, on("2019-12-31"))) == on("2019-12-31")
        assert {model.type for model in BY_TYPE.values()} == BY_TYPE.keys()


@st.composite
def stories(draw, person):
    """What happens to one person in a season, in the order in which it happens."""
    facts = [assessed(person, draw(st.sampled_from((25000, 12000, 0))))]
    if draw(st.booleans()):
        facts.append(assessed(person, draw(st.sampled_from((25000, 13000))), revision=2))
    if draw(st.booleans()):
        facts.append(cancelled(person))
    payment = draw(st.sampled_from(("none", "fresh", "late", "from_suspense", "elsewhere")))
    add_on_fen = draw(st.sampled_from((0, 3000)))
    named = draw(st.booleans()) and add_on_fen > 0
    add_ons = {
        "add_on_fen": add_on_fen,
        "add_ons": [{"payee": "china_life", "amount_fen": add_on_fen}] if named else [],
    }
    if payment == "fresh":
        facts.append(paid(person, **add_ons))
    elif payment == "late":
        facts.append(paid(person, on("2020-08-01"), 77000, **add_ons))
    elif payment != "none":
        home = {} if payment == "from_suspense" else {"county": None, "coverage_year": None}
        facts.append(suspended(5000 + person, amount_fen=25000 + add_on_fen, **home))
        facts.append(paid(person, **add_ons, from_suspense=True))
    if payment != "none" and draw(st.booleans()):
        facts += _refund(draw, facts[-1])
    if draw(st.booleans()):
        second = suspended(6000 + person)
        facts += [second, *_refund(draw, second)]
    if draw(st.booleans()):
        facts.append(add_on := bought(person))
        if draw(st.booleans()):
            facts.append(returned(add_on, 3000))
    if draw(st.booleans()):
        facts.append(withdrawn(person, ends_cover=draw(st.booleans())))
    facts += _help(draw, person)
    return facts


def _refund(draw, line):
    if draw(st.booleans()):
        return [returned(line, draw(st.sampled_from((25000, 8000))), withdraws=draw(st.booleans()))]
    withdraws = draw(st.sampled_from((None, False, True)))
    facts = [refunded(line, draw(st.sampled_from((25000, 8000))), withdraws=withdraws)]
    if draw(st.booleans()):
        facts.append(refunded(line, facts[0].amount_fen, "returned", attempt=1))
    return facts


def _help(draw, person):
    mechanism = draw(st.sampled_from((None, "paid_on_behalf", "reimburse_to_card", "outside_system")))
    if mechanism is None:
        return []
    grant = granted(person, 20000, mechanism)
    facts = [grant]
    if mechanism == "reimburse_to_card" and draw(st.booleans()):
        facts += [payout(grant), payout(grant, draw(st.sampled_from(("returned", "failed"))))]
    if draw(st.booleans()):
        facts.append(revoked(grant))
        if draw(st.booleans()):
            facts.append(recovered(grant, draw(st.sampled_from(("fund", "person")))))
    return facts


SEASONS = st.tuples(*(stories(person) for person in (1, 2))).map(
    lambda parts: [f for part in parts for f in part]
)


def balances(legs):
    found = Counter()
    for leg in legs:
        found[leg.season, leg.source] -= leg.amount_fen
        found[leg.season, leg.destination] += leg.amount_fen
    return {account: fen for account, fen in found.items() if fen}


def parts(legs):
    """What the sections of the totals add up to, per person."""
    found = Counter()
    for leg in legs:
        for kind, section, sign in PARTS:
            if kind == leg.kind:
                found[section, leg.person_id] += (-sign if leg.reversal else sign) * leg.amount_fen
    return {key: fen for key, fen in found.items() if fen}


class TestInvariants:
    @given(SEASONS)
    def test_what_is_held_is_exactly_what_others_are_owed(self, season):
        legs = [entry for entry in entries(*season) if isinstance(entry, Leg)]

        owed = Counter()
        for (books, account), fen in balances(legs).items():
            if account in ("held", "suspense", "add_on", "add_on:china_life"):
                owed[books] += fen

        assert not any(owed.values())

    @given(SEASONS)
    def test_a_channel_holds_all_that_it_took_and_did_not_give_back_itself(self, season):
        took = 0
        for fact in season:
            if isinstance(fact, PaymentReturned):
                took -= min(fact.amount_fen, fact.amount_fen + fact.left_fen)
            elif isinstance(fact, PaymentSuspended | AddOnReceived):
                took += fact.amount_fen
            elif isinstance(fact, PaymentReceived) and not fact.from_suspense:
                took += fact.own_fen + fact.add_on_fen
        legs = [entry for entry in entries(*season) if isinstance(entry, Leg)]

        assert sum(fen for (_, account), fen in balances(legs).items() if account == "clearing:tax") == took

    @given(SEASONS)
    def test_postings_move_positive_amounts_between_known_accounts_and_sum_to_zero(self, season):
        legs = [entry for entry in entries(*season) if isinstance(entry, Leg)]

        assert all(isinstance(leg.amount_fen, int) and leg.amount_fen > 0 for leg in legs)
        assert all(account_of(leg.source) is not account_of(leg.destination) for leg in legs)
        assert sum(balances(legs).values()) == 0

    @given(SEASONS, st.randoms(use_true_random=False))
    def test_any_order_of_facts_gives_the_same_balances_and_totals(self, season, random):
        shuffled = list(season)
        random.shuffle(shuffled)

        one = [entry for entry in entries(*season) if isinstance(entry, Leg)]
        other = [entry for entry in entries(*shuffled) if isinstance(entry, Leg)]

        assert balances(one) == balances(other)
        assert parts(one) == parts(other)

    @given(SEASONS)
    def test_nothing_is_left_over_between_the_books(self, season):
        legs = [entry for entry in entries(*season) if isinstance(entry, Leg)]

        bridge = sum(fen for (_, account), fen in balances(legs).items() if account == "elsewhere")

        assert bridge == 0
