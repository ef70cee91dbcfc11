"""Who asks, what they may do, and whose records they may see."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: subject and role for the audit, scopes for what, division for which rows.

    `division` is a prefix of 12-digit division codes; "" is everywhere. `department` is the notice's code of
    the department that the person works for, `unit` the code of the unit (a school, say) for whose people
    alone a clerk acts, `channel` that of the channel through which the bearer takes orders, where the token
    says one. `real_name`: who signed in has shown who they are.
    """

    subject: str
    scopes: frozenset[str]
    division: str
    role: str = ""
    department: str = ""
    unit: str = ""
    channel: str = ""
    real_name: bool = False

    def may(self, scope: str) -> bool:
        """Whether the token carries `scope`."""
        return scope in self.scopes

    def sees(self, division_code: str | None) -> bool:
        """Whether a record lies within the division; a record without one is for everywhere only."""
        return not self.division or (division_code or "").startswith(self.division)

    @property
    def division_range(self) -> tuple[str, str]:
        """Lowest and highest 12-digit code within the division, for an indexed BETWEEN in any collation."""
        return self.division.ljust(12, "0"), self.division.ljust(12, "9")
