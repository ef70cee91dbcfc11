"""What can stand in the way of a mandate."""

from libs.common.web.problems import ProblemType

CHANNEL_NO_DEBIT = ProblemType(
    "channel-debits-nothing",
    422,
    "No bank debits accounts for this county under this name",
    "该县没有以此名称办理批量代扣的银行渠道",
    "Use one of `channels`; an operator declares them with CANBAO_COLLECTION_DEBITS.",
    "请使用 channels 中列出的渠道；渠道由运维人员通过 CANBAO_COLLECTION_DEBITS 配置。",
)
MANDATE_EXISTS = ProblemType(
    "mandate-exists",
    409,
    "There is a mandate already for at least one of the persons, or of this number",
    "所选人员中有人已有生效的代扣协议，或该协议号已登记",
    "errors says what of; end that mandate first (POST /v1/debit-mandates/{mandate_id}/end).",
    "请按 errors 所列，先终止原协议（POST /v1/debit-mandates/{mandate_id}/end）后再登记。",
)
