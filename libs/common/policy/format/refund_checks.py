"""What can be wrong between the reasons for which contributions go back, and the order of duplicates."""

from itertools import pairwise

from libs.common.policy.format.document import Document
from libs.common.policy.format.reader import Source


def check_duplicates(src: Source, doc: Document) -> None:
    """Note an order that nothing asks for, and rules behind one that takes everybody."""
    rule = doc.duplicates
    if rule is None:
        return
    if (rule.rule == "by_order") != bool(rule.order):
        src.flaw(src.line_of(rule), "`order` goes with `rule: by_order`", "write the order, or change `rule`")
    for earlier, later in pairwise(rule.order):
        if earlier.when is None:
            problem = f"duplicate {later.id!r} can never apply: {earlier.id!r} before it has no condition"
            src.flaw(src.line_of(later), problem, "put the one with a condition first")


def check_refunds(src: Source, doc: Document) -> None:
    """Note reasons that nobody can use, and rules that do not go with reasons."""
    rule = doc.refunds
    if rule is None:
        return
    if (rule.rule == "listed") != bool(rule.reasons):
        src.flaw(src.line_of(rule), "`reasons` go with `rule: listed`", "list the reasons, or change `rule`")
    for reason in rule.reasons:
        if reason.from_ is not None and reason.to is not None and reason.from_ >= reason.to:
            problem = f"refund {reason.id!r} ends before it begins"
            src.flaw(src.line_of(reason), problem, "correct `from` and `to`")
        if reason.goes_to == "heir" and not reason.proofs:
            problem = f"refund {reason.id!r} goes to an heir without any proof"
            src.flaw(src.line_of(reason), problem, "name the papers that show who the heir is")
