"""The steps of a decision in words that a township officer can read aloud, with rule, clause, inputs and result."""

from datetime import date

from libs.common.dates import instant_of
from libs.common.money import yuan_text
from libs.common.policy import rules as r
from libs.common.policy import vocabulary as v
from libs.common.policy.decision import Decision
from libs.common.policy.notice import Notice


def steps(notice: Notice, d: Decision) -> list[dict]:
    """Return every step in order: rule, clause, inputs, result, words (zh, en)."""
    out = [_question(notice, d), _scope(notice, d)]
    if d.admitted_by is not None:
        out.append(_window(notice, d))
    if d.price_rule is not None:
        out.append(_price(notice, d))
        out += [_status(notice, status, verdict) for status, verdict in d.facts.judged]
        out += _subsidies(notice, d)
    out += [_add_on(a) for a in d.add_ons]
    out.append(_result(notice, d))
    if d.benefit_rule is not None:
        out.append(_benefit(notice, d))
    return out


def assumptions(notice: Notice, d: Decision) -> tuple[str, ...]:
    """Return the ids of the open questions that the rules used rest on, in the order of the steps."""
    found: dict[str, None] = {}
    rules: list = [d.refused_by, d.admitted_by, d.window, d.price_rule]
    if d.price_rule is not None:
        rules += [notice.amounts.named(name) for name in d.price_rule.sum]
    rules.append(d.no_subsidy_by)
    for s in d.subsidies:
        rules += [s.rule, *_roster_rule(s)]
    if d.unknown is not None:
        rules.append(d.unknown[1])
    stacking = notice.document.subsidies.stacking
    if len(d.facts.held) > 1 and d.subsidies:
        rules.append(stacking)
    if d.reasons == ("household_tier_mismatch",):
        rules.append(notice.document.household)
    rules += [d.paid_note, d.benefit_rule, *d.reminders]
    for rule in rules:
        if rule is not None:
            found.update(dict.fromkeys(rule.questions))
    if d.benefit_rule is not None and d.benefit is None:
        found.update(dict.fromkeys(notice.benefit_rules.none_left))
    return tuple(found)


def _roster_rule(s) -> list:
    if s.rule.roster is not None and s.mechanism == s.rule.roster.if_missed:
        return [s.rule.roster]
    return [s.rule.dividing] if s.rule.dividing is not None and s.mechanism != s.rule.mechanism else []


def _step(rule: str, clause: str, inputs: dict, result: object, zh: str, en: str) -> dict:
    return {"rule": rule, "clause": clause, "inputs": inputs, "result": result, "words": {"zh": zh, "en": en}}


def _question(notice: Notice, d: Decision) -> dict:
    header, at = notice.document.notice, instant_of(d.facts.at)
    moment = at.strftime("%Y-%m-%d %H:%M:%S")
    zh = f"按{header.document_no}（{header.place.zh}{header.year}年度）测算，时间为{moment}（北京时间）。"
    en = f"By {header.document_no} ({header.place.en}, coverage year {header.year}), as of {moment} Beijing time."
    return _step(
        "notice", "", {"at": at.isoformat(), "born": d.facts.person.born.isoformat()}, notice.ref, zh, en
    )


def _scope(notice: Notice, d: Decision) -> dict:
    rule = d.admitted_by or d.refused_by
    inputs = {"hukou": d.facts.person.hukou}
    if rule is None:
        zh, en = v.REASONS[d.reasons[0]]
        clause = notice.document.scope.clause
        return _step("scope", clause, inputs, d.reasons[0], f"{zh}。", f"Refused: {en}.")
    if d.admitted_by is None:
        zh, en = v.REASONS.get(d.reasons[0], d.reasons)
        return _step(
            f"scope.exclude.{rule.id}", rule.clause, inputs, rule.reason,
            f"{rule.label.zh}：{zh}。", f"{rule.label.en}: {en}.",
        )  # fmt: skip
    return _step(
        f"scope.admit.{rule.id}", rule.clause, inputs, "admitted",
        f"属于参保对象：{rule.label.zh}。", f"In scope: {rule.label.en}.",
    )  # fmt: skip


