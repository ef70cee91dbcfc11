"""What a notice says twice and differently, or says and at once takes back."""

from collections.abc import Iterator

from libs.common.money import yuan_text
from libs.common.policy.engine.notice import Notice
from libs.common.policy.format.document import Document
from libs.common.policy.telling.unreachable import Told


def contradictions(notice: Notice) -> Iterator[Told]:
    """Yield every rule that does not agree with itself or with another one."""
    doc = notice.document
    yield from _two_amounts(doc)
    yield from _more_than_any_price(doc)
    yield from _below_floor(doc)
    yield from _year(doc)
    yield from _household(doc)
    yield from _score(doc)
    yield from _windows_of_reminders(doc)


def _two_amounts(doc: Document) -> Iterator[Told]:
    """A share and a sum that do not agree, or a sum beside shares by year."""
    values = {a.name: a.value for a in doc.amounts}
    keep = ("只留通知写的那一个", "keep the one that the notice states")
    for rule in doc.subsidies.rules:
        amount = rule.amount
        if amount.taper and (amount.fen is not None or amount.percent is not None):
            said = (
                f"资助“{rule.id}”逐年比例之外还写了金额或比例",
                f"subsidy {rule.id!r} has an amount or a share beside its shares by year",
            )
            yield rule, said, keep
        base = values.get(amount.of or "")
        if amount.fen is None or amount.percent is None or base is None:
            continue
        share = base * amount.percent // 100
        if share != amount.fen:
            yuan, wanted = amount.fen / 100, share / 100
            said = (
                f"资助“{rule.id}”写了两个金额：{yuan:.2f}元，而{amount.percent}%是{wanted:.2f}元",
                f"subsidy {rule.id!r} has two amounts: {yuan:.2f}, but {amount.percent}% is {wanted:.2f}",
            )
            yield rule, said, keep


def _more_than_any_price(doc: Document) -> Iterator[Told]:
    """Help that is more than anybody pays: one of the two figures is wrong."""
    values = {a.name: a.value for a in doc.amounts}
    prices = [[values.get(name) for name in rule.sum] for rule in doc.prices]
    known = [sum(part for part in price if part is not None) for price in prices if None not in price]
    if len(known) < len(prices) or not known or any(rule.per_remaining_month for rule in doc.prices):
        return
    for rule in doc.subsidies.rules:
        fen = rule.amount.fen
        if fen is not None and fen > max(known):
            help_, price = yuan_text(fen), yuan_text(max(known))
            yield (
                rule,
                (
                    f"资助“{rule.id}”{help_}元，多于任何缴费标准（最高{price}元）",
                    f"subsidy {rule.id!r} is {help_} yuan, more than any price (at most {price})",
                ),
                ("核对资助金额和缴费标准", "check the help and the prices"),
            )


def _below_floor(doc: Document) -> Iterator[Told]:
    for amount in doc.amounts:
        if amount.value is not None and amount.floor is not None and amount.value < amount.floor:
            yield (
                amount,
                (f"金额“{amount.name}”低于它自己的下限", f"amount {amount.name!r} is below its own floor"),
                ("核对 value 和 floor", "check `value` and `floor`"),
            )


def _year(doc: Document) -> Iterator[Told]:
    """A coverage year that begins in another."""
    if doc.benefit.from_.year != doc.notice.year:
        said = (
            f"待遇年度从{doc.benefit.from_}开始，不在{doc.notice.year}年",
            f"the coverage year begins on {doc.benefit.from_}, not in {doc.notice.year}",
        )
        yield doc.benefit, said, ("核对 benefit.from", "check `from` of `benefit`")


def _household(doc: Document) -> Iterator[Told]:
    """What is asked of households that cannot be kept."""
    rule = doc.household
    if rule.same_tier and len({p.tier for p in doc.prices if p.tier is not None}) < 2:
        said = ("全户须同档，但缴费标准不分档次", "one tier for the household, but the prices have no tiers")
        yield (
            rule,
            said,
            ("删去 same_tier，或给缴费标准写 tier", "delete `same_tier`, or give prices a `tier`"),
        )
    if rule.excuses and rule.complete == "not_required":
        said = (
            "写了可不参保的理由，但没有要求全户参保",
            "excuses are listed, but nobody has to join",
        )
        yield rule, said, ("写 complete，或删去 excuses", "add `complete`, or delete `excuses`")
    if rule.when is not None and rule.complete == "not_required":
        said = (
            "写了哪些成员应参保，但没有要求全户参保",
            "it says which members have to join, but no household has to",
        )
        yield rule, said, ("写 complete，或删去 when", "add `complete`, or delete `when`")
    if rule.when is not None and rule.when.tier is not None:
        said = (
            "按档次确定哪些成员应参保，但未参保的人没有选档",
            "which members have to join depends on their tier, but who has not joined has none",
        )
        yield rule, said, ("从 when 删去 tier", "delete `tier` from `when`")


def _score(doc: Document) -> Iterator[Told]:
    if doc.score is None:
        return
    total = sum(item.points for item in doc.score.items)
    if total != doc.score.full:
        said = (
            f"考核各项共{total}分，满分写的是{doc.score.full}分",
            f"the items of the score come to {total} points, the full score is {doc.score.full}",
        )
        yield doc.score, said, ("核对各项 points 和 full", "check `points` and `full`")


def _windows_of_reminders(doc: Document) -> Iterator[Told]:
    """Reminders for windows that there are not: nobody ever hears them."""
    windows = {w.id for w in doc.windows}
    for rule in doc.reminders:
        for name in sorted(set(rule.windows) - windows):
            said = (
                f"提醒“{rule.id}”写的缴费期“{name}”不存在",
                f"reminder {rule.id!r} is for window {name!r}, which there is not",
            )
            yield rule, said, ("核对 windows", "check `windows`")
