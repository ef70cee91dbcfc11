"""What can be wrong with terms of offices: unknown entries of service_days, days that no month has."""

from libs.common.policy.format.batch_checks import Known
from libs.common.policy.format.document import Document
from libs.common.policy.format.reader import Source

_LAST_DAY = 28


def check_terms(src: Source, doc: Document, known: Known) -> None:
    """Note what is wrong with how long mending errors, and closing days of channels, may take."""
    terms = [one.id for one in doc.service_days]
    if doc.corrections is not None:
        known(src, doc.corrections, "entry of service_days", [doc.corrections.within], terms)
    rule = doc.reconciliation
    if rule is None:
        return
    known(src, rule, "entry of service_days", [rule.within], terms)
    known(src, rule, "department", [rule.department], [one.code for one in doc.departments])
    if (rule.within is not None) != (rule.rule == "within"):
        src.flaw(
            src.line_of(rule),
            "`within` belongs to the rule `within`, and to no other",
            "name an entry of service_days, or delete it",
        )
    if (rule.day is not None) != (rule.rule == "next_month"):
        src.flaw(
            src.line_of(rule),
            "`day` belongs to the rule `next_month`, and to no other",
            "write a day of the next month, or delete it",
        )
    elif rule.day is not None and not 1 <= rule.day <= _LAST_DAY:
        src.flaw(
            src.line_of(rule),
            f"reconciliation: not every month has a day {rule.day}",
            "write a day from 1 to 28",
        )