def _window(notice: Notice, d: Decision) -> dict:
    w, inputs = d.window, {"on": d.facts.on.isoformat()}
    if w is None:
        zh, en = v.REASONS[d.reasons[0]]
        return _step("windows", notice.document.windows[0].clause, inputs, d.reasons[0], f"{zh}。", f"{en}.")
    first, last = _instants(w)
    event = w.event
    if event is not None:
        inputs["event"] = {"kind": event.kind, "on": d.facts.event_days[event.kind].isoformat()}
    if d.reasons == ("registration_closed",):
        zh, en = v.REASONS["registration_closed"]
        return _step(
            f"windows.{w.id}", w.registration_clause or w.clause, inputs, d.reasons[0], f"{zh}。", f"{en}."
        )
    return _step(
        f"windows.{w.id}", w.clause, inputs, w.kind,
        f"在{w.label.zh}内（{first}至{last}）。", f"Within the {w.label.en} ({first} to {last}).",
    )  # fmt: skip


def _instants(w: r.Window) -> tuple[str, str]:
    first, last = instant_of(w.from_), instant_of(w.to - 1)
    if (first.hour, last.hour, last.second) == (0, 23, 59):
        return first.date().isoformat(), last.date().isoformat()
    return first.strftime("%Y-%m-%d %H:%M"), last.strftime("%Y-%m-%d %H:%M:%S")


def _price(notice: Notice, d: Decision) -> dict:
    rule = d.price_rule
    inputs = {"sum": list(rule.sum), "tier": d.facts.question.tier}
    names = [notice.amounts.named(name).label for name in rule.sum]
    parts_zh, parts_en = "加".join(n.zh for n in names), " plus ".join(n.en for n in names)
    if d.price is None:
        zh, en = v.REASONS[d.reasons[0]]
        return _step(
            f"prices.{rule.id}", rule.clause, inputs, None, f"应按{parts_zh}缴费，但{zh}。", f"{en}."
        )
    yuan = yuan_text(d.price)
    return _step(
        f"prices.{rule.id}", rule.clause, inputs, d.price,
        f"{rule.label.zh}：{parts_zh}，每人{yuan}元。", f"{rule.label.en}: {parts_en}, {yuan} yuan per person.",
    )  # fmt: skip


def _status(notice: Notice, status, verdict: str) -> dict:
    rule = notice.statuses.get(status.code)
    label = rule.label if rule else r.Label(status.code, status.code)
    inputs = {
        "code": status.code,
        "class": status.status_class,
        "grade": status.grade,
        "effective_on": status.effective_on.isoformat(),
        "listed_on": _iso(status.listed_on),
        "ended_on": _iso(status.ended_on),
    }
    if verdict == "counts" and not notice.subsidy_rules.has(status.code):
        verdict = "no_help"
    zh, en = v.VERDICTS[verdict]
    return _step(
        f"statuses.{status.code}", rule.clause if rule else "", inputs, verdict,
        f"身份“{label.zh}”：{zh}。", f"Status {label.en}: {en}.",
    )  # fmt: skip


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _subsidies(notice: Notice, d: Decision) -> list[dict]:
    if d.no_subsidy_by is not None:
        rule = d.no_subsidy_by
        return [
            _step(
                f"scope.no_subsidy.{rule.id}", rule.clause, {}, 0, f"{rule.label.zh}。", f"{rule.label.en}."
            )
        ]
    if d.unknown is not None:
        status, rule = d.unknown
        zh, en = v.VERDICTS["class_unknown"] if rule.amount.of or rule.amount.fen else v.REASONS[d.reasons[0]]
        return [
            _step(f"subsidies.{rule.id}", rule.clause, {"status": status.code}, None, f"{rule.label.zh}：{zh}。",
                  f"{rule.label.en}: {en}.")
        ]  # fmt: skip
    rows = [_subsidy(notice, s) for s in d.subsidies]
    if len(d.facts.held) > 1 and rows:
        s = notice.document.subsidies.stacking
        zh, en = _STACKING[s.rule]
        rows.append(_step(f"subsidies.stacking.{s.rule}", s.clause, {}, len(rows), f"{zh}。", f"{en}."))
    return rows


_STACKING = {
    "highest": (
        "有几种身份的，只按最高标准资助一次",
        "with several statuses only the highest help is given, once",
    ),
    "one_status": ("有几种身份的，只按一种身份资助", "with several statuses only one counts"),
    "ordered_top_up": (
        "按规定顺序资助，后者只补足差额",
        "helpers follow in order, later ones only fill up the difference",
    ),
}


