"""Answers "is this a person we can register?": reads what a file or request says about one, with every fault.

Absent facts stay absent (an update keeps what is known); nothing is guessed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from libs.common.identity import Document, IdentityNumberInvalid, clean_number, identify, parse_document
from libs.common.names import normalize_name
from libs.common.web.problems import FieldError

HUKOU = ("county", "city", "elsewhere", "hong-kong", "macao", "taiwan")
SEXES = ("female", "male")
SCHOOLS = ("primary_secondary", "vocational", "university")
INSURANCE_STATES = ("none", "active", "ended")
SERVICE_KINDS = ("none", "military", "armed_police", "prison")

_ADULT_AT = 18
_LONGEST_NAME = 60
_LATIN = re.compile("[A-Za-z]")


@dataclass(slots=True)
class Described:
    """A person as a row describes it."""

    name: str
    sex: str | None
    born: date | None
    documents: tuple[Document, ...]
    facts: dict[str, Any]
    guardian: str | None = None


@dataclass(slots=True)
class Faults:
    """The faults of one row, each with the member it is about."""

    found: list[FieldError] = field(default_factory=list)

    def add(self, pointer: str, detail: str, detail_zh: str) -> None:
        """Note one fault; the words say how to mend it."""
        self.found.append(FieldError(pointer, detail, detail_zh))

    def __bool__(self) -> bool:
        return bool(self.found)


def check_texts(texts: Iterable[str], pointer: str, faults: Faults) -> None:
    """Note a NUL character, which no text of the database can hold."""
    if "\0" in "".join(texts):
        faults.add(pointer, "holds a NUL character; remove it", "含有空字符（NUL），请删除")


def read_person(given: Mapping[str, Any], at: str, today: date, faults: Faults) -> Described:
    """Read one member of a household; `at` is the pointer prefix. Faults are added, not raised."""
    name = read_name(given.get("name"), f"{at}/name", faults)
    documents = _read_documents(given.get("documents"), f"{at}/documents", today, faults)
    sex = _choice(given, "sex", SEXES, at, faults)
    born = read_date(given.get("born"), f"{at}/born", faults)
    facts = read_facts(given, at, faults)
    guardian = given.get("guardian")
    described = Described(name, sex, born, tuple(documents), facts)
    if guardian is not None:
        described.guardian = clean_number(guardian) if isinstance(guardian, str) else None
        if not described.guardian:
            faults.add(
                f"{at}/guardian", "give the guardian's ID number as text", "请以文本填写监护人的证件号码"
            )
    settle(described, at, today, faults)
    return described


def settle(described: Described, at: str, today: date, faults: Faults) -> None:
    """Fill birth and sex from the documents, and note where the row contradicts them."""
    for document in described.documents:
        _agree(described, document, at, faults)
    if described.born is None and not faults:
        faults.add(
            f"{at}/born",
            "is needed because no document tells the date of birth; add it as YYYY-MM-DD",
            "所给证件不含出生日期，请补填出生日期（YYYY-MM-DD）",
        )
    if described.born is not None and described.born > today:
        faults.add(f"{at}/born", "lies in the future; correct it", "出生日期晚于当前日期，请更正")


def _agree(person: Described, document: Document, at: str, faults: Faults) -> None:
    person.born = person.born or document.born
    if document.born not in (None, person.born):
        faults.add(
            f"{at}/born",
            f"differs from the date of birth in the {document.type} number; correct one of them",
            "与证件号码中的出生日期不一致，请核对更正",
        )
    person.sex = person.sex or document.sex
    if document.sex not in (None, person.sex):
        faults.add(
            f"{at}/sex",
            f"differs from the sex in the {document.type} number; correct one of them",
            "与证件号码中的性别不一致，请核对更正",
        )


def read_name(given: Any, pointer: str, faults: Faults) -> str:
    """Read a person's name as it stands on the document: 1 to 60 characters."""
    name = tidy_name(given) if isinstance(given, str) else ""
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        faults.add(
            pointer,
            f"is needed: the name as on the document, 1 to {_LONGEST_NAME} characters",
            f"必填：与证件一致的姓名，1 至 {_LONGEST_NAME} 个字符",
        )
    return name


def tidy_name(given: str) -> str:
    """The name as it is stored and shown: one spelling for Chinese names, single blanks in Latin ones."""
    return " ".join(given.split()) if _LATIN.search(given) else normalize_name(given)


