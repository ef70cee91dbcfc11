"""Which grants follow from which facts, whatever the order in which the facts arrive."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.events import DueSegment, SubsidyLine
from libs.common.events.elsewhere import ElsewhereEnded
from libs.common.events.registration import EnrollmentCancelled, EnrollmentContested, EnrollmentWithdrawn
from services.subsidy.entitlements.facts import (
    Enrollment,
    Grant,
    Payment,
    PersonYear,
    assess,
    cancel,
    contest,
    offers_of,
)
from services.subsidy.entitlements.rules import decide

START = datetime(2020, 9, 1, tzinfo=UTC)
PRICE = 28_000


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def line(payer="county_finance", amount=PRICE, mechanism="paid_on_behalf", status="tekun") -> SubsidyLine:
    return SubsidyLine(payer=payer, status=status, amount_fen=amount, mechanism=mechanism)


def segment(outcome="exempt", lines=(), begins=0, ends=100) -> DueSegment:
    return DueSegment(
        from_at=at(begins), until_at=at(ends), outcome=outcome, price_fen=PRICE, subsidies=tuple(lines)
    )


def assessed(revision=1, schedule=(), late=(), days=1.0, enrollment_id=7) -> Enrollment:
    return Enrollment(
        enrollment_id=enrollment_id,
        county="huining",
        division_code="620422101201",
        revision=revision,
        assessment_id=100 + revision,
        assessed_at=at(days),
        offers=offers_of(schedule),
        late=tuple(late),
    )


def paid(own=PRICE, lines=(), days=2.0, payment_id=1, add_on=0) -> Payment:
    return Payment(
        payment_id=payment_id,
        line_no=1,
        enrollment_id=7,
        assessment_id=101,
        county="huining",
        division_code="620422101201",
        price_fen=PRICE,
        own_fen=own,
        lines=tuple(lines),
        paid_at=at(days),
        happened_at=at(days),
        amount_fen=own + add_on,
    )


def cancelled(enrollment_id: int, moment: datetime) -> EnrollmentCancelled:
    return EnrollmentCancelled(
        enrollment_id=enrollment_id, person_id=1, county="huining", coverage_year=2021,
        division_code="620422101201", reason="moved", cancelled_at=moment,
    )  # fmt: skip


def doubted(kind, number, days, **more):
    """A doubt in enrollment 7, or its end."""
    told = {
        "enrollment_id": 7, "person_id": 1, "county": "huining", "coverage_year": 2021,
        "division_code": "620422101201", "contest_no": number,
    }  # fmt: skip
    return kind(**told, **more), at(days)


class Person:
    """Takes facts in one after the other and keeps what was decided."""

    def __init__(self) -> None:
        self.year = PersonYear()
        self.granted: list[Grant] = []
        self.revoked: list[tuple[Grant, str]] = []
        self.counted: list[datetime | None] = []

    def learns(self, fact: Enrollment | Payment | tuple[int, datetime]) -> "Person":
        if isinstance(fact, Enrollment):
            if not assess(self.year, fact):
                return self
            now = fact.assessed_at
        elif isinstance(fact, Payment):
            self.year.payments.setdefault((fact.payment_id, fact.line_no), fact)
            now = fact.happened_at
        else:
            cancel(self.year, cancelled(*fact))
            now = fact[1]
        decision = decide(self.year, now)
        self.granted += decision.granted
        self.revoked += [(revocation.grant, revocation.reason) for revocation in decision.revoked]
        self.counted += [revocation.counted_at for revocation in decision.revoked]
        return self

    def locks(self, payer: str) -> "Person":
        """The bank has the money of this payer's grant."""
        for number, grant in self.year.grants.items():
            if grant.payer == payer:
                self.year.grants[number] = Grant(
                    **{name: getattr(grant, name) for name in Grant.__slots__ if name != "locked"},
                    locked=True,
                )
        return self

    @property
    def help(self) -> dict[str, tuple[str, int]]:
        return {
            g.payer + ("+late" if g.late else ""): (g.mechanism, g.amount_fen)
            for g in self.year.grants.values()
        }


EXEMPT = [segment(lines=[line()])]
FIXED = [line("county_finance", 20_000, "reimburse_to_card", "dibao")]


