"""One policy file as a whole: its sections, in whatever order the notice has them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from libs.common.policy.format import custody_rules as c
from libs.common.policy.format import duplicate_rules as d
from libs.common.policy.format import help_rules as a
from libs.common.policy.format import message_rules as m
from libs.common.policy.format import people_rules as p
from libs.common.policy.format import refund_rules as b
from libs.common.policy.format import registration_rules as g
from libs.common.policy.format import rules as r
from libs.common.policy.format import waiting_rules as h
from libs.common.policy.format import work_rules as w
from libs.common.policy.format.conditions_model import Label


@dataclass(frozen=True, slots=True)
class Header:
    """What the notice is, who issued it, and from when it is in force.

    `extends` names the file of common rules, `without` those of them that do not hold here.
    """

    county: str
    year: int
    division: str
    level: Literal["county", "township", "city"]
    place: Label
    scheme: Label
    title: str
    document_no: str
    issuer: str
    effective_from: date
    question_prefix: str
    issued_on: date | None = None
    published_on: date | None = None
    based_on: tuple[str, ...] = ()
    supersedes: str | None = None
    extends: str | None = None
    without: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Payer:
    """Who bears a subsidy: a fund or a department."""

    code: str
    label: Label
    clause: str


@dataclass(frozen=True, slots=True)
class Document:
    """The sections of a policy file."""

    notice: Header
    scope: r.Scope
    amounts: tuple[r.NamedAmount, ...]
    prices: tuple[r.PriceRule, ...]
    windows: tuple[r.Window, ...]
    benefit: r.Benefit
    statuses: tuple[p.StatusRule, ...]
    subsidies: a.Subsidies
    household: p.Household
    payers: tuple[Payer, ...]
    subsidy_verification: a.SubsidyVerification | None = None
    help_by_others: a.HelpByOthers | None = None
    groups: tuple[r.Group, ...] = ()
    add_ons: tuple[p.AddOn, ...] = ()
    reminders: tuple[r.Reminder, ...] = ()
    waiting: h.Waiting | None = None
    # the office's side
    departments: tuple[w.Department, ...] = ()
    registration: tuple[g.Registration, ...] = ()
    units: tuple[w.UnitRule, ...] = ()
    stages: tuple[w.Stage, ...] = ()
    channels: tuple[c.Channel, ...] = ()
    vouchers: tuple[c.Voucher, ...] = ()
    cash_deposit: c.CashDeposit | None = None
    village_batches: c.VillageBatches | None = None
    accounts: tuple[c.Account, ...] = ()
    money_path: tuple[c.MoneyStep, ...] = ()
    fiscal_match: c.FiscalMatch | None = None
    reconciliation: c.Reconciliation | None = None
    handovers: tuple[c.Handover, ...] = ()
    targets: w.Targets | None = None
    goals: tuple[w.Goal, ...] = ()
    reports: tuple[w.Report, ...] = ()
    score: w.Score | None = None
    service_days: tuple[w.ServiceDays, ...] = ()
    corrections: w.Corrections | None = None
    messages: m.Messages | None = None
    deadlines: tuple[w.Deadline, ...] = ()
    work_funds: w.Practice | None = None
    refunds: b.Refunds | None = None
    changes: w.Practice | None = None
    duplicates: d.Duplicates | None = None
    open_questions: tuple[w.OpenQuestion, ...] = ()
