"""Which parts of a payment may be shown to whom."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar


class Placed(Protocol):
    """A payment line: it lies in a division, or in none that is known."""

    @property
    def division_code(self) -> str | None: ...


Line = TypeVar("Line", bound=Placed)
Sees = Callable[[str | None], bool]


def visible(
    lines: Iterable[Line], sees: Sees, *, matched: bool, county_code: str | None
) -> Sequence[Line] | None:
    """The lines within the division of the caller; None when not even the payment itself may be shown.

    A payment that is not matched yet has no lines: it shows to whoever sees the county that it names.
    """
    seen = [line for line in lines if sees(line.division_code)]
    if seen or (not matched and sees(county_code)):
        return seen
    return None
