"""The contribution standard for a person at an instant: own standard, full financing, by tier or class."""

from collections.abc import Mapping
from datetime import date

from libs.common.policy.engine.conditions import Conditions, Test
from libs.common.policy.engine.facts import Facts
from libs.common.policy.format.people_rules import AddOn
from libs.common.policy.format.rules import Benefit, NamedAmount, PriceRule, Rounded, Window


class AmountUnknown(Exception):
    """A named amount has no value: the notice leaves it open and no operator supplied it."""

    def __init__(self, reason: str, amount: NamedAmount) -> None:
        self.reason, self.amount = reason, amount
        super().__init__(reason)


_FEN = {"fen": 1, "jiao": 10, "yuan": 100}


def _divided(fen: int, by: int, rounded: Rounded) -> int:
    """Divide an amount and round it; half a coin goes up."""
    unit = _FEN[rounded.to]
    parts = by * unit
    add = {"nearest": parts // 2, "up": parts - 1, "down": 0}[rounded.how]
    return (fen + add) // parts * unit


class Amounts:
    """The named amounts of one notice, with what an operator supplied on top."""

    def __init__(self, amounts: tuple[NamedAmount, ...]) -> None:
        self._by_name = {a.name: a for a in amounts}

    def value(self, name: str, parameters: Mapping[str, object]) -> int:
        """Return fen. Raises AmountUnknown when there is no value or one below the floor."""
        amount = self._by_name[name]
        supplied = parameters.get(amount.parameter) if parameters and amount.parameter else None
        if isinstance(supplied, int):
            if amount.floor is not None and supplied < amount.floor:
                raise AmountUnknown("fiscal_match_below_floor", amount)
            return supplied
        if amount.value is None:
            raise AmountUnknown(amount.unknown, amount)
        return amount.value

    def named(self, name: str) -> NamedAmount:
        """Return the amount of this name."""
        return self._by_name[name]


class PriceRules:
    """The price rules of one notice in the order in which they are tried."""

    def __init__(
        self,
        prices: tuple[PriceRule, ...],
        amounts: Amounts,
        benefit: Benefit,
        conditions: Conditions,
        add_ons: tuple[AddOn, ...] = (),
    ) -> None:
        self._rows: list[tuple[PriceRule, Test | None]] = [(p, conditions.compile(p.when)) for p in prices]
        self._amounts, self._benefit = amounts, benefit
        #: Every sum that may be in a price for others than the fund, by whom add-ons are for.
        self._inside = {0}
        for one in add_ons:
            if one.inside_price:
                self._inside |= {fen + one.price for fen in self._inside}
        first, last = benefit.from_, benefit.to
        self._months = (last.year - first.year) * 12 + last.month - first.month + 1
        self.tiers = frozenset(p.tier for p in prices if p.tier is not None)
        self.tier_of_some = bool(self.tiers) and any(p.tier is None for p in prices)
        """Whether only some people choose a tier."""

    def choose(self, f: Facts, window: Window) -> PriceRule | None:
        """Return the first rule that fits this person, window, tier and instant."""
        return self._first(f, window, any_tier=False)

    def wants_tier(self, f: Facts, window: Window) -> bool:
        """Say whether the price of this person depends on a tier that they choose."""
        first = self._first(f, window, any_tier=True)
        return first is not None and first.tier is not None

    def _first(self, f: Facts, window: Window, any_tier: bool) -> PriceRule | None:
        at, tier = f.at, f.question.tier
        for rule, test in self._rows:
            if rule.tier is not None and rule.tier != tier and not any_tier:
                continue
            if rule.windows and window.id not in rule.windows:
                continue
            if (rule.paid_from is not None and at < rule.paid_from) or (
                rule.paid_to is not None and at >= rule.paid_to
            ):
                continue
            if test is None or test(f):
                return rule
        return None

    def price(self, rule: PriceRule, f: Facts) -> tuple[int, int]:
        """Return the price and the own standard within it, in fen. Raises AmountUnknown."""
        parameters = f.question.parameters
        own = self._amounts.value(rule.own, parameters)
        price = sum(self._amounts.value(name, parameters) for name in rule.sum)
        if rule.percent is not None:
            price, own = price * rule.percent // 100, own * rule.percent // 100
        if rule.per_remaining_month is not None:
            months = self._months_left(f.on, rule.per_remaining_month)
            price, own = price * months, own * months
            if rule.yearly is not None:
                price, own = (_divided(fen, self._months, rule.yearly) for fen in (price, own))
        return price, min(own, price)

    def _months_left(self, on: date, counted: str) -> int:
        first, last = self._benefit.from_, self._benefit.to
        day = max(on, first)
        left = (last.year - day.year) * 12 + last.month - day.month
        return left + (counted == "from_payment_month" or on < first)

    def without(self, amount: str, parameters: Mapping[str, object]) -> frozenset[int]:
        """Return every price in fen that does not add a named amount up. Raises AmountUnknown."""
        found: set[int] = set()
        for rule, _ in self._rows:
            if amount in rule.sum:
                continue
            price = sum(self._amounts.value(name, parameters) for name in rule.sum)
            if rule.percent is not None:
                price = price * rule.percent // 100
            if rule.per_remaining_month is None:
                found.add(price)
                continue
            for months in range(self._months + 1):
                fen = price * months
                found.add(fen if rule.yearly is None else _divided(fen, self._months, rule.yearly))
        # What is inside the price goes to others; whom it is not for pays all of it to the fund.
        return frozenset(max(fen - part, 0) for fen in found for part in self._inside)

    def adding(self, amount: str) -> tuple[PriceRule, ...]:
        """Return the rules whose price adds a named amount up."""
        return tuple(rule for rule, _ in self._rows if amount in rule.sum)

    def borders(self) -> set[int]:
        """Return every second at which a price begins or ends, whoever asks."""
        return {b for rule, _ in self._rows for b in (rule.paid_from, rule.paid_to) if b is not None}

    @property
    def monthly(self) -> bool:
        """Say whether some price changes with the calendar month."""
        return any(rule.per_remaining_month for rule, _ in self._rows)
