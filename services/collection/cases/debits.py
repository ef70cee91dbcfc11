"""The kinds of cases about debits of accounts."""

from libs.common.cases.kinds import Alert, CaseKind, Step, by_code
from services.collection.cases.rules import COLLECTOR

#: A bank says of a debit what it denied before.
DEBIT_CONTRADICTED = CaseKind(
    "debit_contradicted",
    "A bank says of a debit the contrary of what it said before",
    "银行先后两次的代扣结果互相矛盾",
    COLLECTOR,
    (Step("noted", "Looked into with the bank", "已与银行核实"),),
)
#: A bank was given a batch and has not told what became of it.
DEBIT_UNANSWERED = CaseKind(
    "debit_unanswered",
    "A bank has not told the result of a debit batch",
    "代扣批次逾期未收到银行结果",
    COLLECTOR,
    (Step("noted", "Asked the bank", "已与银行联系"),),
    Alert(
        "The bank was to debit {count} accounts ({yuan} yuan) in batch {batch_id} on {debit_on} and has "
        "not told the result.",
        "代扣批次 {batch_id} 应于 {debit_on} 扣款 {count} 笔（{yuan} 元），至今未收到银行结果。",
        "Get the result file (POST /v1/debit-batches/{batch_id}/results). Nobody in it can pay otherwise "
        "until then; if the bank debited nobody, two persons give it up (.../give-up).",
        "请向银行索取回盘文件并导入（POST /v1/debit-batches/{batch_id}/results）；在此之前批次中人员"
        "不能以其他方式缴费。银行确认未扣款的，由两人办理放弃（.../give-up）。",
    ),
)

DEBIT_KINDS = by_code((DEBIT_CONTRADICTED, DEBIT_UNANSWERED))
