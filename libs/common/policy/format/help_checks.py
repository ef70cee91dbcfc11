"""What can be wrong between the rules of a notice about help with the contribution."""

from collections.abc import Callable, Iterable

from libs.common.policy.format.document import Document
from libs.common.policy.format.help_rules import HelpByOthers, SubsidyRule
from libs.common.policy.format.reader import Source

Known = Callable[[Source, object, str, Iterable[str | None], Iterable[str]], None]


def check_help(src: Source, doc: Document, known: Known) -> None:
    """Note what rules of help name that is not there, and parts that do not go together."""
    statuses = {s.code: [c.code for c in s.classes] for s in doc.statuses}
    amounts, payers = [a.name for a in doc.amounts], [p.code for p in doc.payers]
    if doc.subsidy_verification is not None:
        known(src, doc.subsidy_verification, "status", doc.subsidy_verification.first, statuses)
    stacking = doc.subsidies.stacking
    known(src, stacking, "payer", stacking.payers, payers)
    known(src, stacking, "amount", [stacking.ceiling], amounts)
    ordered = stacking.rule == "ordered_top_up"
    if ordered and not (stacking.order and stacking.ceiling):
        src.flaw(
            src.line_of(stacking),
            "ordered help needs `order` and `ceiling`",
            "list the stages and the ceiling",
        )
    for rule in doc.subsidies.rules:
        known(src, rule, "payer", [rule.payer], payers)
        known(src, rule, "amount", [rule.amount.of], amounts)
        known(src, rule, "status", [e.status for e in rule.for_], statuses)
        if ordered:
            known(src, rule, "stage", [rule.stage or "(none)"], stacking.order)
        _check_years(src, rule)
        for e in rule.for_:
            known(src, rule, f"class of {e.status}", e.classes, statuses.get(e.status, []))
    if doc.help_by_others is not None:
        _check_others(src, doc, doc.help_by_others, known)
    if (elsewhere := doc.subsidies.elsewhere) is not None:
        known(src, elsewhere, "subsidy", elsewhere.rules, [rule.id for rule in doc.subsidies.rules])
        codes = [proof.code for proof in elsewhere.proofs]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            src.flaw(
                src.line_of(elsewhere), f"code {code!r} is used more than once", "give every entry its own"
            )
    for ended in doc.subsidies.ended:
        known(src, ended, "status", ended.statuses, statuses)
        known(src, ended, "window", ended.windows, [w.id for w in doc.windows])


def _check_others(src: Source, doc: Document, others: HelpByOthers, known: Known) -> None:
    known(src, others, "payer", others.payers, [p.code for p in doc.payers])
    for payer in sorted(set(others.payers) & {rule.payer for rule in doc.subsidies.rules}):
        src.flaw(
            src.line_of(others),
            f"{payer!r} pays subsidies of the notice, and is no payer of help by others, too",
            "give the others a payer of their own",
        )


def _check_years(src: Source, rule: SubsidyRule) -> None:
    amount, recognized = rule.amount, rule.recognized
    if (amount.taper_from == "fixed_year") != (amount.taper_year is not None):
        src.flaw(
            src.line_of(rule),
            f"subsidy {rule.id!r}: `taper_year` goes with `taper_from: fixed_year`",
            "add or remove one",
        )
    if recognized is None:
        return
    first, last = recognized.from_, recognized.to
    if recognized.held_on is None and first is None and last is None:
        src.flaw(
            src.line_of(recognized),
            f"subsidy {rule.id!r}: `recognized` names no day",
            "add `held_on`, `from` or `to`",
        )
    if first is not None and last is not None and first > last:
        src.flaw(
            src.line_of(recognized),
            f"subsidy {rule.id!r}: recognition ends before it begins",
            "correct `from` and `to`",
        )
