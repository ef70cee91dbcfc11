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
