"""The problems of days of channels."""

from libs.common.web.problems import ProblemType

DAY_NOT_EXPLAINED = ProblemType(
    "channel-day-not-explained",
    409,
    "The day of the channel cannot be closed yet",
    "渠道当日尚未核对清楚，不能日结",
    "Decide the cases under open_cases, or have what is missing sent; without a file the day stays open.",
    "请先办结 open_cases 所列事项或补齐缺失数据；当日对账单未到的不能日结。",
)
DAY_CLOSED = ProblemType(
    "channel-day-closed",
    409,
    "The day of the channel is closed already",
    "渠道当日已经日结",
    "Nothing has to be done: what changes it opens it again by itself.",
    "无需处理：当日数据变动时将自动重新打开。",
)
TOO_MANY_DAYS = ProblemType(
    "too-many-days",
    422,
    "More days are asked for than can be answered at once",
    "查询的日期跨度过大",
    "Ask for at most 400 days, from since to until, and not backwards.",
    "请将 since 至 until 控制在 400 天以内，且起始日期不晚于截止日期。",
)
