"""Layouts of banks' files about payouts, as data. docs/bank-files.md says how one is written."""

from pathlib import Path
from typing import ClassVar

from libs.common.bank_files.layouts import FileLayout, Layouts, ResultLayout

PROFILES = Path(__file__).with_name("profiles")


class PayoutAnswers(ResultLayout):
    """How a bank answers of payouts."""

    NUMBER: ClassVar[str] = "payout_no"


class Profile(FileLayout):
    """The files of a bank about payouts."""

    FIELDS: ClassVar[tuple[str, ...]] = ("payout_no", "account_no", "holder", "bank", "remark")
    NEEDED: ClassVar[tuple[str, ...]] = ("payout_no", "account_no", "holder")

    result: PayoutAnswers | None = None


class Profiles(Layouts[Profile]):
    """The profiles of an installation; those of a later directory count instead of others of their name."""

    def __init__(self, *directories: Path) -> None:
        """Raises LayoutUnusable."""
        super().__init__(Profile, *directories)
