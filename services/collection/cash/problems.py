"""The problems of money that comes back to whoever had paid it."""

from libs.common.web.problems import ProblemType

REVERSAL_DOES_NOT_FIT = ProblemType(
    "reversal-does-not-fit",
    409,
    "Money of this kind does not come back for this reason",
    "冲回原因与该笔收款的收款方式或状态不符",
    "Cheques bounce, POS payments and transfers are charged back. Where the money of a wrong entry is at "
    "the bank already, withdraw its deposit first.",
    "支票方可退票，刷卡和转账方可撤销；登记有误而款项已缴存银行的，请先撤销该笔解款。",
)
RECEIPTS_NOT_REVERSIBLE = ProblemType(
    "receipts-not-reversible",
    409,
    "Nothing is taken back: at least one of these receipts cannot be",
    "所列收款中有的不能冲回，本次全部未冲回",
    "Do what errors says of each of them, or leave it out, then ask again.",
    "请按 errors 所列逐项处理，或不再列入，然后重新申请。",
)
