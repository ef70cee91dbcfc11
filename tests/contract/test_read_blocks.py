"""Every block of a notice and the code that reads it: what is executed, what is only told, what is open.

A member that nobody reads is a sentence of a notice that the system does not keep. Whoever adds one says here
which module decides by it, or that it is told to people (`GET /v1/notices/{county}/{year}/words`), or why not
yet. `OPEN` may only shrink.

A module is taken to read a member when it asks anything for an attribute of that name. So whoever gives a
member a name that another block has, too, looks by himself whether it is read.
"""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from libs.common.policy import load_all
from libs.common.policy.format import conditions_model as m
from libs.common.policy.format import custody_rules as c
from libs.common.policy.format import document as d
from libs.common.policy.format import duplicate_rules as e
from libs.common.policy.format import help_rules as h
from libs.common.policy.format import message_rules as n
from libs.common.policy.format import people_rules as p
from libs.common.policy.format import refund_rules as b
from libs.common.policy.format import registration_rules as g
from libs.common.policy.format import rules as r
from libs.common.policy.format import waiting_rules as t
from libs.common.policy.format import work_rules as w
from libs.common.policy.words.names import Names
from libs.common.policy.words.phrases import words_of
from services.registration.notices.telling import told

REPOSITORY = Path(__file__).resolve().parents[2]
ENGINE = "libs/common/policy/engine"
MATCHES = "services/ledger/matches"
COLLECTION, REGISTRATION = "services/collection", "services/registration"
CASH = f"{COLLECTION}/cash/rules.py"
SCORING, SCORES = f"{ENGINE}/scoring.py", f"{REGISTRATION}/scores/rules.py"

