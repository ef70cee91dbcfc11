"""Layouts of banks' files about debits, as data. docs/debits.md says how one is written."""

import re
from datetime import time
from pathlib import Path
from typing import ClassVar

from libs.common.bank_files.layouts import FileLayout, Layouts, ResultLayout

PROFILES = Path(__file__).with_name("profiles")


class DebitAnswers(ResultLayout):
    """How a bank answers of debits.

    `closed` are patterns of its words for an account that is no more; `instants` how the column `paid_at` is
    written, as `%Y%m%d%H%M%S`, or the day alone.
    """

    NUMBER: ClassVar[str] = "debit_no"
    OWN: ClassVar[tuple[str, ...]] = ("paid_at",)

    closed: tuple[re.Pattern[str], ...] = ()
    paid_at: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y%m%d%H%M%S", "%Y%m%d")

    @property
    def closing(self) -> tuple[re.Pattern[str], ...]:
        """Patterns of the bank's words for an account that is no more."""
        return self.closed

    @property
    def instants(self) -> tuple[str, ...]:
        """How instants are written."""
        return self.paid_at


class Profile(FileLayout):
    """The files of a bank about debits; `debited_at` is the time of the day at which it debits."""

    FIELDS: ClassVar[tuple[str, ...]] = ("debit_no", "account_no", "holder", "agreement_no", "remark")
    NEEDED: ClassVar[tuple[str, ...]] = ("debit_no", "account_no", "holder")

    debited_at: time = time(16, 30)
    result: DebitAnswers | None = None


class Profiles(Layouts[Profile]):
    """The profiles of an installation; those of a later directory count instead of others of their name."""

    def __init__(self, *directories: Path) -> None:
        """Raises LayoutUnusable."""
        super().__init__(Profile, *directories)
