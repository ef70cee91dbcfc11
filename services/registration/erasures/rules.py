"""For how long it has to be known who somebody was; docs/retention.md says by which law."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

#: Registration of insured people (参保人员登记材料), after the last year for which they were on record.
INSURED_YEARS = 100
#: People who were never insured, and of whom no money ever came: by what they were assessed and counted.
OTHERS_YEARS = 10


#: What may be the last that is known of somebody.
LastBy = Literal["enrollment", "money", "roster", "history", "consent", "ticket", "survey", "data"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What says how long: the last year of which anything is, and whether cover or money ever was."""

    last_year: int
    insured: bool
    #: What is of that year: enrollment, money, roster, history, consent, ticket, survey, or the data itself.
    last_by: LastBy

    @property
    def until(self) -> date:
        """The first day on which the person may be erased: terms end with a year."""
        return date(self.last_year + self.years + 1, 1, 1)

    @property
    def years(self) -> int:
        """For how many years, after the last one."""
        return INSURED_YEARS if self.insured else OTHERS_YEARS

    @property
    def because(self) -> str:
        """Why so long."""
        if self.insured:
            return f"Insured, or money came: registration of insured people is kept for {self.years} years."
        return f"Never insured: by what somebody was assessed and counted is kept for {self.years} years."

    @property
    def because_zh(self) -> str:
        """The same in Chinese."""
        if self.insured:
            return f"已参保或有缴费记录：参保人员登记材料保管{self.years}年。"
        return f"从未参保：待遇核定材料保管{self.years}年。"


@dataclass(frozen=True, slots=True)
class Standing(Kept):
    """The same of one person of a list."""

    person_id: int
    county: str
    division_code: str
