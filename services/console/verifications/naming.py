"""What states of lines are called, and what keeps one from being decided."""

from services.console.worklists.naming import Names

STATES: Names = {
    "open": ("待核定", "to be verified"),
    "held": ("暂缓", "held"),
    "released": ("核定通过", "verified"),
    "struck_out": ("已剔除", "struck out"),
    "lifted": ("已恢复", "given again"),
}
MECHANISMS: Names = {
    "paid_on_behalf": ("代缴", "paid for the person"),
    "reimburse_to_card": ("补助到卡", "paid to the card"),
}
OBSTACLES: Names = {
    "unknown": ("不在本花名册", "not on this roster"),
    "state": ("当前状态不能这样办理", "its state does not allow that"),
    "revoked": ("资助已收回", "the help was taken back"),
    "contested": ("有未办结的参保争议", "a case about the enrollment is open"),
    "money_is_out": ("款项已送银行或已发放", "its money is with the bank, or paid"),
    "stands_by_status": ("代缴的资助须由主管部门更正名册", "the department’s roster has to end it"),
}
#: Which lines of a roster are shown alone.
PARTS = tuple((code, *STATES[code]) for code in ("open", "held", "released", "struck_out"))