def _read_documents(given: Any, pointer: str, today: date, faults: Faults) -> list[Document]:
    if not isinstance(given, list) or not given or not all(isinstance(item, dict) for item in given):
        faults.add(
            pointer,
            'needs at least one {"type", "number"}',
            '至少需要一个证件：{"type", "number"}',
        )
        return []
    read = [
        read_number(item.get("type"), item.get("number"), today, f"{pointer}/{index}/number", faults)
        for index, item in enumerate(given)
    ]
    return [document for document in read if document is not None]


def read_number(kind: Any, number: Any, today: date, pointer: str, faults: Faults) -> Document | None:
    """Read one document; a number whose type is not told is recognized by its form."""
    if not isinstance(number, str) or not number.strip():
        faults.add(pointer, "is needed, as text", "必填，须为文本")
        return None
    try:
        return parse_document(kind, number, today) if kind else identify(number, today)
    except IdentityNumberInvalid as invalid:
        faults.add(pointer, str(invalid), invalid.message_zh)
        return None


def read_facts(given: Mapping[str, Any], at: str, faults: Faults) -> dict[str, Any]:
    """Read the facts of the assessment contract that the row states, in the contract's own form."""
    facts: dict[str, Any] = {}
    _keep(facts, "hukou", _choice(given, "hukou", HUKOU, at, faults))
    _keep(facts, "school", _choice(given, "school", SCHOOLS, at, faults))
    for name in ("residence_permit", "employed", "parent_enrolled_in_city"):
        _keep(facts, name, _flag(given, name, at, faults))
    _keep(facts, "resident_since", _day(given, "resident_since", at, faults))
    _keep(facts, "employee_insurance", _read_insurance(given.get("employee_insurance"), at, faults))
    _keep(facts, "service", _read_service(given.get("service"), at, faults))
    return facts


def _read_insurance(given: Any, at: str, faults: Faults) -> dict[str, Any] | None:
    pointer = f"{at}/employee_insurance"
    if not _is_object(given, pointer, faults):
        return None
    state = _choice(given, "state", INSURANCE_STATES, pointer, faults) or "none"
    ended_on = _day(given, "ended_on", pointer, faults)
    if (state == "ended") != (ended_on is not None):
        faults.add(
            f"{pointer}/ended_on",
            "goes with the state `ended`, and only with it",
            "仅当 state 为 ended（已中断）时填写，且必须填写",
        )
    return {"state": state} | ({"ended_on": ended_on} if ended_on else {})


def _read_service(given: Any, at: str, faults: Faults) -> dict[str, Any] | None:
    pointer = f"{at}/service"
    if not _is_object(given, pointer, faults):
        return None
    service: dict[str, Any] = {"kind": _choice(given, "kind", SERVICE_KINDS, pointer, faults) or "none"}
    _keep(service, "ends_on", _day(given, "ends_on", pointer, faults))
    stationed = given.get("stationed")
    _keep(service, "stationed", stationed if isinstance(stationed, (bool, str)) else None)
    if isinstance(stationed, str):
        check_texts([stationed], f"{pointer}/stationed", faults)
    return service


def _is_object(given: Any, pointer: str, faults: Faults) -> bool:
    if given is None:
        return False
    if not isinstance(given, dict):
        faults.add(pointer, "must be an object", "须为对象")
        return False
    return True


def _keep(facts: dict[str, Any], name: str, value: Any) -> None:
    if value is not None:
        facts[name] = value


def _choice(
    given: Mapping[str, Any], name: str, choices: tuple[str, ...], at: str, faults: Faults
) -> str | None:
    value = given.get(name)
    if value is None or value in choices:
        return value
    words = ", ".join(choices)
    faults.add(f"{at}/{name}", f"must be one of: {words}", f"只能取以下之一：{words}")
    return None


def _flag(given: Mapping[str, Any], name: str, at: str, faults: Faults) -> bool | None:
    value = given.get(name)
    if value is None or isinstance(value, bool):
        return value
    faults.add(f"{at}/{name}", "must be true or false", "只能为 true 或 false")
    return None


def _day(given: Mapping[str, Any], name: str, at: str, faults: Faults) -> str | None:
    day = read_date(given.get(name), f"{at}/{name}", faults)
    return day.isoformat() if day else None


def read_date(value: Any, pointer: str, faults: Faults) -> date | None:
    """Read a date written YYYY-MM-DD, or nothing."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        faults.add(pointer, "must be a date written YYYY-MM-DD", "须为 YYYY-MM-DD 格式的日期")
        return None


def is_minor(born: date, on: date) -> bool:
    """Whether a person is under 18 on a day."""
    return (on.year - born.year - ((on.month, on.day) < (born.month, born.day))) < _ADULT_AT