#: Block -> the modules that decide by it. Each of its members is asked for in at least one of them.
READERS: dict[type, tuple[str, ...]] = {
    d.Header: (
        f"{ENGINE}/notice.py",
        f"{REGISTRATION}/notices/api.py",
        f"{COLLECTION}/certificates/rules.py",
        f"{REGISTRATION}/surveys/counting.py",
        f"{REGISTRATION}/progress/rules.py",
    ),
    d.Payer: (f"{ENGINE}/notice.py",),
    c.FiscalMatch: (f"{MATCHES}/matching.py", f"{MATCHES}/api.py"),
    m.Label: (f"{REGISTRATION}/notices/showing.py",),
    # who may enroll, and on what facts
    r.Scope: (f"{ENGINE}/assessment.py",),
    r.ScopeRule: (f"{ENGINE}/assessment.py", f"{ENGINE}/notice.py"),
    r.Group: (f"{ENGINE}/conditions.py", f"{ENGINE}/notice.py"),
    m.Condition: (f"{ENGINE}/conditions.py",),
    m.Days: (f"{ENGINE}/conditions.py",),
    m.AgeRange: (f"{ENGINE}/conditions.py",),
    m.Years: (f"{ENGINE}/conditions.py",),
    m.StatusHeld: (f"{ENGINE}/conditions.py", f"{ENGINE}/notice.py"),
    # when, how much, covered from when to when
    r.Window: (f"{ENGINE}/windows.py", f"{ENGINE}/benefits.py"),
    r.EventRule: (f"{ENGINE}/windows.py",),
    r.NamedAmount: (f"{ENGINE}/prices.py",),
    r.PriceRule: (f"{ENGINE}/prices.py", f"{REGISTRATION}/notices/showing.py"),
    r.Rounded: (f"{ENGINE}/prices.py",),
    r.Benefit: (f"{ENGINE}/benefits.py",),
    r.BenefitRule: (f"{ENGINE}/benefits.py",),
    r.Start: (f"{ENGINE}/benefits.py",),
    r.Reminder: (f"{ENGINE}/assessment.py", f"{ENGINE}/notice.py"),
    t.Waiting: (f"{ENGINE}/waiting.py",),
    t.WaitRule: (f"{ENGINE}/waiting.py", f"{ENGINE}/benefits.py"),
    t.Floor: (f"{ENGINE}/waiting.py",),
    t.Exempt: (f"{ENGINE}/waiting.py",),
    t.Repair: (f"{ENGINE}/waiting.py", f"{ENGINE}/assessment.py"),
    # who is helped
    h.HelpByOthers: (f"{ENGINE}/subsidies.py", f"{REGISTRATION}/helps/rules.py"),
    h.SubsidyVerification: ("services/subsidy/verifications/rules.py",),
    p.StatusRule: (
        f"{REGISTRATION}/rosters/admission.py",
        f"{REGISTRATION}/notices/showing.py",
        f"{REGISTRATION}/seasons/opening.py",
    ),
    p.StatusClass: (f"{REGISTRATION}/notices/showing.py",),
    h.Subsidies: (
        f"{ENGINE}/notice.py",
        f"{ENGINE}/subsidies.py",
        f"{ENGINE}/after_payment.py",
        f"{REGISTRATION}/contests/rules.py",
    ),
    h.Stacking: (f"{ENGINE}/subsidies.py",),
    h.SubsidyRule: (f"{ENGINE}/subsidies.py",),
    h.Entitled: (f"{ENGINE}/subsidies.py",),
    h.AidAmount: (f"{ENGINE}/subsidies.py",),
    h.RosterRule: (f"{ENGINE}/subsidies.py",),
    h.DividingDate: (f"{ENGINE}/subsidies.py",),
    h.Recognized: (f"{ENGINE}/subsidies.py",),
    h.AfterPaymentRule: (f"{ENGINE}/after_payment.py",),
    h.ElsewhereRule: (f"{ENGINE}/notice.py", f"{REGISTRATION}/elsewhere/rules.py"),
    h.EndedRule: (f"{REGISTRATION}/contests/rules.py",),
    # who pays together, where, and what the payer gets
    p.Household: (
        f"{COLLECTION}/households/rules.py",
        f"{REGISTRATION}/surveys/rules.py",
        f"{REGISTRATION}/surveys/printing.py",
        f"{ENGINE}/notice.py",
    ),
    p.Excuse: (f"{REGISTRATION}/surveys/rules.py",),
    p.AddOn: (f"{ENGINE}/notice.py", f"{COLLECTION}/households/rules.py", f"{COLLECTION}/orders/choosing.py"),
    c.Channel: (CASH, f"{COLLECTION}/payers/rules.py"),
    c.PersonalAccount: (f"{COLLECTION}/payers/rules.py",),
    c.Voucher: (
        CASH,
        f"{COLLECTION}/books/rules.py",
        f"{COLLECTION}/books/reporting.py",
        f"{COLLECTION}/writeoffs/rules.py",
    ),
    c.CashDeposit: (CASH, f"{ENGINE}/office_days.py", f"{COLLECTION}/deposits/api.py"),
    c.VillageBatches: (f"{COLLECTION}/batches/rules.py",),
    c.BatchStep: (f"{COLLECTION}/batches/advancing.py", f"{ENGINE}/office_days.py"),
    # what offices do by when
    c.Reconciliation: (f"{ENGINE}/office_days.py", f"{COLLECTION}/days/alarming.py"),
    c.Handover: (f"{ENGINE}/handovers.py", "services/ledger/handovers/rules.py"),
    c.HandoverParty: ("services/ledger/handovers/rules.py",),
    c.Account: ("services/ledger/paths/rules.py",),
    c.MoneyStep: ("services/ledger/paths/rules.py",),
    w.Department: (f"{COLLECTION}/certificates/rules.py",),
    w.Deadline: (
        f"{REGISTRATION}/surveys/counting.py",
        f"{REGISTRATION}/notices/showing.py",
        f"{REGISTRATION}/notices/alarming.py",
        f"{REGISTRATION}/rosters/alarming.py",
    ),
    w.Targets: (f"{REGISTRATION}/surveys/counting.py", f"{REGISTRATION}/reports/counting.py"),
    w.TargetRow: (f"{REGISTRATION}/surveys/counting.py", f"{REGISTRATION}/reports/counting.py"),
    w.Goal: (
        f"{ENGINE}/goals.py",
        f"{REGISTRATION}/progress/rules.py",
        f"{REGISTRATION}/progress/grouping.py",
        f"{REGISTRATION}/progress/showing.py",
    ),
    w.Report: (f"{ENGINE}/reports.py", f"{REGISTRATION}/bulletins/showing.py"),
    w.ServiceDays: (f"{ENGINE}/office_days.py", "canbao/policy/due_days.py"),
    w.Corrections: (f"{REGISTRATION}/tickets/rules.py",),
    n.Messages: (f"{REGISTRATION}/reminders/rules.py", f"{REGISTRATION}/reminders/sending.py"),
    n.MessageText: (f"{REGISTRATION}/reminders/rules.py", f"{REGISTRATION}/reminders/planning.py"),
    n.Quiet: (f"{REGISTRATION}/reminders/rules.py",),
    g.Registration: (
        f"{COLLECTION}/households/rules.py",
        f"{REGISTRATION}/notices/rules.py",
        f"{ENGINE}/registering.py",
        f"{ENGINE}/notice.py",
    ),
    w.Practice: (
        f"{REGISTRATION}/moves/rules.py",
        f"{REGISTRATION}/surveys/rules.py",
        f"{REGISTRATION}/reports/counting.py",
        SCORES,
    ),
    e.Duplicates: (f"{ENGINE}/notice.py", f"{REGISTRATION}/surveys/rules.py"),
    e.DuplicateRule: (f"{ENGINE}/notice.py", f"{REGISTRATION}/registering/admission.py"),
    b.Refunds: ("services/subsidy/refunds/providing.py",),
    b.RefundReason: ("services/subsidy/refunds/providing.py", "services/subsidy/refunds/requesting.py"),
    b.Proof: ("services/subsidy/refunds/providing.py",),
    w.Score: (SCORING, SCORES, f"{REGISTRATION}/scores/scoring.py"),
    w.ScoreItem: (SCORING, SCORES),
    w.ScoreMoney: (SCORING, SCORES),
    w.Consequence: (SCORING,),
    # who registers and pays by list
    w.UnitRule: (
        f"{ENGINE}/notice.py",
        f"{REGISTRATION}/units/rules.py",
        f"{REGISTRATION}/units/recording.py",
        f"{REGISTRATION}/units/showing.py",
    ),
    w.ListedAs: (f"{REGISTRATION}/units/rules.py",),
}
#: Stand beside every rule, are shown with it, and nothing is decided by them. `id` and `code` are names by
#: which other rules mean it.
BESIDE = {"clause", "label", "questions", "note", "id", "code"}
#: What people are told and no service could decide by: block -> members.
TOLD: dict[type, set[str]] = {
    d.Header: {"published_on", "based_on", "supersedes", "effective_from", "question_prefix"}
    | {"extends", "without"},  # executed before the rules are read, by format/extending.py
    r.Window: {"registration_clause"},
    p.StatusRule: {"definition"},
    p.Household: {"tier_clause"},
    p.AddOn: {"departments"},
    w.Department: {"duties"},
    w.Duty: set(),
    g.Registration: {"who", "where", "papers"},
    w.Stage: {"from_", "to"},
    w.ServiceDays: {"department"},
    w.OpenQuestion: {"problem", "reading", "basis", "owner", "decided_on"},
    w.Targets: {"notes", "stated_population"},
    c.Voucher: {"seals", "fields"},
    c.CashDeposit: {"forbidden"},
    c.HandoverParty: {"does"},
}
#: What no service executes yet, and why; all of it is told. Whoever makes one do so takes it from here.
OPEN: dict[type, dict[str, str]] = {}
#: How many members are open. It only ever goes down, together with the list.
MOST_OPEN = 0


