"""What can be wrong between the rules of one notice: unknown names, overlaps, rules that can never apply."""

from libs.common.policy.document import Document
from libs.common.policy.reader import Source


def check_document(src: Source, doc: Document) -> None:
    """Note every mistake that shows only when rules are looked at together."""
    for check in ():
        check(src, doc)
