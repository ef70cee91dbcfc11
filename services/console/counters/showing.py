"""Puts together what a counter shows: the places to choose from, what was paid, its voucher and papers."""

from services.console.counters.asking import Counter
from services.console.counters.naming import KINDS, RECEIPTS, STATES, VOUCHERS
from services.console.counters.schemas import Certificate, Voucher
from services.console.forms.rules import Fact
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount, minute
from services.console.receipts.rules import Place
from services.console.receipts.schemas import Collectors, DeskDue, Receipt
from services.console.worklists.asking import word_of
from services.console.worklists.naming import named
from services.console.worklists.rules import Column, Table, words

_LISTED = "cash", "柜面收款", "At the counter"


def places_page(counter: Counter, found: Collectors) -> Shown:
    """Where money can be taken, and for which years."""
    season = counter.place.season
    places = [
        [words(one.title, page=Place(season, one.collector_id).page("counter")), words(one.division_code)]
        for one in found.items
    ]
    years = [
        [
            words(f"{one.place_zh} {one.coverage_year} 年度", f"{one.place} {one.coverage_year}",
                  page=f"counter/places/{word_of(one)}"),
            words("当前" if word_of(one) == season else "", "now" if word_of(one) == season else ""),
        ]
        for one in counter.seasons
    ]  # fmt: skip
    parts = [
        Part(
            "收缴点", "Collectors",
            Table([Column("收缴点", "Collector"), Column("区划", "Division")], places, found.next_after),
            (), "",
            "本辖区尚未登记收缴点，请联系乡镇（街道）或税务局。",
            "No collector is registered here; the township or the tax office registers one.",
        ),
        Part("参保年度", "Seasons", Table([Column("年度", "Season"), Column("", "")], years)),
    ]  # fmt: skip
    return Shown("选择收缴点", "Choose where", *_LISTED, [], parts, up="counter")


def _who(due: DeskDue) -> list[Fact]:
    facts = [
        Fact("姓名", "Name", due.masked_name or "", due.masked_name or ""),
        Fact("户籍村（社区）", "Village", due.division_code, due.division_code),
    ]
    if due.standing is not None:
        facts.append(Fact("情况", "Standing", due.standing.zh, due.standing.en))
    return facts


def _paid(due: DeskDue) -> list[Fact]:
    if due.payment is None:
        return []
    paid = due.payment
    return [
        Fact("缴费金额", "Paid", *amount(paid.amount_fen)),
        Fact("缴费时间", "Paid at", minute(paid.paid_at), minute(paid.paid_at)),
        Fact("电子票据号码", "Voucher", paid.voucher_no, paid.voucher_no),
    ]


def _acts(counter: Counter, due: DeskDue) -> list[Act]:
    place = counter.place
    acts = []
    if due.payment is not None:
        acts.append(Act(place.page(f"counter/{due.person_id}/voucher"), "电子票据", "The voucher"))
        acts.append(Act(place.page("counter/certificates/new"), "开具收据", "Issue a receipt", second=True))
    return [*acts, Act(place.page("counter"), "下一位", "The next person", second=True)]


def paid_page(counter: Counter, due: DeskDue) -> Shown:
    """Somebody who has paid: nothing is to be taken but what is still open."""
    acts = _acts(counter, due)
    if due.payable_fen:
        page = counter.place.page(f"counter/{due.person_id}", more="yes")
        acts.insert(0, Act(page, "收取其余款项", "Take the rest"))
    lead = ("已缴费，不要再收款。", "It is paid: take no money.") if not due.payable_fen else ("", "")
    facts = [*_who(due), *_paid(due)]
    return Shown("已缴费", "Paid", *_LISTED, facts, [], acts, *lead, up=counter.place.page("counter"))


