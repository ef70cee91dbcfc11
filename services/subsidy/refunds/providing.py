"""Says whether the notice provides for giving a contribution back, for this reason, now, on these papers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from libs.common.clock import business_date
from libs.common.dates import second_of
from libs.common.policy.format.refund_rules import RefundReason, Refunds
from libs.common.web.catalogue import INVALID_REQUEST
from libs.common.web.problems import FieldError, Problem
from services.subsidy.refunds.problems import NOT_IN_TIME, NOT_PROVIDED, PROOFS_MISSING


@dataclass(frozen=True, slots=True)
class Ground:
    """On what a contribution is given back: the notice's reason, if one is named, with the papers that lie
    before; `against` is the clause to which it is an exception, with its rule."""

    reason: RefundReason | None = None
    proofs: tuple[str, ...] = ()
    against: tuple[str, str] | None = None


#: Of money that is nobody's contribution, or where the notice leaves it to the collector.
NO_GROUND = Ground()


@dataclass(frozen=True, slots=True)
class Stated:
    """What somebody states who asks for a contribution back; what a unit paid (`by_unit`) is the unit's."""

    ground: str | None
    proofs: Collection[str]
    exceptional: bool
    for_somebody_else: bool
    by_unit: bool


def ground_of(rule: Refunds | None, stated: Stated, paid_at: datetime, now: datetime) -> Ground:
    """Give the ground of a refund, or raise what the notice has against it."""
    reason = _named(rule, stated)
    if rule is None or rule.rule == "collector_decides":
        return NO_GROUND
    papers = tuple(one.code for one in reason.proofs if one.code in stated.proofs) if reason else ()
    refused = _refused(rule, reason, papers, paid_at, now)
    if refused is None:
        return Ground(reason, papers)
    if not stated.exceptional:
        raise refused
    return Ground(reason, papers, (rule.rule, reason.clause if reason else rule.clause))


def _named(rule: Refunds | None, stated: Stated) -> RefundReason | None:
    """The reason that is named; raise where it, a paper or the payee is none of the notice."""
    known = {one.id: one for one in rule.reasons} if rule is not None else {}
    reason = known.get(stated.ground or "")
    if stated.ground is not None and reason is None:
        raise _invalid("ground", "refunds.reasons", known)
    papers = [one.code for one in reason.proofs] if reason else []
    if strange := sorted(set(stated.proofs) - set(papers)):
        raise _invalid(f"proofs/{list(stated.proofs).index(strange[0])}", "proofs of this reason", papers)
    if reason is not None:
        _check_payee(reason, stated)
    return reason


def _check_payee(reason: RefundReason, stated: Stated) -> None:
    heir = reason.goes_to == "heir" and not stated.by_unit
    if heir == stated.for_somebody_else:
        return
    if heir:
        en, zh = "Say to which heir it goes.", "请填写领取人（继承人）的证件号码。"
    elif stated.by_unit:
        en = "A unit or a personal account paid it and gets it back: leave it out."
        zh = "由单位或职工个人账户缴费，原路退回，请勿填写。"
    else:
        en, zh = "By this reason it goes to the person: leave it out.", "按此事由退给本人，请勿填写。"
    raise INVALID_REQUEST.problem(errors=[FieldError("#/payee_id_number", en, zh)])


def _invalid(member: str, where: str, known: Collection[str]) -> Problem:
    listed = ", ".join(known) or "none"
    en, zh = (
        f"Is none of the notice's {where}: {listed}.",
        f"通知没有此项，可填：{'、'.join(known) or '无'}。",
    )
    return INVALID_REQUEST.problem(errors=[FieldError(f"#/{member}", en, zh)])


def _refused(
    rule: Refunds, reason: RefundReason | None, papers: tuple[str, ...], paid_at: datetime, now: datetime
) -> Problem | None:
    if reason is None:
        return NOT_PROVIDED.problem(
            f"{rule.label.en}. {NOT_PROVIDED.mend}",
            f"{rule.label.zh}。{NOT_PROVIDED.mend_zh}",
            rule=rule.rule,
            clause=rule.clause,
            open_questions=list(rule.questions),
            reasons=[one.id for one in rule.reasons],
        )
    if not in_time(reason, second_of(now), business_date(now), business_date(paid_at)):
        said = (f"{reason.label.en}. {NOT_IN_TIME.mend}", f"{reason.label.zh}。{NOT_IN_TIME.mend_zh}")
        return NOT_IN_TIME.problem(*said, clause=reason.clause)
    missing = [one for one in reason.proofs if one.code not in papers]
    if missing:
        en, zh = ", ".join(one.label.en for one in missing), "、".join(one.label.zh for one in missing)
        said = (f"Missing: {en}. {PROOFS_MISSING.mend}", f"缺少：{zh}。{PROOFS_MISSING.mend_zh}")
        return PROOFS_MISSING.problem(*said, clause=reason.clause, missing=[one.code for one in missing])
    return None


def in_time(reason: RefundReason, second: int, today: date, paid_on: date) -> bool:
    """Whether a refund for this reason may be asked for at a second."""
    if reason.from_ is not None and second < reason.from_:
        return False
    if reason.to is not None and second >= reason.to:
        return False
    return reason.within_days is None or (today - paid_on).days <= reason.within_days
