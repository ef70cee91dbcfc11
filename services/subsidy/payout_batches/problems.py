"""What can stand in the way of a payout batch or a bank's result file."""

from libs.common.web.problems import ProblemType

NOTHING_READY = ProblemType(
    "nothing-to-pay-out",
    409,
    "No payout is ready",
    "没有可发放的款项",
    "waiting_card and needs_card wait for an account (GET /v1/payouts?state=...); each of held waits for an "
    "officer to decide the case of its subject (GET /v1/cases of registration); unverified have an account "
    "and wait for what the notice asks for (their `next_step`), or are at another bank.",
    "waiting_card、needs_card 为等待账户的款项数（见 GET /v1/payouts?state=... 的列表）；held 中各笔"
    "须待经办人员处理其 subject 的个案后方可发放（登记服务 GET /v1/cases 的列表）；unverified 已有账户，"
    "尚待通知要求的核定或资金确认（见其 next_step），或者开户行不同。",
)
NOT_APPROVED = ProblemType(
    "payout-batch-not-approved",
    409,
    "Nobody else has agreed to this batch yet",
    "该批次尚未经他人复核",
    "Another person agrees to the approval approval_id; only then does its file leave, and answers come in.",
    "请由另一人复核 approval_id 所指的申请；复核通过后方可导出银行文件、导入回盘结果。",
)
BATCH_REFUSED = ProblemType(
    "payout-batch-refused",
    409,
    "This batch was refused; its payouts wait for the next one",
    "该批次已被驳回，其中款项待下一批次发放",
    "Make a new batch.",
    "请重新生成批次。",
)
RESULTS_REFUSED = ProblemType(
    "result-file-refused",
    422,
    "The result file does not fit its batch; nothing of it was applied",
    "结果文件与批次不符，未作任何处理",
    "Have the bank correct the lines listed under errors and send the whole file again.",
    "请银行更正 errors 所列各行后重新提交整个文件。",
)
PROFILE_UNKNOWN = ProblemType(
    "bank-profile-unknown",
    404,
    "There is no bank profile of this name",
    "没有该名称的银行文件格式",
    "Use one of the names in `profiles`.",
    "请使用 profiles 中列出的名称。",
)
