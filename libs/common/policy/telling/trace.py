"""The steps of a decision in words a township officer can read aloud: rule, clause, inputs, result."""

from collections.abc import Mapping
from datetime import date
from functools import cache

from libs.common.dates import instant_of
from libs.common.money import yuan_text
from libs.common.policy.engine.decision import Decision, Subsidy
from libs.common.policy.engine.notice import Notice
from libs.common.policy.engine.question import Status
from libs.common.policy.engine.windows import last_day
from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.help_rules import SubsidyRule
from libs.common.policy.format.people_rules import AddOn
from libs.common.policy.format.rules import BenefitRule, PriceRule
from libs.common.policy.telling.past import said_of_past
from libs.common.policy.telling.reliance import roster_rules
from libs.common.policy.telling.wording import reason_words, share_words, window_words

#: One step: rule, clause, inputs, result, words.
Step = dict[str, object]


def steps(notice: Notice, d: Decision, summary: dict[str, str]) -> list[Step]:
    """Return every step in order: rule, clause, inputs, result, words (zh, en). The last is the result."""
    out = [_question(notice, d), _scope(notice, d)]
    if d.admitted_by is not None:
        out.append(_window(notice, d))
    if d.facts.past is not None:
        out += [_step(*said) for said in said_of_past(notice, d)]
    if d.price_rule is not None:
        out.append(_price(notice, d, d.price_rule))
        out += [_status(notice, d, status, found) for status, found in d.facts.judged]
        out += _help(notice, d)
    out += [_add_on(a) for a in d.add_ons]
    if d.benefit_rule is not None:
        out.append(_benefit(d, d.benefit_rule))
    out.append(_result(notice, d, summary))
    return out


def _step(
    rule: str, clause: str, inputs: Mapping[str, object], result: object, words: tuple[str, str]
) -> Step:
    zh, en = words
    sentence = {"zh": f"{zh}。", "en": f"{en[:1].upper()}{en[1:]}."}
    return {"rule": rule, "clause": clause, "inputs": inputs, "result": result, "words": sentence}


def _question(notice: Notice, d: Decision) -> Step:
    header, at = notice.document.notice, instant_of(d.facts.at)
    instant = at.isoformat()
    moment = f"{instant[:10]} {instant[11:19]}"
    words = (
        f"按{header.document_no}（{header.place.zh}{header.year}年度）测算，缴费时间{moment}（北京时间）",
        f"by {header.document_no} ({header.place.en}, {header.year}), paid at {moment} Beijing time",
    )
    inputs = {"at": instant, "born": d.facts.person.born.isoformat()}
    return _step("notice", "", inputs, notice.ref, words)


def _scope(notice: Notice, d: Decision) -> Step:
    inputs = {"hukou": d.facts.person.hukou}
    if d.admitted_by is not None:
        rule = d.admitted_by
        words = f"属于参保对象：{rule.label.zh}", f"in scope: {rule.label.en}"
        return _step(f"scope.admit.{rule.id}", rule.clause, inputs, "admitted", words)
    words = reason_words(d.reasons[0])
    if d.refused_by is None:
        return _step("scope", notice.document.scope.clause, inputs, d.reasons[0], words)
    rule = d.refused_by
    words = f"{rule.label.zh}：{words[0]}", f"{rule.label.en}: {words[1]}"
    return _step(f"scope.exclude.{rule.id}", rule.clause, inputs, rule.reason, words)


def _window(notice: Notice, d: Decision) -> Step:
    w = d.window
    inputs: dict[str, object] = {"on": d.facts.on.isoformat()}
    if w is None:
        return _step("windows", notice.windows[0].clause, inputs, d.reasons[0], reason_words(d.reasons[0]))
    day = d.facts.event_days[w.event.kind] if w.event is not None else None
    if w.event is not None and day is not None:
        inputs["event"] = {"kind": w.event.kind, "on": day.isoformat()}
    if d.reasons == ("registration_closed",):
        clause = w.registration_clause or w.clause
        return _step(f"windows.{w.id}", clause, inputs, d.reasons[0], reason_words(d.reasons[0]))
    zh, en = window_words(w)
    first, last = _span(w.from_, w.to)
    if w.event is not None and day is not None:
        limit = last_day(w.event, day)
        first, last = day.isoformat(), limit.isoformat() if limit else last
    words = f"{zh}（{first}至{last}）", f"{en} ({first} to {last})"
    return _step(f"windows.{w.id}", w.clause, inputs, w.kind, words)


@cache
def _span(opens: int, closes: int) -> tuple[str, str]:
    first, last = instant_of(opens), instant_of(closes - 1)
    if (first.hour, last.hour, last.second) == (0, 23, 59):
        return first.date().isoformat(), last.date().isoformat()
    return first.strftime("%Y-%m-%d %H:%M"), last.strftime("%Y-%m-%d %H:%M:%S")


def _price(notice: Notice, d: Decision, rule: PriceRule) -> Step:
    inputs = {"sum": list(rule.sum), "tier": d.facts.question.tier}
    names = [notice.amounts.named(name).label for name in rule.sum]
    parts_zh, parts_en = "加".join(n.zh for n in names), " plus ".join(n.en for n in names)
    if d.price is None:
        zh, en = reason_words(d.reasons[0])
        words = f"应按{parts_zh}缴费，但{zh}", f"the price is {parts_en}, but {en}"
        return _step(f"prices.{rule.id}", rule.clause, inputs, None, words)
    yuan = yuan_text(d.price + d.included)
    made_zh, made_en = (f"（{parts_zh}）", f" ({parts_en})") if len(names) > 1 else ("", "")
    if rule.cover_tier is not None:
        made_zh += f"，按{rule.cover_tier}档享受待遇"
        made_en += f", covered by tier {rule.cover_tier}"
    words = f"{rule.label.zh}：每人{yuan}元{made_zh}", f"{rule.label.en}: {yuan} yuan per person{made_en}"
    return _step(f"prices.{rule.id}", rule.clause, inputs, d.price, words)


