"""Certificates as the API shows and takes them; full names stand on the papers alone."""

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, Id, Instant, Page, Text
from services.collection.cash.schemas import Division
from services.collection.certificates.rules import CertificateKind, CertificateState
from services.collection.examples import listed, shown

CertificateAfter = Annotated[
    str | None, Query(pattern="^Z[0-9]{22}$", description="`next_after` of the page before")
]

_NO, _CODE = "Z3504262019112000000173", "K3QD-7RXA"
_PART: JsonDict = {
    "masked_name": "林**",
    "masked_id": "350426********121X",
    "state": "partly_refunded",
    "exempt": False,
    "paid_fen": 7000,
    "refunded_fen": 2000,
    "cover_from": "2020-01-01",
    "cover_to": "2020-12-31",
}
_CERTIFICATE: JsonDict = {
    "certificate_no": _NO,
    "code": _CODE,
    "kind": "receipt",
    "county": "youxi",
    "coverage_year": 2020,
    "division_code": "350426101203",
    "state": "stands",
    "state_now": "partly_refunded",
    "paid_fen": 7000,
    "refunded_fen": 0,
    "people": [
        {
            "person_id": 101,
            "help": [{"payer": "medical assistance fund", "payer_zh": "医疗救助资金", "amount_fen": 18000}],
            **_PART,
        }
    ],
    "issued_at": "2019-11-20T10:05:00+08:00",
    "issued_by": "mini-program",
    "batch_id": None,
    "check_address": f"https://canbao.example/collection/certificates/check?no={_NO}&code={_CODE}",
}
_VERDICT: JsonDict = {
    "genuine": True,
    "certificate_no": _NO,
    "kind": "receipt",
    "state": "stands",
    "state_now": "partly_refunded",
    "county": "youxi",
    "place": "尤溪县",
    "coverage_year": 2020,
    "issuer": "尤溪县医保局",
    "issued_at": "2019-11-20T10:05:00+08:00",
    "paid_fen": 7000,
    "refunded_fen": 0,
    "refunded_now_fen": 2000,
    "people": [_PART],
}
_BATCH: JsonDict = {"batch_id": 3, "issued": 2, "unnamed": [104], "next_after": None}


class PersonOnCertificate(Body):
    """Who it is for, as on the identity document."""

    id_number: Annotated[Text, Field(min_length=1, max_length=40)]
    name: Annotated[Text, Field(min_length=1, max_length=100)]


class NewCertificate(Body):
    """A certificate for one person, or for people of one household: by number and name, or by id."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "receipt",
                    "county": "youxi",
                    "coverage_year": 2020,
                    "people": [{"id_number": "350426197001011213", "name": "林一"}],
                    "household": False,
                }
            ]
        }
    )

    kind: CertificateKind = Field(description="receipt 缴费收据, certificate 缴费证明, enrollment 参保证明")
    county: CountyCode | None = None
    coverage_year: CoverageYear
    people: Annotated[list[PersonOnCertificate], Field(max_length=20)] = Field(default_factory=list)
    person_ids: Annotated[list[Id], Field(max_length=20)] = Field(default_factory=list)
    household: bool = Field(default=False, description="and everybody of the household who is paid for")


class CertifiedPerson(Answer):
    """One person of a certificate. `state` and `refunded_fen` are as they stand now."""

    masked_name: str
    masked_id: str
    state: CertificateState
    exempt: bool = Field(description="help covers the whole contribution, by the paper")
    paid_fen: int
    refunded_fen: int
    cover_from: date | None = Field(description="null where the paper says none")
    cover_to: date | None


class RepairedYear(Answer):
    """A lapsed year that was repaired beside the contribution, by the paper, with its money."""

    repaired_year: int
    amount_fen: int


class BorneByOthers(Answer):
    """Who else bears a part of the price, by the paper, with how much."""

    payer: str
    payer_zh: str
    amount_fen: int


class KnownPerson(CertifiedPerson):
    """The same for whoever may see ids, with who bears what the person does not."""

    person_id: int
    help: list[BorneByOthers]
    repairs: list[RepairedYear] = Field(default=[])


class Certificate(Answer):
    """A certificate. `state` is what the paper says, `state_now` how the money stands now."""

    model_config = shown(_CERTIFICATE)

    certificate_no: str
    code: str = Field(description="printed beside the number; both are in the QR code")
    kind: CertificateKind
    county: str
    coverage_year: int
    division_code: str
    state: CertificateState
    state_now: CertificateState
    paid_fen: int
    refunded_fen: int = Field(description="by the paper")
    people: list[KnownPerson]
    issued_at: Instant
    issued_by: str
    batch_id: int | None
    check_address: str = Field(description="where anybody may check it, as in the QR code")


class Certificates(Page[Certificate]):
    """Certificates by number."""

    model_config = shown(listed(_CERTIFICATE))


class CertificateCheck(Body):
    """Number and code as they are printed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"certificate_no": _NO, "code": _CODE}]})

    certificate_no: Annotated[str, Field(max_length=40)]
    code: Annotated[str, Field(max_length=20)]


class CertificateVerdict(Answer):
    """Whether a certificate is genuine and how its money stands; what it says is shown for the right code."""

    model_config = shown(_VERDICT)

    genuine: bool
    certificate_no: str | None = None
    kind: CertificateKind | None = None
    state: CertificateState | None = Field(default=None, description="by the paper")
    state_now: CertificateState | None = None
    county: str | None = None
    place: str | None = None
    coverage_year: int | None = None
    issuer: str | None = None
    issued_at: Instant | None = None
    paid_fen: int | None = None
    refunded_fen: int | None = Field(default=None, description="by the paper")
    refunded_now_fen: int | None = None
    people: list[CertifiedPerson] = Field(default_factory=list)


class NewCertificateBatch(Body):
    """Certificates of everybody who is paid for in a division; `enrollment` of who is exempt, too."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "certificate",
                    "county": "youxi",
                    "coverage_year": 2020,
                    "division_code": "350426101000",
                    "by_household": False,
                }
            ]
        }
    )

    kind: CertificateKind
    county: CountyCode
    coverage_year: CoverageYear
    division_code: Division
    by_household: bool = Field(default=False, description="one for each household")
    people: Annotated[list[PersonOnCertificate], Field(max_length=1_000)] = Field(
        default_factory=list,
        description="numbers and names of those whom no channel named, such as who is exempt",
    )


class CertificateBatch(Answer):
    """What was issued. For `unnamed` nobody said the full name: ask for them with number and name."""

    model_config = shown(_BATCH)

    batch_id: int | None = Field(description="null where nothing was issued")
    issued: int
    unnamed: list[int]
    next_after: str | None = Field(description="more wait: ask again with it as `after`")
