"""Where money is taken by hand in a scenario, and who orders by a mini-program."""

from pydantic import BaseModel, ConfigDict


class Collector(BaseModel):
    """A place where money is taken by hand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    division_code: str
    channel: str
    title: str


class Payer(BaseModel):
    """Who orders, and whose dues are looked at with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id_number: str
    name: str
    family: list[str] = []
