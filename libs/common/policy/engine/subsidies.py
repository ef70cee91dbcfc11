"""Who helps with a person's contribution, and with how much: entitlement, rosters, mechanisms, stacking."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from libs.common.policy.engine.conditions import Conditions, Test
from libs.common.policy.engine.decision import Subsidy
from libs.common.policy.engine.facts import Facts
from libs.common.policy.engine.prices import Amounts, AmountUnknown
from libs.common.policy.engine.question import Status
from libs.common.policy.format.help_rules import (
    AidAmount,
    Entitled,
    HelpByOthers,
    Recognized,
    Subsidies,
    SubsidyRule,
)

#: Who bears such help pays it to the person by other ways.
OUTSIDE = "outside_system"
_MECHANISM_RANK = {"paid_on_behalf": 0, "reimburse_to_card": 1, OUTSIDE: 2}


#: Place in the notice, rule, whom it is for, and the conditions of both.
_Row = tuple[int, SubsidyRule, Entitled, Test | None, Test | None]


class SubsidyUnknown(Exception):
    """A status brings help, but how much is not known; carries the status and its rule."""

    def __init__(self, status: Status, rule: SubsidyRule) -> None:
        self.status, self.rule = status, rule
        super().__init__(status.code)


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one status could bring under one rule; `fen` None when the amount is not known.

    `most` is what it brings if it fits; None where not even that is known.
    """

    rule: SubsidyRule
    index: int
    status: Status
    fen: int | None
    mechanism: str
    most: int | None


def other_help(others: HelpByOthers | None) -> tuple[SubsidyRule, ...]:
    """Make of the block a rule for each of its payers; how much it is, a list says for each person."""
    if others is None:
        return ()
    return tuple(
        SubsidyRule(
            id=other_help_of(payer),
            clause=others.clause,
            label=others.label,
            for_=(),
            payer=payer,
            amount=AidAmount(parameter=f"{other_help_of(payer)}_fen"),
            mechanism="paid_on_behalf",
            questions=others.questions,
        )
        for payer in others.payers
    )


def other_help_of(payer: str) -> str:
    """What help by one of the others is called where a status would stand, and, with `_fen`, its amount."""
    return f"help_of_{payer}"


def by_others(rules: Iterable[SubsidyRule], f: Facts, left: int) -> Iterator[Subsidy]:
    """Help by others, one after another, as far as something is `left` to pay."""
    for rule in rules:
        given = f.question.parameters.get(rule.amount.parameter or "")
        fen = min(given, left) if isinstance(given, int) else 0
        if fen > 0:
            left -= fen
            yield Subsidy(rule.payer, rule.id, fen, rule.mechanism, rule)


