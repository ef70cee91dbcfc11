"""The kinds of cases about help that was granted and money that goes to cards."""

from libs.common.cases.kinds import CaseKind, Step, by_code

FINANCE = "finance_officer"

_RECOVERED = Step("recovered", "The person gave it back", "已由本人退回")
_GIVEN_UP = Step("given_up", "Give it up", "不再追回", two_persons=True)

#: Help whose reason fell away after its money had left.
RECOVERY = CaseKind(
    "recovery",
    "Help that has left is to be recovered",
    "已发放的资助需要追回",
    FINANCE,
    (_RECOVERED, _GIVEN_UP),
)
#: The same money went out twice: to a card by two attempts, or to a card and back outside.
PAID_TWICE = CaseKind(
    "paid_twice",
    "The same money went out twice",
    "同一笔款项重复付出",
    FINANCE,
    (_RECOVERED, _GIVEN_UP),
)
#: A bank says of an attempt what contradicts its earlier word, and no money of ours changes by it.
BANK_CONTRADICTION = CaseKind(
    "bank_contradiction",
    "A bank contradicts its earlier answer",
    "银行前后回执矛盾",
    FINANCE,
    (Step("noted", "Cleared up with the bank", "已与银行核实"),),
)

KINDS = by_code((RECOVERY, PAID_TWICE, BANK_CONTRADICTION))