class TestExempt:
    def test_is_granted_as_soon_as_assessed(self):
        person = Person().learns(assessed(schedule=EXEMPT))

        (grant,) = person.granted
        assert (grant.mechanism, grant.amount_fen, grant.completes_enrollment) == (
            "paid_on_behalf",
            PRICE,
            True,
        )
        assert (grant.status, grant.assessment_id, grant.granted_at) == ("tekun", 101, at(1))

    def test_begins_with_its_segment_when_assessed_earlier(self):
        person = Person().learns(assessed(schedule=[segment(lines=[line()], begins=10)]))

        assert person.granted[0].granted_at == at(10)

    def test_that_ended_before_the_assessment_gives_nothing(self):
        person = Person().learns(assessed(schedule=[segment(lines=[line()], ends=0.5)]))

        assert person.granted == []

    def test_of_two_payers_is_completed_by_the_last_line_only(self):
        lines = [line("medical_assistance", 17_500), line("health", 10_500)]
        person = Person().learns(assessed(schedule=[segment(lines=lines)]))

        assert sum(g.amount_fen for g in person.granted) == PRICE
        assert [g.completes_enrollment for g in person.granted] == [False, True]

    def test_stays_as_it_is_when_a_reassessment_gives_the_same(self):
        person = Person().learns(assessed(schedule=EXEMPT))
        person.learns(assessed(revision=2, schedule=EXEMPT, days=50))

        assert len(person.granted) == 1
        assert person.revoked == []

    def test_stays_when_its_segment_is_over_at_a_reassessment(self):
        person = Person().learns(assessed(schedule=EXEMPT))
        person.learns(assessed(revision=2, schedule=EXEMPT, days=200))

        assert person.revoked == []

    def test_stands_when_a_reassessment_no_longer_gives_it(self):
        person = Person().learns(assessed(schedule=EXEMPT)).learns(assessed(revision=2, days=20))

        assert person.help == {"county_finance": ("paid_on_behalf", PRICE)}
        assert person.revoked == []

    def test_holds_since_the_day_of_its_roster_however_late_it_was_typed(self):
        known = assessed(schedule=[segment(lines=[line()], begins=3, ends=4)], days=6)
        known.registered_at = at(1)
        person = Person().learns(known)

        assert person.granted[0].granted_at == at(3)

    def test_of_somebody_registered_after_its_window_is_none(self):
        known = assessed(schedule=[segment(lines=[line()], ends=4)], days=6)
        known.registered_at = at(5)

        assert Person().learns(known).granted == []

    def test_is_taken_back_only_when_an_officer_withdraws_it(self):
        person = Person().learns(assessed(schedule=EXEMPT))
        fact, moment = doubted(EnrollmentContested, 1, 5, causes=("never_entitled",), contested_at=at(5))
        assert contest(person.year, fact)
        assert decide(person.year, moment).revoked == ()

        withdrawal = {"causes": ("never_entitled",), "ends_cover": False, "reason": "decided"}
        fact, moment = doubted(EnrollmentWithdrawn, 2, 6, withdrawn_at=at(6), **withdrawal)
        assert contest(person.year, fact)
        assert [(r.reason) for r in decide(person.year, moment).revoked] == ["withdrawn"]
        assert not contest(person.year, fact)

    def test_comes_back_when_a_later_assessment_gives_it_after_a_withdrawal(self):
        person = Person().learns(assessed(schedule=EXEMPT))
        withdrawal = {"causes": ("never_entitled",), "ends_cover": False, "reason": "decided"}
        fact, _ = doubted(EnrollmentWithdrawn, 1, 6, withdrawn_at=at(6), **withdrawal)
        contest(person.year, fact)
        person.learns(assessed(revision=2, schedule=EXEMPT, days=7))

        assert person.help == {"county_finance": ("paid_on_behalf", PRICE)}

    def test_is_not_brought_back_by_an_older_revision(self):
        person = Person().learns(assessed(revision=2, days=20)).learns(assessed(schedule=EXEMPT))

        assert person.granted == []

    def test_is_replaced_when_the_payer_changes(self):
        person = Person().learns(assessed(schedule=EXEMPT))
        person.learns(assessed(revision=2, schedule=[segment(lines=[line("medical_assistance")])], days=20))

        assert person.help == {"medical_assistance": ("paid_on_behalf", PRICE)}
        assert person.counted == [grant.granted_at for grant in person.granted[:1]]
        assert len({grant.granted_at for grant in person.granted}) == 1

    def test_of_two_payers_counts_the_end_of_both_with_the_one_that_stands_in_for_them(self):
        share = PRICE // 2
        person = Person().learns(
            assessed(schedule=[segment(lines=[line("health", share), line("medical_assistance", share)])])
        )
        person.learns(assessed(revision=2, schedule=[segment(lines=[line("medical_assistance")])], days=20))

        assert person.help == {"medical_assistance": ("paid_on_behalf", PRICE)}
        assert person.counted == [person.granted[-1].granted_at] * 2

    def test_counts_its_end_when_it_ends_where_nobody_stands_in_for_it(self):
        person = Person().learns(assessed(schedule=EXEMPT)).learns((7, at(5)))

        assert person.counted == [None]

    def test_is_revoked_when_cancelled_and_granted_again_when_reopened(self):
        person = Person().learns(assessed(schedule=EXEMPT)).learns((7, at(5)))
        assert (person.help, person.revoked[0][1]) == ({}, "cancelled")

        person.learns(assessed(revision=2, schedule=EXEMPT, days=9))
        assert person.help == {"county_finance": ("paid_on_behalf", PRICE)}

    def test_gives_way_to_the_person_who_paid(self):
        person = Person().learns(assessed(schedule=EXEMPT)).learns(paid())

        assert person.help == {}
        assert person.revoked[0][1] == "paid_by_person"

    def test_reimburses_nothing_to_somebody_who_paid_nothing(self):
        person = Person().learns(assessed(schedule=[segment(lines=FIXED)]))

        assert person.granted == []


