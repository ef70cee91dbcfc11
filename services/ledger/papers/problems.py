"""What can stand in the way of a paper."""

from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED
from libs.common.web.problems import ProblemType
from services.ledger.problems import COUNTY_UNKNOWN, DEADLINE_UNKNOWN, NOT_SEALED

PARTY_UNKNOWN = ProblemType(
    "party-unknown",
    404,
    "The notice makes no such department a party to this handover",
    "通知没有规定该部门参与本次移交",
    "Use one of the departments in `parties`.",
    "请使用 parties 所列的部门。",
)
NOT_YOUR_PAPER = ProblemType(
    "not-your-paper",
    403,
    "The paper is another department's",
    "该移交单由其他部门签认",
    "Leave it to the department that is named.",
    "请由该移交单所列部门办理。",
)
PAPER_SIGNED = ProblemType(
    "paper-signed",
    409,
    "The paper is signed, and frozen",
    "移交单已签认定稿",
    "What changes now stands in the next handover, and on its paper.",
    "此后的变动列入下一次移交及其移交单。",
)
PAPER_DISPUTED = ProblemType(
    "paper-disputed",
    409,
    "The party has other figures than we, and nobody has decided what is right",
    "该部门数据与系统不一致，尚未处理",
    "Enter figures that agree, or have the case decided that case_id names; then sign.",
    "请核对后重新录入一致的数据，或先处理 case_id 所示事项，再签认。",
)
PAPER_MOVED_ON = ProblemType(
    "paper-moved-on",
    409,
    "The paper is another than the one that was made",
    "移交单内容已变化，与提交时不同",
    "Send it back, and have it made anew.",
    "请退回后重新制表。",
)
FIGURES_UNKNOWN = ProblemType(
    "figures-unknown",
    422,
    "The paper has no such lines; nothing was entered",
    "移交单没有这些项目，未录入任何数据",
    "Use sections and rows of the paper: `figures` names those that it does not have.",
    "请使用移交单所列项目和对象；figures 列出了无法对应的部分。",
)
FIGURES_FILE_REFUSED = ProblemType(
    "figures-file-refused",
    422,
    "The file of figures cannot be read; nothing was entered",
    "对账数据文件无法读取，未录入任何数据",
    "Send CSV or xlsx with the columns 项目, 对象, 人数, 金额（元）, and mend the lines in `errors`.",
    "请提交 CSV 或 xlsx，首行列名为 项目、对象、人数、金额（元），并更正 errors 所列各行。",
)
TOWNSHIP_UNKNOWN = ProblemType(
    "paper-township-unknown",
    404,
    "The notice has no such township, and nothing of it was handed over",
    "通知中没有该乡镇，本次移交也没有其数据",
    "Use one of `townships`, by its 12 digits.",
    "请使用 townships 所列乡镇的 12 位区划代码。",
)
#: What every change under a key may be told.
KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
#: What whoever names a paper may be told.
FOUND = (COUNTY_UNKNOWN, DEADLINE_UNKNOWN, NOT_SEALED, PARTY_UNKNOWN.problem(parties=["tax"]))
