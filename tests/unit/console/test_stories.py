"""What happened to a person is one story, in the order in which it happened."""

from datetime import date, datetime
from typing import get_args

import pytest

from libs.common.policy.format.vocabulary import OUTCOMES
from libs.common.security.scopes import ROLES
from services.collection.channels.port import Outcome, ReturnKind, ReturnStatus
from services.collection.channels.wechat_prepaying import Way
from services.collection.debits.rules import DebitOutcome
from services.collection.fitting.rules import Reason
from services.collection.orders.problems import NOT_OPENED, NOT_PREPAID, ORDER_NOT_PAYABLE
from services.collection.orders.rules import CloseReason, ShownOrderState
from services.collection.persons.rules import ToldBy
from services.collection.returns.rules import ReturnState
from services.console.persons import words
from services.console.persons.rules import (
    Called,
    Cover,
    cover_says,
    is_transaction,
    searches_of,
    year_shown,
)
from services.console.persons.schemas import EnrollmentStory, Payments, Refund, Subsidies, Ticket
from services.console.persons.telling import Story
from services.registration.enrollments.rules import STATES
from services.registration.tickets.rules import KINDS
from services.registration.tickets.rules import STATES as TICKET_STATES
from services.subsidy.payouts.rules import NextStep, PayoutState
from services.subsidy.payouts.store import Kind
from services.subsidy.refunds.rules import RefundState

CALLED = Called(
    {"tax": ("办税服务厅", "tax hall")},
    {"county_finance": ("县财政", "county finance")},
    {"dibao": ("低保对象", "dibao")},
)


def story(known, payments, subsidies, tickets=None):
    return Story(1, 2020, CALLED).told(known, payments, subsidies, tickets)


def known() -> EnrollmentStory:
    return EnrollmentStory.model_validate(
        {
            "enrollment": {
                "county": "youxi", "coverage_year": 2020, "state": "paid", "paid_fen": 25000,
                "registered_at": "2019-09-01T09:00:00+08:00", "completed_at": "2019-11-20T10:00:00+08:00",
                "benefit_from": "2020-01-01", "benefit_to": "2020-12-31", "cancelled_at": None,
                "withdrawn_at": None, "contested": None, "merged_into": None,
            },
            "assessments": [
                {
                    "kind": "open", "assessed_at": "2019-09-01T09:00:00+08:00", "trace": [],
                    "answer": {"outcome": "payable", "own_due_fen": 25000,
                               "summary": {"zh": "本人应缴250元。", "en": "To pay: 250 yuan."}},
                }
            ],
        }
    )  # fmt: skip


def payment(transaction: str, day: str, **line: object) -> dict[str, object]:
    whole = {
        "line_no": 1, "person_id": 1, "coverage_year": 2020, "amount_fen": 25000, "state": "applied",
        "reason": None,
        "voucher_no": None, "refunded_at": None, "refunded_fen": 0,
    }  # fmt: skip
    at = f"{day}T10:00:00+08:00"
    return {
        "payment_id": 7, "state": "matched", "county": "youxi", "coverage_year": 2020, "amount_fen": 25000,
        "channel": "tax", "transaction_no": transaction, "order_no": None, "paid_at": at,
        "received_at": at, "lines": [whole | line],
    }  # fmt: skip


def told(*payments: dict[str, object], subsidies: Subsidies | None = None) -> list[tuple[str, bool]]:
    came = Payments.model_validate({"items": payments})
    return [(event.says_zh, event.trouble) for event in story(known(), came, subsidies)]


class TestStory:
    def test_begins_with_the_registration_and_has_money_before_the_cover_that_it_brings(self):
        assert [says for says, _ in told(payment("T1", "2019-11-20", voucher_no="V1"))] == [
            "登记 2020 年度参保",
            "核定：本人应缴250元。",
            "缴费到账（办税服务厅，流水号 T1）",
            "开具缴费凭证 V1",
            "参保完成，待遇期 2020-01-01 至 2020-12-31",
        ]

    def test_says_of_money_in_suspense_why_and_that_somebody_has_to_look(self):
        again = payment("T2", "2019-12-01", state="suspended", reason="already_paid")

        assert told(again)[-1] == ("缴费待确认：重复缴费（办税服务厅，流水号 T2）", True)

    def test_leaves_out_other_people_and_other_years(self):
        other = payment("T3", "2019-12-01", person_id=2)
        before = payment("T4", "2018-12-01", coverage_year=2019)

        assert not [says for says, _ in told(other, before) if "T3" in says or "T4" in says]

    @pytest.mark.parametrize(
        ("more", "ending", "trouble"),
        [
            ({"state": "requested", "decided_at": None, "decided_by": None},
             "申请退费：重复缴费（系统自动发起），待审批", True),
            ({"state": "rejected"}, "退费未批准（审批人 zhang）", False),
            ({"state": "approved"}, "退费已批准（审批人 zhang）", False),
            ({"state": "paid"}, "退费已退还（审批人 zhang）", False),
            ({"state": "superseded", "decided_at": None, "decided_by": None},
             "退费已终止，款项另作缴费入账", False),
        ],
    )  # fmt: skip
    def test_says_how_far_a_refund_is_and_who_has_to_do_something(self, more, ending, trouble):
        refund = {
            "coverage_year": 2020, "amount_fen": 25000, "reason": "already_paid", "withdraws": False,
            "requested_at": "2019-12-03T10:00:00+08:00", "requested_by": "system",
            "decided_at": "2019-12-04T10:00:00+08:00", "decided_by": "zhang",
        } | more  # fmt: skip

        assert told(subsidies=Subsidies(grants=[], refunds=[Refund(**refund)], payouts=[]))[-1] == (
            ending,
            trouble,
        )

    def test_says_what_was_reported_and_what_the_bureau_said_to_it(self):
        ticket = Ticket.model_validate(
            {
                "ticket_id": 3, "kind": "name", "wrong": "同音字", "reported_by": "li",
                "reported_at": "2019-09-02T09:00:00+08:00", "due_on": None, "overdue": False,
                "state": "refused", "answered_by": "wu", "answered_at": "2019-09-03T09:00:00+08:00",
                "answer": "与身份证一致",
            }
        )  # fmt: skip

        says = [(event.says_zh, event.trouble) for event in story(None, None, None, [ticket])]

        assert says == [("报送更正单：姓名有误（li）", False), ("更正单不予更正：与身份证一致", True)]

    def test_has_no_half_sentence_of_cover_whose_days_are_not_known(self):
        whole = known()
        whole.enrollment.benefit_from = whole.enrollment.benefit_to = None

        assert story(whole, None, None)[-1].says_zh == "参保完成"

    def test_is_told_in_the_order_of_time(self):
        events = story(known(), None, None)

        assert [event.at for event in events] == sorted(event.at for event in events)
        assert events[0].at == datetime.fromisoformat("2019-09-01T09:00:00+08:00")


