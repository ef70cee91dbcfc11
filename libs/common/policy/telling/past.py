"""History, waiting and repair of a decision in words: for the trace, and for the payer."""

from collections.abc import Iterator
from datetime import date

from libs.common.money import yuan_text
from libs.common.policy.engine.decision import Decision
from libs.common.policy.engine.facts import Past
from libs.common.policy.engine.notice import Notice
from libs.common.policy.engine.waiting import NOT_POSSIBLE, Wait
from libs.common.policy.format.waiting_rules import Repair, Waiting
from libs.common.policy.telling.wording import reason_words

#: Rule, clause, inputs, result, words.
Said = tuple[str, str, dict[str, object], object, tuple[str, str]]

UNKNOWN = (
    "参保记录未知，待遇何时开始暂不能确定；补录历年参保记录后再算",
    "the enrollment history is not known, so nor is the first day of cover; it is worked out once known",
)


def said_of_past(notice: Notice, d: Decision) -> Iterator[Said]:
    """Yield what the history comes to, how long the person waits, and what repairing years changes."""
    rules, past, wait = notice.waiting_rules, d.facts.past, d.wait
    if rules is None or past is None:
        return
    if wait is not None:
        history = d.facts.person.history
        stated = None if history is None else history.due_from_year
        yield _history(rules.waiting, past, notice.year, stated)
        yield _wait(rules.waiting, past, wait)
    repair = rules.repair
    if d.reasons == (NOT_POSSIBLE,):
        yield _refused(repair, rules.waiting, d)
    elif wait is not None and repair is not None and (wait.years or wait.repaired):
        yield _repair(repair, wait, d.repair_due)


def _history(waiting: Waiting, past: Past, year: int, due_from: int | None) -> Said:
    """The year of birth is not among what was used: people of all ages share an explanation."""
    inputs: dict[str, object] = {"due_from_year": due_from, "counted_from": waiting.counted_from}
    result = {"lapsed_years": past.lapsed, "continuous_years": past.continuous}
    return "waiting.history", waiting.clause, inputs, result, history_words(waiting, past, year)


def history_words(waiting: Waiting, past: Past, year: int) -> tuple[str, str]:
    """Say what the years before a coverage year come to, in Chinese and English."""
    if past.lapsed is None:
        return UNKNOWN
    if past.lapsed:
        first, last = year - past.lapsed, year - 1
        zh = f"{first}年度" if first == last else f"{first}至{last}年度"
        en = f"{first}" if first == last else f"{first} to {last}"
        return (
            f"{zh}没有参保，断保{past.lapsed}年（{waiting.counted_from}年以前和应参保以前的年度不算）",
            f"not insured in {en}: {past.lapsed} lapsed {_years(past.lapsed)}"
            f" (those before {waiting.counted_from}, or before the person had to be insured, do not count)",
        )
    if past.continuous:
        return (
            f"截至{year - 1}年度已连续参保{past.continuous}年",
            f"insured for {past.continuous} {_years(past.continuous)} running up to {year - 1}",
        )
    return f"{year}年度以前没有应参保的年度，不算断保", f"there was no year to be insured in before {year}"


def _years(number: int) -> str:
    return _plural("year", number)


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"


