"""What can stand in the way of a roster, or of a decision about its lines."""

from libs.common.web.catalogue import NOTICE_FAULTY
from libs.common.web.problems import ProblemType

REASON_MISSING = ProblemType(
    "verification-reason-missing",
    422,
    "This decision needs a reason and names its lines",
    "该项核定须说明理由并逐笔列明",
    "Send `reason` and `grant_ids`; only what is released may be all open lines at once.",
    "请填写 reason 和 grant_ids；只有通过（release）可以对全部未核定的行一次办理。",
)
NO_NOTICE = ProblemType(
    "verification-without-notice",
    404,
    "The notice of this county and year is not loaded any more",
    "该县该年度的通知未加载",
    "Put the notice back into the policy directory; the roster is printed in its words.",
    "请恢复该通知文件；花名册按通知用语打印。",
    beside=(NOTICE_FAULTY,),
)
