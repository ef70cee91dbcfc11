"""What a household row of a batch may say: the household, its members and their enrollment."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Annotated

from pydantic import Field, PlainValidator, ValidationError, WithJsonSchema, field_validator
from pydantic_core.core_schema import ValidationInfo

from libs.common.divisions import Level, level_of, parse_division_code
from libs.common.identity import clean_number
from libs.common.names import without_invisible
from libs.common.policy.engine.contract import Contract, Positive
from libs.common.web.translations import row_errors
from services.registration.people.rules import Fault, MemberGiven, Text, described
from services.registration.registering.plan import Rejected, Row, Wish
from services.registration.registering.problems import ROW_INVALID

_LONGEST_NO = 40


#: What stands where a number is not known: zeros, dashes, words for nothing, errors of spreadsheets.
_NOTHING = re.compile(
    r"0+|[\W_]+|无|暂无|没有|空|未知|不详|none|null|nil|nan|n/?a|#(?:n/a|ref!|value!|name\?|num!|null!|div/0!|#+)",
    re.IGNORECASE,
)
#: A number as programs write it that took the text for a number: its last digits may be gone.
_DAMAGED = re.compile(r"[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+|[0-9]+\.[0-9]+|\?.*\?", re.DOTALL)


def read_household_no(given: object) -> str:
    """Read the number of a household: 1 to 40 printable characters that name one. Raises Fault."""
    text = without_invisible(given) if isinstance(given, str) else ""
    number = unicodedata.normalize("NFKC", text).strip()
    if not number or len(number) > _LONGEST_NO or not number.isprintable():
        raise Fault(f"is needed: 1 to {_LONGEST_NO} characters", f"必填：1 至 {_LONGEST_NO} 个字符")
    if _DAMAGED.fullmatch(number):
        raise Fault(
            "is a number that a spreadsheet has changed; format the column as text and enter it again",
            "已被表格软件改为数值而失真，请将该列设为文本格式后重新录入",
        )
    if _NOTHING.fullmatch(number):
        raise Fault(
            "names no household; enter the number of the family in the village's register",
            "不是有效户号，请填写该户在村（社区）名册中的编号",
        )
    return number


def read_village(given: object) -> str:
    """Read the code of a village: 12 digits. Raises Fault or DivisionCodeInvalid."""
    code = parse_division_code(given if isinstance(given, str) else "")
    if level_of(code) is not Level.VILLAGE:
        raise Fault(
            "must be the code of a village or community; this one is of a higher division",
            "须填写村（社区）级 12 位代码，当前为上级区划代码",
        )
    return code


HouseholdNo = Annotated[
    str, PlainValidator(read_household_no), WithJsonSchema({"type": "string", "maxLength": _LONGEST_NO})
]
Village = Annotated[
    str, PlainValidator(read_village), WithJsonSchema({"type": "string", "pattern": "^[0-9]{12}$"})
]
AddOns = list[Annotated[Text, Field(min_length=1)]]


class EnrollGiven(Contract):
    """The enrollment that is asked for all members; tier and add-ons that are left out stay as they are."""

    county: Annotated[Text, Field(min_length=1)]
    coverage_year: Positive
    tier: Positive | None = None
    add_ons: AddOns | None = None

    def wish(self) -> Wish:
        """What is asked for each member."""
        add_ons = None if self.add_ons is None else tuple(sorted(set(self.add_ons)))
        return Wish(self.coverage_year, self.tier, add_ons)


class HouseholdGiven(Contract):
    """A household with its members."""

    household_no: HouseholdNo
    division_code: Annotated[Village, Field(description="the village, 12 digits")]
    address: Text | None = None
    head: Annotated[
        Text | None,
        Field(description="ID number of a member, of this row or registered; needed for a new household"),
    ] = None
    members: Annotated[list[MemberGiven], Field(min_length=1)]
    enroll: EnrollGiven | None = None
    county: Annotated[
        Text | None,
        Field(validate_default=True, description="needed where the village alone does not tell it"),
    ] = None

    @field_validator("county")
    @classmethod
    def _told(cls, county: str | None, info: ValidationInfo) -> str | None:
        if "enroll" not in info.data or "division_code" not in info.data or info.context is None:
            return county
        enroll = info.data["enroll"]
        found: str | None = enroll.county if enroll else county
        found = found or info.context["county_of"](info.data["division_code"])
        if not found:
            raise Fault(
                "cannot be told from the village: name the county of the notice",
                "无法由村（社区）代码确定县，请填写通知所在县",
            )
        return found


def read_household(
    given: object, index: int, today: date, county_of: Callable[[str], str | None]
) -> list[Row] | Rejected:
    """Read one household of a batch. `county_of` finds the county of a village where the row names none."""
    try:
        household = HouseholdGiven.model_validate(given, context={"today": today, "county_of": county_of})
    except ValidationError as error:
        return Rejected(index, index, ROW_INVALID.problem(errors=row_errors(error)))
    return _rows(household, index)


def _rows(household: HouseholdGiven, index: int) -> list[Row]:
    head = clean_number(household.head) if household.head is not None else None
    documents = [document for member in household.members for document in member.documents]
    among = any(document.number.number == head for document in documents)
    wish = household.enroll.wish() if household.enroll else None
    return [
        Row(
            line=index,
            unit=index,
            county=household.county or "",
            household_no=household.household_no,
            division_code=household.division_code,
            address=(household.address or "").strip() or None,
            head=any(document.number.number == head for document in member.documents),
            person=described(member, member.facts()),
            wish=wish,
            head_elsewhere=None if among else head,
        )
        for member in household.members
    ]
