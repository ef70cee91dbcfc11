"""Whether a deposit adds up, and what of a collector's money is still missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from libs.common.photos import JPEG, PNG

#: made: the slip stands; withdrawn: it was entered wrongly, and what it covered is in hand again.
DepositState = Literal["made", "withdrawn"]
#: What a photo of a slip may be.
PhotoType = Literal["image/jpeg", "image/png", "application/pdf"]
#: A photo of a telephone, made smaller, or a scan.
MOST_PHOTO_BYTES = 2 * 2**20
#: Front and back, and another try.
MOST_PHOTOS = 4
_MAGIC: Mapping[bytes, PhotoType] = {JPEG: "image/jpeg", PNG: "image/png", b"%PDF-": "application/pdf"}
SUFFIXES: Mapping[PhotoType, str] = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}


def photo_type(content: bytes) -> PhotoType | None:
    """What a file is by its first bytes, whatever its sender calls it; None: nothing that is kept."""
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a slip and the receipts it was to bring differ."""

    amount_fen: int
    covered_fen: int
    made_good_fen: int = 0

    @property
    def missing_fen(self) -> int:
        """What was taken and is not in the bank; negative: the bank has more than was recorded."""
        return self.covered_fen - self.amount_fen - self.made_good_fen

    @property
    def adds_up(self) -> bool:
        """Whether nobody has to look."""
        return self.missing_fen == 0