@cache
def blocks() -> tuple[type, ...]:
    """Every block that a notice may have, with all that stands in it."""
    found: list[type] = []

    def walk(hint: object) -> None:
        for inner in get_args(hint):
            walk(inner)
        if isinstance(hint, type) and is_dataclass(hint) and hint not in found:
            found.append(hint)
            for inner in get_type_hints(hint).values():
                walk(inner)

    walk(d.Document)
    return tuple(found)


@cache
def asked_for(module: str) -> frozenset[str]:
    """The attributes that a module asks of whatever it has, and for each kind of condition its method."""
    tree = list(ast.walk(ast.parse((REPOSITORY / module).read_text(encoding="utf-8"))))
    asked = {node.attr.rstrip("_") for node in tree if isinstance(node, ast.Attribute)}
    methods = {node.name.strip("_") for node in tree if isinstance(node, ast.FunctionDef)}
    return frozenset(asked | methods if module.endswith("/conditions.py") else asked)


def members(block: type) -> list[str]:
    """What a block says beside its clause and name. A document only lists blocks."""
    return [] if block is d.Document else [one.name for one in fields(block) if one.name not in BESIDE]


EVERY = [(block, name) for block in blocks() for name in members(block)]
NOTICES = load_all()


def named(value: object) -> str:
    return getattr(value, "__name__", str(value))


