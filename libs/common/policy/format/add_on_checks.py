"""What can be wrong between the add-ons of a notice and the rest of it."""

from libs.common.policy.format.document import Document
from libs.common.policy.format.help_checks import Known
from libs.common.policy.format.reader import Source


def check_add_ons(src: Source, doc: Document, known: Known) -> None:
    """Note what add-ons name that is not there, and those whose money cannot be told apart."""
    departments, channels = [d.code for d in doc.departments], [c.code for c in doc.channels]
    for a in doc.add_ons:
        known(src, a, "department", a.departments, departments)
        known(src, a, "channel", a.channels, channels)
        if a.inside_price and any(one.price == a.price for one in doc.add_ons if one is not a):
            problem = f"add-on {a.code!r}: another one has its price, so their money cannot be told apart"
            src.flaw(src.line_of(a), problem, "ask for help: one of them is a part of the price")
        if a.when is not None and not a.inside_price:
            problem = f"add-on {a.code!r}: `when` goes with `inside_price`"
            src.flaw(src.line_of(a), problem, "add or remove one")
