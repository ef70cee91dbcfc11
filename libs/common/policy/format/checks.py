"""What can be wrong between the rules of one notice: unknown names, overlaps, rules that can never apply."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from itertools import pairwise

from libs.common.policy.format.account_checks import check_personal_accounts
from libs.common.policy.format.add_on_checks import check_add_ons
from libs.common.policy.format.batch_checks import check_batches
from libs.common.policy.format.conditions_model import Condition
from libs.common.policy.format.custody_rules import CashDeposit, FiscalMatch, MoneyStep
from libs.common.policy.format.document import Document
from libs.common.policy.format.handover_checks import check_calendar
from libs.common.policy.format.help_checks import check_help
from libs.common.policy.format.message_checks import check_messages
from libs.common.policy.format.reader import Source
from libs.common.policy.format.refund_checks import check_duplicates, check_refunds
from libs.common.policy.format.registration_checks import check_registration
from libs.common.policy.format.rules import PriceRule
from libs.common.policy.format.term_checks import check_terms
from libs.common.policy.format.waiting_checks import check_history, check_waiting
from libs.common.policy.format.work_rules import Deadline, ServiceDays, UnitRule


def check_document(src: Source, doc: Document) -> None:
    """Note every mistake that shows only when rules are looked at together."""
    for check in (
        _header,
        _twice,
        _names,
        _conditions,
        _windows,
        _prices,
        _benefit,
        _office,
        _handovers,
    ):
        check(src, doc)
    check_help(src, doc, _known)
    check_add_ons(src, doc, _known)
    check_waiting(src, doc, _known)
    check_batches(src, doc, _known)
    check_personal_accounts(src, doc, _known)
    check_messages(src, doc)
    check_refunds(src, doc)
    check_registration(src, doc, _known)
    check_duplicates(src, doc)
    _questions(src, doc)


def rules_of(value: object) -> Iterator[object]:
    """Yield every rule of a document, from the top down."""
    if isinstance(value, tuple):
        for item in value:
            yield from rules_of(item)
    elif is_dataclass(value):
        yield value
        for f in fields(value):
            yield from rules_of(getattr(value, f.name))


def _known(src: Source, rule: object, what: str, used: Iterable[str | None], names: Iterable[str]) -> None:
    names = list(names)
    for name in used:
        if name is not None and name not in names:
            near = get_close_matches(name, names, 1)
            mend = f"did you mean {near[0]!r}?" if near else "use one of: " + ", ".join(names)
            src.flaw(src.line_of(rule), f"{what} {name!r} is not defined in this notice", mend)


def _header(src: Source, doc: Document) -> None:
    header = doc.notice
    if not header.division.isdigit() or len(header.division) > 12:
        src.flaw(
            src.line_of(header), "`division` is no division code", "write its first digits, such as 350426"
        )
    if not 2000 <= header.year <= 2100:
        src.flaw(src.line_of(header), f"`year` {header.year} is out of range", "write the coverage year")


def _twice(src: Source, doc: Document) -> None:
    for f in fields(doc):
        rows = getattr(doc, f.name)
        if isinstance(rows, tuple):
            key = next((k for k in ("id", "code", "name") if rows and hasattr(rows[0], k)), None)
            _unique(src, rows, key)
    _unique(src, doc.subsidies.rules, "id")
    _unique(src, doc.benefit.rules, "id")
    if doc.duplicates is not None:
        _unique(src, doc.duplicates.order, "id")
    if doc.refunds is not None:
        _unique(src, doc.refunds.reasons, "id")
    if doc.waiting is not None:
        _unique(src, doc.waiting.rules, "id")
        _unique(src, doc.waiting.exempt, "id")
    for rules in (doc.scope.admit, doc.scope.exclude, doc.scope.no_subsidy):
        _unique(src, rules, "id")


def _unique(src: Source, rows: Sequence[object], key: str | None) -> None:
    if key is None:
        return
    counts = Counter(getattr(row, key) for row in rows)
    for row in rows:
        name = getattr(row, key)
        if counts[name] > 1:
            counts[name] = 0
            src.flaw(src.line_of(row), f"{key} {name!r} is used more than once", "give every entry its own")


def _names(src: Source, doc: Document) -> None:
    departments = [d.code for d in doc.departments]
    if departments:
        for status in doc.statuses:
            _known(src, status, "department", [status.department], departments)
    for rule in doc.scope.exclude:
        if rule.reason is None:
            src.flaw(
                src.line_of(rule), "an exclusion needs a `reason`", "add the reason code, such as in_service"
            )


def _conditions(src: Source, doc: Document) -> None:
    groups, statuses = [g.name for g in doc.groups], [s.code for s in doc.statuses]
    for rule in rules_of(doc):
        if not isinstance(rule, Condition):
            continue
        check_history(src, doc, rule)
        _known(src, rule, "group", [rule.group], groups)
        if rule.status is not None:
            _known(src, rule, "status", rule.status.codes, statuses)
        if all(getattr(rule, f.name) in (None, ()) for f in fields(rule)):
            src.flaw(src.line_of(rule), "the condition is empty", "say what must hold, or delete `when`")


def _windows(src: Source, doc: Document) -> None:
    for w in doc.windows:
        if w.from_ >= w.to:
            src.flaw(
                src.line_of(w), f"window {w.id!r} ends before it begins", "swap or correct `from` and `to`"
            )
        if (w.kind == "special") != (w.event is not None) and w.when is None:
            src.flaw(
                src.line_of(w),
                f"window {w.id!r}: only a special window runs from an event",
                "add `event` or change `kind`",
            )
    plain = sorted((w for w in doc.windows if w.event is None and w.when is None), key=lambda w: w.from_)
    for a, b in pairwise(plain):
        if b.from_ < a.to:
            src.flaw(
                src.line_of(b),
                f"window {b.id!r} overlaps {a.id!r}",
                "let one end the day before the other begins",
            )


def _prices(src: Source, doc: Document) -> None:
    amounts, windows = [a.name for a in doc.amounts], [w.id for w in doc.windows]
    for p in doc.prices:
        _known(src, p, "amount", [*p.sum, p.own], amounts)
        _known(src, p, "window", p.windows, windows)
        if p.yearly is not None and p.per_remaining_month is None:
            src.flaw(
                src.line_of(p),
                f"price {p.id!r}: `yearly` goes with `per_remaining_month`",
                "add or remove one",
            )
        if p.paid_from is not None and p.paid_to is not None and p.paid_from >= p.paid_to:
            src.flaw(
                src.line_of(p), f"price {p.id!r} ends before it begins", "correct `paid_from` and `paid_to`"
            )
    for a in doc.amounts:
        if a.value is None and a.parameter is None:
            src.flaw(
                src.line_of(a),
                f"amount {a.name!r} has no value",
                "add `value`, or `parameter` for the operator",
            )
    plain = [p for p in doc.prices if p.when is None]
    for i, p in enumerate(plain):
        for q in plain[i + 1 :]:
            if _overlap(p, q) and (p.windows == q.windows):
                src.flaw(
                    src.line_of(q),
                    f"price {q.id!r} overlaps {p.id!r}",
                    "separate them by dates, windows or tier",
                )


def _overlap(p: PriceRule, q: PriceRule) -> bool:
    if p.tier is not None and q.tier is not None and p.tier != q.tier:
        return False
    return (p.paid_from or 0) < (q.paid_to or 2**40) and (q.paid_from or 0) < (p.paid_to or 2**40)


def _benefit(src: Source, doc: Document) -> None:
    windows = {w.id: w for w in doc.windows}
    if doc.benefit.from_ > doc.benefit.to:
        src.flaw(
            src.line_of(doc.benefit), "the coverage year ends before it begins", "correct `from` and `to`"
        )
    for rule in doc.benefit.rules:
        _known(src, rule, "window", rule.windows, windows)
        if (rule.start.anchor == "fixed_date") != (rule.start.on is not None):
            src.flaw(
                src.line_of(rule), f"benefit {rule.id!r}: `on` goes with `fixed_date`", "add or remove `on`"
            )
        if rule.start.anchor == "event_day" and not all(
            w in windows and windows[w].event for w in rule.windows or [""]
        ):
            src.flaw(
                src.line_of(rule),
                f"benefit {rule.id!r}: event_day needs event windows",
                "name them in `windows`",
            )
    plain = (b for b in doc.benefit.rules if b.when is None and b.paid_from is None and b.paid_to is None)
    reached = {w for rule in plain for w in (rule.windows or windows)}
    for w in doc.windows:
        if w.id not in reached:
            src.flaw(
                src.line_of(w), f"no benefit rule covers window {w.id!r}", "add a rule without `when` for it"
            )


def _office(src: Source, doc: Document) -> None:
    departments, accounts = [d.code for d in doc.departments], [a.code for a in doc.accounts]
    vouchers, channels = [v.code for v in doc.vouchers], [c.code for c in doc.channels]
    statuses = [s.code for s in doc.statuses]
    for c in doc.channels:
        _known(src, c, "voucher", [c.voucher], vouchers)
        if c.pays_for in ("self", "family") and not c.knows_payers:
            src.flaw(
                src.line_of(c),
                f"channel {c.code!r}: where money is taken by hand nobody checks who pays, "
                f"so {c.pays_for!r} cannot be kept",
                "write `anyone` or `own_area`, or the `kind` of an app or terminal that knows its payers",
            )
    ours: tuple[MoneyStep | ServiceDays | Deadline | UnitRule, ...]
    ours = (*doc.money_path, *doc.service_days, *doc.deadlines, *doc.units)
    for row in ours:
        _known(src, row, "department", [row.department], departments)
    for step in doc.money_path:
        _known(src, step, "account", [step.from_, step.to], [*accounts, "payer", "departments"])
    for report in doc.reports:
        _known(src, report, "department", [report.by, report.to], departments)
    for unit in doc.units:
        _known(src, unit, "channel", unit.channels, channels)
    for goal in doc.goals:
        _known(src, goal, "status", goal.statuses, statuses)
    check_terms(src, doc, _known)
    if doc.cash_deposit is not None:
        _cash(src, doc.cash_deposit, accounts)
    if doc.fiscal_match is not None:
        _match(src, doc, doc.fiscal_match)


def _match(src: Source, doc: Document, match: FiscalMatch) -> None:
    _known(src, match, "amount", [match.amount], [a.name for a in doc.amounts])
    finance = {d.code for d in doc.departments if d.role == "finance"}
    if not any(party.department in finance for h in doc.handovers for party in h.parties):
        src.flaw(
            src.line_of(match),
            "finance is a party to no handover, so nothing is ever matched",
            "name it among the `parties` of the handovers at which it matches",
        )


def _cash(src: Source, cash: CashDeposit, accounts: list[str]) -> None:
    _known(src, cash, "account", [cash.account], accounts)
    if cash.rule == "same_day" and not (cash.cutoff and cash.late):
        src.flaw(
            src.line_of(cash),
            "a same-day deposit needs `cutoff` and `late`",
            "add 17:00 and next_calendar_day",
        )
    if cash.rule == "every_days" and not cash.days:
        src.flaw(src.line_of(cash), "a deposit every few days needs `days`", "add `days: 3`")


def _handovers(src: Source, doc: Document) -> None:
    departments = [d.code for d in doc.departments]
    for h in doc.handovers:
        for party in h.parties:
            _known(src, party, "department", [party.department], departments)
    check_calendar(src, doc)


def _questions(src: Source, doc: Document) -> None:
    known = [q.id for q in doc.open_questions]
    for rule in rules_of(doc):
        for name in ("questions", "none_left"):
            _known(src, rule, "open question", getattr(rule, name, ()), known)
    for q in doc.open_questions:
        if q.id.rpartition("-")[0] not in (doc.notice.question_prefix, *src.prefixes):
            src.flaw(src.line_of(q), f"{q.id!r} lacks the prefix", f"write {doc.notice.question_prefix}-…")
