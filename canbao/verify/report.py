"""What was compared and what differs: the findings of each check, as a table and as JSON."""

from dataclasses import dataclass, field

from pydantic import JsonValue
from rich.console import Console
from rich.table import Table

#: So many differences of one check are told one by one; all are counted.
TOLD = 50


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be: which, and what is wrong with it."""

    which: str
    wrong: str


@dataclass
class Findings:
    """What one check found. `compared` is how many things it looked at."""

    name: str
    about: str
    compared: int = 0
    count: int = 0
    seconds: float = 0.0
    told: list[Difference] = field(default_factory=list)

    def differs(self, which: str, wrong: str, number: int = 1) -> None:
        """Note a difference (or `number` alike)."""
        self.count += number
        if len(self.told) < TOLD:
            self.told.append(Difference(which, wrong))

    def to_json(self) -> dict[str, JsonValue]:
        """The member of `checks`."""
        return {
            "name": self.name,
            "about": self.about,
            "compared": self.compared,
            "differences": self.count,
            "seconds": round(self.seconds, 2),
            "examples": [{"which": one.which, "wrong": one.wrong} for one in self.told],
        }


@dataclass
class Report:
    """All checks together. While events are under way differences are to be expected."""

    checks: list[Findings] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing differs."""
        return not any(check.count for check in self.checks)

    def to_json(self) -> dict[str, JsonValue]:
        """The whole report for machines."""
        return {"clean": self.clean, "checks": [check.to_json() for check in self.checks]}

    def show(self, console: Console) -> None:
        """Write the report for people."""
        table = Table(title="canbao verify", title_justify="left")
        table.add_column("check")
        table.add_column("what must hold")
        for title in ("compared", "differ", "seconds"):
            table.add_column(title, justify="right")
        for check in self.checks:
            colour = "red" if check.count else "green"
            differ = f"[{colour}]{check.count:,}[/{colour}]"
            table.add_row(check.name, check.about, f"{check.compared:,}", differ, f"{check.seconds:.1f}")
        console.print(table)
        for check in self.checks:
            for one in check.told:
                console.print(f"[red]{check.name}[/red] {one.which}: {one.wrong}", highlight=False)
            if check.count > len(check.told):
                console.print(f"[red]{check.name}[/red] and {check.count - len(check.told):,} more")
        console.print("[green]nothing differs[/green]" if self.clean else "[red]there are differences[/red]")
