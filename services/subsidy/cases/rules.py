"""The kinds of cases about help that was granted and money that goes to cards."""

from libs.common.cases.kinds import CaseKind, Step, by_code

FINANCE = "finance_officer"

#: Help whose reason fell away after its money had left.
RECOVERY = CaseKind(
    "recovery",
    "Help that has left is to be recovered",
    "已发放的资助需要追回",
    FINANCE,
    (
        Step("recovered", "The person gave it back", "已由本人退回"),
        Step("given_up", "Give it up", "不再追回", two_persons=True),
    ),
)

KINDS = by_code((RECOVERY,))
