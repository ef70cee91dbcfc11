"""What a file or a request may say about a person, and how each fault of it is mended.

Absent facts stay absent (an update keeps what is known); nothing is guessed. Readers validate with the
business date as context: `model_validate(row, context={"today": today})`. Words of closed
sets are the contract's.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, TypeAlias

from pydantic import Field, JsonValue, PlainValidator, StrictBool, WithJsonSchema, field_validator
from pydantic_core.core_schema import ValidationInfo

from libs.common.identity import Document, DocumentType, clean_number, identify, parse_document
from libs.common.names import is_name, tidy_name
from libs.common.policy.engine.contract import (
    Contract,
    Day,
    Flag,
    Hukou,
    HukouKind,
    InsuranceState,
    Said,
    School,
    ServiceKind,
    Sex,
)

#: Facts of a person in the form of the assessment contract.
Facts: TypeAlias = dict[str, JsonValue]

_LONGEST_NAME = 60
#: The database can hold no NUL.
STORABLE = r"^[^\x00]*$"


class Fault(ValueError):
    """What is wrong with a member, and how to mend it, in both languages."""

    def __init__(self, message: str, message_zh: str) -> None:
        super().__init__(message)
        self.message_zh = message_zh


def read_name(given: object) -> str:
    """Read a person's name as it stands on the document: 1 to 60 characters. Raises Fault."""
    name = tidy_name(given) if isinstance(given, str) else ""
    if len(name) > _LONGEST_NAME or not is_name(name):
        raise Fault(
            f"is needed: the name as on the document, 1 to {_LONGEST_NAME} characters",
            f"必填：与证件一致的姓名，1 至 {_LONGEST_NAME} 个字符",
        )
    return name


def read_number(given: object, kind: str | None, today: date) -> Document:
    """Read a document's number; one whose type is not told is recognized by its form.

    Raises Fault or IdentityNumberInvalid.
    """
    if not isinstance(given, str) or not given.strip():
        raise Fault("is needed, as text", "必填，须为文本")
    return parse_document(kind, given, today) if kind else identify(given, today)


def _number(given: object, info: ValidationInfo) -> Document:
    assert info.context is not None, "numbers are read with the business date"
    return read_number(given, info.data.get("type") or info.data.get("document_type"), info.context["today"])


def _guardian(given: object) -> str:
    number = clean_number(given) if isinstance(given, str) else ""
    if not number or not number.isprintable():
        raise Fault("give the guardian's ID number as text", "请以文本填写监护人的证件号码")
    return number


#: A name as on the document.
Name = Annotated[
    str, PlainValidator(read_name), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 60})
]
#: The number of an identity document, read as that document.
IdNumber = Annotated[
    Document, PlainValidator(_number), WithJsonSchema({"type": "string", "examples": ["11010519491231002X"]})
]
#: A text that can be stored.
Text = Annotated[
    str,
    Field(strict=True, pattern=STORABLE, max_length=10_000),
    Said("must be text without NUL characters", "须为不含空字符（NUL）的文本"),
]


class DocumentGiven(Contract):
    """An identity document; a number whose type is not told is recognized by its form."""

    type: DocumentType | None = None
    number: IdNumber


class IdentityGiven(Contract):
    """Who a person is. Birth and sex are told by the documents, where they tell them."""

    name: Name
    documents: Annotated[list[DocumentGiven], Field(min_length=1, max_length=20)]
    sex: Annotated[
        Sex | None, Field(validate_default=True, description="told by a resident ID otherwise")
    ] = None
    born: Annotated[
        Day | None, Field(validate_default=True, description="needed where no document tells it")
    ] = None
    guardian: Annotated[
        Annotated[str, PlainValidator(_guardian), WithJsonSchema({"type": "string"})] | None,
        Field(description="ID number of a minor's guardian; else the head"),
    ] = None

    @field_validator("sex")
    @classmethod
    def _sex_agrees(cls, sex: str | None, info: ValidationInfo) -> str | None:
        for given in info.data.get("documents", ()):
            document = given.number
            sex = sex or document.sex
            if document.sex not in (None, sex):
                raise Fault(
                    f"differs from the sex in the {document.type} number; correct one of them",
                    "与证件号码中的性别不一致，请核对更正",
                )
        return sex

    @field_validator("born")
    @classmethod
    def _born_agrees(cls, born: date | None, info: ValidationInfo) -> date | None:
        if "documents" not in info.data:
            return born
        for given in info.data["documents"]:
            document = given.number
            born = born or document.born
            if document.born not in (None, born):
                raise Fault(
                    f"differs from the date of birth in the {document.type} number; correct one of them",
                    "与证件号码中的出生日期不一致，请核对更正",
                )
        if born is None:
            raise Fault(
                "is needed because no document tells the date of birth; add it as YYYY-MM-DD",
                "所给证件不含出生日期，请补填出生日期（YYYY-MM-DD）",
            )
        if info.context is not None and born > info.context["today"]:
            raise Fault("lies in the future; correct it", "出生日期晚于当前日期，请更正")
        return born


class InsuranceGiven(Contract):
    """The person's insurance as an employee."""

    state: InsuranceState | None = "none"
    ended_on: Annotated[Day | None, Field(validate_default=True)] = None

    @field_validator("state")
    @classmethod
    def _none_otherwise(cls, state: str | None) -> str:
        return state or "none"

    @field_validator("ended_on")
    @classmethod
    def _goes_with_the_state(cls, ended_on: date | None, info: ValidationInfo) -> date | None:
        if "state" in info.data and (info.data["state"] == "ended") != (ended_on is not None):
            raise Fault(
                "goes with the state `ended`, and only with it",
                "仅当 state 为 ended（已中断）时填写，且必须填写",
            )
        return ended_on


class ServiceGiven(Contract):
    """The person's service, or term in prison. `stationed` is true, or the county where."""

    kind: ServiceKind | None = "none"
    ends_on: Day | None = None
    stationed: Annotated[
        StrictBool | Annotated[str, Field(strict=True, pattern=STORABLE)] | None,
        Said(
            "must be true, or the county where as text without NUL characters",
            "须为 true，或以不含空字符（NUL）的文本填写驻地所在县",
        ),
    ] = None

    @field_validator("kind")
    @classmethod
    def _none_otherwise(cls, kind: str | None) -> str:
        return kind or "none"


class FactsGiven(Contract):
    """The facts that the assessment contract asks about a person. What is left out stays as it is."""

    hukou: Annotated[Hukou | None, Field(description="`county` for a new person otherwise")] = None
    hukou_kind: HukouKind | None = None
    residence_permit: Flag | None = None
    resident_since: Day | None = None
    employed: Flag | None = None
    parent_enrolled_in_city: Flag | None = None
    employee_insurance: InsuranceGiven | None = None
    service: ServiceGiven | None = None
    school: School | None = None

    def facts(self) -> Facts:
        """The facts that are stated, in the contract's own form."""
        return self.model_dump(mode="json", include=_FACTS, exclude_none=True)


_FACTS = set(FactsGiven.model_fields)


class MemberGiven(IdentityGiven, FactsGiven):
    """One member of a household."""


@dataclass(slots=True)
class Described:
    """A person as a row describes it."""

    name: str
    sex: str | None
    born: date
    documents: tuple[Document, ...]
    facts: Facts
    guardian: str | None = None


def described(person: IdentityGiven, facts: Facts) -> Described:
    """The person that a row describes."""
    assert person.born is not None, "the reader refuses a person without a date of birth"
    documents = tuple([given.number for given in person.documents])
    return Described(person.name, person.sex, person.born, documents, facts, person.guardian)
