"""What a certificate says, its number and code, and how what it is about stands now."""

import base64
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Literal

import orjson

from libs.common.policy import Notice
from services.collection.vouchers.rules import check_digit, voucher_no, well_formed

#: receipt: what was paid, with every payment; certificate: that somebody has paid, in a sentence; enrollment:
#: that somebody is enrolled, and who pays for it, also where help covers it all.
CertificateKind = Literal["receipt", "certificate", "enrollment"]
#: How the money of a person stands, or the help that covers it (exemption_ended: it does no more). Of a
#: certificate for several it is that of all, or changed_in_part.
CertificateState = Literal[
    "stands",
    "partly_refunded",
    "refunded",
    "withdrawn",
    "not_counted",
    "changed_in_part",
    "exemption_ended",
]

_LETTER = "Z"
_CODE_LETTERS = 8
#: How papers are laid out by which program; a content says it, so that it is set again as it was.
#: From the second on amounts have a comma at each thousand.
LAYOUT = 2


@dataclass(frozen=True, slots=True)
class Help:
    """Who else bore a part of the price."""

    payer: str
    payer_en: str
    status: str
    status_en: str
    how: str
    how_en: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Money:
    """One payment line, with what of it had gone back when the certificate was issued."""

    payment_id: int
    line_no: int
    transaction_no: str
    channel: str
    channel_en: str
    paid_at: datetime
    amount_fen: int
    refunded_fen: int
    is_add_on: bool


@dataclass(frozen=True, slots=True)
class RepairedPart:
    """A lapsed year that was repaired beside the contribution."""

    year: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PersonPart:
    """What a certificate says of one person."""

    person_id: int
    enrollment_id: int
    name: str
    masked_id: str
    tier: int | None
    window: str
    window_en: str
    price_fen: int
    own_fen: int
    add_on_fen: int
    cover_from: date | None
    cover_to: date | None
    voucher_no: str
    state: CertificateState
    help: Sequence[Help] = ()
    money: Sequence[Money] = ()
    #: Help covers the whole contribution.
    exempt: bool = False
    repairs: Sequence[RepairedPart] = field(default_factory=list)

    @property
    def counted_fen(self) -> int:
        """What was applied: own part, add-ons and repaired years."""
        return self.own_fen + self.add_on_fen + sum(one.amount_fen for one in self.repairs)

    @property
    def paid_fen(self) -> int:
        """What was paid for the person."""
        return sum(one.amount_fen for one in self.money)

    @property
    def refunded_fen(self) -> int:
        """What of it went back."""
        return sum(one.refunded_fen for one in self.money)


@dataclass(frozen=True, slots=True)
class Content:
    """All that a certificate says. It is kept sealed, and never changed."""

    kind: CertificateKind
    certificate_no: str
    county: str
    coverage_year: int
    division_code: str
    place: str
    place_en: str
    scheme: str
    scheme_en: str
    issuer: str
    issued_at: datetime
    issued_by: str
    check_address: str
    state: CertificateState
    people: Sequence[PersonPart] = field(default_factory=list)
    layout: int = LAYOUT
    #: The unit that paid for the people on its list; else they paid, or somebody for them.
    payer: str | None = None

    def written(self) -> dict[str, object]:
        """As it is kept: JSON, instants with their offset."""
        return dict(orjson.loads(orjson.dumps(asdict(self))))

    @property
    def paid_fen(self) -> int:
        """What was paid for all."""
        return sum(one.paid_fen for one in self.people)

    @property
    def refunded_fen(self) -> int:
        """What of it went back."""
        return sum(one.refunded_fen for one in self.people)


def read(written: Mapping[str, object]) -> Content:
    """Read a content as it is kept."""
    found = dict(written)
    people = found.pop("people")
    assert isinstance(people, list)
    issued_at = datetime.fromisoformat(str(found.pop("issued_at")))
    return Content(**found, issued_at=issued_at, people=[_person(one) for one in people])  # type: ignore[arg-type]


def _person(written: Mapping[str, object]) -> PersonPart:
    found = dict(written)
    help_given, money, repairs = found.pop("help"), found.pop("money"), found.pop("repairs", [])
    assert isinstance(help_given, list) and isinstance(money, list) and isinstance(repairs, list)
    days = {name: _day(found.pop(name)) for name in ("cover_from", "cover_to")}
    return PersonPart(
        **found,  # type: ignore[arg-type]
        **days,  # type: ignore[arg-type]
        help=[Help(**one) for one in help_given],
        repairs=[RepairedPart(**one) for one in repairs],
        money=[Money(**one | {"paid_at": datetime.fromisoformat(one["paid_at"])}) for one in money],
    )


