"""Answers "can money be sent to this account?" as far as the number alone can tell.

The hard proof is the bank's own check of account and name, or its result file: many settlement accounts are
not cards, and real cards exist whose number fails Luhn, so the check digit only warns.
"""

import re
from dataclasses import dataclass

ACCOUNT = re.compile(r"[0-9]{8,32}")
#: What would break out of a column of a bank's file, or be run by a spreadsheet.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f|,;\"'\\<>\u2028\u2029]|^[=+\-@#]")
_MAX_TEXT = 60


@dataclass(frozen=True, slots=True)
class CardFault:
    """What is wrong with one member of a card row, and how to mend it."""

    member: str
    detail: str
    detail_zh: str


def normalized_account(text: str) -> str:
    """Drop the blanks and hyphens that people type into account numbers."""
    return re.sub(r"[\s-]", "", text)


def card_faults(account_no: str, bank: str, holder: str) -> list[CardFault]:
    """List what is wrong with a row; `account_no` as `normalized_account` gives it."""
    faults = []
    if not ACCOUNT.fullmatch(account_no):
        faults.append(
            CardFault("account_no", "an account number has 8 to 32 digits", "账号应为 8 至 32 位数字")
        )
    for member, value in (("bank", bank), ("holder", holder)):
        if not value.strip() or len(value) > _MAX_TEXT or _UNSAFE.search(value):
            faults.append(
                CardFault(
                    member,
                    f"{member} needs 1 to {_MAX_TEXT} characters without separators or control characters",
                    f"{'开户银行' if member == 'bank' else '户名'}应为 1 至 {_MAX_TEXT} 个字符，"
                    "不得含分隔符或控制字符",
                )
            )
    return faults


def passes_luhn(account_no: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others; only a warning when it is not."""
    total = 0
    for place, digit in enumerate(reversed(account_no)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
