"""What is shown of notices, and the values that operators supply."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field, RootModel

from libs.common.cases.schemas import Approval
from libs.common.policy.engine.contract import Fen
from libs.common.web.schemas import Answer, Instant, Page
from services.registration import examples
from services.registration.examples import shown


class NoticeOut(Answer):
    """A notice in force."""

    model_config = shown(examples.NOTICE)

    county: str
    coverage_year: int
    notice: str = Field(description="county/year@ and the first 12 hex digits of the hash")
    sha256: str
    title: str
    document_no: str
    division: str
    place: str
    place_zh: str


class FlawOut(Answer):
    """Why a file of a notice cannot be used; its last good version goes on."""

    file: str
    line: int
    detail: str


class NoticePage(Page[NoticeOut]):
    """The notices in force, and the files that cannot be used as they stand now."""

    model_config = shown({"items": [examples.NOTICE], "next_after": None, "flaws": []})

    flaws: list[FlawOut] = Field(default_factory=list)


class VersionOut(Answer):
    """A version of a notice that ever answered; its bytes are kept."""

    sha256: str
    recorded_at: Instant


class ParameterOut(Answer):
    """A value that an operator supplied."""

    name: str
    value: int
    set_by: str
    known_at: Instant


class WindowOut(Answer):
    """When payment is taken."""

    id: str
    kind: str
    label: str
    label_zh: str
    clause: str


class NoticeDetail(NoticeOut):
    """A notice with its windows, the values it leaves open and those supplied, and every version used."""

    model_config = shown(examples.NOTICE_DETAIL)

    issued_on: date | None = Field(description="null where the notice does not say")
    windows: list[WindowOut]
    open_parameters: list[str]
    parameters: list[ParameterOut]
    versions: list[VersionOut]


class Values(RootModel[Annotated[dict[str, Fen], Field(min_length=1)]]):
    """Values that the notice leaves open, by name; amounts are fen."""

    model_config = ConfigDict(json_schema_extra={"example": {"fiscal_match_fen": 52000}})


class Supplying(Answer):
    """What another officer has to agree to before the values count."""

    approval: Approval


class Reassessing(Answer):
    """How many enrollments wait to be assessed again."""

    waiting: int = Field(examples=[1204])
