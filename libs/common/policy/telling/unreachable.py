"""Rules that can never apply: an earlier one that asks nothing takes everything, or their days never meet."""

from collections.abc import Iterator, Sequence

from libs.common.policy.engine.notice import Notice
from libs.common.policy.format.document import Document
from libs.common.policy.format.help_rules import SubsidyRule
from libs.common.policy.format.rules import BenefitRule, PriceRule, Window

#: A rule, what is wrong with it, how to mend it; each in Chinese and English.
Told = tuple[object, tuple[str, str], tuple[str, str]]

_LAST = 2**40


def never_applied(notice: Notice) -> Iterator[Told]:
    """Yield every rule that can never apply."""
    doc = notice.document
    yield from _windows(doc)
    for kind, rows in (("缴费标准", doc.prices), ("待遇规则", doc.benefit.rules)):
        yield from _outside(doc, kind, rows)
        yield from _behind(doc, kind, rows)
    yield from _help(doc)


def _told(rule: object, zh: str, en: str, mend_zh: str, mend_en: str) -> Told:
    return rule, (zh, en), (mend_zh, mend_en)


def _windows(doc: Document) -> Iterator[Told]:
    for at, later in enumerate(doc.windows):
        for earlier in doc.windows[:at]:
            if _takes_all(earlier) and earlier.from_ <= later.from_ and later.to <= earlier.to:
                yield _told(
                    later,
                    f"缴费期“{later.id}”永远用不到：前面的“{earlier.id}”已包含它的全部时间",
                    f"window {later.id!r} can never apply: {earlier.id!r} before it takes all its days",
                    "把它移到前面",
                    "put it before the other",
                )
                break


def _takes_all(window: Window) -> bool:
    plain = window.event is None and window.when is None and window.registration_to is None
    return plain and not window.closed_days and not window.closed_days_of_month


Timed = PriceRule | BenefitRule


def _spans(doc: Document, rule: Timed) -> dict[str, tuple[int, int]]:
    """When a rule can apply, in seconds, by window."""
    first, last = rule.paid_from or 0, rule.paid_to or _LAST
    found = {}
    for window in doc.windows:
        if not rule.windows or window.id in rule.windows:
            begins, ends = max(first, window.from_), min(last, window.to)
            if begins < ends:
                found[window.id] = (begins, ends)
    return found


def _outside(doc: Document, kind: str, rows: Sequence[Timed]) -> Iterator[Told]:
    for rule in rows:
        if not _spans(doc, rule):
            yield _told(
                rule,
                f"{kind}“{rule.id}”永远用不到：它的日期内没有缴费期",
                f"rule {rule.id!r} can never apply: no window is open on its days",
                "核对 windows、paid_from 和 paid_to",
                "check `windows`, `paid_from` and `paid_to`",
            )


def _behind(doc: Document, kind: str, rows: Sequence[Timed]) -> Iterator[Told]:
    for at, later in enumerate(rows):
        spans = _spans(doc, later)
        for earlier in rows[:at]:
            if not spans or earlier.when is not None or not _same_tier(earlier, later):
                continue
            before = _spans(doc, earlier)
            if all(_within(span, before.get(window)) for window, span in spans.items()):
                yield _told(
                    later,
                    f"{kind}“{later.id}”永远用不到：前面的“{earlier.id}”没有条件，先适用",
                    f"rule {later.id!r} can never apply: {earlier.id!r} before it has no condition",
                    "把有条件的移到前面",
                    "put the one with a condition first",
                )
                break


def _same_tier(earlier: Timed, later: Timed) -> bool:
    tier = getattr(earlier, "tier", None)
    return tier is None or tier == getattr(later, "tier", None)


def _within(span: tuple[int, int], other: tuple[int, int] | None) -> bool:
    return other is not None and other[0] <= span[0] and span[1] <= other[1]


def _help(doc: Document) -> Iterator[Told]:
    tiers = {p.tier for p in doc.prices}
    ordered = doc.subsidies.stacking.rule == "ordered_top_up"
    for rule in doc.subsidies.rules:
        yield from _of_help(rule, tiers, ordered)


def _of_help(rule: SubsidyRule, tiers: set[int | None], ordered: bool) -> Iterator[Told]:
    if not rule.for_ and rule.when is None:
        yield _told(
            rule,
            f"资助“{rule.id}”没有写给谁",
            f"subsidy {rule.id!r} is for nobody",
            "在 for 里写身份，或用 when 写条件",
            "name statuses under `for`, or people with `when`",
        )
    elif not rule.for_ and (rule.roster or rule.dividing or rule.recognized or rule.amount.taper):
        yield _told(
            rule,
            f"资助“{rule.id}”不看身份，名册期限、分界日、认定时间和逐年比例对它不起作用",
            f"subsidy {rule.id!r} asks for no status: rosters, recognition and tapers cannot count for it",
            "删去，或在 for 里写身份",
            "delete them, or name statuses under `for`",
        )
    if rule.tier is not None and rule.tier not in tiers:
        yield _told(
            rule,
            f"资助“{rule.id}”写了{rule.tier}档，缴费标准里没有",
            f"subsidy {rule.id!r} is for tier {rule.tier}, which no price has",
            "核对 tier",
            "check `tier`",
        )
    if not ordered and (rule.stage is not None or rule.top_up):
        yield _told(
            rule,
            f"资助“{rule.id}”写了 stage 或 top_up，但不是依次资助，不起作用",
            f"subsidy {rule.id!r} has `stage` or `top_up`, which count in ordered help only",
            "删去，或把 stacking 改为 ordered_top_up",
            "delete it, or make the stacking ordered_top_up",
        )
    yield from _of_days(rule)


def _of_days(rule: SubsidyRule) -> Iterator[Told]:
    roster, dividing = rule.roster, rule.dividing
    if roster is not None and dividing is not None and dividing.listed_after >= roster.cutoff_on:
        yield _told(
            dividing,
            f"资助“{rule.id}”的分界日不早于名册截止日，永远用不到",
            f"the dividing date of subsidy {rule.id!r} is not before its cut-off and can never apply",
            "核对两个日期",
            "check the two dates",
        )