def ways_to(block: type, name: str) -> set[str]:
    """A member, and the properties of its block that are made of it."""
    made = {
        key
        for key, value in vars(block).items()
        if isinstance(value, property) and f"self.{name}" in inspect.getsource(value.fget or len)
    }
    return {name.rstrip("_"), *made}


def is_read(block: type, name: str) -> bool:
    return any(ways_to(block, name) & asked_for(module) for module in READERS.get(block, ()))


@pytest.mark.parametrize(("block", "name"), EVERY, ids=named)
def test_every_member_is_executed_or_told_or_named_as_open(block, name):
    told_only, is_open = name in TOLD.get(block, set()), name in OPEN.get(block, {})
    assert not (told_only and is_open)
    assert told_only or is_open or is_read(block, name), "say which module decides by it, or why none does"


@dataclass
class Added:
    """A block that somebody adds to the format."""

    per: str
    nobody_asks_for_this: str


def test_a_member_that_nobody_asks_for_is_found(monkeypatch):
    assert not is_read(Added, "per"), "no module is named for it"
    monkeypatch.setitem(READERS, Added, READERS[c.Voucher])
    assert is_read(Added, "per")
    assert not is_read(Added, "nobody_asks_for_this")


def test_the_tables_name_nothing_that_is_gone():
    for block, names in [*TOLD.items(), *OPEN.items()]:
        assert set(names) <= set(members(block)), block
    assert set(READERS) <= set(blocks())


def test_what_is_open_only_gets_less():
    assert sum(len(names) for names in OPEN.values()) == MOST_OPEN


def instances(value: Any) -> Iterator[Any]:
    """Every block of a document."""
    if isinstance(value, tuple):
        for one in value:
            yield from instances(one)
    elif is_dataclass(value):
        yield value
        for one in fields(value):
            yield from instances(getattr(value, one.name))


def is_written(rule: Any, one: Field[Any]) -> bool:
    value = getattr(rule, one.name)
    return value not in (None, ()) and (one.default is MISSING or value != one.default)


@pytest.mark.parametrize("notice", NOTICES.values(), ids=lambda notice: f"{notice.county}-{notice.year}")
def test_what_is_not_executed_is_told_to_whoever_asks(notice):
    shown = {
        text
        for section in told(notice)
        for rule in section.rules
        for text in (
            rule.title,
            rule.title_zh,
            *(part for one in rule.says for part in (one.words, one.words_zh)),
        )
    }
    every = "\n".join(shown)
    for rule in instances(notice.document):
        told_of = TOLD.get(type(rule), set()) | set(OPEN.get(type(rule), {}))
        for one in fields(rule):
            if one.name in told_of and is_written(rule, one):
                for language in ("en", "zh"):
                    assert words_of(rule, one.name, Names(notice.document, language)) in every
