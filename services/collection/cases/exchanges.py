"""The kinds of cases about what is exchanged with a collector and the bureau, and the alert about silence."""

from libs.common.cases.kinds import Alert, CaseKind, Step, by_code

BUREAU = "medical_insurance_officer"
COLLECTOR = "tax_officer"

#: It goes again when what is told of it changes, or somebody says that it may go as it is.
ROW_REFUSED = CaseKind(
    "exchange_row_refused",
    "The other side refused a row that was sent to it",
    "对方退回了报送的一条记录",
    BUREAU,
    (
        Step("send_again", "Send it again as it is, with the next batch", "原样随下一批次重新报送"),
        Step("noted", "Looked into; it goes again when it changes", "已核实，内容更正后自动重新报送"),
    ),
)
#: The first word stands until somebody decides otherwise.
CONTRADICTION = CaseKind(
    "exchange_contradiction",
    "The other side says something else of a row than before",
    "对方对同一条记录的前后回执不一致",
    BUREAU,
    (
        Step("noted", "Looked into; the first word stands", "已核实，以首次回执为准"),
        Step("take_word", "Take what it says now", "以最新回执为准"),
    ),
)
UNANSWERED = CaseKind(
    "exchange_unanswered",
    "Rows of a batch have not been answered in time",
    "报送批次逾期未回执",
    BUREAU,
    (Step("noted", "The other side was asked for its answer", "已催请对方回执"),),
    Alert(
        "{rows} rows of batch {batch_no} to the {party_en} ({kind_en}) have no answer, due on {due_on}.",
        "向{party_zh}报送的第 {batch_no} 批（{kind_zh}）尚有 {rows} 条未回执，应于 {due_on} 前回执。",
        "Ask the other side, and take its answer in by POST /v1/exchange-batches/{id}/answers.",
        "请催请对方回执，收到后导入回执文件。",
    ),
)

EXCHANGE_KINDS = by_code((ROW_REFUSED, CONTRADICTION, UNANSWERED))
