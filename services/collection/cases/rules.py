"""The kinds of cases about money that came in, and the steps that can be taken about each."""

from libs.common.cases.kinds import CaseKind, Step, by_code

COLLECTOR = "tax_officer"

#: A channel says that money went back, and no payment of ours is the one that it means.
RETURN_UNMATCHED = CaseKind(
    "return_unmatched",
    "A channel gave money back that is not on record here",
    "渠道退款在本系统查无对应缴费",
    COLLECTOR,
    (Step("noted", "Looked into with the channel", "已与渠道核实"),),
)

KINDS = by_code((RETURN_UNMATCHED,))
