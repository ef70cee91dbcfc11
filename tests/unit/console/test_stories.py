"""What happened to a person is one story, in the order in which it happened."""

from datetime import datetime

from services.console.persons.rules import is_transaction, year_shown
from services.console.persons.schemas import EnrollmentStory, Payments, Subsidies
from services.console.persons.telling import story


def known() -> EnrollmentStory:
    return EnrollmentStory.model_validate(
        {
            "enrollment": {
                "county": "youxi", "coverage_year": 2020, "state": "paid", "paid_fen": 25000,
                "registered_at": "2019-09-01T09:00:00+08:00", "completed_at": "2019-11-20T10:00:00+08:00",
                "benefit_from": "2020-01-01", "benefit_to": "2020-12-31", "cancelled_at": None,
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
        "person_id": 1, "coverage_year": 2020, "amount_fen": 25000, "state": "applied", "reason": None,
        "voucher_no": None, "refunded_at": None, "refunded_fen": 0,
    }  # fmt: skip
    at = f"{day}T10:00:00+08:00"
    return {
        "payment_id": 7, "channel": "tax", "transaction_no": transaction, "order_no": None, "paid_at": at,
        "received_at": at, "lines": [whole | line],
    }  # fmt: skip


def told(*payments: dict[str, object], subsidies: Subsidies | None = None) -> list[tuple[str, bool]]:
    came = Payments.model_validate({"items": payments})
    return [(event.says_zh, event.trouble) for event in story(1, 2020, known(), came, subsidies)]


class TestStory:
    def test_begins_with_the_registration_and_has_money_before_the_cover_that_it_brings(self):
        assert [says for says, _ in told(payment("T1", "2019-11-20", voucher_no="V1"))] == [
            "登记 2020 年度参保",
            "核定：本人应缴250元。",
            "缴费到账（渠道 tax，流水号 T1）",
            "开具缴费凭证 V1",
            "参保完成，待遇期 2020-01-01 至 2020-12-31",
        ]

    def test_says_of_money_in_suspense_why_and_that_somebody_has_to_look(self):
        again = payment("T2", "2019-12-01", state="suspended", reason="already_paid")

        assert told(again)[-1] == ("缴费待确认：重复缴费（渠道 tax，流水号 T2）", True)

    def test_leaves_out_other_people_and_other_years(self):
        other = payment("T3", "2019-12-01", person_id=2)
        before = payment("T4", "2018-12-01", coverage_year=2019)

        assert not [says for says, _ in told(other, before) if "T3" in says or "T4" in says]

    def test_says_of_help_that_waits_for_a_card_that_somebody_has_to_look(self):
        subsidies = Subsidies.model_validate(
            {
                "grants": [
                    {
                        "coverage_year": 2020, "payer": "county_finance", "status": "dibao",
                        "mechanism": "reimburse_to_card", "amount_fen": 20000, "payout_state": "waiting_card",
                        "granted_at": "2019-12-02T10:00:00+08:00", "revoked_at": None,
                    }
                ],
                "refunds": [],
            }
        )  # fmt: skip

        says, trouble = told(subsidies=subsidies)[-1]

        assert "待补银行卡信息" in says and trouble

    def test_is_told_in_the_order_of_time(self):
        events = story(1, 2020, known(), None, None)

        assert [event.at for event in events] == sorted(event.at for event in events)
        assert events[0].at == datetime.fromisoformat("2019-09-01T09:00:00+08:00")


def test_the_newest_year_is_shown_unless_another_is_asked_for():
    assert year_shown([2020, 2021], None) == 2021
    assert year_shown([2020, 2021], 2020) == 2020
    assert year_shown([2020, 2021], 2019) == 2021
    assert year_shown([], 2019) is None


def test_a_number_of_22_digits_is_that_of_a_voucher():
    assert not is_transaction("3504262019112000000178")
    assert is_transaction("T20191120000001")
