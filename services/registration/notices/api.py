"""HTTP for notices: which are in force, what operators supplied, and the order to assess everybody again."""

from datetime import date, datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field, RootModel

from libs.common.policy import Notice
from libs.common.security.access import check_division
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.problems import ProblemType
from services.registration import examples
from services.registration.asking import NOTICE_NOT_FOUND, Context, Reader, Writer, notice_of
from services.registration.assessments import store as assessments
from services.registration.examples import shown
from services.registration.notices import store

router = APIRouter(prefix="/v1/notices", tags=["notices"])

PARAMETER_UNKNOWN = ProblemType(
    "parameter-unknown",
    422,
    "The notice leaves no such value to an operator",
    "通知没有需要录入的该项参数",
    "Use the names in known_parameters.",
    "请使用 known_parameters 所列的参数名称。",
)


class NoticeOut(BaseModel):
    """A notice in force."""

    model_config = shown(examples.NOTICE)

    county: str
    year: int
    notice: str = Field(description="county/year@ and the first 12 hex digits of the hash")
    sha256: str
    title: str
    document_no: str
    division: str
    place: str
    place_zh: str


class VersionOut(BaseModel):
    """A version of a notice that ever answered; its bytes are kept."""

    sha256: str
    recorded_at: datetime


class ParameterOut(BaseModel):
    """A value that an operator supplied."""

    name: str
    value: int
    set_by: str
    known_at: datetime


class WindowOut(BaseModel):
    """When payment is taken."""

    id: str
    kind: str
    label: str
    label_zh: str
    clause: str


class NoticeDetail(NoticeOut):
    """A notice with its windows, the values it leaves open and those supplied, and every version used."""

    model_config = shown(examples.NOTICE_DETAIL)

    issued_on: date
    windows: list[WindowOut]
    open_parameters: list[str]
    parameters: list[ParameterOut]
    versions: list[VersionOut]


class Values(RootModel[dict[str, int]]):
    """Values that the notice leaves open, by name; amounts are fen."""

    model_config = shown({"fiscal_match_fen": 52000})


class Reassessing(BaseModel):
    """How many enrollments wait to be assessed again."""

    waiting: int = Field(examples=[1204])


@router.get("")
async def list_notices(context: Context, caller: Reader) -> list[NoticeOut]:
    """List the notices in force."""
    return [_out(notice) for _, notice in sorted(context.notices.items())]


@router.get("/{county}/{year}", responses=problems(NOTICE_NOT_FOUND))
async def get_notice(county: str, year: int, context: Context, caller: Reader) -> NoticeDetail:
    """Look at one notice: windows, values left open to operators and supplied by them, versions used."""
    notice = notice_of(context.notices, county, year)
    async with context.engine.connect() as conn:
        supplied = await store.supplied(conn, county, year)
        versions = await store.versions(conn, county, year)
    return NoticeDetail(
        **_out(notice).model_dump(),
        issued_on=notice.document.notice.issued_on,
        windows=[
            WindowOut(id=w.id, kind=w.kind, label=w.label.en, label_zh=w.label.zh, clause=w.clause)
            for w in notice.document.windows
        ],
        open_parameters=parameters_of(notice),
        parameters=[ParameterOut(**row._mapping) for row in supplied],
        versions=[VersionOut(sha256=row.sha, recorded_at=row.recorded_at) for row in versions],
    )


@router.put(
    "/{county}/{year}/parameters",
    responses=problems(NOTICE_NOT_FOUND, PARAMETER_UNKNOWN, OUTSIDE_DIVISION),
)
async def supply_parameters(
    county: str, year: int, given: Values, context: Context, caller: Writer
) -> Reassessing:
    """Supply values that the notice leaves open. Every open enrollment is assessed again, as of now.

    Earlier values are kept: an assessment as of an earlier instant uses what was known then.
    """
    notice = notice_of(context.notices, county, year)
    check_division(caller, notice.division)
    known = parameters_of(notice)
    if unknown := sorted(set(given.root) - set(known)):
        raise PARAMETER_UNKNOWN.problem(known_parameters=known, unknown_parameters=unknown)
    now = context.clock.now()
    async with context.engine.begin() as conn:
        await store.supply(conn, county, year, given.root, caller.subject, now)
        ids = await store.open_enrollments(conn, county, year)
        await assessments.enqueue(conn, ids, "parameters_supplied", now)
    return Reassessing(waiting=len(ids))


@router.post("/{county}/{year}/reassess", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION))
async def reassess(county: str, year: int, context: Context, caller: Writer) -> Reassessing:
    """Have every open enrollment assessed again, after the file of the notice was corrected."""
    notice = notice_of(context.notices, county, year)
    check_division(caller, notice.division)
    now = context.clock.now()
    async with context.engine.begin() as conn:
        ids = await store.open_enrollments(conn, county, year)
        await assessments.enqueue(conn, ids, "notice_changed", now)
    return Reassessing(waiting=len(ids))


def parameters_of(notice: Notice) -> list[str]:
    """The names of the values that a notice leaves to operators."""
    document = notice.document
    named = {amount.parameter for amount in document.amounts}
    named |= {rule.amount.parameter for rule in document.subsidies.rules}
    return sorted(name for name in named if name is not None)


def _out(notice: Notice) -> NoticeOut:
    header = notice.document.notice
    return NoticeOut(
        county=notice.county,
        year=notice.year,
        notice=notice.ref,
        sha256=notice.sha256,
        title=header.title,
        document_no=header.document_no,
        division=notice.division,
        place=header.place.en,
        place_zh=header.place.zh,
    )