def taken_page(counter: Counter, due: DeskDue, receipt: Receipt) -> Shown:
    """A receipt that was recorded at the counter, and whether its money is applied by now."""
    papers = "、".join(receipt.voucher_nos)
    facts = [
        *_who(due),
        Fact("收据编号", "Receipt", str(receipt.receipt_id), str(receipt.receipt_id)),
        Fact("状态", "State", *named(RECEIPTS, receipt.state)),
        Fact("实收金额", "Taken", *amount(receipt.amount_fen)),
        Fact("收款时间", "Taken at", minute(receipt.paid_at), minute(receipt.paid_at)),
        *([Fact("票据号码", "Paper", papers, papers)] if papers else []),
        Fact("登记人", "Entered by", receipt.entered_by, receipt.entered_by),
        *_paid(due),
    ]
    acts, lead = _acts(counter, due), ("", "")
    if due.payment is None and receipt.state == "passed":
        lead = (
            "款项已登记，正在入账；稍候刷新，即可打印电子票据。请勿重复收款。",
            "It is recorded and being applied: look again in a moment for its voucher. Take nothing twice.",
        )
        way = counter.place.page(f"counter/{due.person_id}/receipts/{receipt.receipt_id}")
        acts.insert(0, Act(way, "刷新", "Look again"))
    elif receipt.state == "held":
        lead = (
            "款项已登记，待核实后入账；请勿重复收款。",
            "It is recorded, and somebody looks at it before it is applied. Take nothing twice.",
        )
    where = counter.place.page("counter")
    return Shown("收款登记", "Money recorded", *_LISTED, facts, [], acts, *lead, up=where)


def voucher_page(counter: Counter, one: Voucher) -> Shown:
    """The voucher, to be printed for who paid."""
    facts = [
        Fact("号码", "Number", one.voucher_no, one.voucher_no),
        Fact("验证码", "Code", one.code, one.code),
        Fact("状态", "State", *named(VOUCHERS, one.state)),
        Fact("姓名", "Name", one.masked_name or "", one.masked_name or ""),
        *([Fact("证件号码", "Identity number", *[one.masked_id] * 2)] if one.masked_id else []),
        Fact("参保年度", "Coverage year", f"{one.coverage_year} 年度", str(one.coverage_year)),
        Fact("缴费标准", "Price", *amount(one.price_fen)),
        Fact("资助金额", "Borne by others", *amount(sum(help_.amount_fen for help_ in one.subsidies))),
        Fact("个人缴费", "Own part", *amount(one.own_fen)),
        *([Fact("附加项目", "Beside it", *amount(one.add_on_fen))] if one.add_on_fen else []),
        Fact("实收金额", "Paid", *amount(one.amount_fen)),
        Fact("缴费时间", "Paid at", minute(one.paid_at), minute(one.paid_at)),
        Fact("交易号", "Transaction", one.transaction_no, one.transaction_no),
        *([Fact("户票号码", "Of the household", *[one.receipt_no] * 2)] if one.receipt_no else []),
    ]
    said = (
        "用浏览器打印本页交缴费人；凭号码和验证码，任何人可在“票据查验”页面查验真伪。",
        "Print this page for who paid; by number and code anybody may check it on the page for it.",
    )
    where = counter.place.page("counter")
    return Shown("电子票据", "Voucher", *_LISTED, facts, [], [_next(counter)], *said, up=where)


def certificate_page(counter: Counter, one: Certificate) -> Shown:
    """A paper that was issued, with the way to its PDF."""
    zh, en = named(KINDS, one.kind)
    people = [f"{each.masked_name} {each.masked_id}" for each in one.people]
    issued = f"{one.issued_by} {minute(one.issued_at)}"
    facts = [
        Fact("编号", "Number", one.certificate_no, one.certificate_no),
        Fact("验证码", "Code", one.code, one.code),
        Fact("参保年度", "Coverage year", f"{one.coverage_year} 年度", str(one.coverage_year)),
        Fact("人员", "People", "、".join(people), ", ".join(people)),
        Fact("缴费金额", "Paid", *amount(one.paid_fen)),
        Fact("现状", "Now", *named(STATES, one.state_now)),
        Fact("开具", "Issued", issued, issued),
    ]
    acts = [Act(f"counter/certificates/{one.certificate_no}/file", "打印（PDF）", "Print it (PDF)")]
    where = counter.place.page("counter")
    return Shown(zh, en.capitalize(), *_LISTED, facts, [], [*acts, _next(counter)], up=where)


def _next(counter: Counter) -> Act:
    return Act(counter.place.page("counter"), "下一位", "The next person", second=True)
