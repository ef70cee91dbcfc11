"""HTTP for templates: empty workbooks with what each column is, and lists of what a cell may say."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response

from libs.common.web.files import file_responses, workbook_answer
from libs.common.web.openapi import problems
from libs.common.web.reach import ANY
from libs.common.web.schemas import CountyCode, CoverageYear
from services.registration.access import Anybody, Context
from services.registration.imports.explanations import NAMES
from services.registration.imports.templating import template
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of

router = APIRouter(prefix="/v1/import-templates", tags=["imports"])

Kind = Literal["households", "statuses", "survey", "history", "unit_list", "help_list"]


@router.get(
    "/{kind}",
    response_class=Response,
    responses=file_responses("The template", ("xlsx",)) | problems(NOTICE_NOT_FOUND),
    openapi_extra=ANY,
)
async def get_import_template(
    kind: Annotated[Kind, Path(description="of the file that it becomes", examples=["households"])],
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: Anybody,
) -> Response:
    """Give an empty workbook to fill and send back: its columns in Chinese, needed ones marked by color.

    Cells of closed sets have a list of the words of the notice; a second sheet says what each column is. It
    is imported as it is, with the words that its lists offer.
    """
    notice = notice_of(context.notices, county, coverage_year)
    body = await asyncio.to_thread(template, kind, notice)
    return workbook_answer(body, f"{NAMES[kind]}模板-{notice.county}-{coverage_year}")
