"""Shows who lapsed what repairing each year costs and what it changes, in words for who pays."""

from datetime import date, datetime, timedelta

from libs.common.clock import business_date
from libs.common.money import yuan_text
from services.collection.dues.rules import Due
from services.collection.dues.schemas import RepairOffer, RepairYear, Sentence
from services.collection.repairs.rules import Repairing, RepairStanding, repairing


def repair_of(due: Due, known: RepairStanding, now: datetime) -> RepairOffer | None:
    """What can be repaired at this moment, and what was; None where there is nothing of either."""
    found, today = repairing(due, known, now), business_date(now)
    done = sorted(known.repaired_years)
    if found is None:
        return None
    years = _years(found, today)
    if not years and not done:
        return None
    waits = found.terms.months[min(found.before, len(found.terms.months) - 1)]
    until = found.until - timedelta(days=1) if years and found.until is not None else None
    return RepairOffer(
        wait_months=waits,
        cover_from=found.cover_as_it_is(today),
        years=years,
        repaired_years=done,
        latest=found.terms.latest,
        until_on=until,
        clause=found.terms.clause,
        words=_words(found, years, waits, today),
    )


def _years(found: Repairing, today: date) -> list[RepairYear]:
    last = len(found.terms.months) - 1
    return [
        RepairYear(
            repaired_year=year,
            price_fen=found.terms.each_fen,
            wait_months=found.terms.months[min(found.before + number, last)],
            cover_from=found.cover_from(number, today),
        )
        for number, year in enumerate(found.left_on(today), start=1)
    ]


def _words(found: Repairing, years: list[RepairYear], waits: int, today: date) -> Sentence:
    begins = found.cover_as_it_is(today)
    zh, en = [f"待遇等待期 {waits} 个月{_from_zh(begins)}"], []
    en.append(f"the wait is {_months(waits)}{_from_en(begins)}")
    for one in years:
        yuan = yuan_text(one.price_fen)
        zh.append(
            f"自愿补缴断保的 {one.repaired_year} 年度 {yuan} 元后，等待期 {one.wait_months} 个月"
            f"{_from_zh(one.cover_from)}"
        )
        en.append(
            f"repairing the lapsed year {one.repaired_year} for {yuan} yuan makes it "
            f"{_months(one.wait_months)}{_from_en(one.cover_from)}"
        )
    if years and found.until is not None:
        zh.append(f"须在 {found.until} 前办理")
        en.append(f"that is possible before {found.until}")
    elif years and found.terms.latest == "with_contribution":
        zh.append("须与当年缴费一并办理")
        en.append("together with the contribution only")
    elif years:
        zh.append("可与当年缴费一并办理，也可在等待期满前办理")
        en.append("together with the contribution, or later before the wait ends")
    text = "; ".join(en)
    return Sentence(zh="；".join(zh) + "。", en=f"{text[:1].upper()}{text[1:]}.")


def _from_zh(day: date | None) -> str:
    return f"（{day} 起享受待遇）" if day is not None else ""


def _from_en(day: date | None) -> str:
    return f" (cover from {day})" if day is not None else ""


def _months(number: int) -> str:
    return f"{number} month" if number == 1 else f"{number} months"
