"""Whether money can move by an account, as far as the number alone can tell.

The hard proof is the bank's own check of account and name, or its result file: many settlement accounts are
not cards, and real cards exist whose number fails Luhn, so the check digit only warns.
"""

import re

from libs.common.names import tidy_name, without_invisible

_ACCOUNT = re.compile(r"[0-9]{8,32}")
#: What would break out of a column of a bank's file, or be run by a spreadsheet.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f|,;\"\\<>\u2028\u2029]|^[=+\-@#]")
_MAX_TEXT = 60


class AccountFaulty(ValueError):
    """A member of an account that cannot be used. The sentences say how to mend it, never what it was."""

    def __init__(self, message: str, message_zh: str) -> None:
        super().__init__(message)
        self.message_zh = message_zh


def account_number(text: str) -> str:
    """Drop the blanks and hyphens that people type; raise AccountFaulty for what is no account number."""
    number = re.sub(r"[\s-]", "", without_invisible(text))
    if not _ACCOUNT.fullmatch(number):
        raise AccountFaulty("An account number has 8 to 32 digits.", "账号应为 8 至 32 位数字。")
    return number


def file_text(text: str) -> str:
    """Strip a text that will stand in a bank's file; raise AccountFaulty when it would break the file."""
    stripped = without_invisible(text).strip()
    if not stripped or len(stripped) > _MAX_TEXT or _UNSAFE.search(stripped):
        raise AccountFaulty(
            f"Needs 1 to {_MAX_TEXT} characters without separators or control characters.",
            f"应为 1 至 {_MAX_TEXT} 个字符，不得含分隔符或控制字符。",
        )
    return stripped


def holder_text(text: str) -> str:
    """Give the holder as banks have it, without blanks inside a Chinese name; raise AccountFaulty."""
    return file_text(tidy_name(text))


def passes_luhn(account_no: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others; only a warning when it is not."""
    total = 0
    for place, digit in enumerate(reversed(account_no)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
