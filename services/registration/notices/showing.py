"""Shows what a notice says to whoever advises or pays: windows, prices, statuses with help, deadlines."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from libs.common.dates import instant_of
from libs.common.policy import Notice
from libs.common.policy.engine.prices import AmountUnknown
from libs.common.policy.format.conditions_model import Condition
from libs.common.policy.format.help_rules import AidAmount, Entitled, SubsidyRule
from libs.common.policy.format.people_rules import StatusRule
from libs.common.policy.format.registration_rules import Registration
from libs.common.policy.format.rules import PriceRule, Window
from libs.common.policy.format.work_rules import Deadline, OpenQuestion
from libs.common.policy.words.conditions import condition_words
from libs.common.policy.words.names import Names
from libs.common.policy.words.phrases import words_of
from services.registration.notices.reading_schemas import QuestionOut
from services.registration.notices.rules import registration_ends, registration_state
from services.registration.notices.schemas import (
    AmountOut,
    ClassOut,
    DeadlineOut,
    EventWindowOut,
    HelpOut,
    PriceOut,
    RecognizedOut,
    RegistrationOut,
    RoundedOut,
    StatusRuleOut,
    WindowOut,
)


def registrations(notice: Notice, now: datetime) -> list[RegistrationOut]:
    """Where people register by the notice, and whether they still may."""
    return [registration_out(rule, now) for rule in notice.document.registration]


def registration_out(rule: Registration, now: datetime) -> RegistrationOut:
    """Where people of a kind register, and whether they still may."""
    return RegistrationOut(
        id=rule.id,
        who=rule.who.en,
        who_zh=rule.who.zh,
        where=rule.where.en,
        where_zh=rule.where.zh,
        clause=rule.clause,
        papers=list(rule.papers),
        to_at=registration_ends(rule),
        then=rule.then,
        state=registration_state(rule, now),
    )


class Shown:
    """One notice with the values that operators supplied, as answers show it."""

    def __init__(self, notice: Notice, supplied: Mapping[str, int]) -> None:
        self._notice, self._document, self._supplied = notice, notice.document, supplied
        self._zh, self._en = Names(notice.document, "zh"), Names(notice.document, "en")

    def windows(self) -> Iterator[WindowOut]:
        """When payment is taken, in the order in which the windows are tried."""
        for window in self._document.windows:
            only_for, only_for_zh = self._condition(window.when)
            yield WindowOut(
                id=window.id,
                kind=window.kind,
                label=window.label.en,
                label_zh=window.label.zh,
                clause=window.clause,
                from_at=instant_of(window.from_),
                to_at=_last(window.to),
                registration_to_at=_last(window.registration_to),
                closed_days_of_month=list(window.closed_days_of_month),
                closed_days=list(window.closed_days),
                event=_event(window),
                only_for=only_for,
                only_for_zh=only_for_zh,
            )

    def prices(self) -> Iterator[PriceOut]:
        """What is charged, in the order in which the rules are tried: the first that fits counts."""
        every = [window.id for window in self._document.windows]
        for rule in self._document.prices:
            only_for, only_for_zh = self._condition(rule.when)
            amounts = [self._amount(name) for name in rule.sum]
            yield PriceOut(
                id=rule.id,
                label=rule.label.en,
                label_zh=rule.label.zh,
                clause=rule.clause,
                tier=rule.tier,
                cover_tier=rule.cover_tier,
                windows=list(rule.windows) or every,
                from_at=None if rule.paid_from is None else instant_of(rule.paid_from),
                to_at=_last(rule.paid_to),
                amounts=amounts,
                percent=rule.percent,
                amount_fen=_together(rule, amounts),
                per_remaining_month=rule.per_remaining_month,
                yearly=None if rule.yearly is None else RoundedOut.model_validate(rule.yearly),
                only_for=only_for,
                only_for_zh=only_for_zh,
            )

    def statuses(self) -> Iterator[StatusRuleOut]:
        """The statuses that the notice names: who recognizes them, and what help they bring."""
        for status in self._document.statuses:
            department, department_zh = self._named(StatusRule, "department", status.department)
            yield StatusRuleOut(
                code=status.code,
                label=status.label.en,
                label_zh=status.label.zh,
                clause=status.clause,
                department=status.department,
                department_label=department,
                department_label_zh=department_zh,
                per=status.per,
                classes=[
                    ClassOut(code=c.code, label=c.label.en, label_zh=c.label.zh) for c in status.classes
                ],
                event=status.event,
                help=[
                    self._help(rule, entry)
                    for rule in self._document.subsidies.rules
                    for entry in rule.for_
                    if entry.status == status.code
                ],
            )

    def help(self) -> Iterator[HelpOut]:
        """The help that asks for no status, but for what a condition says."""
        for rule in self._document.subsidies.rules:
            if not rule.for_ and rule.when is not None:
                yield self._help(rule, Entitled(rule.id))

    def deadlines(self) -> Iterator[DeadlineOut]:
        """The days by which departments have to have done something."""
        for deadline in self._document.deadlines:
            department, department_zh = self._named(Deadline, "department", deadline.department)
            yield DeadlineOut(
                id=deadline.id,
                label=deadline.label.en,
                label_zh=deadline.label.zh,
                clause=deadline.clause,
                to_at=instant_of(deadline.by - 1),
                department=deadline.department,
                department_label=department,
                department_label_zh=department_zh,
            )

    def open_questions(self) -> Iterator[QuestionOut]:
        """What the notice leaves open, and how it is read until its owner decides."""
        for one in self._document.open_questions:
            owner, owner_zh = self._named(OpenQuestion, "owner", one.owner)
            yield QuestionOut(
                id=one.id,
                clause=one.clause,
                problem=one.problem.en,
                problem_zh=one.problem.zh,
                reading=one.reading.en,
                reading_zh=one.reading.zh,
                basis=one.basis,
                basis_words=words_of(one, "basis", self._en),
                basis_words_zh=words_of(one, "basis", self._zh),
                owner=one.owner,
                owner_label=owner,
                owner_label_zh=owner_zh,
                decided_on=one.decided_on,
            )

    def _help(self, rule: SubsidyRule, entry: Entitled) -> HelpOut:
        payer, payer_zh = self._named(SubsidyRule, "payer", rule.payer)
        only_for, only_for_zh = self._condition(rule.when, entry.when)
        return HelpOut(
            id=rule.id,
            label=rule.label.en,
            label_zh=rule.label.zh,
            clause=entry.clause or rule.clause,
            classes=list(entry.classes),
            grades=list(entry.grades),
            not_grades=list(entry.not_grades),
            tier=rule.tier,
            payer=rule.payer,
            payer_label=payer,
            payer_label_zh=payer_zh,
            mechanism=rule.mechanism,
            listed_after=None if rule.dividing is None else rule.dividing.listed_after,
            mechanism_after=None if rule.dividing is None else rule.dividing.mechanism,
            amount=words_of(rule, "amount", self._en),
            amount_zh=words_of(rule, "amount", self._zh),
            amount_fen=self._aid_fen(rule.amount),
            roster_to=_roster_to(rule),
            recognized=_recognized(rule),
            only_for=only_for,
            only_for_zh=only_for_zh,
        )

    def _amount(self, name: str) -> AmountOut:
        amount = self._notice.amounts.named(name)
        return AmountOut(
            name=name,
            label=amount.label.en,
            label_zh=amount.label.zh,
            amount_fen=self._fen(name),
            parameter=amount.parameter,
        )

    def _fen(self, name: str) -> int | None:
        try:
            return self._notice.amounts.value(name, self._supplied)
        except AmountUnknown:
            return None

    def _aid_fen(self, aid: AidAmount) -> int | None:
        """What help comes to, where that is the same for everybody."""
        if aid.parameter is not None and aid.parameter in self._supplied:
            return self._supplied[aid.parameter]
        if aid.of is None or aid.taper:
            return aid.fen
        whole = self._fen(aid.of)
        return None if whole is None else whole * (aid.percent or 0) // 100

    def _named(self, owner: type, key: str, code: str) -> tuple[str, str]:
        return self._en.code(owner, key, code), self._zh.code(owner, key, code)

    def _condition(self, *conditions: Condition | None) -> tuple[str | None, str | None]:
        """What must be true of a person, in both languages; None where nothing must."""
        said = [when for when in conditions if when is not None]
        if not said:
            return None, None
        return (
            " and ".join(condition_words(when, self._en) for when in said),
            "，且".join(condition_words(when, self._zh) for when in said),
        )


def _last(closes: int | None) -> datetime | None:
    """The last second that still counts, as notices state their ends."""
    return None if closes is None else instant_of(closes - 1)


def _event(window: Window) -> EventWindowOut | None:
    return None if window.event is None else EventWindowOut.model_validate(window.event)


def _roster_to(rule: SubsidyRule) -> date | None:
    return None if rule.roster is None else rule.roster.cutoff_on


def _recognized(rule: SubsidyRule) -> RecognizedOut | None:
    one = rule.recognized
    return None if one is None else RecognizedOut(held_on=one.held_on, from_on=one.from_, to_on=one.to)


def _together(rule: PriceRule, amounts: list[AmountOut]) -> int | None:
    """The sum of the amounts, or the share of it; None where one of them is not known yet."""
    known = [amount.amount_fen for amount in amounts if amount.amount_fen is not None]
    if len(known) < len(amounts):
        return None
    return sum(known) if rule.percent is None else sum(known) * rule.percent // 100