class TestAtPayment:
    def test_the_share_of_others_is_granted_when_the_person_pays(self):
        shares = [line("poverty_office", 13_000)]
        person = Person().learns(assessed(schedule=[segment("payable", shares)]))
        assert person.granted == []

        person.learns(paid(own=15_000, lines=shares))
        assert person.help == {"poverty_office": ("paid_on_behalf", 13_000)}
        assert not person.granted[0].completes_enrollment

    def test_a_payment_that_came_before_its_assessment_ends_the_same(self):
        person = Person().learns(paid(lines=FIXED)).learns(assessed(schedule=[segment("payable", FIXED)]))

        assert person.help == {"county_finance": ("reimburse_to_card", 20_000)}
        assert len(person.granted) == 1

    def test_what_a_department_settles_itself_is_on_record(self):
        person = Person().learns(paid(lines=[line("disabled_federation", 25_000, "outside_system")]))

        assert person.help == {"disabled_federation": ("outside_system", 25_000)}

    def test_never_more_than_the_price_is_borne_in_all(self):
        lines = [line("a", 20_000, "paid_on_behalf"), line("b", 20_000, "reimburse_to_card")]
        person = Person().learns(paid(own=15_000, lines=lines))

        assert person.help == {"a": ("paid_on_behalf", 13_000), "b": ("reimburse_to_card", 15_000)}

    def test_statuses_that_share_a_payer_make_one_grant(self):
        lines = [line("health", 5_000, status="fp_reward"), line("health", 4_000, status="fp_special")]
        person = Person().learns(paid(own=19_000, lines=lines))

        (grant,) = person.granted
        assert (grant.amount_fen, grant.status) == (9_000, "fp_reward+fp_special")

    def test_a_second_payment_of_the_year_carries_no_second_help(self):
        person = Person().learns(paid(lines=FIXED)).learns(paid(lines=FIXED, payment_id=2, days=3))

        assert len(person.granted) == 1

    def test_an_unknown_mechanism_is_an_error_and_not_a_grant(self):
        with pytest.raises(ValueError, match="unknown mechanism"):
            Person().learns(paid(lines=[line(mechanism="by_pigeon")]))


