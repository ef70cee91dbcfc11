"""What can stand in the way of entering work funds that were paid, and of taking them back."""

from libs.common.web.problems import ProblemType

WORK_FUNDS_NOT_ASKED = ProblemType(
    "work-funds-not-asked",
    404,
    "The notice knows no work funds",
    "通知没有规定工作经费",
    "Write `work_funds`, or `score` with its money, into the notice with the clause that asks for it.",
    "请先在通知文件中写明 work_funds，或 score 及其经费条款。",
)
WORK_FUNDS_UNIT_UNKNOWN = ProblemType(
    "work-funds-unit-unknown",
    422,
    "The notice sets no task for one of these units",
    "通知没有给其中某个单位下达任务",
    "Use units of the notice's tasks by their 12 digits; those that it does not have are in `units`.",
    "请使用通知任务表所列单位的 12 位区划代码；units 所列不在表中。",
)
WORK_FUNDS_PAYMENT_DIFFERS = ProblemType(
    "work-funds-payment-differs",
    409,
    "A payment under this reference was entered with another amount or instant",
    "该凭证号的拨款已按另一金额或拨付时间登记",
    "Nothing of the list was entered. Correct the references that are listed, and send all of it again.",
    "整个清单均未登记。请更正 references 所列的凭证号后重新提交。",
)
WORK_FUNDS_PAYMENT_WAS_REVERSED = ProblemType(
    "work-funds-payment-was-reversed",
    409,
    "Exactly this payment was entered before and taken back",
    "该笔拨款曾登记并已撤销",
    "Nothing of the list was entered. Leave out the references that are listed, or correct them.",
    "整个清单均未登记。请删去 references 所列凭证号，或更正其金额、拨付时间后重新提交。",
)
WORK_FUNDS_PAYMENT_REVERSED = ProblemType(
    "work-funds-payment-reversed",
    409,
    "The payment was taken back already",
    "该笔拨款已撤销",
    "Nothing is left to do. If it was paid after all, enter it with the right amount and instant.",
    "无需再次撤销；确已拨付的，请按正确金额和时间重新登记。",
)
