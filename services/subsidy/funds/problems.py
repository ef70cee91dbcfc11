"""What can stand in the way of applying for money, confirming it, or entering what has come."""

from libs.common.web.catalogue import NOTICE_FAULTY
from libs.common.web.problems import ProblemType

NOTHING_TO_APPLY_FOR = ProblemType(
    "nothing-to-apply-for",
    409,
    "Nothing that was released waits to be applied for",
    "没有已核定通过、尚未申请资金的资助",
    "Release lines of rosters first (POST /v1/verifications/decisions).",
    "请先核定通过花名册中的人员（见 POST /v1/verifications/decisions 的说明）。",
)
CONFIRMED_OUT_OF_BOUNDS = ProblemType(
    "funds-out-of-bounds",
    422,
    "Confirm no more than was applied for, and no less than before",
    "确认的资金不得多于申请数，也不得少于此前已确认数",
    "Send all that is confirmed for the application up to now as `confirmed_fen`.",
    "confirmed_fen 请填写截至目前为该申请落实的全部资金。",
)
PAYER_UNKNOWN = ProblemType(
    "payer-unknown",
    422,
    "The notice has no payer of this code",
    "通知中没有该资助方",
    "Use one of the codes in `payers`, or put the notice of the county and year back.",
    "请使用 payers 中的代码；该县该年度的通知未加载的，请恢复通知文件。",
    beside=(NOTICE_FAULTY,),
)
