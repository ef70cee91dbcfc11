"""What can stand in the way of a batch to a collector or the bureau, and of its answers."""

from libs.common.web.problems import ProblemType

NOTHING_CHANGED = ProblemType(
    "exchange-nothing-changed",
    409,
    "Nothing has changed since the last batch of this kind, so none was made",
    "自上一批次以来没有变化，未生成新批次",
    "Nothing is to do. What was refused goes again when it changes, or when its case says so.",
    "无需处理。被退回的记录在内容更正后，或在其个案中选择重新报送后，随下一批次报送。",
)
EXCHANGE_PROFILE_UNKNOWN = ProblemType(
    "exchange-profile-unknown",
    422,
    "There is no layout of this name for such rows",
    "此类数据没有该名称的格式",
    "Send as profile one of known_profiles.",
    "请在 profile 中填写 known_profiles 所列格式。",
)
NAMES_UNAVAILABLE = ProblemType(
    "exchange-names-unavailable",
    503,
    "Registration does not give the numbers and names that the layout has",
    "参保登记服务暂时无法提供该格式所需的证件号码和姓名",
    "Fetch the file again in a minute. Else the operator checks CANBAO_COLLECTION_REGISTRATION_URL.",
    "请稍后重新下载；多次失败请运维人员检查 CANBAO_COLLECTION_REGISTRATION_URL。",
)
ANSWERS_REFUSED = ProblemType(
    "exchange-answers-refused",
    422,
    "The answer does not fit its batch; nothing of it was taken",
    "回执文件与批次不符，未作任何处理",
    "Have the lines listed under errors corrected, and send the whole file again.",
    "请对方更正 errors 所列各行后重新提交整个文件。",
)
