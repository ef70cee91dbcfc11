"""Orders, attempts to pay, notifications and payouts to cards are events of their own, each at its time."""

import pytest

from services.console.persons.money_schemas import Notification, Order, Payout
from services.console.persons.rules import Called
from services.console.persons.telling_notifications import told_of_notification
from services.console.persons.telling_orders import told_of_order
from services.console.persons.telling_payouts import told_of_payout

CALLED = Called({"wechat": ("微信支付", "WeChat Pay"), "tax": ("办税服务厅", "tax hall")})


def at(time: str, day: str = "2019-11-20") -> str:
    return f"{day}T{time}:00+08:00"


def said(events) -> list[tuple[str, str, bool]]:
    """When, what, and whether somebody has to do something."""
    return [(f"{one.at:%m-%d %H:%M}", one.says_zh, one.trouble) for one in events]


def attempt(kind: str, time: str, **more: object) -> dict[str, object]:
    whole = {
        "kind": kind, "attempted_at": at(time), "attempted_by": None, "way": None, "outcome": None,
        "refusal": None, "fault": None, "answered_at": None, "tries": 1,
    }  # fmt: skip
    return whole | more


def order(*attempts: dict[str, object], **more: object) -> Order:
    whole = {
        "order_no": "CB1", "state": "pending", "channel": "wechat", "amount_fen": 25000, "order_fen": 25000,
        "people": 1, "created_by": "mini", "created_at": at("10:00"), "expires_at": at("10:30"),
        "cancelled_at": None, "close_reason": None, "attempts": attempts,
    }  # fmt: skip
    return Order.model_validate(whole | more)


class TestOrders:
    def test_say_by_whom_how_long_and_that_they_expired(self):
        events = list(told_of_order(order(state="expired", people=2, order_fen=50000), CALLED))

        assert said(events) == [
            (
                "11-20 10:00",
                "下单（微信支付，订单号 CB1，mini 提交，2 人合并缴费共 500.00 元），"
                "支付截止 2019-11-20 10:30",
                False,
            ),
            ("11-20 10:30", "订单 CB1 过期未支付", False),
        ]
        assert events[0].amount_fen == 25000 and "2 people together ¥500.00" in events[0].says

    @pytest.mark.parametrize(
        ("reason", "says"),
        [(None, "订单 CB1 已取消"), ("member_exempt", "订单 CB1 自动关闭：其中有人已免缴")],
    )
    def test_say_why_they_were_closed(self, reason, says):
        closed = order(state="cancelled", cancelled_at=at("10:20"), close_reason=reason)

        assert said(told_of_order(closed, CALLED))[-1] == ("11-20 10:20", says, False)

    @pytest.mark.parametrize(
        ("more", "says", "trouble"),
        [
            ({"outcome": "opened"}, "尝试支付（订单 CB1，扫码支付）：已打开渠道支付页", False),
            (
                {"outcome": "refused", "refusal": "order-not-payable", "fault": "expired"},
                "尝试支付（订单 CB1，扫码支付）未成功：订单已不能支付（已过期）",
                False,
            ),
            (
                {"outcome": "refused", "refusal": "payment-not-opened", "fault": "status_500"},
                "尝试支付（订单 CB1，扫码支付）未成功：渠道未受理（status_500）",
                True,
            ),
        ],
    )
    def test_say_of_each_attempt_whether_the_page_was_opened(self, more, says, trouble):
        tried = order(attempt("opened", "10:05", way="native", **more))

        assert said(told_of_order(tried, CALLED))[1] == ("11-20 10:05", says, trouble)

    def test_say_when_a_bank_got_a_debit_and_what_it_said(self):
        tried = attempt("debited", "10:05", outcome="failed", fault="余额不足", answered_at=at("18:00"))

        assert said(told_of_order(order(tried), CALLED))[1:] == [
            ("11-20 10:05", "尝试代扣（订单 CB1）：已送银行", False),
            ("11-20 18:00", "银行代扣（订单 CB1）：扣款失败：余额不足", True),
        ]

    def test_never_say_that_a_bank_got_what_was_taken_out_before(self):
        tried = attempt("debited", "10:05", outcome="taken_out", answered_at=at("10:10"))

        assert [one[1] for one in said(told_of_order(order(tried), CALLED))][1:] == [
            "银行代扣（订单 CB1）：送银行前已撤出"
        ]

    def test_say_what_the_channel_was_asked(self):
        tried = attempt("asked", "10:13", outcome="unpaid", tries=3, answered_at=at("10:13"))

        says = said(told_of_order(order(tried), CALLED))[1][1]

        assert says == "向渠道查单 3 次（订单 CB1）：尚未支付"