class TestLate:
    def test_is_granted_to_the_card_after_payment(self):
        person = Person().learns(assessed()).learns(paid())
        person.learns(assessed(revision=2, late=FIXED, days=30))

        assert person.help == {"county_finance+late": ("reimburse_to_card", 20_000)}
        assert (person.granted[0].late, person.granted[0].granted_at) == (True, at(30))

    def test_waits_for_the_payment_it_relies_on(self):
        person = Person().learns(assessed(revision=2, late=FIXED, days=30))
        assert person.granted == []

        person.learns(paid())
        assert person.granted[0].granted_at == at(30)

    def test_on_behalf_of_somebody_who_paid_all_goes_to_the_card(self):
        person = Person().learns(paid()).learns(assessed(revision=2, late=[line()], days=30))

        assert person.help == {"county_finance+late": ("reimburse_to_card", PRICE)}

    def test_the_help_of_the_payment_told_again_is_not_added(self):
        person = Person().learns(paid(lines=FIXED)).learns(assessed(revision=2, late=FIXED, days=30))

        assert person.help == {"county_finance": ("reimburse_to_card", 20_000)}
        assert person.revoked == []

    @pytest.mark.parametrize("sent_already", [True, False])
    def test_more_from_the_same_payer_is_added(self, sent_already):
        more = line("county_finance", 8_000, "reimburse_to_card")
        person = Person().learns(paid(lines=FIXED))
        if sent_already:
            person.locks("county_finance")
        person.learns(assessed(revision=2, late=[more], days=30))

        assert person.help == {
            "county_finance": ("reimburse_to_card", 20_000),
            "county_finance+late": ("reimburse_to_card", 8_000),
        }
        assert person.revoked == []

    def test_from_another_payer_is_capped_by_what_the_person_bore(self):
        person = Person().learns(paid(lines=FIXED))
        person.learns(assessed(revision=2, late=[line("health", 20_000, "reimburse_to_card")], days=30))

        assert person.help["health+late"] == ("reimburse_to_card", 8_000)


class TestLocked:
    def test_money_that_is_out_is_not_taken_back(self):
        person = Person().learns(paid()).learns(assessed(revision=2, late=FIXED, days=30))
        person.locks("county_finance").learns(assessed(revision=3, days=40))

        assert person.help == {"county_finance+late": ("reimburse_to_card", 20_000)}

    def test_money_that_is_out_leaves_less_for_others(self):
        person = Person().learns(paid()).learns(assessed(revision=2, late=FIXED, days=30))
        other = line("health", 20_000, "reimburse_to_card")
        person.locks("county_finance").learns(assessed(revision=3, late=[other], days=40))

        assert person.help["health+late"] == ("reimburse_to_card", 8_000)

    def test_of_which_a_part_has_no_reason_any_more_exceeds_by_that(self):
        person = Person().learns(paid(lines=[*FIXED, line("civil_affairs", 5_000, "reimburse_to_card")]))
        person.locks("county_finance")
        part_back(person, (1, 1), 10_000)
        decision = decide(person.year, at(50))

        assert [(one.grant.payer, one.fen) for one in decision.exceeding] == [("county_finance", 2_000)]
        assert [one.grant.payer for one in decision.revoked] == ["civil_affairs"]

    def test_is_not_granted_twice(self):
        person = Person().learns(paid(lines=FIXED)).locks("county_finance")
        person.learns(assessed(schedule=[segment("payable", FIXED)])).learns(paid(lines=FIXED, days=3))

        assert len(person.granted) == 1


class TestWithdrawn:
    def test_help_with_a_payment_goes_by_an_officers_decision_and_the_payment_stays(self):
        person = Person().learns(assessed(schedule=[segment("payable", FIXED)])).learns(paid(lines=FIXED))
        withdrawal = {"causes": ("never_entitled",), "ends_cover": False, "reason": "decided"}
        fact, moment = doubted(EnrollmentWithdrawn, 1, 6, withdrawn_at=at(6), **withdrawal)
        contest(person.year, fact)

        assert [r.reason for r in decide(person.year, moment).revoked] == ["withdrawn"]
        assert person.help == {}

    def test_money_that_counts_because_an_exemption_was_withdrawn_keeps_its_help(self):
        person = Person().learns(assessed(schedule=EXEMPT))
        withdrawal = {"causes": ("never_entitled",), "ends_cover": False, "reason": "decided"}
        contest(person.year, doubted(EnrollmentWithdrawn, 1, 6, withdrawn_at=at(6), **withdrawal)[0])
        person.learns(assessed(revision=2, schedule=[segment("payable", FIXED)], days=6))
        person.learns(paid(lines=FIXED, days=6))

        assert person.help == {"county_finance": ("reimburse_to_card", 20_000)}

    def test_help_goes_with_the_money_it_rested_on(self):
        person = Person().learns(paid(lines=FIXED))
        give_back(person, (1, 1))
        decision = decide(person.year, at(50))

        assert [(r.reason, r.revoked_at) for r in decision.revoked] == [("refunded", at(50))]
        assert person.help == {}

    def test_a_second_payment_counts_when_the_first_was_given_back(self):
        person = Person().learns(paid(lines=FIXED)).learns(paid(lines=FIXED, payment_id=2, days=3))
        give_back(person, (1, 1))
        decision = decide(person.year, at(50))

        assert [grant.payment_id for grant in decision.granted] == [2]

    def test_money_on_its_way_back_leaves_no_room_for_help_without_payment(self):
        person = Person().learns(paid()).learns(assessed(schedule=EXEMPT, days=3))
        give_back(person, (1, 1), leaving=True)
        assert decide(person.year, at(50)).granted == ()

        give_back(person, (1, 1))
        assert [grant.payer for grant in decide(person.year, at(60)).granted] == ["county_finance"]


