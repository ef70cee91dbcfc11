"""The reasons for which a bulletin is not drafted or not signed, and how each is mended."""

from libs.common.web.problems import ProblemType

REPORT_UNKNOWN = ProblemType(
    "report-unknown",
    422,
    "The notice asks for no such report about progress",
    "该通知没有规定此种进度报告",
    "Use one of known_kinds.",
    "请使用 known_kinds 中的一种。",
)
PERIOD_UNKNOWN = ProblemType(
    "period-unknown",
    422,
    "No period of the report ends on that day",
    "该报告没有在这一天结束的期间",
    "Use one of the days in periods; GET /v1/bulletins/due says when each is due.",
    "period_to 请使用 periods 中的日期；各期应报时间见 GET /v1/bulletins/due。",
)
PERIOD_OPEN = ProblemType(
    "period-open",
    422,
    "The period of the bulletin has not ended",
    "通报所属期间尚未结束",
    "Draft it when period_to has passed.",
    "请在 period_to 之后起草。",
)
PERIOD_PASSED = ProblemType(
    "period-passed",
    409,
    "A bulletin of the same kind about this period or a later one is drafted or signed",
    "同类通报已有本期或之后一期的草稿或签发件",
    "A signed bulletin is never changed: what came late goes into the next. Sign or refuse a draft first.",
    "已签发的通报不再更改：迟到的数据计入下一期。请先签发或退回草稿。",
)
BULLETIN_NOT_FOUND = ProblemType(
    "bulletin-not-found",
    404,
    "There is no such bulletin",
    "没有该通报",
    "GET /v1/bulletins lists the bulletins of a season.",
    "通报目录见 GET /v1/bulletins。",
)
BULLETIN_NOT_DRAFT = ProblemType(
    "bulletin-not-draft",
    409,
    "The bulletin is signed or refused already",
    "该通报已签发或已退回",
    "Read it: it says by whom and when. Draft another one.",
    "请查看该通报：其中载明办理人和时间。需要时请另行起草。",
)
