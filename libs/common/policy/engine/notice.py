"""A notice ready to answer: the document, its bytes and hash, and its rules compiled once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from libs.common.dates import first_second
from libs.common.policy.engine.benefits import BenefitRules
from libs.common.policy.engine.conditions import Conditions, Test
from libs.common.policy.engine.facts import Facts
from libs.common.policy.engine.handovers import spell_out
from libs.common.policy.engine.prices import Amounts, PriceRules
from libs.common.policy.engine.question import Status
from libs.common.policy.engine.subsidies import SubsidyRules, other_help
from libs.common.policy.engine.waiting import WaitingRules
from libs.common.policy.engine.windows import WindowRules
from libs.common.policy.format.conditions_model import Label, StatusHeld
from libs.common.policy.format.document import Document
from libs.common.policy.format.duplicate_rules import DuplicateRule
from libs.common.policy.format.errors import Flaw
from libs.common.policy.format.extending import Extended
from libs.common.policy.format.help_rules import Subsidies
from libs.common.policy.format.people_rules import AddOn
from libs.common.policy.format.rules import Reminder, ScopeRule

if TYPE_CHECKING:
    from libs.common.policy.engine.schedule import Segment


class Notice:
    """One notice of one county and year. Immutable; safe to share between threads.

    `source_text` keeps the bytes, so that a service can store every version it ever used and recompute any
    amount: where it extends others, theirs too. `ref` is what answers carry: `county/year@` and 12 hex digits
    of the SHA-256.
    """

    def __init__(
        self,
        document: Document,
        source_text: bytes,
        sha256: str,
        name: str,
        bases: tuple[Extended, ...] = (),
        origins: Mapping[int, Mapping[str, str]] | None = None,
    ) -> None:
        self.document, self.source_text, self.sha256, self.name = document, source_text, sha256, name
        self.bases = bases
        #: By the identity of a rule, which of its values the documents of its bases say.
        self.origins = origins or {}
        header = document.notice
        self.county, self.year, self.division = header.county, header.year, header.division
        self.ref = f"{self.county}/{self.year}@{sha256[:12]}"
        self._compile(document)
        self._expose(document)

    def _compile(self, doc: Document) -> None:
        conditions = Conditions()
        for group in doc.groups:
            conditions.groups[group.name] = conditions.needed(group.when)
        self.statuses = {s.code: s for s in doc.statuses}
        self.status_events: dict[str, str] = {s.code: s.event for s in doc.statuses if s.event}
        self.amounts = Amounts(doc.amounts)
        self.window_rules = WindowRules(doc.windows, conditions)
        self.price_rules = PriceRules(doc.prices, self.amounts, doc.benefit, conditions, doc.add_ons)
        classes = {s.code: frozenset(c.code for c in s.classes) for s in doc.statuses}
        self.subsidy_rules = SubsidyRules(doc.subsidies, classes, self.amounts, conditions)
        self.elsewhere_rules = _elsewhere(doc.subsidies, classes, self.amounts, conditions)
        self.other_help = other_help(doc.help_by_others)
        self.benefit_rules = BenefitRules(doc.benefit, conditions)
        self.waiting_rules = None if doc.waiting is None else WaitingRules(doc.waiting, conditions)
        compile_ = conditions.compile
        self.admit = _scope(doc.scope.admit, conditions)
        self.exclude = _scope(doc.scope.exclude, conditions)
        self.no_subsidy = _scope(doc.scope.no_subsidy, conditions)
        self.reminders: list[tuple[Reminder, Test | None]] = [(m, compile_(m.when)) for m in doc.reminders]
        self.add_ons: dict[str, AddOn] = {a.code: a for a in doc.add_ons if not a.inside_price}
        self.inside: list[tuple[AddOn, Test | None]] = [
            (a, compile_(a.when)) for a in doc.add_ons if a.inside_price
        ]
        order = doc.duplicates.order if doc.duplicates is not None else ()
        self.duplicate_order: list[tuple[DuplicateRule, Test | None]] = [(d, compile_(d.when)) for d in order]
        self.registers = [(r, conditions.needed(r.when)) for r in doc.registration if r.when is not None]
        self.must_join: Test | None = compile_(doc.household.when)
        self.may_list: dict[str, Test | None] = {u.id: compile_(u.when) for u in doc.units}
        self.turns = conditions.turns
        self._told_apart = tuple(conditions.told_apart)
        self.born_borders = tuple(sorted(conditions.turns.born_borders))
        kinds = set(self.window_rules.event_kinds) | set(self.status_events.values())
        self.event_kinds = tuple(sorted(kinds))
        self.borders = self._borders(doc)
        self.schedule_cache: dict[tuple[object, ...], list[Segment]] = {}
        self.payer_labels = {p.code: p.label for p in doc.payers}

    def _borders(self, doc: Document) -> tuple[int, ...]:
        seconds = self.window_rules.borders() | self.price_rules.borders()
        for rule in doc.subsidies.rules:
            if rule.roster is not None:
                seconds.add(first_second(rule.roster.cutoff_on) + 86_400)
        return tuple(sorted(seconds))

    def _expose(self, doc: Document) -> None:
        """Give the office's side of the document as attributes; handovers are single deadlines here,
        but for the rule of supplementary ones, which has no end."""
        self.scheme = doc.notice.scheme
        self.household = doc.household
        self.benefit = doc.benefit
        self.windows = doc.windows
        self.payers = doc.payers
        self.departments = {d.code: d for d in doc.departments}
        self.registration = doc.registration
        self.units = {u.id: u for u in doc.units}
        self.stages = doc.stages
        self.channels = {c.code: c for c in doc.channels}
        self.vouchers = {v.code: v for v in doc.vouchers}
        self.cash_deposit = doc.cash_deposit
        self.accounts = {a.code: a for a in doc.accounts}
        self.money_path = doc.money_path
        self.fiscal_match = doc.fiscal_match
        self.reconciliation = doc.reconciliation
        self.handovers = spell_out(doc.handovers)
        self.supplementary = next((h for h in doc.handovers if h.kind == "supplementary"), None)
        self.targets = doc.targets
        self.goals = doc.goals
        self.reports = doc.reports
        self.score = doc.score
        self.service_days = {s.id: s for s in doc.service_days}
        self.corrections = doc.corrections
        self.deadlines = {d.id: d for d in doc.deadlines}
        self.work_funds, self.refunds = doc.work_funds, doc.refunds
        self.changes, self.duplicates = doc.changes, doc.duplicates
        self.open_questions = {q.id: q for q in doc.open_questions}

    def same_help(self, one: Status, other: Status) -> bool:
        """Say whether two versions of a status, of different class or grade, count for the same here."""
        return self.subsidy_rules.same_help(one, other) and all(
            _matches(held, one) == _matches(held, other) for held in self._told_apart
        )

    def standing(self, facts: Facts) -> DuplicateRule | None:
        """Return the rule that says which of two enrollments of a person stands, if the notice has one."""
        return next((rule for rule, test in self.duplicate_order if test is None or test(facts)), None)

    def channel_label(self, code: str) -> Label:
        """Return what a channel, or the department that collects, is called; its code where nobody says."""
        named = self.channels.get(code) or self.departments.get(code)
        return named.label if named else Label(zh=code, en=code)

    @property
    def labels(self) -> Mapping[str, Label]:
        """Return the display names of the place, the scheme, every status, and help that asks for none."""
        header = self.document.notice
        return {
            "place": header.place,
            "scheme": header.scheme,
            **{r.id: r.label for r in (*self.document.subsidies.rules, *self.other_help) if not r.for_},
            **{c: s.label for c, s in self.statuses.items()},
        }


def _elsewhere(
    subsidies: Subsidies, classes: dict[str, frozenset[str]], amounts: Amounts, conditions: Conditions
) -> SubsidyRules | None:
    """The subsidies that somebody gets who is insured elsewhere, if the notice has any."""
    rule = subsidies.elsewhere
    if rule is None:
        return None
    given = tuple(one for one in subsidies.rules if not rule.rules or one.id in rule.rules)
    return SubsidyRules(replace(subsidies, rules=given), classes, amounts, conditions)


def _matches(held: StatusHeld, status: Status) -> bool:
    return (
        status.code in held.codes
        and (not held.classes or status.status_class in held.classes)
        and (not held.grades or status.grade in held.grades)
    )


def _scope(rules: tuple[ScopeRule, ...], conditions: Conditions) -> list[tuple[ScopeRule, Test]]:
    return [(rule, conditions.needed(rule.when)) for rule in rules]


class Notices(Mapping[tuple[str, int], Notice]):
    """Notices by (county, year). Those of a running process may change: `live.LiveNotices`."""

    def __init__(self, notices: Iterable[Notice]) -> None:
        self._by_key = {(n.county, n.year): n for n in notices}
        self._version = 0
        self._faulty: Mapping[tuple[str, int], Flaw] = {}

    @property
    def version(self) -> int:
        """Grows whenever a notice changed."""
        return self._version

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """What is wrong with files, whether their last good version goes on or there is none (`faulty`)."""
        return ()

    @property
    def faulty(self) -> Mapping[tuple[str, int], Flaw]:
        """The county and year of each file with flaws of which no version is in force, and its first flaw."""
        return self._faulty

    def fault_of(self, county: str, year: int | None = None) -> Flaw | None:
        """Why nothing is in force for a county and year, or for a county at all: the flaw of its file."""
        if year is not None:
            return self._faulty.get((county, year))
        return next((flaw for (of, _), flaw in self._faulty.items() if of == county), None)

    def snapshot(self) -> "Notices":
        """The notices as they are now, which stay so, under the version that they are of."""
        version = self._version  # before the notices: what changes in between is seen as a change later
        kept = Notices(self._by_key.values())
        kept._version, kept._faulty = version, self._faulty
        return kept

    def _replace(self, notices: Iterable[Notice]) -> None:
        """Have other notices from now on; whoever is reading the former ones goes on with them."""
        self._by_key = {(n.county, n.year): n for n in notices}
        self._version += 1

    def __getitem__(self, key: tuple[str, int]) -> Notice:
        return self._by_key[key]

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def for_division(self, division: str) -> list[Notice]:
        """Return the notices whose area contains a division code."""
        return [n for n in self._by_key.values() if division.startswith(n.division)]