def part_back(person, line, fen):
    """Know that a part of a payment went back."""
    payments = person.year.payments
    payments[line] = replace(payments[line], refunded_fen=fen)


def give_back(person, line, *, leaving=False):
    """Know that the money of a payment goes back whole, and went unless it is still `leaving`."""
    payments = person.year.payments
    payments[line] = replace(payments[line], withdrawn=True, leaving=leaving)


# ------------------------------------------------------------------------------------------------- any order

PAYERS = ("county_finance", "health", "medical_assistance")
amounts = st.integers(min_value=1, max_value=PRICE)
aid = st.builds(
    line, payer=st.sampled_from(PAYERS), amount=amounts, mechanism=st.sampled_from(
        ["paid_on_behalf", "reimburse_to_card", "outside_system"]
    ), status=st.sampled_from(["tekun", "dibao"])
)  # fmt: skip


@st.composite
def histories(draw):
    """Facts of two topics, each in its own order: assessments and cancellations, and payments."""
    registration: list = []
    day = 1.0
    for revision in range(1, draw(st.integers(1, 5)) + 1):
        day += draw(st.floats(0.5, 5))
        lines = draw(st.lists(aid, max_size=3))
        outcome = draw(st.sampled_from(["exempt", "payable"]))
        late = draw(st.lists(aid, max_size=2))
        registration.append(assessed(revision, [segment(outcome, lines)], late=late, days=day))
        if draw(st.booleans()):
            day += draw(st.floats(0.5, 5))
            registration.append((7, at(day)))
    payments = [
        paid(
            own=draw(st.integers(0, PRICE)), lines=draw(st.lists(aid, max_size=3)),
            days=draw(st.floats(1, 40)), payment_id=number,
        )
        for number in range(draw(st.integers(0, 2)))
    ]  # fmt: skip
    return registration, payments


def interleaved(draw, registration, payments):
    """Some merge of both topics, each in order, facts repeated here and there."""
    left, right, merged = list(registration), list(payments), []
    while left or right:
        source = left if left and (not right or draw(st.booleans())) else right
        merged.append(source.pop(0))
        if draw(st.booleans()):
            merged.append(draw(st.sampled_from(merged)))
    return merged


def copied(fact):
    """Facts are read from the bus anew each time."""
    if isinstance(fact, Enrollment):
        return Enrollment(**{name: getattr(fact, name) for name in Enrollment.__slots__})
    return fact


class TestAnyOrder:
    @given(st.data(), histories())
    def test_gives_the_same_help(self, data, history):
        registration, payments = history
        plain = Person()
        for fact in [*registration, *payments]:
            plain.learns(copied(fact))
        mixed = Person()
        for fact in interleaved(data.draw, registration, payments):
            # A repeated cancellation would be dropped by the inbox; a repeated revision is by its number.
            mixed.learns(copied(fact))

        assert mixed.help == plain.help

    @given(st.data(), histories())
    def test_never_bears_more_than_the_price(self, data, history):
        person = Person()
        for fact in interleaved(data.draw, *history):
            person.learns(copied(fact))
            grants = list(person.year.grants.values())
            payment = min(
                person.year.payments.values(), key=lambda p: (p.paid_at, p.payment_id), default=None
            )
            if payment is None:
                assert all(grant.mechanism != "reimburse_to_card" for grant in grants)
                continue
            behalf = sum(g.amount_fen for g in grants if g.mechanism == "paid_on_behalf")
            back = sum(g.amount_fen for g in grants if g.mechanism != "paid_on_behalf")
            assert behalf + payment.own_fen <= PRICE or behalf == 0
            assert back <= payment.own_fen

    @given(st.data(), histories())
    def test_has_one_grant_and_one_addition_a_payer_and_revokes_only_what_was_granted(self, data, history):
        person = Person()
        for fact in interleaved(data.draw, *history):
            person.learns(copied(fact))

        places = [grant.key for grant in person.year.grants.values()]
        assert len(places) == len(set(places))
        made = {grant.grant_id for grant in person.granted}
        gone = [grant.grant_id for grant, _ in person.revoked]
        assert len(gone) == len(set(gone))
        assert made - set(gone) == set(person.year.grants)


