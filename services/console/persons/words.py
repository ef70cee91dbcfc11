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
    "waiting_card": ("待补银行卡信息", "waits for a card"),
    "ready": ("待发放", "ready to be paid out"),
    "sent": ("已送银行", "sent to the bank"),
    "paid": ("已到账", "paid out"),
    "needs_card": ("发放失败，须更正银行卡", "failed: the card has to be corrected"),
    "held": ("暂缓", "held"),
    "cancelled": ("已取消", "cancelled"),
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
