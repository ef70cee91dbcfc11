"""What can stand in the way of a debit batch, its file and its results."""

from libs.common.web.problems import ProblemType

BATCH_NOT_READY = ProblemType(
    "debit-batch-not-ready",
    409,
    "This is not possible at the step at which the batch is",
    "该批次当前状态不能办理此操作",
    "`state` says where it is: making and waiting come before the file may leave, which approval_id is for; "
    "only what was given out has results.",
    "请查看 state：making、waiting 尚未复核（approval_id 所指申请通过后方可导出文件）；"
    "只有已交银行的批次才有回盘结果。",
)
DEBIT_DAY_OVER = ProblemType(
    "debit-day-over",
    409,
    "The day of the debit is over, or nobody is left in the batch",
    "扣款日已过，或批次中已无可扣人员",
    "Make a new batch for a later day.",
    "请为以后的日期重新生成批次。",
)
DEBIT_RESULTS_REFUSED = ProblemType(
    "debit-results-refused",
    422,
    "The result file does not fit its batch; nothing of it was applied",
    "结果文件与批次不符，未作任何处理",
    "Have the bank correct the lines listed under errors and send the whole file again.",
    "请银行更正 errors 所列各行后重新提交整个文件。",
)
DEBIT_PROFILE_UNKNOWN = ProblemType(
    "debit-profile-unknown",
    404,
    "There is no profile of debit files of this name",
    "没有该名称的代扣文件格式",
    "Use one of the names in `profiles`.",
    "请使用 profiles 中列出的名称。",
)