def _subsidy(notice: Notice, s) -> dict:
    payer, how, yuan = payer_label(notice, s.payer), v.MECHANISMS[s.mechanism], yuan_text(s.amount_fen)
    clauses = [s.rule.clause, *(rule.clause for rule in _roster_rule(s))]
    return _step(
        f"subsidies.{s.rule.id}", "；".join(clauses), {"status": s.status, "payer": s.payer},
        {"amount_fen": s.amount_fen, "mechanism": s.mechanism},
        f"{s.rule.label.zh}：{payer.zh}{how[0]}{yuan}元。", f"{s.rule.label.en}: {payer.en} {how[1]} {yuan} yuan.",
    )  # fmt: skip


def payer_label(notice: Notice, payer: str) -> r.Label:
    """Return the name of who bears a subsidy, as the notice has it."""
    return notice.payer_labels.get(payer) or r.Label(payer, payer)


def _add_on(add_on) -> dict:
    yuan = yuan_text(add_on.price)
    return _step(
        f"add_ons.{add_on.code}", add_on.clause, {"payee": add_on.payee}, add_on.price,
        f"{add_on.label.zh}：另缴{yuan}元，不进医保基金。", f"{add_on.label.en}: {yuan} yuan more, apart from the fund.",
    )  # fmt: skip


def _result(notice: Notice, d: Decision) -> dict:
    words = summary(notice, d)
    clause = d.paid_note.clause if d.paid_note else ""
    return _step("result", clause, {"price_fen": d.price}, d.own_due, words["zh"], words["en"])


def _benefit(notice: Notice, d: Decision) -> dict:
    rule, f = d.benefit_rule, d.facts
    inputs = {
        "paid_on": f.on.isoformat(),
        "enrolled_on": f.enrolled_on.isoformat(),
        "waiting_days": d.waiting_days,
    }
    wait_zh = f"等待{d.waiting_days}天，" if d.waiting_days else ""
    wait_en = f"after a wait of {d.waiting_days} days " if d.waiting_days else ""
    if d.benefit is None:
        zh, en = (
            f"{rule.label.zh}：{wait_zh}本年度已没有待遇日",
            f"{rule.label.en}: {wait_en}no day is left this year",
        )
        return _step(f"benefit.{rule.id}", rule.clause, inputs, None, f"{zh}。", f"{en}.")
    first, last = (day.isoformat() for day in d.benefit)
    zh = f"{rule.label.zh}：{wait_zh}待遇期为{first}至{last}，共{d.benefit_days}天。"
    en = f"{rule.label.en}: {wait_en}covered from {first} to {last}, {d.benefit_days} days."
    return _step(f"benefit.{rule.id}", rule.clause, inputs, {"from": first, "to": last}, zh, en)


def warnings(notice: Notice, d: Decision) -> list[dict]:
    """Return what the payer should hear before paying."""
    rows = [{"id": m.id, "clause": m.clause, "zh": m.label.zh, "en": m.label.en} for m in d.reminders]
    if d.benefit_rule is not None and d.benefit is None:
        zh, en = "现在缴费，本年度已没有待遇日，请慎重。", "Paying now buys no day of cover this year."
        rows.append({"id": "no_benefit_days", "clause": d.benefit_rule.clause, "zh": zh, "en": en})
    return rows


def summary(notice: Notice, d: Decision) -> dict[str, str]:
    """Return one sentence in each language: why this amount."""
    if d.outcome in ("rejected", "blocked"):
        zh, en = v.REASONS.get(d.reasons[0], (d.reasons[0],) * 2)
        names = v.OUTCOMES[d.outcome]
        return {"zh": f"{names[0]}：{zh}。", "en": f"{names[1].capitalize()}: {en}."}
    window, price, due = d.window.label, yuan_text(d.price), yuan_text(d.own_due)
    helped = [
        (payer_label(notice, s.payer), v.MECHANISMS[s.mechanism], yuan_text(s.amount_fen))
        for s in d.subsidies
    ]
    zh = "".join(f"，{p.zh}{how[0]}{yuan}元" for p, how, yuan in helped)
    en = "".join(f"; {p.en} {how[1]} {yuan} yuan" for p, how, yuan in helped)
    if d.paid_note is not None and d.outcome == "paid":
        rest = (
            ("，无需再缴", "; nothing more to pay")
            if helped
            else ("，无需补缴或退还", "; nothing to pay or to return")
        )
        return {"zh": f"已缴费{zh}{rest[0]}。", "en": f"Already paid{en}{rest[1]}."}
    head_zh, head_en = (
        f"{window.zh}内缴费标准{price}元",
        f"In the {window.en} the contribution is {price} yuan",
    )
    return {
        "zh": f"{head_zh}{zh}，本人应缴{due}元。",
        "en": f"{head_en}{en}; {due} yuan due from the person.",
    }