def _status(notice: Notice, d: Decision, status: Status, found: str) -> Step:
    rule = notice.statuses.get(status.code)
    label = rule.label if rule else Label(status.code, status.code)
    inputs = {
        "code": status.code,
        "class": status.status_class,
        "grade": status.grade,
        "effective_on": status.effective_on.isoformat(),
        "listed_on": _iso(status.listed_on),
        "ended_on": _iso(status.ended_on),
    }
    if found == "counts":
        found = _use(notice, d, status)
    zh, en = v.VERDICTS[found]
    words = f"身份“{label.zh}”：{zh}", f"status “{label.en}” {en}"
    return _step(f"statuses.{status.code}", rule.clause if rule else "", inputs, found, words)


def _use(notice: Notice, d: Decision, status: Status) -> str:
    """Say what became of a status that is in force and listed."""
    helped = notice.subsidy_rules.helped_by(status, d.facts, notice.year)
    if helped is None:
        return "no_help"
    if d.no_subsidy_by is not None or not helped:
        return "not_entitled"
    used = any(s.status == status.code for s in d.subsidies)
    return "counts" if used or d.outcome in ("blocked", "paid") else "other_prevails"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _help(notice: Notice, d: Decision) -> list[Step]:
    if d.no_subsidy_by is not None:
        rule = d.no_subsidy_by
        return [_step(f"scope.no_subsidy.{rule.id}", rule.clause, {}, 0, (rule.label.zh, rule.label.en))]
    if d.unknown is not None:
        return [_unknown(d, *d.unknown)]
    rows = [_subsidy(notice, s) for s in d.subsidies]
    held = notice.subsidy_rules.sources(d.facts)
    if len(held) > 1 and rows:
        s = notice.document.subsidies.stacking
        rows.append(
            _step(f"subsidies.stacking.{s.rule}", s.clause, {"held": held}, len(rows), v.STACKING[s.rule])
        )
    if d.paid_note is not None:
        note = d.paid_note
        words = f"缴费后：{note.label.zh}", f"after payment: {note.label.en}"
        rows.append(_step("subsidies.after_payment", note.clause, {}, note.rule, words))
    return rows


def _unknown(d: Decision, status: Status, rule: SubsidyRule) -> Step:
    stated = rule.amount.of is not None or rule.amount.fen is not None
    zh, en = v.VERDICTS["class_unknown"] if stated else reason_words(d.reasons[0])
    words = f"{rule.label.zh}：{zh}", f"{rule.label.en}: {en}"
    return _step(f"subsidies.{rule.id}", rule.clause, {"status": status.code}, None, words)


def _subsidy(notice: Notice, s: Subsidy) -> Step:
    zh, en = share_words(notice, s)
    clauses = dict.fromkeys([s.rule.clause, *(rule.clause for rule in roster_rules(s))])
    words = f"{s.rule.label.zh}：{zh}", f"{s.rule.label.en}: {en}"
    result = {"amount_fen": s.amount_fen, "mechanism": s.mechanism}
    return _step(
        f"subsidies.{s.rule.id}", "；".join(clauses), {"status": s.status, "payer": s.payer}, result, words
    )


def _add_on(add_on: AddOn) -> Step:
    yuan = yuan_text(add_on.price)
    words = (
        f"{add_on.label.zh}：另缴{yuan}元，不进医保基金",
        f"{add_on.label.en}: {yuan} yuan more, apart from the fund",
    )
    if add_on.inside_price:
        words = (
            f"{add_on.label.zh}：缴费标准中有{yuan}元，不进医保基金",
            f"{add_on.label.en}: {yuan} yuan of the price, apart from the fund",
        )
    return _step(f"add_ons.{add_on.code}", add_on.clause, {"payee": add_on.payee}, add_on.price, words)


def _benefit(d: Decision, rule: BenefitRule) -> Step:
    f = d.facts
    inputs = {
        "paid_on": f.on.isoformat(),
        "enrolled_on": f.enrolled_on.isoformat(),
        "waiting_days": d.waiting_days,
    }
    zh, en = f"{rule.label.zh}：", f"{rule.label.en}: "
    if d.wait is not None and d.wait.applies:
        zh, en = zh + "等待期满，", en + "after the wait "
    elif d.waiting_days:
        zh, en = f"{zh}等待{d.waiting_days}天，", f"{en}after a wait of {d.waiting_days} days "
    if d.benefit is None:
        words = f"{zh}本年度已没有待遇日", f"{en}no day of the year is left"
        return _step(f"benefit.{rule.id}", rule.clause, inputs, None, words)
    first, last = (day.isoformat() for day in d.benefit)
    words = (
        f"{zh}待遇期为{first}至{last}，共{d.benefit_days}天",
        f"{en}covered from {first} to {last}, {d.benefit_days} days",
    )
    return _step(f"benefit.{rule.id}", rule.clause, inputs, {"from": first, "to": last}, words)


def _result(notice: Notice, d: Decision, summary: dict[str, str]) -> Step:
    clause = ""
    if d.reasons and d.reasons[0] in ("tier_required", "tier_not_offered", "household_tier_mismatch"):
        clause = notice.household.tier_clause or notice.household.clause
    result = {"outcome": d.outcome, "own_due_fen": d.own_due, "add_on_due_fen": d.add_on_due}
    inputs = {"price_fen": d.price, "subsidies": len(d.subsidies)}
    return {"rule": "result", "clause": clause, "inputs": inputs, "result": result, "words": summary}
