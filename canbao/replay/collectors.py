"""Where money is taken by hand in a scenario."""

from pydantic import BaseModel, ConfigDict


class Collector(BaseModel):
    """A place where money is taken by hand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    division_code: str
    channel: str
    title: str