def _wait(waiting: Waiting, past: Past, wait: Wait) -> Said:
    if wait.exempt_by is not None:
        exempt = wait.exempt_by
        words = f"{exempt.label.zh}：没有等待期", f"{exempt.label.en}: no wait"
        return f"waiting.exempt.{exempt.id}", exempt.clause, {}, None, words
    rule = wait.rule
    if wait.unknown:
        return f"waiting.{rule.id}", rule.clause, {}, None, (f"{rule.label.zh}：{UNKNOWN[0]}", UNKNOWN[1])
    if not wait.applies:
        words = "没有断保，不设等待期", "no lapse, so there is no wait"
        return f"waiting.{rule.id}", rule.clause, {}, None, words
    inputs: dict[str, object] = {"lapsed_years": past.lapsed, "from": _iso(wait.from_on)}
    return f"waiting.{rule.id}", rule.clause, inputs, wait.as_dict(), _months(waiting, wait)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _months(waiting: Waiting, wait: Wait) -> tuple[str, str]:
    zh = f"{wait.rule.label.zh}：固定等待期{wait.fixed}个月"
    en = f"{wait.rule.label.en}: {wait.fixed} {_plural('month', wait.fixed)} fixed"
    if wait.variable:
        zh += f"，第{waiting.years_in_fixed + 1}个断保年起每年加{waiting.months_per_year}个月"
        zh += f"，共加{wait.variable}个月"
        en += f", {wait.variable} more for the lapsed years after the first"
        if waiting.years_in_fixed != 1:
            en += f" {waiting.years_in_fixed}"
    if wait.repaired:
        zh += f"，补缴减{wait.repaired}个月"
        en += f", {wait.repaired} less for repaired years"
    if waiting.floor is not None and wait.total > wait.fixed + wait.variable - wait.repaired:
        zh += f"，断保{waiting.floor.from_years}年及以上的不少于{waiting.floor.months}个月"
        en += f", but at least {waiting.floor.months} after {waiting.floor.from_years} lapsed years"
    since = _iso(wait.from_on)
    return (
        zh + f"，合计等待{wait.total}个月" + (f"，自{since}起算" if since else ""),
        en + f": {wait.total} {_plural('month', wait.total)} in all" + (f", from {since}" if since else ""),
    )


def _repair(repair: Repair, wait: Wait, due: int) -> Said:
    inputs: dict[str, object] = {"years": wait.years, "per_year": repair.per_year}
    if not wait.years:
        words = "断保年度已补缴，等待期已缩短", "lapsed years have been repaired before, the wait is shorter"
    else:
        yuan = yuan_text(due)
        words = (
            f"{repair.label.zh}：补缴{wait.years}年，另缴{yuan}元",
            f"{repair.label.en}: {wait.years} {_years(wait.years)} repaired for {yuan} yuan more",
        )
    return "waiting.repair", repair.clause, inputs, due, words


def _refused(repair: Repair | None, waiting: Waiting, d: Decision) -> Said:
    most = 0 if d.wait is None else d.wait.most
    zh, en = reason_words(NOT_POSSIBLE)
    inputs: dict[str, object] = {"years": d.facts.question.repair_years, "most_years": most}
    words = f"{zh}（最多{most}年）", f"{en} (at most {most})"
    return "waiting.repair", repair.clause if repair else waiting.clause, inputs, NOT_POSSIBLE, words


def warned_of_past(notice: Notice, d: Decision) -> Iterator[dict[str, str]]:
    """Yield what the payer should hear of the wait before paying."""
    rules, wait = notice.waiting_rules, d.wait
    if rules is None or wait is None or d.outcome not in ("payable", "exempt", "paid"):
        return
    if wait.unknown:
        yield _warning("history_unknown", wait.rule.clause, *UNKNOWN)
    elif wait.applies and d.benefit is not None:
        first = d.benefit[0]
        zh, en = (
            f"有{wait.total}个月等待期，{first}起享受待遇",
            f"a wait of {wait.total} {_plural('month', wait.total)}, cover from {first}",
        )
        more = wait.most - wait.years
        if more > 0 and rules.repair is not None:
            months = wait.total - wait.best
            zh += f"；还可补缴{more}年，等待期减{months}个月"
            en += (
                f"; repairing {more} {_years(more)} more makes it {months} {_plural('month', months)} shorter"
            )
        yield _warning("waiting_period", wait.rule.clause, zh, en)


def _warning(name: str, clause: str, zh: str, en: str) -> dict[str, str]:
    return {"id": name, "clause": clause, "zh": f"{zh}。", "en": f"{en[:1].upper()}{en[1:]}."}
