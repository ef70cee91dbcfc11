"""Which part of a list is wanted, of what the caller may see."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page within a division, in the order of ids; what is None does not matter."""

    division: str
    division_range: tuple[str, str]
    state: str | None
    county: str | None
    coverage_year: int | None
    after: int
    limit: int

    def parameters(self) -> dict[str, object]:
        """As the statements of lists take them."""
        lowest, highest = self.division_range
        return {
            "division": self.division,
            "lowest": lowest,
            "highest": highest,
            "state": self.state,
            "county": self.county,
            "coverage_year": self.coverage_year,
            "after": self.after,
            "limit": self.limit,
        }