def notification(*lines: dict[str, object], **more: object) -> Notification:
    empty = {
        "amount_fen": 25000, "state": "applied", "reason": None, "unsplit": False, "applied_at": None,
        "applied_by": None, "parked_at": None,
    }  # fmt: skip
    whole = {
        "notification_id": 7, "told_by": "channel", "channel": "tax", "transaction_no": "T1",
        "received_at": at("10:00"), "led_to": "payment", "parked_at": None,
        "lines": [empty | line for line in lines], "money_back": None,
    }  # fmt: skip
    return Notification.model_validate(whole | more)


HEAD = "收到渠道通知，已验签（办税服务厅，流水号 T1）："


class TestNotifications:
    @pytest.mark.parametrize(
        ("one", "says", "trouble"),
        [
            (notification({}), f"{HEAD}对应到缴费，已入账", False),
            (
                notification({"state": "suspended", "reason": "already_paid"}),
                f"{HEAD}重复缴费，挂账待确认",
                False,
            ),
            (
                notification({"state": "suspended", "reason": "wrong_amount", "unsplit": True}),
                f"{HEAD}款项未能分到人，挂账待确认：金额与应缴不符",
                False,
            ),
            (notification(), f"{HEAD}款项未能分到人，由县级核对", False),
            (notification(led_to="nothing"), f"{HEAD}正在核对是谁的款项", False),
            (
                notification(led_to="nothing", parked_at=at("10:01")),
                f"{HEAD}系统未能处理，待运维人员处理",
                True,
            ),
            (
                notification(
                    led_to="return",
                    money_back={"kind": "refund", "status": "done", "state": "open", "amount_fen": 100},
                ),
                f"{HEAD}已退款，待人工核对",
                True,
            ),
            (
                notification({}, told_by="by_hand"),
                "收款人员录入（办税服务厅，流水号 T1）：对应到缴费，已入账",
                False,
            ),
        ],
    )
    def test_say_what_they_led_to(self, one, says, trouble):
        (event,) = told_of_notification(one, CALLED, clear=False)

        assert (event.says_zh, event.trouble, event.page) == (says, trouble, "")

    def test_say_when_and_by_whom_money_left_suspense(self):
        line = {"reason": "wrong_amount", "applied_at": at("09:00", "2019-11-22"), "applied_by": "wu"}

        first, later = told_of_notification(notification(line), CALLED, clear=True)

        assert first.page == "notifications/7" and first.says_zh.endswith("挂账待确认：金额与应缴不符")
        assert (f"{later.at:%m-%d}", later.says_zh) == ("11-22", "挂账款项入账（经办人 wu），流水号 T1")


def payout(*attempts: dict[str, object], **more: object) -> Payout:
    empty = {
        "batch_id": 3, "account_masked": "****0018", "bank": "农商银行", "batched_at": at("09:00"),
        "sent_at": at("10:00"), "outcome": None, "reason": None, "settled_at": None,
    }  # fmt: skip
    whole = {
        "kind": "subsidy", "coverage_year": 2020, "amount_fen": 20000, "state": "sent", "reason": None,
        "created_at": at("08:00"), "next_step": "await_bank", "attempts": [empty | one for one in attempts],
    }  # fmt: skip
    return Payout.model_validate(whole | more)


TO = "（农商银行 ****0018，批次 3）"


