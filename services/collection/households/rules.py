"""What a notice asks of households that pay: one tier for all, and who of them paid first.

The first paid fixes the tier: by the instant of payment, then channel, transaction and line.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import combinations

from libs.common.policy import Notices
from libs.common.policy.format.people_rules import AddOn
from services.collection.dues.rules import Due


@dataclass(frozen=True, slots=True)
class AddOnTerms:
    """Insurance that is sold beside the fund."""

    code: str
    price_fen: int
    payee: str
    #: It is a part of the price: nobody buys it by itself.
    inside: bool = False


def add_on_terms(offered: Iterable[AddOn]) -> tuple[AddOnTerms, ...]:
    """What a notice offers, as money is compared with it."""
    return tuple(AddOnTerms(one.code, int(one.price), one.payee, one.inside_price) for one in offered)


@lru_cache(maxsize=256)
def payees_of(offered: tuple[AddOnTerms, ...], fen: int) -> tuple[tuple[str, int], ...]:
    """Say what of a sum of add-ons belongs to whom; nothing where the prices leave it open."""
    payees = {one.payee for one in offered}
    if len(payees) == 1:
        return ((payees.pop(), fen),)
    found: set[tuple[tuple[str, int], ...]] = set()
    for some in _that_cost(offered, fen):
        shares: Counter[str] = Counter()
        for one in some:
            shares[one.payee] += one.price_fen
        found.add(tuple(sorted(shares.items())))
    return found.pop() if len(found) == 1 else ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a notice says about paying together.

    `earlier_year_first` is where it says that the coverage year before is paid before this one.
    """

    same_tier: bool = False
    indivisible: bool = False
    one_receipt: bool = False
    add_ons: tuple[AddOnTerms, ...] = ()
    earlier_year_first: str | None = None


#: Of a year without a notice.
NO_TERMS = Terms()


class TermsOfNotices:
    """Gives the terms of a county and year; follows the notices when they change."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._version: int | None = None
        self._terms: dict[tuple[str, int], Terms] = {}

    def of(self, county: str | None, coverage_year: int | None) -> Terms:
        """The terms in force."""
        if self._version != (version := self._notices.version):
            self._terms = {}
            self._version = version
        if county is None or coverage_year is None:
            return NO_TERMS
        key = (county, coverage_year)
        if key not in self._terms:
            notice = self._notices.get(key)
            document = None if notice is None else notice.document
            self._terms[key] = (
                NO_TERMS
                if document is None
                else Terms(
                    same_tier=document.household.same_tier,
                    indivisible=document.household.indivisible_payment,
                    one_receipt=document.household.voucher_per == "household",
                    add_ons=add_on_terms(document.add_ons),
                    earlier_year_first=next(
                        (one.clause for one in document.registration if one.earlier_year_first), None
                    ),
                )
            )
        return self._terms[key]


@dataclass(frozen=True, slots=True, order=True)
class PaidAt:
    """The place of a payment line among those of a household: who paid first."""

    paid_at: datetime
    channel: str
    transaction_no: str
    line_no: int


@dataclass(frozen=True, slots=True, order=True)
class HouseholdYear:
    """A household in one coverage year."""

    household_id: int
    coverage_year: int


@dataclass(frozen=True, slots=True)
class PaidTier:
    """The tier that a member of a household paid, and when; without a payment, since when exempt on it."""

    household_id: int
    coverage_year: int
    tier: int
    person_id: int
    payment_id: int | None
    line_no: int
    paid_at: datetime
    channel: str
    transaction_no: str

    @property
    def household(self) -> HouseholdYear:
        """Whose it is."""
        return HouseholdYear(self.household_id, self.coverage_year)

    @property
    def place(self) -> PaidAt:
        """Its place among the payments of the household."""
        return PaidAt(self.paid_at, self.channel, self.transaction_no, self.line_no)


class Tiers:
    """The tiers that households paid, as far as they are known and as they grow."""

    def __init__(self, paid: Iterable[PaidTier] = ()) -> None:
        self._first: dict[HouseholdYear, PaidTier] = {}
        for one in paid:
            self.note(one)

    def of(self, household_id: int | None, coverage_year: int) -> PaidTier | None:
        """The payment that fixed the tier of a household."""
        return None if household_id is None else self._first.get(HouseholdYear(household_id, coverage_year))

    def note(self, paid: PaidTier) -> None:
        """Take a payment in; the first paid counts."""
        known = self._first.get(paid.household)
        if known is None or paid.place < known.place:
            self._first[paid.household] = paid


@dataclass(frozen=True, slots=True)
class Bought:
    """An add-on that a person bought, by itself (`add_on`) or with the contribution, for `add_on_fen`."""

    person_id: int
    coverage_year: int
    add_on: str | None
    add_on_fen: int


class AddOnsBought:
    """Which add-ons people have, as far as it is known and as it grows."""

    def __init__(self, bought: Iterable[Bought] = ()) -> None:
        self._bought: dict[tuple[int, int], list[Bought]] = {}
        for one in bought:
            self.note(one)

    def note(self, bought: Bought) -> None:
        """Take one in."""
        self._bought.setdefault((bought.person_id, bought.coverage_year), []).append(bought)

    def fen(self, person_id: int, coverage_year: int) -> int:
        """What a person paid for add-ons."""
        return sum(one.add_on_fen for one in self._bought.get((person_id, coverage_year), ()))

    def of(self, person_id: int, coverage_year: int, offered: Sequence[AddOnTerms]) -> set[str]:
        """The codes that a person has. What was bought with a contribution is known by its price."""
        codes: set[str] = set()
        for one in self._bought.get((person_id, coverage_year), ()):
            if one.add_on is not None:
                codes.add(one.add_on)
                continue
            found = _that_cost(offered, one.add_on_fen)
            codes.update(term.code for term in (found[0] if len(found) == 1 else offered))
        return codes


def _that_cost(offered: Sequence[AddOnTerms], fen: int) -> list[tuple[AddOnTerms, ...]]:
    """Every choice of add-ons that comes to a sum."""
    choices = (some for number in range(1, len(offered) + 1) for some in combinations(offered, number))
    return [some for some in choices if sum(one.price_fen for one in some) == fen]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a household; `waits` says that money of this member waits for the others."""

    due: Due
    waits: bool
