"""One sentence on why this amount, and what the payer should hear before paying, in Chinese and English."""

from libs.common.money import yuan_text
from libs.common.policy.engine.decision import Decision, Subsidy
from libs.common.policy.engine.notice import Notice
from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.rules import Window


def payer_label(notice: Notice, payer: str) -> Label:
    """Return the name of who bears a subsidy, as the notice has it."""
    return notice.payer_labels.get(payer) or Label(payer, payer)


def reason_words(code: str) -> tuple[str, str]:
    """Return a reason code in Chinese and English."""
    return v.REASONS.get(code, (code, code))


def summary(notice: Notice, d: Decision) -> dict[str, str]:
    """Return one sentence in each language: why this amount."""
    if d.outcome in ("rejected", "blocked"):
        zh, en = reason_words(d.reasons[0])
        name_zh, name_en = v.OUTCOMES[d.outcome]
        return {"zh": f"{name_zh}：{zh}。", "en": f"{name_en.capitalize()}: {en}."}
    zh, en = _help(notice, d)
    if d.outcome == "paid":
        end_zh, end_en = _PAID[bool(d.subsidies)]
        if d.repair_due:
            end_zh, end_en = _repair(d)
        return {"zh": f"已缴费{zh}{end_zh}。", "en": f"Already paid{en}{end_en}."}
    assert d.window is not None and d.price is not None and d.own_due is not None
    zh_in, en_in = window_words(d.window)
    price, due = yuan_text(d.price + d.included), yuan_text(d.own_due + d.included)
    more_zh, more_en = _repair(d)
    if d.included:
        part = yuan_text(d.included)
        more_zh, more_en = (
            f"（其中{part}元不进医保基金）{more_zh}",
            f" ({part} of it apart from the fund){more_en}",
        )
    zh = f"{zh_in}，缴费标准{price}元{zh}，本人应缴{due}元{more_zh}。"
    en = f"{en_in} the contribution is {price} yuan{en}; {due} yuan due from the person{more_en}."
    return {"zh": zh, "en": en[:1].upper() + en[1:]}


def window_words(window: Window) -> tuple[str, str]:
    """Say under which window somebody pays: inside a period, or for a reason of their own."""
    label = window.label
    if window.event is not None:
        return f"按特殊情形“{label.zh}”办理", f"under the special case “{label.en}”"
    return f"在{label.zh}内", f"within the {label.en}"


def _repair(d: Decision) -> tuple[str, str]:
    """Say what repairing lapsed years costs beside the contribution."""
    if not d.repair_due:
        return "", ""
    yuan = yuan_text(d.repair_due)
    return f"，另补缴断保年度{yuan}元", f", and {yuan} yuan for repaired years"


_PAID = {
    True: ("，本人无需再缴", "; nothing more to pay"),
    False: ("，无需补缴或退还", "; nothing to pay or to return"),
}


def _help(notice: Notice, d: Decision) -> tuple[str, str]:
    zh, en = "", ""
    for s in d.subsidies:
        words = share_words(notice, s)
        zh += f"，{words[0]}"
        en += f"; {words[1]}"
    return zh, en


def share_words(notice: Notice, s: Subsidy) -> tuple[str, str]:
    """Say who bears how much, and how it reaches the person."""
    payer, yuan = payer_label(notice, s.payer), yuan_text(s.amount_fen)
    how_zh, how_en = v.SHARES[s.mechanism]
    return how_zh.format(payer=payer.zh, yuan=yuan), how_en.format(payer=payer.en, yuan=yuan)


def warnings(d: Decision) -> list[dict[str, str]]:
    """Return what the payer should hear before paying: id, clause, zh, en."""
    rows = [{"id": m.id, "clause": m.clause, "zh": m.label.zh, "en": m.label.en} for m in d.reminders]
    if d.benefit_rule is not None and d.benefit is None:
        zh, en = "现在缴费，本年度已没有待遇日，请慎重。", "Paying now buys no day of cover this year."
        rows.append({"id": "no_benefit_days", "clause": d.benefit_rule.clause, "zh": zh, "en": en})
    return rows
