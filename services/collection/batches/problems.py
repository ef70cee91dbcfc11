"""The problems of village batches."""

from libs.common.web.problems import ProblemType

BATCHES_UNKNOWN = ProblemType(
    "village-batches-unknown",
    409,
    "The notice has no batches of what is taken through this collector's channel",
    "通知未规定该渠道的村级批次",
    "Deposit and account for this collector's money without batches; see village_batches in the notice.",
    "该收缴点的款项无须按批报送；请查看通知中的“村级批次”。",
)
BATCH_EMPTY = ProblemType(
    "village-batch-empty",
    409,
    "The batch would have no lines",
    "批次没有明细",
    "Add receipts, or name some that are in no batch yet; GET /v1/cash-receipts lists them.",
    "请补录收款，或列出尚未编入批次的收款；可在 GET /v1/cash-receipts 查询。",
)
RECEIPTS_NOT_FREE = ProblemType(
    "receipts-not-free",
    409,
    "Some of these receipts cannot be put into this batch",
    "所列收款有的不能编入本批次",
    "Leave out those in receipt_ids: they are in a batch, given back, or of another collector or year.",
    "请去掉 receipt_ids 所列收款：已编入批次、已退回，或属其他收缴点、其他年度。",
)
BATCH_MOVED_ON = ProblemType(
    "village-batch-moved-on",
    409,
    "The batch is at another step by now",
    "批次已不在该步骤",
    "Read the batch as it stands now: somebody may have been faster. Send step and round as they are there.",
    "请重新查看批次的当前状态：可能已由他人办理；请按其中的 step 和 round 提交。",
)
BATCH_NOT_YOUR_STEP = ProblemType(
    "village-batch-not-your-step",
    403,
    "This step is another department's",
    "该步骤不属本部门",
    "Leave it to the department named in department.",
    "请由 department 所列部门办理。",
)
BATCH_IS_YOUR_OWN = ProblemType(
    "village-batch-is-your-own",
    409,
    "Nobody reviews a batch that he made, or looked at for another department",
    "本人编制或已代其他部门审核的批次，不得由本人审核",
    "Have another officer look at it.",
    "请由其他工作人员审核。",
)
BATCH_DIFFERS = ProblemType(
    "village-batch-differs",
    409,
    "Paper, file and money are not one, or were not counted yet",
    "纸质、电子、资金三者不符，或尚未清点",
    "Count paper and money (counted); send the batch back for what differences names.",
    "请清点纸质名册和资金（counted）；如有 differences 所列不符，请退回更正，系统不作自动调整。",
)
BATCH_AT_THE_BANK = ProblemType(
    "village-batch-at-the-bank",
    409,
    "The money of the batch is at the bank already",
    "批次资金已缴存银行",
    "Withdraw its deposit first if that was wrong; what a slip missed has a case of its own.",
    "如缴存有误请先撤销该笔解款；存款单不符的另有待办事项。",
)
BATCH_LINE_NOT_NAMED = ProblemType(
    "village-batch-line-not-named",
    409,
    "The batch was not sent back for this line",
    "该行不在退回更正之列",
    "Only lines that it was sent back for, named by the reviewer or found by the comparison, may be "
    "replaced or given back; any may be left out for a later batch.",
    "只能更正或退回批次退回时审核人指出或系统比对发现的行；其他行可移出本批次，留待以后报送。",
)
BATCH_LINE_FOUND_BY_YOU = ProblemType(
    "village-batch-line-found-by-you",
    409,
    "Nobody gives back or replaces money of a batch that he sent back himself",
    "退回批次的人不得自行更正或退款",
    "Have the village or another officer mend the line.",
    "请由村级或其他工作人员更正该行。",
)
BATCH_LINES_WAIT = ProblemType(
    "village-batch-lines-wait",
    409,
    "Money of the batch has not found its person yet",
    "批次中有款项尚未对应到参保人",
    "Apply or give back what waits (differences names the lines) before confirming that all are enrolled "
    "and have paid; or send the batch back.",
    "请先处理 differences 所列款项（入账或退款），再确认参保登记和缴费登记已完成；或将批次退回。",
)
#: Why a look at a batch may come to nothing.
LOOKING = (
    BATCH_NOT_YOUR_STEP.problem(department="township"),
    BATCH_IS_YOUR_OWN,
    BATCH_DIFFERS,
    BATCH_LINES_WAIT,
    BATCH_AT_THE_BANK,
)
#: Why a batch may not be moved at all.
MOVING = (BATCHES_UNKNOWN, BATCH_MOVED_ON.problem(state="open", round=1, step="township-check"))
#: Why a line may not be mended.
MENDING = (BATCH_LINE_NOT_NAMED, BATCH_LINE_FOUND_BY_YOU)
#: Why receipts may not go into one.
FILLING = (RECEIPTS_NOT_FREE.problem(receipt_ids=[31]),)
