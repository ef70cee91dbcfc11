"""A notice as its payers will read it: who, how much, when, covered from when, helped by whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from libs.common.money import yuan_text
from libs.common.policy.engine.notice import Notice
from libs.common.policy.engine.waiting import WaitingRules
from libs.common.policy.format import help_rules as h
from libs.common.policy.format import rules as r
from libs.common.policy.format.waiting_rules import Waiting
from libs.common.policy.words.conditions import condition_words
from libs.common.policy.words.names import Language, Names, yuan
from libs.common.policy.words.phrases import moment_words, words_of

_MOST_LAPSED = 5


@dataclass(frozen=True, slots=True)
class Part:
    """One heading with its sentences."""

    title: str
    lines: tuple[str, ...]


def leaflet(notice: Notice, lang: Language) -> list[Part]:
    """Return what a payer wants to know, in order; parts of which the notice says nothing are left out."""
    told = _Leaflet(notice, lang)
    parts = (
        Part(told.say("谁可以参保", "Who may enroll"), tuple(told.scope())),
        Part(told.say("缴多少、什么时候缴", "How much, and when"), tuple(told.prices())),
        Part(told.say("从什么时候享受待遇", "Covered from when"), tuple(told.cover())),
        Part(
            told.say("断过保、或错过集中缴费期", "After a lapse, or outside the main window"),
            tuple(told.waits()),
        ),
        Part(told.say("谁有资助", "Who is helped"), tuple(told.help())),
        Part(told.say("怎么登记", "How to register"), tuple(told.registration())),
        Part(told.say("怎么缴", "How to pay"), tuple(told.channels())),
        Part(told.say("另外可选", "Beside it"), tuple(told.add_ons())),
        Part(told.say("能不能退费", "Whether it can be given back"), tuple(told.refunds())),
        Part(told.say("请注意", "Please note"), tuple(told.notes())),
    )
    return [part for part in parts if part.lines]


class _Leaflet:
    """Writes the sentences of one notice in one language."""

    def __init__(self, notice: Notice, lang: Language) -> None:
        self.notice, self.doc, self.lang = notice, notice.document, lang
        self.names = Names(self.doc, lang)

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def scope(self) -> Iterator[str]:
        for rule in self.doc.scope.admit:
            yield self.names.of(rule.label)
        for rule in self.doc.scope.exclude:
            yield self.say("不参保：", "not: ") + self.names.of(rule.label)

    def prices(self) -> Iterator[str]:
        for window in self.doc.windows:
            first, last = moment_words(window.from_, False), moment_words(window.to, True)
            span = self.say(f"（{first}至{last}）", f" ({first} to {last})")
            prices = [p for p in self.doc.prices if not p.windows or window.id in p.windows]
            fitting = [p for p in prices if _meet(p, window)]
            told = self.say("；", "; ").join(self._price(p) for p in fitting)
            yield self.names.of(window.label) + span + self.say("：", ": ") + told

    def _price(self, rule: r.PriceRule) -> str:
        label = self.names.of(rule.label)
        amount = self._amount(rule)
        if amount is None:
            return label + self.say("，金额待定", ", amount not known yet")
        price = self.say("，", ", ") + yuan(amount, self.lang)
        return label + price + self._by_months(rule) + self._cover(rule)

    def _by_months(self, rule: r.PriceRule) -> str:
        if rule.per_remaining_month is None:
            return ""
        if rule.yearly is None:
            return self.say("（每剩余一个月）", " per remaining month")
        return self.say("（全年，按剩余月数折算）", " a year, by the months that remain")

    def _cover(self, rule: r.PriceRule) -> str:
        if rule.cover_tier is None:
            return ""
        return self.say(f"（按{rule.cover_tier}档享受待遇）", f" (covered by tier {rule.cover_tier})")

    def _amount(self, rule: r.PriceRule) -> int | None:
        values = {a.name: a.value for a in self.doc.amounts}
        parts = [values[name] for name in rule.sum]
        if None in parts:
            return None
        total = sum(part or 0 for part in parts)
        return total if rule.percent is None else total * rule.percent // 100

    def cover(self) -> Iterator[str]:
        benefit = self.doc.benefit
        yield self.say(f"本年度待遇到{benefit.to}为止", f"cover of this year ends on {benefit.to}")
        for rule in benefit.rules:
            start = words_of(rule, "start", self.names)
            yield self.names.of(rule.label) + self.say("：", ": ") + self._since(rule, start)

    def _since(self, rule: r.BenefitRule, start: str) -> str:
        if self.lang == "en":
            return f"from {start}"
        return start if rule.start.wait else f"{start.removeprefix('自')}起"

    def waits(self) -> Iterator[str]:
        rules = self.notice.waiting_rules
        if rules is None:
            return
        waiting = rules.waiting
        for rule in waiting.rules:
            start = words_of(rule, "anchor", self.names)
            who = words_of(rule, "who", self.names)
            yield self.names.of(rule.label) + self.say(
                f"：{who}要等，自{start}算起", f": a wait for {who}, from {start}"
            )
        yield self._months(rules)
        for exempt in waiting.exempt:
            yield self.say("不用等：", "no wait: ") + self.names.of(exempt.label)
        if waiting.repair is not None:
            yield self._repair(waiting)

    def _months(self, rules: WaitingRules) -> str:
        """Say how long people wait, year by year, as the rule works it out."""
        waiting, told = rules.waiting, []
        for lapsed in range(1, _MOST_LAPSED + 1):
            months = rules.months(lapsed)
            told.append(self.say(f"断保{lapsed}年等{months}个月", f"{lapsed} lapsed: {months} months"))
        since = self.say(
            f"（{waiting.counted_from}年以前的不算）", f" (years before {waiting.counted_from} do not count)"
        )
        fixed = self.say(
            f"没有断保但在集中期外缴的等{waiting.fixed_months}个月",
            f"no lapse but outside the main window: {waiting.fixed_months} months",
        )
        return self.say("，", ", ").join([*told, fixed]) + since

    def _repair(self, waiting: Waiting) -> str:
        repair = waiting.repair
        assert repair is not None
        value = next((a.value for a in self.doc.amounts if a.name == repair.price), None)
        price = self.say("每年按本人当年标准", "at the own contribution a year")
        if value is not None:
            price = self.say(f"每年{yuan_text(value)}元", f"at {yuan_text(value)} yuan a year")
        latest = words_of(repair, "latest", self.names)
        return self.say(
            f"可以补缴断保年度（{price}），每补缴一年少等{repair.per_year}个月，{latest}办理",
            f"lapsed years can be repaid {price}, months taken off for each: {repair.per_year}; {latest}",
        )

    def help(self) -> Iterator[str]:
        for rule in self.doc.subsidies.rules:
            payer = self.names.code(h.SubsidyRule, "payer", rule.payer)
            amount, how = self._aid(rule), words_of(rule, "mechanism", self.names)
            told = self.say(f"：{payer}，{amount}，{how}", f": {payer}, {amount}, {how}")
            tier = "" if rule.tier is None else self.say(f"（{rule.tier}档）", f" (tier {rule.tier})")
            when = ""
            if rule.when is not None:
                when = self.say("，须", ", if ") + condition_words(rule.when, self.names)
            if rule.recognized is not None:
                when += self.say("，", ", ") + words_of(rule, "recognized", self.names)
            yield self.names.of(rule.label) + tier + told + when
        if (elsewhere := self.doc.subsidies.elsewhere) is not None:
            said = [self.names.of(elsewhere.label)]
            if elsewhere.to is not None:
                said.append(
                    self.say("最迟{}申请", "asked for by {}").format(moment_words(elsewhere.to, True))
                )
            said += [self.say("须带", "with ") + self.names.of(one.label) for one in elsewhere.proofs]
            yield self.say("，", ", ").join(said)

    def _aid(self, rule: h.SubsidyRule) -> str:
        """How much; what an operator is still to supply is nothing that a payer could do."""
        if rule.amount.fen is None and rule.amount.of is None:
            return self.say("金额待定", "amount not known yet")
        written = replace(rule, amount=replace(rule.amount, parameter=None))
        return words_of(written, "amount", self.names)

    def registration(self) -> Iterator[str]:
        for row in self.doc.registration:
            papers = self.say("，带", ", with ") + "、".join(row.papers) if row.papers else ""
            yield self.names.of(row.who) + self.say("：", ": ") + self.names.of(row.where) + papers

    def channels(self) -> Iterator[str]:
        for channel in self.doc.channels:
            yield self.names.of(channel.label)

    def add_ons(self) -> Iterator[str]:
        for add_on in self.doc.add_ons:
            if add_on.inside_price:
                continue
            yield f"{self.names.of(add_on.label)}{self.say('，', ', ')}{yuan(add_on.price, self.lang)}"

    def refunds(self) -> Iterator[str]:
        if self.doc.refunds is None:
            return
        yield self.names.of(self.doc.refunds.label)
        for reason in self.doc.refunds.reasons:
            said = [self.names.of(reason.label)]
            if reason.from_ is not None:
                said.append(
                    self.say("自{}起受理", "asked for from {}").format(moment_words(reason.from_, False))
                )
            if reason.to is not None:
                said.append(self.say("最迟{}申请", "asked for by {}").format(moment_words(reason.to, True)))
            if reason.within_days is not None:
                said.append(
                    self.say("缴费后{}天内申请", "within {} days of payment").format(reason.within_days)
                )
            said += [self.say("须带", "with ") + self.names.of(one.label) for one in reason.proofs]
            if reason.goes_to == "heir":
                said.append(self.say("退给继承人", "goes to an heir"))
            yield self.say("，", ", ").join(said)

    def notes(self) -> Iterator[str]:
        for reminder in self.doc.reminders:
            yield self.names.of(reminder.label)
        open_ = [q.id for q in self.doc.open_questions if q.basis == "assumed" and q.decided_on is None]
        if open_:
            listed = "、".join(open_) if self.lang == "zh" else ", ".join(open_)
            yield self.say(
                f"以下事项通知没有写明，暂按假定：{listed}", f"not stated, assumed for now: {listed}"
            )


def _meet(price: r.PriceRule, window: r.Window) -> bool:
    return (price.paid_from or 0) < window.to and window.from_ < (price.paid_to or 2**40)


def page(notice: Notice, lang: Language, parts: Sequence[Part]) -> str:
    """Write the leaflet as a page that prints well: a heading, and a list under each part."""
    header = notice.document.notice
    place, scheme = (
        (header.place.zh, header.scheme.zh) if lang == "zh" else (header.place.en, header.scheme.en)
    )
    year = f"{header.year}年度" if lang == "zh" else f", {header.year}"
    lines = [f"# {place}{year}{scheme}" if lang == "zh" else f"# {scheme}: {place}{year}", ""]
    lines += [f"{header.title}  {header.document_no}", ""]
    for part in parts:
        lines += [f"## {part.title}", "", *(f"- {line}" for line in part.lines), ""]
    return "\n".join(lines)