class TestInsuredElsewhere:
    """Help for another place goes to the card while the person is not insured here."""

    @staticmethod
    def record(revision=1, fen=20_000, payer="county_finance", number=90):
        line_ = line(payer, fen, "reimburse_to_card")
        return replace(assessed(revision, late=[line_], enrollment_id=number), elsewhere=True)

    @staticmethod
    def ended(revision=2, number=90):
        return ElsewhereEnded(
            enrollment_id=number, revision=revision, person_id=1, county="huining", coverage_year=2021,
            division_code="620422101201", reason="withdrawn", cancelled_at=at(9),
        )  # fmt: skip

    def test_is_granted_to_the_card_and_completes_nothing(self):
        year = PersonYear()
        assess(year, self.record())

        (grant,) = decide(year, at(3)).granted

        assert (grant.payer, grant.mechanism, grant.amount_fen) == (
            "county_finance", "reimburse_to_card", 20_000,
        )  # fmt: skip
        assert (grant.elsewhere, grant.completes_enrollment, grant.payment_id) == (True, False, None)
        assert decide(year, at(4)).granted == ()

    def test_waits_behind_whatever_insures_the_person_here(self):
        year = PersonYear()
        assess(year, self.record())
        assess(year, assessed(schedule=[segment("exempt", [line()])]))

        (grant,) = decide(year, at(3)).granted

        assert (grant.elsewhere, grant.mechanism) == (False, "paid_on_behalf")

    def test_is_taken_back_when_the_person_pays_here_and_help_here_goes_on_top_of_nothing(self):
        year = PersonYear()
        assess(year, self.record())
        decide(year, at(3))
        payment = paid(lines=[line(amount=20_000, mechanism="reimburse_to_card")])
        year.payments[payment.key] = payment

        decision = decide(year, at(4))

        assert [(gone.grant.elsewhere, gone.counted_at) for gone in decision.revoked] == [(True, None)]
        assert [(one.elsewhere, one.amount_fen) for one in decision.granted] == [(False, 20_000)]

    def test_that_has_left_is_recovered_and_never_stands_in_for_help_here(self):
        year = PersonYear()
        assess(year, self.record())
        (grant,) = decide(year, at(3)).granted
        year.grants[grant.grant_id] = replace(grant, locked=True)
        payment = paid(own=8_000, lines=[line(amount=20_000)])
        year.payments[payment.key] = payment

        decision = decide(year, at(4))

        assert [one.grant.grant_id for one in decision.stuck] == [grant.grant_id]
        assert [(one.mechanism, one.amount_fen) for one in decision.granted] == [("paid_on_behalf", 20_000)]
        assert decision.moved == ()

    def test_that_grows_after_it_left_sends_the_rest_and_that_shrinks_is_too_much(self):
        year = PersonYear()
        assess(year, self.record())
        (grant,) = decide(year, at(3)).granted
        year.grants[grant.grant_id] = replace(grant, locked=True)
        assess(year, self.record(revision=2, fen=25_000))
        assert [(one.amount_fen, one.top_up) for one in decide(year, at(4)).granted] == [(5_000, 1)]
        assess(year, self.record(revision=3, fen=15_000))

        decision = decide(year, at(5))

        assert [one.fen for one in decision.exceeding] == [5_000]
        assert [one.grant.amount_fen for one in decision.revoked] == [5_000]

    def test_ends_for_good_and_another_record_helps_anew(self):
        year = PersonYear()
        assess(year, self.record())
        decide(year, at(3))
        cancel(year, self.ended())
        assert [one.reason for one in decide(year, at(9)).revoked] == ["cancelled"]
        assess(year, self.record(number=91))

        assert [one.enrollment_id for one in decide(year, at(10)).granted] == [91]
