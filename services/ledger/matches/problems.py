"""What can stand in the way of matching."""

from libs.common.web.problems import ProblemType

MATCH_NOT_ASKED = ProblemType(
    "match-not-asked",
    404,
    "The notice asks for no fiscal match",
    "通知没有规定财政配套补助",
    "Write `fiscal_match` into the notice with the clause that asks for it; then enter the shares.",
    "请先在通知文件中写明 fiscal_match 及其条款，再录入分担比例。",
)
MATCH_BLOCKED = ProblemType(
    "match-blocked",
    409,
    "The fiscal match cannot be computed",
    "财政配套补助无法计算",
    "Look at `why`: enter the terms and have them agreed on (terms_unknown), supply the own prices of the "
    "notice (price_unknown), or seal the handover of finance first (nothing_sealed).",
    "请看 why：分担比例尚未录入或复核（terms_unknown）、个人缴费标准不明（price_unknown）、"
    "财政移交尚未封存（nothing_sealed）。",
)
MATCH_TERMS_REFUSED = ProblemType(
    "match-terms-refused",
    422,
    "The terms of the match cannot be right",
    "财政配套补助的标准或分担比例有误",
    "Mend what `errors` name: shares add up to 100 %, the amount is not below the notice's, statuses are "
    "those of the notice.",
    "请更正 errors 所列各项：分担比例合计 100%，标准不低于通知规定，身份须为通知所列。",
)
MATCH_LEVEL_UNKNOWN = ProblemType(
    "match-level-unknown",
    422,
    "The match is borne by no level of this name",
    "没有这一级财政",
    "Use one of the codes in `levels`, or in a file the names 中央财政, 省级财政, 市级财政, 县级财政.",
    "请使用 levels 中的代码，文件中可写 中央财政、省级财政、市级财政、县级财政。",
)
