"""For how long it has to be known who somebody was; docs/retention.md says by which law."""

from dataclasses import dataclass
from datetime import date

#: Registration of insured people (参保人员登记材料), after the last year for which they were on record.
INSURED_YEARS = 100
#: People who were never insured, and of whom no money ever came: by what they were assessed and counted.
OTHERS_YEARS = 10


@dataclass(frozen=True, slots=True)
class Kept:
    """What says how long: the last year of which anything is, and whether cover or money ever was."""

    last_year: int
    insured: bool

    @property
    def until(self) -> date:
        """The first day on which the person may be erased: terms end with a year."""
        years = INSURED_YEARS if self.insured else OTHERS_YEARS
        return date(self.last_year + years + 1, 1, 1)
