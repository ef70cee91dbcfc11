"""What can be wrong with a score."""

from libs.common.web.problems import ProblemType

SCORE_UNKNOWN = ProblemType(
    "score-unknown",
    404,
    "The notice neither scores its townships nor settles work funds by completion",
    "通知没有考核办法，也没有按完成情况结算的工作经费",
    "See what the notice says at GET /v1/notices/{county}/{coverage_year}/words.",
    "请查阅 GET /v1/notices/{county}/{coverage_year}/words。",
)
SCORE_ENTRY_NOT_ALLOWED = ProblemType(
    "score-entry-not-allowed",
    422,
    "The notice's score has no place for this entry",
    "通知的考核办法不允许这样登记",
    "Mend the member that is named: an item without a formula takes at most its points, incidents belong to "
    "items that take points off for each, budgets to work funds by completion.",
    "请更正所列项：无公式的项目评定分不得超过其分值，扣分事例只能记入按例扣分的项目，预算额只用于按完成情况结算的工作经费。",
)
SCORE_UNIT_UNKNOWN = ProblemType(
    "score-unit-unknown",
    422,
    "The notice sets no task for this division",
    "通知未对该区划下达任务",
    "Give the 12-digit code of a township or village of the notice's table of tasks.",
    "请填写通知任务表中乡镇（村）的 12 位区划代码。",
)
SCORE_IS_FINAL = ProblemType(
    "score-is-final",
    409,
    "The score sheet of this year is final, or waits to be signed",
    "本年度考核表已定稿或正待签认",
    "A sheet that waits can be refused by its second person; a final one stays as it is.",
    "待签认的考核表可由复核人退回；已定稿的不再变动。",
)
SCORE_NOT_COMPLETE = ProblemType(
    "score-not-complete",
    409,
    "Not everything is known that the score is made of",
    "考核所需数据尚不齐全",
    "See missing: enter what is lacking, have entries agreed on or refused, wait for the days of the notice.",
    "请按 missing 补齐：录入所缺数据，复核待定登记，等候通知规定的统计日。",
)
SCORE_MOVED_ON = ProblemType(
    "score-moved-on",
    409,
    "What the sheet is made of has changed since it was frozen",
    "考核表冻结后，其依据又有变动",
    "Refuse it, and have it asked for again.",
    "请退回后重新提请。",
)
SCORE_ENTRY_NOT_AGREED = ProblemType(
    "score-entry-not-agreed",
    409,
    "Only an entry that counts can be withdrawn",
    "只有已生效的登记才能撤销",
    "Look at its state; what waits is refused by its second person.",
    "请查看其状态；待复核的可由复核人退回。",
)
