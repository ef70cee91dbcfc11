"""Masks numbers and names of people for output, and catches them in texts that others made."""

import re

from libs.common.identity import check_digit

# A number with a plausible birth date is an identity number wherever it stands, even glued to letters; people
# write it in groups, too.
_RESIDENT_ID = re.compile(
    r"(?<!\d)[1-9]\d{5}[ -]?(?:18|19|20)\d{2}[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12]\d|3[01])[ -]?"
    r"\d{3}[ -]?[\dXx](?!\d)"
)
_LEGACY_ID = re.compile(r"(?<!\d)[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)")
# Other long numbers may be an account, or part of a digest: only those that stand alone are masked.
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{12,32}[Xx]?(?![0-9A-Za-z])")
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])\d{4}(?:[ -]\d{4}){2,6}(?:[ -]?\d{1,3})?(?![0-9A-Za-z])")
# Permits of Hong Kong and Macao, birth certificates, the older numbers of foreigners.
_LETTERED = re.compile(
    r"(?<![0-9A-Za-z])(?:[HMhm](?:\d{10}|\d{8})|[A-Za-z]\d{9}|[A-Za-z]{3}\d{12})(?![0-9A-Za-z])"
)
_PHONE = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9A-Za-z])")

_HIDDEN = "***"


def mask_identity_number(number: str) -> str:
    """Keep the first 6 and last 4 characters of an 18-digit number, less of a shorter one."""
    if len(number) >= 15:
        return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"
    return f"{number[:2]}{'*' * max(len(number) - 4, 1)}{number[-2:]}" if len(number) > 4 else _HIDDEN


def mask_account(number: str) -> str:
    """Keep the last 4 digits of a bank account."""
    return f"{'*' * (len(number) - 4)}{number[-4:]}" if len(number) > 6 else _HIDDEN


def mask_name(name: str) -> str:
    """Keep the first character, which is mostly the family name: `张**`."""
    return name[:1] + "*" * max(len(name) - 1, 1) if name else ""


def mask_phone(number: str) -> str:
    """Keep the first 3 and last 4 digits of a phone number."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 11 else _HIDDEN


def mask_identities(text: str) -> str:
    """Mask what is an identity number beyond doubt in a number that others made: date and check digit fit.

    What only looks like one stays: a channel or a bank knows its paper by it.
    """
    return _RESIDENT_ID.sub(lambda found: _masked(found[0]), text)


def _masked(number: str) -> str:
    whole = re.sub("[ -]", "", number)
    fits = check_digit(whole[:-1]) == whole[-1].upper()
    return mask_identity_number(whole) if fits else number


def mask_text(text: str) -> str:
    """Hide numbers of documents, phones, and numbers of 12 to 32 digits in a text that others made."""
    if not any(character.isdigit() for character in text):
        return text
    for pattern in (_RESIDENT_ID, _LEGACY_ID, _LONG_NUMBER, _ACCOUNT, _LETTERED, _PHONE):
        text = pattern.sub(_HIDDEN, text)
    return text


#: Members that are personal whatever they hold; division codes have 12 digits and are not personal.
PERSONAL_MEMBERS = frozenset(
    {"id_number", "number", "name", "holder", "account_no", "card_no", "phone", "address", "token", "secret"}
)
_PUBLIC_MEMBERS = frozenset({"division_code", "division", "timestamp", "level", "logger"})


def mask_members(value: object, key: str = "") -> object:
    """Mask a structure on its way to the log: personal members whole, other texts by their patterns."""
    if isinstance(value, str):
        if key in PERSONAL_MEMBERS:
            return _HIDDEN
        return value if key in _PUBLIC_MEMBERS else mask_text(value)
    if isinstance(value, dict):
        return {name: mask_members(member, str(name)) for name, member in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [mask_members(member, key) for member in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**14:
        return _HIDDEN
    if value is None or isinstance(value, (int, float)):
        return value
    return mask_text(str(value))
