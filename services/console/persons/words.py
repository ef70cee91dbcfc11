"""What the states of people, of their money and of reports about them are called."""

from collections.abc import Mapping

Names = Mapping[str, tuple[str, str]]

ENROLLMENT_STATES: Names = {
    "registered": ("已登记，待核定", "registered, not assessed yet"),
    "assessed": ("待缴费", "to be paid"),
    "paid": ("已缴费", "paid"),
    "exempt": ("免缴，已参保", "exempt, insured"),
    "cancelled": ("已取消", "cancelled"),
    "withdrawn": ("已退保", "withdrawn"),
}
REASONS: Names = {
    "unknown_person": ("查无此人", "nobody is known by that number"),
    "name_mismatch": ("姓名与号码不符", "name and number do not fit"),
    "unknown_order": ("查无此订单", "there is no such order"),
    "wrong_amount": ("金额与应缴不符", "the amount is not what is owed"),
    "wrong_year": ("年度不符", "another year"),
    "already_paid": ("重复缴费", "paid already"),
    "already_exempt": ("免缴人员缴费", "exempt already"),
    "outside_window": ("不在缴费期", "outside the window"),
    "not_payable": ("当前不可缴费", "cannot be paid now"),
    "order_expired": ("订单已过期", "the order has expired"),
    "household_tier_mismatch": ("全家档次不一致", "the household chose another tier"),
    "household_incomplete": ("未全家参保", "not the whole household"),
    "enrolled_elsewhere": ("已在他处参保", "insured elsewhere"),
    "repair_not_possible": ("断保年度不能补缴", "for a lapsed year that cannot be repaired"),
    "refund_returned": ("退费被退回", "a refund came back"),
}
PAYOUT_STATES: Names = {
    "waiting_card": ("待补社保卡", "waits for a card"),
    "ready": ("待发放", "ready to be paid out"),
    "sent": ("已送银行", "sent to the bank"),
    "paid": ("已到账", "paid out"),
    "needs_card": ("发放失败，须更正社保卡", "failed: the card has to be corrected"),
    "held": ("暂缓", "held"),
    "cancelled": ("已取消", "cancelled"),
}
#: What a payout needs, and by whom, while its money is on the way.
NEXT_STEPS: Names = {
    "record_card": ("请登记本人社保卡", "record a card"),
    "decide_holder": (
        "账户持有人不是本人，须两人核定或登记其他卡",
        "the account is another’s: two officers decide, or another card is recorded",
    ),
    "correct_card": (
        "请更正社保卡，更正后自动列入下一批；属银行原因的由经办人员重新发放",
        "correct the card, and it goes with the next batch; for a fault of the bank have it sent again",
    ),
    "decide_case": ("参保依据待核实，办结后继续", "its reason is being looked into; it goes on after that"),
    "draw_roster": ("待列入核定名册", "waits for a roster"),
    "verify": ("待名册核定", "waits for the bureau’s word on the roster"),
    "apply_for_funds": ("待申请资金", "the bureau has to apply for its money"),
    "confirm_funds": ("待财政确认资金", "waits for finance to confirm the money"),
    "make_batch": ("待列入下一发放批次", "goes with the next batch"),
    "await_bank": ("等待银行回盘", "waits for the bank"),
    "none": ("", ""),
}
#: What a payout to a card is for.
PAYOUT_KINDS: Names = {
    "subsidy": ("资助发放", "Help to the card"),
    "refund": ("退费发放", "Refund to the card"),
}
ORDER_CLOSINGS: Names = {
    "member_paid": ("其中有人已另行缴费", "somebody in it was paid for otherwise"),
    "member_exempt": ("其中有人已免缴", "somebody in it is exempt by now"),
    "due_changed": ("其中有人应缴金额已变化", "somebody in it owes another amount by now"),
    "debit_ended": ("银行未扣款", "the bank did not debit it"),
}
WAYS: Names = {
    "jsapi": ("微信内支付", "within WeChat"),
    "native": ("扫码支付", "by a code"),
    "h5": ("手机浏览器支付", "in a phone’s browser"),
}
#: Why the payment of an order was not opened.
REFUSALS: Names = {
    "order-not-payable": ("订单已不能支付", "the order cannot be paid any more"),
    "channel-opens-no-payment": ("该渠道未开通预下单", "payments of this channel cannot be opened here"),
    "payment-not-opened": ("渠道未受理", "the channel did not open it"),
}
ORDER_STATES: Names = {
    "pending": ("待支付", "pending"),
    "paid": ("已支付", "paid"),
    "cancelled": ("已取消", "cancelled"),
    "expired": ("已过期", "expired"),
}
DEBIT_OUTCOMES: Names = {
    "paid": ("扣款成功", "debited"),
    "failed": ("扣款失败", "failed"),
    "returned": ("扣款后退回", "debited and given back"),
    "taken_out": ("送银行前已撤出", "taken out before the file left"),
    "refused": ("批次未获批准，未扣款", "the batch was refused: not debited"),
    "given_up": ("经两人确认未扣款", "two persons said that it was not debited"),
}
#: What a channel's gateway said of an order.
ANSWERS: Names = {
    "paid": ("已支付", "paid"),
    "unpaid": ("尚未支付", "not paid"),
    "closed": ("已关闭，未支付", "closed, not paid"),
    "unknown": ("渠道查无此单", "the channel does not know it"),
}
#: Who told of money, and how that is known to be true.
TOLD_BY: Names = {
    "channel": ("收到渠道通知，已验签", "The channel notified, verified"),
    "by_hand": ("收款人员录入", "Recorded by a collector"),
    "bank_file": ("收到银行扣款回盘", "The bank answered the debit"),
    "officers": ("经两人核准按渠道文件入账", "Two officers took it over from the channel’s file"),
}
RETURN_KINDS: Names = {
    "refund": ("已退款", "given back"),
    "reversal": ("已冲正", "reversed"),
    "failed": ("缴费未成功", "the payment was none"),
}
RETURN_STATUSES: Names = {
    "done": ("", ""),
    "abnormal": ("（退款异常）", " (it could not be carried out)"),
    "closed": ("（退款关闭）", " (it was given up)"),
}
RETURN_STATES: Names = {
    "waiting": ("等待对应的缴费", "waits for its payment"),
    "booked": ("已冲减缴费", "taken off the payment"),
    "open": ("待人工核对", "somebody has to look"),
    "ignored": ("不影响缴费", "changes nothing"),
}
REFUND_STATES: Names = {
    "requested": ("待审批", "waits for approval"),
    "approved": ("已批准", "approved"),
    "paid": ("已退还", "paid back"),
    "rejected": ("未批准", "rejected"),
    "superseded": ("已终止，款项另作缴费入账", "ended: the money was applied to a contribution after all"),
}
OUTCOMES: Names = {
    "payable": ("应缴费", "To pay"),
    "exempt": ("免缴", "Exempt"),
    "paid": ("已缴清", "Paid"),
    "rejected": ("不可参保", "Cannot enroll"),
    "blocked": ("待有关部门明确", "Open until somebody decides"),
}
TICKET_KINDS: Names = {
    "name": ("姓名有误", "a wrong name"),
    "number": ("证件号码有误", "a wrong number"),
    "status": ("身份标识有误", "a wrong status"),
    "household": ("户号有误", "the wrong household"),
    "place": ("所在村（社区）有误", "the wrong village"),
    "death": ("已死亡", "a death"),
    "duplicate": ("重复登记", "registered twice"),
}
TICKET_STATES: Names = {
    "reported": ("待受理", "waits for the bureau"),
    "taken": ("办理中", "the bureau is on it"),
    "resolved": ("已更正", "mended"),
    "refused": ("不予更正", "refused"),
    "withdrawn": ("已撤回", "withdrawn"),
}
