"""What the states of batches are called, what a bank said, and what payouts need next."""

from services.console.worklists.naming import Names

STATES: Names = {
    "waiting": ("待复核", "waits for a second person"),
    "approved": ("已复核，可送银行", "may go to the bank"),
    "refused": ("复核未通过", "refused by the second person"),
}
OUTCOMES: Names = {
    "sent": ("未回盘", "not answered"),
    "paid": ("发放成功", "paid"),
    "failed": ("发放失败", "failed"),
    "returned": ("退汇", "returned"),
    "refused": ("复核未通过", "refused by the second person"),
}
#: What hinders payouts from going with the next batch, by what each needs.
STEPS: Names = {
    "record_card": ("待登记社保卡", "wait for a card"),
    "decide_holder": ("待核实账户户名", "wait for who holds the account"),
    "correct_card": ("待更正社保卡", "wait for a corrected card"),
    "decide_case": ("待处理参保事项", "wait for a case about the enrollment"),
    "draw_roster": ("待生成花名册", "wait for a roster"),
    "verify": ("待核验", "wait to be verified"),
    "apply_for_funds": ("待申请资金", "wait for an application for money"),
    "confirm_funds": ("待财政确认资金", "wait for finance"),
    "await_bank": ("已编入批次，待复核或回盘", "in a batch already"),
}


def way_of(batch_id: int) -> str:
    """The page of a batch."""
    return f"payout-batches/{batch_id}"
