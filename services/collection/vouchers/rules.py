"""Numbers and verification codes of electronic vouchers.

Number: county division (6), day of issue (8), sequence of that county and day (7), check digit (ISO 7064
MOD 11,10, which finds every mistyped digit and nearly every swap). Code: 8 letters of an HMAC over number and
content, printed beside the number; nobody without the key can make one up.
"""

import base64
import hmac
from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

VoucherState = Literal["issued", "voided"]

_CODE_LETTERS = 8
_LENGTH = 22


def voucher_no(division: str, issued_on: date, sequence: int) -> str:
    """Compose the number; raise ValueError when a part does not fit."""
    if len(division) != 6 or not division.isdigit() or not 0 < sequence < 10**7:
        raise ValueError(f"no voucher number can be made of division {division!r} and sequence {sequence}")
    digits = f"{division}{issued_on:%Y%m%d}{sequence:07d}"
    return digits + str(check_digit(digits))


def check_digit(digits: str) -> int:
    """The ISO 7064 MOD 11,10 check digit of a string of digits."""
    remainder = 10
    for digit in digits:
        remainder = (remainder + int(digit)) % 10 or 10
        remainder = remainder * 2 % 11
    return (11 - remainder) % 10


def well_formed(number: str) -> bool:
    """Whether a number can be one of ours at all: tells a typing mistake from an unknown voucher."""
    if len(number) != _LENGTH or not (number.isascii() and number.isdigit()):
        return False
    return check_digit(number[:-1]) == int(number[-1])


def plain_number(typed: str) -> str:
    """A number as people type it, without blanks and dashes."""
    return typed.replace(" ", "").replace("-", "")


def state_of(voided_at: datetime | None) -> VoucherState:
    """Whether the voucher stands."""
    return "issued" if voided_at is None else "voided"


def verification_code(key: bytes, number: str, person_id: int, amount_fen: int, paid_at: datetime) -> str:
    """Make the code of a voucher: `XXXX-XXXX` in base32 letters."""
    content = f"{number}|{person_id}|{amount_fen}|{int(paid_at.timestamp())}"
    text = base64.b32encode(hmac.digest(key, content.encode(), "sha256")).decode()[:_CODE_LETTERS]
    return f"{text[:4]}-{text[4:]}"


def code_matches(
    offered: str, keys: Mapping[str, bytes], key_id: str, number: str, person_id: int, amount_fen: int,
    paid_at: datetime,
) -> bool:  # fmt: skip
    """Compare an offered code with the one of its key; blanks, dashes and case do not matter."""
    key = keys.get(key_id)
    if key is None:
        return False
    expected = verification_code(key, number, person_id, amount_fen, paid_at).replace("-", "")
    plain = "".join(character for character in offered.upper() if character.isalnum())
    return hmac.compare_digest(expected.encode(), plain.encode())
