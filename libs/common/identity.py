"""Identity documents: which numbers are possible, and which person a number names.

Sources: GB 11643-1999 (resident ID); the notices of the immigration authority on permits. What a number's
region code says is never a reason to refuse a person: codes are abolished, numbers are for life.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import mul

from libs.common.names import without_invisible


class DocumentType(StrEnum):
    """Which document a number comes from; a person may have several."""

    #: 居民身份证, also the 15-digit numbers of before 1999
    RESIDENT_ID = "resident_id"
    #: 港澳台居民居住证: 18 digits from 81, 82 or 83
    HMT_RESIDENCE_PERMIT = "hmt_residence_permit"
    #: 港澳居民来往内地通行证: H or M, 8 digits for life, 2 more that count renewals
    HK_MACAO_PERMIT = "hk_macao_permit"
    #: 台湾居民来往大陆通行证: 8 digits for life, once followed by a count of issues
    TAIWAN_PERMIT = "taiwan_permit"
    #: 外国人永久居留身份证: 3 letters and 12 digits, or since December 2023 18 digits from 9
    FOREIGNER_ID = "foreigner_id"
    #: 出生医学证明 of a newborn without an ID number: a letter and 9 digits
    BIRTH_CERTIFICATE = "birth_certificate"


class IdentityNumberInvalid(ValueError):
    """No such document can exist. The sentences say how to mend it and never repeat the number."""

    def __init__(self, reason: str, message: str, message_zh: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message_zh = message_zh


@dataclass(frozen=True, slots=True)
class Document:
    """A document that can exist. `number` is what to compare on: renewals of a permit give the same number.

    `sex` is female or male; `warnings` are unknown_region, legacy_number, implausible_age.
    """

    type: DocumentType
    number: str
    born: date | None = None
    sex: str | None = None
    warnings: tuple[str, ...] = ()


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        [71],
    )
    for code in codes
)
_HMT_PREFIXES = ("81", "82", "83")
_OLDEST_PLAUSIBLE_AGE = 125

_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[0-9]{15}")
_HK_MACAO = re.compile(r"([HM][0-9]{8})(?:[0-9]{2})?")
_TAIWAN = re.compile(r"([0-9]{8})(?:[0-9]{2}(?:\(?[A-Z]\)?)?)?")
_OLD_FOREIGNER = re.compile(r"[A-Z]{3}[0-9]{12}")
_BIRTH_CERTIFICATE = re.compile(r"[A-Z][0-9]{9}")


def check_digit(first17: str) -> str:
    """The last character of an 18-digit number (MOD 11-2): a digit or X."""
    total = sum(map(mul, _WEIGHTS, map(int, first17)))
    return _CHECK_DIGITS[total % 11]


def compose_resident_id(region: str, born: date, sequence: int) -> str:
    """The 18-digit number of a 6-digit region, a day and a sequence of 0 to 999 (odd for men)."""
    first17 = f"{region}{born:%Y%m%d}{sequence:03d}"
    return first17 + check_digit(first17)


def clean_number(text: str) -> str:
    """Undo what keyboards and spreadsheets do: full width, blanks, lower case, apostrophes, invisible marks.

    `="350…"`, by which systems keep a spreadsheet from damaging a number, is undone too.
    """
    if text.isascii() and text.isalnum():
        return text.upper()  # as good as all numbers, and a roster has hundreds of thousands
    text = unicodedata.normalize("NFKC", without_invisible(text)).strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return "".join(
        character for character in text if not character.isspace() and character not in "'`-"
    ).upper()


def parse_document(type: str, number: str, today: date) -> Document:
    """Check a number as a document of the given type; raise IdentityNumberInvalid.

    `today` is the business date: nobody is born after it.
    """
    try:
        known = DocumentType(type)
    except ValueError:
        names = ", ".join(DocumentType)
        raise IdentityNumberInvalid(
            "unknown_type", f"The document type must be one of {names}.", f"证件类型必须是下列之一：{names}。"
        ) from None
    return _PARSERS[known](clean_number(number), today)


def identify(number: str, today: date) -> Document:
    """Check a number of untold type (the forms of all documents differ); raise IdentityNumberInvalid."""
    cleaned = clean_number(number)
    return _PARSERS[_type_of(cleaned)](cleaned, today)


def _type_of(number: str) -> DocumentType:
    if _EIGHTEEN.fullmatch(number):
        if number.startswith(_HMT_PREFIXES):
            return DocumentType.HMT_RESIDENCE_PERMIT
        return DocumentType.FOREIGNER_ID if number[0] == "9" else DocumentType.RESIDENT_ID
    for pattern, type in (
        (_HK_MACAO, DocumentType.HK_MACAO_PERMIT),
        (_BIRTH_CERTIFICATE, DocumentType.BIRTH_CERTIFICATE),
        (_OLD_FOREIGNER, DocumentType.FOREIGNER_ID),
        (_TAIWAN, DocumentType.TAIWAN_PERMIT),
    ):
        if pattern.fullmatch(number):
            return type
    return DocumentType.RESIDENT_ID  # what most people mean; its own sentences say what is wrong


def _resident_id(number: str, today: date) -> Document:
    if _FIFTEEN.fullmatch(number):
        born = _birth_date("19" + number[6:12], today)
        upgraded = compose_resident_id(number[:6], born, int(number[12:]))
        return _with_birth(DocumentType.RESIDENT_ID, upgraded, born, today, ("legacy_number",))
    _require_eighteen(number)
    if number.startswith(_HMT_PREFIXES):
        raise _wrong_type(DocumentType.HMT_RESIDENCE_PERMIT, "港澳台居民居住证")
    if number[0] == "9":
        raise _wrong_type(DocumentType.FOREIGNER_ID, "外国人永久居留身份证")
    return _checked_eighteen(DocumentType.RESIDENT_ID, number, today)


def _hmt_residence_permit(number: str, today: date) -> Document:
    _require_eighteen(number)
    if not number.startswith(_HMT_PREFIXES):
        raise IdentityNumberInvalid(
            "wrong_form",
            "A residence permit for Hong Kong, Macao or Taiwan residents starts with 81, 82 or 83.",
            "港澳台居民居住证号码应以 81、82 或 83 开头。",
        )
    return _checked_eighteen(DocumentType.HMT_RESIDENCE_PERMIT, number, today)


def _hk_macao_permit(number: str, today: date) -> Document:
    if match := _HK_MACAO.fullmatch(number):
        return Document(DocumentType.HK_MACAO_PERMIT, match[1])
    raise IdentityNumberInvalid(
        "wrong_form",
        "A Hong Kong or Macao travel permit is H or M and 8 digits, with or without 2 more.",
        "港澳居民来往内地通行证号码为 H 或 M 加 8 位数字（旧证另有 2 位换证次数）。",
    )


def _taiwan_permit(number: str, today: date) -> Document:
    if match := _TAIWAN.fullmatch(number):
        return Document(DocumentType.TAIWAN_PERMIT, match[1])
    raise IdentityNumberInvalid(
        "wrong_form",
        "A Taiwan travel permit is 8 digits (an old one has 2 more).",
        "台湾居民来往大陆通行证号码为 8 位数字（旧证另有 2 位签发次数）。",
    )


def _foreigner_id(number: str, today: date) -> Document:
    if _OLD_FOREIGNER.fullmatch(number):
        return Document(DocumentType.FOREIGNER_ID, number)
    if not _EIGHTEEN.fullmatch(number) or number[0] != "9":
        raise IdentityNumberInvalid(
            "wrong_form",
            "A foreigner's permanent residence ID is 3 letters and 12 digits, or 18 digits from 9.",
            "外国人永久居留身份证号码为 3 位字母加 12 位数字，或以 9 开头的 18 位号码。",
        )
    _require_check_digit(number)
    try:
        born = _birth_date(number[6:14], today)
    except IdentityNumberInvalid:
        # Where the birth date stands is known from the form of other numbers only: no reason to refuse.
        return Document(DocumentType.FOREIGNER_ID, number)
    return Document(DocumentType.FOREIGNER_ID, number, born, _sex(number))


def _birth_certificate(number: str, today: date) -> Document:
    if _BIRTH_CERTIFICATE.fullmatch(number):
        return Document(DocumentType.BIRTH_CERTIFICATE, number)
    raise IdentityNumberInvalid(
        "wrong_form",
        "A birth certificate is a letter and 9 digits.",
        "出生医学证明编号为 1 位字母加 9 位数字。",
    )


_PARSERS = {
    DocumentType.RESIDENT_ID: _resident_id,
    DocumentType.HMT_RESIDENCE_PERMIT: _hmt_residence_permit,
    DocumentType.HK_MACAO_PERMIT: _hk_macao_permit,
    DocumentType.TAIWAN_PERMIT: _taiwan_permit,
    DocumentType.FOREIGNER_ID: _foreigner_id,
    DocumentType.BIRTH_CERTIFICATE: _birth_certificate,
}


def _require_eighteen(number: str) -> None:
    if _EIGHTEEN.fullmatch(number):
        return
    if "*" in number:
        found, found_zh = (
            "This one hides some by *: write it whole",
            "当前以 * 隐去了几位，请填写完整号码",
        )
    elif len(number) != 18:
        found, found_zh = f"This one has {len(number)}", f"当前为 {len(number)} 位"
    else:
        place = next((at for at, sign in enumerate(number[:17], 1) if sign not in "0123456789"), 18)
        found, found_zh = f"Character {place} is none of these", f"当前第 {place} 位有误"
    raise IdentityNumberInvalid(
        "wrong_form",
        f"An ID number has 18 characters: 17 digits, then a digit or X. {found}.",
        f"身份证号应为 18 位：前 17 位为数字，末位为数字或 X。{found_zh}。",
    )


def _require_check_digit(number: str) -> None:
    if check_digit(number[:17]) != number[17]:
        raise IdentityNumberInvalid(
            "check_digit",
            "The check digit does not match: one of the digits is mistyped. Compare with the document.",
            "校验码不符：号码中有一位输入有误，请对照证件核对。",
        )


def _birth_date(digits: str, today: date) -> date:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise IdentityNumberInvalid(
            "birth_date",
            "Digits 7 to 14 are not a date of the calendar. Compare with the document.",
            "号码第 7 至 14 位不是有效日期，请对照证件核对。",
        ) from None
    if born > today:
        raise IdentityNumberInvalid(
            "birth_date_in_future",
            "The birth date in the number lies in the future. Compare with the document.",
            "号码中的出生日期晚于今天，请对照证件核对。",
        )
    return born


def _checked_eighteen(type: DocumentType, number: str, today: date) -> Document:
    born = _birth_date(number[6:14], today)
    _require_check_digit(number)
    return _with_birth(type, number, born, today, ())


def _with_birth(type: DocumentType, number: str, born: date, today: date, found: tuple[str, ...]) -> Document:
    if type is DocumentType.RESIDENT_ID and number[:2] not in _PROVINCES:
        found = (*found, "unknown_region")
    if today.year - born.year > _OLDEST_PLAUSIBLE_AGE:
        found = (*found, "implausible_age")
    return Document(type, number, born, _sex(number), found)


def _sex(number: str) -> str:
    return "male" if int(number[16]) % 2 else "female"


def _wrong_type(right: DocumentType, name_zh: str) -> IdentityNumberInvalid:
    return IdentityNumberInvalid(
        "wrong_type",
        f"This number belongs to a document of type {right}.",
        f"该号码属于{name_zh}，请更正证件类型。",
    )