class TestPayouts:
    def test_that_wait_for_a_card_say_so_to_whoever_has_to_look(self):
        waiting = payout(state="waiting_card", next_step="record_card")

        assert said(told_of_payout(waiting)) == [("11-20 08:00", "资助发放：待发放，请登记本人社保卡", True)]

    def test_that_failed_say_when_why_and_what_to_do_and_go_on_with_the_next_attempt(self):
        failed = {"outcome": "failed", "reason": "户名不符", "settled_at": at("12:00")}
        stuck = payout(failed, state="needs_card", next_step="correct_card")
        again = {
            "sent_at": at("10:00", "2019-11-25"),
            "outcome": "paid",
            "settled_at": at("15:00", "2019-11-26"),
        }
        paid = payout(failed, again, state="paid", next_step="none")

        assert said(told_of_payout(stuck)) == [
            ("11-20 10:00", f"资助发放：已送银行{TO}", False),
            (
                "11-20 12:00",
                f"资助发放：银行发放失败，原因：户名不符{TO}，请更正社保卡，更正后自动列入下一批；"
                "属银行原因的由经办人员重新发放",
                True,
            ),
        ]
        assert said(told_of_payout(paid))[1:] == [
            ("11-20 12:00", f"资助发放：银行发放失败，原因：户名不符{TO}", False),
            ("11-25 10:00", f"资助发放：已送银行{TO}", False),
            ("11-26 15:00", f"资助发放：已到账{TO}", False),
        ]

    def test_that_are_with_the_bank_say_so_and_of_refunds_what_they_are(self):
        (event,) = told_of_payout(payout({}, kind="refund"))

        assert event.says_zh == f"退费发放：已送银行{TO}，等待银行回盘"

    def test_in_a_batch_that_nobody_agreed_to_were_not_sent(self):
        waiting = payout({"sent_at": None})
        refused = {"sent_at": None, "outcome": "refused", "settled_at": at("11:00")}

        assert said(told_of_payout(waiting)) == [("11-20 09:00", f"资助发放：已列入批次，待复核{TO}", False)]
        assert said(told_of_payout(payout(refused, state="ready", next_step="make_batch"))) == [
            ("11-20 11:00", f"资助发放：批次未获批准，未送银行{TO}，待列入下一发放批次", False)
        ]

    def test_that_came_back_say_so(self):
        back = {"outcome": "returned", "reason": "销户", "settled_at": at("12:00")}

        says, trouble = said(told_of_payout(payout(back, state="needs_card", next_step="correct_card")))[1][
            1:
        ]

        assert says.startswith(f"资助发放：被银行退回，原因：销户{TO}") and trouble

    def test_that_were_paid_and_came_back_tell_both_with_the_files_that_said_so(self):
        known = {"counts": True, "reason": None, "received_by": "desk"}
        paid = known | {"outcome": "paid", "answered_at": at("12:00"), "file_sha256": "a" * 64}
        against = known | {"outcome": "failed", "answered_at": at("13:00"), "file_sha256": "b" * 64}
        back = known | {"outcome": "returned", "answered_at": at("14:00"), "file_sha256": "c" * 64}
        answers = [paid, against | {"counts": False}, back | {"reason": "销户"}]
        last = {"outcome": "returned", "reason": "销户", "settled_at": at("14:00"), "answers": answers}

        events = said(told_of_payout(payout(last, state="needs_card", next_step="correct_card")))[1:]

        assert [(when[6:], trouble) for when, _, trouble in events] == [
            ("12:00", False), ("13:00", False), ("14:00", True),
        ]  # fmt: skip
        assert events[0][1] == f"资助发放：已到账{TO}；回盘文件 aaaaaaaaaaaa，由 desk 导入"
        assert "与此前回盘不符" in events[1][1] and events[2][1].startswith(
            f"资助发放：被银行退回，原因：销户{TO}"
        )

    def test_tell_what_the_bank_said_again_as_that(self):
        known = {"reason": None, "received_by": "desk", "file_sha256": "a" * 64}
        words = [("paid", True), ("failed", False), ("paid", True), ("returned", True), ("paid", True)]
        answers = [
            known | {"outcome": outcome, "counts": counts, "answered_at": at(f"{hour}:00")}
            for hour, (outcome, counts) in enumerate(words, 12)
        ]
        last = {"outcome": "paid", "settled_at": at("16:00"), "answers": answers}

        events = said(told_of_payout(payout(last, state="paid", next_step="none")))[1:]

        assert [when[6:] for when, says, _ in events if "与此前回盘相同" in says] == ["14:00"]
