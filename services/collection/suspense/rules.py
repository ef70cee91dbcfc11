"""How a list of money in suspense continues, how long a line has waited, and why."""

from datetime import UTC, datetime

from libs.common.clock import business_date

#: Why money waits, and what can be done about it, for officers and for whoever paid.
WHY = {
    "unknown_person": ("This person does not owe anything here.", "此人在本地没有应缴记录。"),
    "name_mismatch": ("The name is another one; name the person to apply it all the same.", "姓名不一致。"),
    "wrong_year": ("This person owes for another year.", "此人应缴的是其他年度。"),
    "already_paid": (
        "This person's year is paid for; have the money refunded.",
        "该年度已缴费，请办理退费。",
    ),
    "already_exempt": (
        "Help covers this person's whole contribution; have the money refunded.",
        "此人已由财政全额资助，请办理退费。",
    ),
    "household_tier_mismatch": (
        "The household has paid another tier; all its members have to be on one.",
        "该户已按另一档次缴费，全户须同一档次。",
    ),
    "household_incomplete": (
        "The household pays together; somebody of it has neither paid nor is excused.",
        "该户须整户缴费，尚有成员未缴费且未获准例外。",
    ),
    "enrolled_elsewhere": (
        "This person is paid for in another county; have the money refunded.",
        "此人已在其他县参保缴费，请办理退费。",
    ),
    "outside_window": ("It was paid outside of every window.", "缴费时间不在缴费期内。"),
    "not_payable": ("Nothing was payable when it was paid.", "缴费时没有应缴费用。"),
    "wrong_amount": ("It is not the amount that was owed when it was paid.", "金额与缴费时的应缴额不符。"),
    "unknown_order": ("No order of this number is known here.", "本系统没有该订单号。"),
    "order_expired": (
        "Its order had expired, and it is not owed like that any more.",
        "订单已失效，应缴情况已变化。",
    ),
    "repair_not_possible": (
        "It is for a lapsed year that cannot be repaired: without the contribution, or after the wait.",
        "断保年度补缴不能办理：尚未缴纳当年费用，或等待期已满，或该年度无需补缴。",
    ),
    "refund_returned": ("It was refunded, and the bank sent it back.", "退款被银行退回。"),
}


def age_days(received_at: datetime, now: datetime) -> int:
    """Business days since the money arrived."""
    return (business_date(now) - business_date(received_at)).days


def mark(received_at: datetime, payment_id: int, line_no: int) -> str:
    """Write the place of a line in the list, so that the next page can begin behind it."""
    # Z, because + means a blank in a query.
    at = received_at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{at}Z_{payment_id}_{line_no}"


def place_of(text: str) -> tuple[datetime, int, int]:
    """Read a mark; raise ValueError for what is none."""
    at, payment, line = text.rsplit("_", 2)
    received_at, payment_id, line_no = datetime.fromisoformat(at), int(payment), int(line)
    if received_at.tzinfo is None or not (0 < payment_id < 2**63 and 0 < line_no < 2**31):
        raise ValueError("no mark of ours")
    return received_at, payment_id, line_no
