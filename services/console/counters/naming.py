"""What the papers of a counter and their states are called."""

from services.console.worklists.naming import Names

#: Papers that prove a payment, by their kinds.
KINDS: Names = {
    "receipt": ("缴费收据", "receipt"),
    "certificate": ("缴费证明", "certificate of payment"),
    "enrollment": ("参保证明", "certificate of enrollment"),
}
#: How the money of a paper stands.
STATES: Names = {
    "stands": ("有效", "stands"),
    "partly_refunded": ("部分已退", "partly refunded"),
    "refunded": ("已退费", "refunded"),
    "withdrawn": ("已退保", "withdrawn"),
    "not_counted": ("不再计入", "does not count"),
    "changed_in_part": ("部分人员已变动", "changed in part"),
    "exemption_ended": ("免缴已终止", "the exemption has ended"),
}
RECEIPTS: Names = {
    "passed": ("已登记", "recorded"),
    "held": ("待核，暂不入账", "held: somebody looks at it first"),
    "refused": ("未予认可", "refused"),
}
VOUCHERS: Names = {"issued": ("有效", "stands"), "voided": ("已作废", "void")}
