"""Issues certificates: reads what was paid for people, finds their names, numbers papers and keeps them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.policy import Notice, Notices
from libs.common.policy.format.vocabulary import MECHANISMS, WINDOWS
from services.collection.cash.rules import CASH
from services.collection.certificates import facts_store, rules, store
from services.collection.certificates.exempting import exempt_of
from services.collection.certificates.facts_store import Paid, PaidLine
from services.collection.certificates.naming import Named, Namer
from services.collection.certificates.rules import (
    CertificateKind,
    Content,
    ExemptionNow,
    Help,
    LineNow,
    Money,
    PersonPart,
    RepairedPart,
)
from services.collection.certificates.store import Certificate, CertificateExemption, CertificateLine
from services.collection.channels.keyring import Keys
from services.collection.channels.wallet import CHANNEL as WECHAT

#: Channels that notices name otherwise, or not at all.
_CHANNELS = {WECHAT: ("微信支付", "WeChat Pay"), "tax": ("税务部门", "tax bureau")}

_ACCOUNT = ("职工医保个人账户共济", "an employee's personal account")


@dataclass(frozen=True, slots=True)
class Payer:
    """A unit that paid for its people with an order, and where it is."""

    name: str
    division_code: str
    order_no: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: a certificate for each group of people, and their names as far as they were brought.

    With `may_name` names are taken from what channels said.
    """

    kind: CertificateKind
    coverage_year: int
    groups: Sequence[Sequence[int]]
    given: Mapping[int, Named]
    may_name: bool
    check_address: str
    by: str
    now: datetime
    payer: Payer | None = None

    @property
    def people(self) -> list[int]:
        """Everybody, once."""
        return sorted({person for group in self.groups for person in group})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is on record about people who are to get certificates."""

    paid: Mapping[int, Paid]
    lines: Mapping[int, Sequence[PaidLine]]
    names: Mapping[int, Named]

    def unpaid(self, people: Collection[int]) -> list[int]:
        """Those for whom nothing was paid, and whom no help covers."""
        exempt = {person for person, one in self.paid.items() if one.exempt}
        return [person for person in people if person not in exempt and not self.lines.get(person)]

    def unnamed(self, people: Collection[int]) -> list[int]:
        """Those whose full name nobody said."""
        return [person for person in people if person not in self.names]


@dataclass(frozen=True, slots=True)
class Coded:
    """A certificate with its content read, and its verification code; empty when its key is gone."""

    certificate: Certificate
    content: Content
    code: str


class Issuing:
    """Issues certificates by the notices, with the keys of verification codes."""

    def __init__(self, notices: Notices, keys: Keys, namer: Namer) -> None:
        self._notices = notices
        self._keys = keys
        self.namer = namer

    async def gather(self, conn: AsyncConnection, wanted: Wanted) -> Facts:
        """Read what is on record."""
        paid = await facts_store.paid(conn, wanted.people, wanted.coverage_year)
        if wanted.kind == "enrollment":
            paid |= await exempt_of(conn, wanted.people, wanted.coverage_year)
        lines: dict[int, list[PaidLine]] = {}
        for line in await facts_store.lines(conn, list(paid.values()), wanted.coverage_year):
            lines.setdefault(line.person_id, []).append(line)
        names = dict(wanted.given)
        if wanted.may_name and (nameless := [one for one in paid.values() if one.person_id not in names]):
            every = [line for one in nameless for line in lines.get(one.person_id, ())]
            names |= await self.namer.told(conn, nameless, every)
        return Facts(paid, lines, names)

    async def issue(
        self, conn: AsyncConnection, wanted: Wanted, facts: Facts, batch_id: int | None = None
    ) -> list[Coded]:
        """Number and keep a certificate for each group; all are of one county, paid for and named."""
        first = facts.paid[wanted.groups[0][0]]
        notice = self._notices[first.county, first.coverage_year]
        issued_on = business_date(wanted.now)
        division = notice.division.ljust(6, "0")[:6]
        last = await store.reserve(conn, division, issued_on, len(wanted.groups))
        made = []
        for sequence, group in enumerate(wanted.groups, last + 1):
            number = rules.certificate_no(division, issued_on, sequence)
            made.append(self._certificate(wanted, facts, notice, group, number, batch_id))
        lines = [line for coded in made for line in _lines_of(coded.content)]
        exempt = [one for coded in made for one in _exempt_in(coded.content)]
        await store.issue(conn, [coded.certificate for coded in made], lines, exempt)
        return made

    def _certificate(
        self,
        wanted: Wanted,
        facts: Facts,
        notice: Notice,
        group: Sequence[int],
        number: str,
        batch_id: int | None,
    ) -> Coded:
        people = [_part(facts.paid[one], facts.lines.get(one, ()), facts.names[one], notice) for one in group]
        first, header = facts.paid[group[0]], notice.document.notice
        content = Content(
            kind=wanted.kind,
            certificate_no=number,
            county=first.county,
            coverage_year=first.coverage_year,
            division_code=first.division_code if wanted.payer is None else wanted.payer.division_code,
            place=header.place.zh,
            place_en=header.place.en,
            scheme=header.scheme.zh,
            scheme_en=header.scheme.en,
            issuer=rules.issuer_of(notice),
            issued_at=wanted.now,
            issued_by=wanted.by,
            check_address=wanted.check_address,
            state=rules.state_of_all([one.state for one in people]),
            people=people,
            payer=None if wanted.payer is None else wanted.payer.name,
        )
        order_no = None if wanted.payer is None else wanted.payer.order_no
        return self.coded(_kept(content, self._keys.voucher_key_id, batch_id, order_no))

    def coded(self, certificate: Certificate) -> Coded:
        """Read a kept certificate, with the code that its content has."""
        key = self._keys.voucher_keys.get(certificate.key_id)
        code = rules.verification_code(key, certificate.content) if key is not None else ""
        return Coded(certificate, rules.read(certificate.content), code)


def _kept(content: Content, key_id: str, batch_id: int | None, order_no: str | None) -> Certificate:
    return Certificate(
        certificate_no=content.certificate_no,
        kind=content.kind,
        county=content.county,
        division_code=content.division_code,
        coverage_year=content.coverage_year,
        batch_id=batch_id,
        content=content.written(),
        state=content.state,
        key_id=key_id,
        issued_at=content.issued_at,
        issued_by=content.issued_by,
        order_no=order_no,
    )


def _part(paid: Paid, lines: Sequence[PaidLine], named: Named, notice: Notice) -> PersonPart:
    window, window_en = WINDOWS.get(paid.window, (paid.window, paid.window))
    now = [_now(line, paid) for line in lines]
    # One that was given back may have been bought again: what stands counts.
    bought = [line for line in lines if line.add_on is not None and line.state == "applied"]
    add_on_fen = paid.add_on_fen + sum(line.amount_fen for line in bought)
    repairs = [
        RepairedPart(line.repaired_year, line.amount_fen)
        for line in lines
        if line.repaired_year is not None and line.state == "applied"
    ]
    counted_fen = paid.own_fen + add_on_fen + sum(one.amount_fen for one in repairs)
    if paid.exempt:
        state = rules.state_of_exempt(ExemptionNow(True, False), now, counted_fen)
    else:
        state = rules.state_of_person(now, counted_fen)
    covered = state not in ("refunded", "withdrawn")
    return PersonPart(
        person_id=paid.person_id,
        enrollment_id=paid.enrollment_id,
        name=named.name,
        masked_id=named.masked_id,
        tier=paid.tier,
        window=window,
        window_en=window_en,
        price_fen=paid.price_fen,
        own_fen=paid.own_fen,
        add_on_fen=add_on_fen,
        cover_from=paid.cover_from if covered else None,
        cover_to=paid.cover_to if covered else None,
        voucher_no=paid.voucher_no,
        state=state,
        help=[_help(line, notice) for line in paid.subsidies],
        money=[_money(line, notice) for line in lines],
        exempt=paid.exempt,
        repairs=repairs,
    )


def _now(line: PaidLine, paid: Paid) -> LineNow:
    repairs = line.repaired_year is not None
    return LineNow(line.person_id, line.state, line.amount_fen, line.refunded_fen, paid.withdrawn, repairs)


def _help(line: Mapping[str, object], notice: Notice) -> Help:
    payer, status, how = str(line["payer"]), str(line["status"]), str(line["mechanism"])
    payer_label, status_label = notice.payer_labels.get(payer), notice.labels.get(status)
    how_zh, how_en = MECHANISMS.get(how, (how, how))
    return Help(
        payer=payer_label.zh if payer_label else payer,
        payer_en=payer_label.en if payer_label else payer,
        status=status_label.zh if status_label else status,
        status_en=status_label.en if status_label else status,
        how=how_zh,
        how_en=how_en,
        amount_fen=int(str(line["amount_fen"])),
    )


def _money(line: PaidLine, notice: Notice) -> Money:
    channel, channel_en = _channel(line.channel, notice) if line.employee_fund is None else _ACCOUNT
    return Money(
        payment_id=line.payment_id,
        line_no=line.line_no,
        transaction_no=line.transaction_no,
        channel=channel,
        channel_en=channel_en,
        paid_at=line.paid_at,
        amount_fen=line.amount_fen,
        refunded_fen=line.refunded_fen,
        is_add_on=line.add_on is not None,
    )


def _channel(code: str, notice: Notice) -> tuple[str, str]:
    if code.startswith(CASH):
        collector = code.removeprefix(CASH)
        return f"现金收缴点 {collector}", f"collector {collector}"
    if code in _CHANNELS:
        return _CHANNELS[code]
    for channel in notice.document.channels:
        if channel.code == code:
            return channel.label.zh, channel.label.en
    return code, code


def _exempt_in(content: Content) -> list[CertificateExemption]:
    return [
        CertificateExemption(content.certificate_no, one.enrollment_id, one.person_id)
        for one in content.people
        if one.exempt
    ]


def _lines_of(content: Content) -> Iterator[CertificateLine]:
    for person in content.people:
        for line in person.money:
            yield CertificateLine(
                certificate_no=content.certificate_no,
                payment_id=line.payment_id,
                line_no=line.line_no,
                person_id=person.person_id,
                enrollment_id=person.enrollment_id,
                amount_fen=line.amount_fen,
                refunded_fen=line.refunded_fen,
            )