def _day(text: object) -> date | None:
    return None if text is None else date.fromisoformat(str(text))


# ------------------------------------------------------------------------------------- number and code


def certificate_no(division: str, issued_on: date, sequence: int) -> str:
    """Compose the number: Z and 22 digits like a voucher's, of a counter of its own."""
    return _LETTER + voucher_no(division, issued_on, sequence)


def could_be_ours(number: str) -> bool:
    """Whether a number can be one of ours at all: tells a typing mistake from an unknown certificate."""
    return number[:1] == _LETTER and well_formed(number[1:]) and check_digit(number[1:-1]) == int(number[-1])


def plain_number(typed: str) -> str:
    """A number as people type it, without blanks and dashes."""
    return typed.replace(" ", "").replace("-", "").upper()


def verification_code(key: bytes, content: Mapping[str, object]) -> str:
    """Make the code of a certificate over all that it says: `XXXX-XXXX` in base32 letters.

    So a content that somebody changed in the database has another code than the paper.
    """
    text = b"certificate\n" + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    letters = base64.b32encode(hmac.digest(key, text, "sha256")).decode()[:_CODE_LETTERS]
    return f"{letters[:4]}-{letters[4:]}"


def code_matches(offered: str, expected: str) -> bool:
    """Compare an offered code; blanks, dashes and case do not matter."""
    plain = "".join(character for character in offered.upper() if character.isalnum())
    return hmac.compare_digest(expected.replace("-", "").encode(), plain.encode())


# ------------------------------------------------------------------------------------------ how it stands


@dataclass(frozen=True, slots=True)
class LineNow:
    """How a line of a certificate stands."""

    person_id: int
    state: str
    amount_fen: int
    refunded_fen: int
    withdrawn: bool
    #: For a lapsed year: without the contribution it gives no cover.
    repairs: bool


def state_of_person(lines: Collection[LineNow], counted_fen: int) -> CertificateState:
    """How the money of one person stands. Repaired lapsed years are nothing without their contribution."""
    state, others = _state_of_money(lines, counted_fen), [line for line in lines if not line.repairs]
    gone = others and all(line.amount_fen == line.refunded_fen for line in others)
    return "refunded" if gone and state != "withdrawn" else state


def _state_of_money(lines: Collection[LineNow], counted_fen: int) -> CertificateState:
    """How money stands; that an officer ended the cover comes before what became of it.

    `counted_fen` was applied: of a payment that was too high, the rest may have gone back before.
    """
    left_fen = sum(line.amount_fen - line.refunded_fen for line in lines)
    if any(line.withdrawn for line in lines):
        return "withdrawn"
    if not left_fen:
        return "refunded"
    if any(line.state == "suspended" for line in lines):
        return "not_counted"
    return "partly_refunded" if left_fen < counted_fen else "stands"


@dataclass(frozen=True, slots=True)
class ExemptionNow:
    """Whether help still covers the contribution of somebody, and whether an officer ended the cover."""

    exempt: bool
    withdrawn: bool


def state_of_exempt(now: ExemptionNow, lines: Collection[LineNow], counted_fen: int) -> CertificateState:
    """How the year of somebody who was exempt stands; `counted_fen` was paid beside it, by `lines`."""
    if now.exempt:
        return _state_of_money(lines, counted_fen) if counted_fen else "stands"
    return "withdrawn" if now.withdrawn else "exemption_ended"


def state_of_all(states: Collection[CertificateState]) -> CertificateState:
    """How a certificate of several persons stands."""
    different = set(states)
    return different.pop() if len(different) == 1 else "changed_in_part"


def issuer_of(notice: Notice) -> str:
    """Who issues certificates by a notice: its medical-insurance department, else who issued the notice.

    Departments are named as in the county itself (县医保局): the name of the place comes before. That of the
    district around a town has no name there.
    """
    place = notice.document.notice.place.zh
    for department in notice.document.departments:
        short = department.label.zh.split("（")[0]
        if department.role == "medical_insurance" and short[:1] == place[-1:]:
            return place + short[1:]
    return notice.document.notice.issuer