class SubsidyRules:
    """The subsidy rules of one notice."""

    def __init__(
        self,
        subsidies: Subsidies,
        classes: dict[str, frozenset[str]],
        amounts: Amounts,
        conditions: Conditions,
    ) -> None:
        self._stacking, self._amounts, self._classes = subsidies.stacking, amounts, classes
        compile_ = conditions.compile
        self._by_code: dict[str, list[_Row]] = {}
        self._of_all: list[tuple[Status, _Row]] = []
        for i, rule in enumerate(subsidies.rules):
            when = compile_(rule.when)
            if when is not None and not rule.for_:
                entry = Entitled(rule.id)
                self._of_all.append((Status(rule.id, date.min, date.min), (i, rule, entry, when, None)))
            for entry in rule.for_:
                row = (i, rule, entry, when, compile_(entry.when))
                self._by_code.setdefault(entry.status, []).append(row)
        self._order = {stage: i for i, stage in enumerate(self._stacking.order)}
        self._payers = {payer: i for i, payer in enumerate(self._stacking.payers)}

    def grant(self, f: Facts, price: int, own_standard: int, year: int) -> tuple[Subsidy, ...]:
        """Return the subsidies due on these facts. Raises SubsidyUnknown rather than guess an amount."""
        claims = [c for s in f.held if s.code in self._by_code for c in self._claims(s, f, year)]
        if self._of_all:
            claims += [c for s, row in self._of_all for c in self._claims_of(s, (row,), f, year)]
        if not claims:
            return ()
        if self._stacking.rule == "ordered_top_up":
            return self._in_order(claims, price, f)
        best = self._best(claims, min(price, own_standard))
        return (_subsidy(best, min(best.fen, price)),) if best and best.fen else ()

    @property
    def of_all(self) -> bool:
        """Say whether some help asks for no status."""
        return bool(self._of_all)

    def sources(self, f: Facts) -> list[str]:
        """Return what help may rest on here: the statuses held, and rules that ask for none."""
        held = [s.code for s in f.held]
        if not self._of_all:
            return held
        return held + [s.code for s, (_, _, _, when, _) in self._of_all if when is not None and when(f)]

    def _claims(self, status: Status, f: Facts, year: int) -> list[_Claim]:
        return self._claims_of(status, self._by_code[status.code], f, year)

    def _claims_of(self, status: Status, rows: Iterable[_Row], f: Facts, year: int) -> list[_Claim]:
        claims = []
        for index, rule, entry, when, entry_when in rows:
            if rule.tier is not None and rule.tier != f.question.tier:
                continue
            if (when is not None and not when(f)) or (entry_when is not None and not entry_when(f)):
                continue
            if rule.recognized is not None and not _recognized(rule.recognized, status):
                continue
            fits = self._fits(entry, status)
            if fits is False:
                continue
            mechanism = _mechanism(rule, status)
            if mechanism is not None:
                most = self._fen(rule.amount, status, f, year)
                claims.append(_Claim(rule, index, status, most if fits else None, mechanism, most))
        return claims

    def _fits(self, entry: Entitled, status: Status) -> bool | None:
        """True, False, or None when the roster lacks the class or grade that decides."""
        if entry.grades and status.grade is not None and status.grade not in entry.grades:
            return False
        if entry.classes:
            known = status.status_class in self._classes.get(status.code, frozenset())
            if not known:
                return None
            if status.status_class not in entry.classes:
                return False
        if entry.grades:
            return None if status.grade is None else status.grade in entry.grades
        return status.grade is None or status.grade not in entry.not_grades

    def _fen(self, amount: AidAmount, status: Status, f: Facts, year: int) -> int | None:
        parameters = f.question.parameters
        supplied = None if amount.parameter is None else parameters.get(amount.parameter)
        if isinstance(supplied, int):
            return supplied
        if amount.fen is not None:
            return amount.fen
        if amount.of is None:
            return None
        percent: int = amount.percent or 0
        if amount.taper:
            since = max(year - _first_year(amount, status), 0)
            percent = amount.taper[since] if since < len(amount.taper) else 0
        try:
            return self._amounts.value(amount.of, parameters) * percent // 100
        except AmountUnknown:
            return None

    def _rank(self, claim: _Claim) -> tuple[object, ...]:
        worth = 0 if self._stacking.rule == "one_status" else -(claim.fen or 0)
        payer = self._payers.get(claim.rule.payer, 99)
        rank = _MECHANISM_RANK[claim.mechanism]
        return (rank == 2, worth, payer, rank, claim.index, claim.status.sort_key())

    def _best(self, claims: list[_Claim], enough: int) -> _Claim | None:
        """Return the claim that prevails; an unknown amount blocks unless a known one cannot be beaten."""
        known = sorted((c for c in claims if c.fen is not None), key=self._rank)
        best = known[0] if known else None
        if best is not None and best.mechanism != OUTSIDE and (best.fen or 0) >= enough:
            return best
        for claim in claims:
            if claim.fen is None and not (best is not None and self._cannot_win(claim, best)):
                raise SubsidyUnknown(claim.status, claim.rule)
        return best

    def _cannot_win(self, unknown: _Claim, best: _Claim) -> bool:
        """Say whether the known claim prevails, or is the same help, even if the unknown one fits."""
        if unknown.rule.yields:
            return True
        if unknown.most is None:
            return False
        at_most = replace(unknown, fen=unknown.most)
        same = (unknown.rule, unknown.most, unknown.mechanism) == (best.rule, best.fen, best.mechanism)
        return same or self._rank(at_most) > self._rank(best)

    def _in_order(self, claims: list[_Claim], price: int, f: Facts) -> tuple[Subsidy, ...]:
        """Let the stages help one after another; later ones only fill up to the ceiling."""
        ceiling = min(self._amounts.value(self._stacking.ceiling or "", f.question.parameters), price)
        total = 0
        given: list[Subsidy] = []
        for stage in self._order:
            at_stage = [c for c in claims if c.rule.stage == stage and (total == 0 or c.rule.top_up)]
            if not at_stage or total >= ceiling:
                continue
            best = self._best(at_stage, ceiling)
            assert best is not None, "of claims one prevails, or it is not known which"
            fen = min(best.fen or 0, price) if total == 0 else ceiling - total
            if fen > 0:
                given.append(_subsidy(best, fen))
                total += fen if best.mechanism != OUTSIDE else 0
        return tuple(given)

    def same_help(self, one: Status, other: Status) -> bool:
        """Say whether no rule tells two versions of a status apart by class or grade."""
        return all(
            self._fits(entry, one) == self._fits(entry, other)
            for _, _, entry, _, _ in self._by_code.get(one.code, ())
        )

    def helped_by(self, status: Status, f: Facts, year: int) -> bool | None:
        """Say whether a status qualifies for some help on these facts; None when no rule names it."""
        return bool(self._claims(status, f, year)) if status.code in self._by_code else None


def _first_year(amount: AidAmount, status: Status) -> int:
    """Return the year that the first share of a taper is for."""
    if amount.taper_from == "fixed_year" and amount.taper_year is not None:
        return amount.taper_year
    return _since(status).year + (amount.taper_from == "year_after")


def _since(status: Status) -> date:
    """Return the day of recognition: another class or grade later is no new one."""
    return status.identified_on or status.effective_on


def _recognized(rule: Recognized, status: Status) -> bool:
    ended, since = status.ended_on or date.max, _since(status)
    if rule.held_on is not None and since <= rule.held_on < ended:
        return True
    if rule.from_ is None and rule.to is None:
        return rule.held_on is None
    return (rule.from_ or date.min) <= since <= (rule.to or date.max)


def _subsidy(claim: _Claim, fen: int) -> Subsidy:
    return Subsidy(claim.rule.payer, claim.status.code, fen, claim.mechanism, claim.rule)


def _mechanism(rule: SubsidyRule, status: Status) -> str | None:
    """Return how the help reaches the person, or None when the roster came too late for any."""
    listed_on = status.listed_on or date.max
    if rule.roster is not None and listed_on > rule.roster.cutoff_on:
        return None if rule.roster.if_missed == "nothing" else rule.roster.if_missed
    if rule.dividing is not None and listed_on > rule.dividing.listed_after:
        return rule.dividing.mechanism
    return rule.mechanism