TODAY = date(2020, 3, 1)


@pytest.mark.parametrize(
    ("cover", "says"),
    [
        (Cover("paid", date(2020, 1, 1), date(2020, 12, 31)),
         "已参保，自 2020-01-01 至 2020-12-31 享受待遇。"),
        (Cover("exempt", date(2020, 1, 1), date(2020, 12, 31), contested=True),
         "已参保，自 2020-01-01 至 2020-12-31 享受待遇（参保依据待核实）。"),
        (Cover("paid", date(2020, 5, 1), date(2020, 12, 31)),
         "已参保，自 2020-05-01 至 2020-12-31 享受待遇，目前尚未生效。"),
        (Cover("paid", date(2019, 1, 1), date(2019, 12, 31)),
         "待遇期已于 2019-12-31 结束（自 2019-01-01 起）。"),
        (Cover("paid", date(2020, 1, 1), None), "已参保，自 2020-01-01 起享受待遇。"),
        (Cover("paid", None, None), "已参保，待遇起止日期尚未确定。"),
        (Cover("assessed", None, None), "尚未缴费，目前不享受待遇。"),
        (Cover("registered", None, None), "尚未缴费，目前不享受待遇。"),
        (Cover("cancelled", date(2020, 1, 1), date(2020, 12, 31)), "参保已取消，不享受待遇。"),
        (Cover("withdrawn", date(2020, 1, 1), date(2020, 12, 31)), "已退保，不享受待遇。"),
    ],
)  # fmt: skip
def test_whether_somebody_is_insured_is_one_sentence_in_every_case(cover, says):
    assert cover_says(cover, TODAY)[0] == says


def test_every_state_and_reason_of_the_services_has_words():
    for names, codes in (
        (words.ENROLLMENT_STATES, STATES),
        (words.REASONS, [one.value for one in Reason]),
        (words.PAYOUT_STATES, [one.value for one in PayoutState]),
        (words.NEXT_STEPS, [one.value for one in NextStep]),
        (words.ORDER_STATES, get_args(ShownOrderState)),
        (words.ORDER_CLOSINGS, get_args(CloseReason)),
        (words.REFUSALS, [one.slug for one in (ORDER_NOT_PAYABLE, NOT_PREPAID, NOT_OPENED)]),
        (words.WAYS, get_args(Way)),
        (words.DEBIT_OUTCOMES, get_args(DebitOutcome)),
        (words.ANSWERS, get_args(Outcome)),
        (words.TOLD_BY, get_args(ToldBy)),
        (words.RETURN_KINDS, get_args(ReturnKind)),
        (words.RETURN_STATUSES, get_args(ReturnStatus)),
        (words.RETURN_STATES, get_args(ReturnState)),
        (words.PAYOUT_KINDS, get_args(Kind)),
        (words.REFUND_STATES, [one.value for one in RefundState]),
        (words.TICKET_KINDS, KINDS),
        (words.TICKET_STATES, TICKET_STATES),
        (words.OUTCOMES, OUTCOMES),
    ):
        assert set(names) == set(codes)


def test_nobody_is_offered_a_search_that_would_be_refused():
    offered = {role: searches_of(scopes) for role, scopes in ROLES.items()}

    assert offered["township_officer"] == ("number", "paper", "village")
    assert offered["department_officer"] == ("number",)
    assert offered["village_agent"] == ("village",)
    assert offered["finance_officer"] == offered["operator"] == ()


def test_the_newest_year_is_shown_unless_another_is_asked_for():
    assert year_shown([2020, 2021], None) == 2021
    assert year_shown([2020, 2021], 2020) == 2020
    assert year_shown([2020, 2021], 2019) == 2021
    assert year_shown([], 2019) is None


def test_a_number_of_22_digits_is_that_of_a_voucher():
    assert not is_transaction("3504262019112000000178")
    assert is_transaction("T20191120000001")
