"""HTTP of the template of files of cash receipts."""

import asyncio

from fastapi import APIRouter, Response

from libs.common.web.files import file_responses, workbook_answer
from libs.common.web.reach import ANY
from services.collection.access import Cashier
from services.collection.cash.templating import template

router = APIRouter(prefix="/v1", tags=["cash"])


@router.get(
    "/cash-receipts/template",
    summary="The template of a file of cash receipts",
    response_class=Response,
    responses=file_responses("The template", ("xlsx",)),
    openapi_extra=ANY,
)
async def get_cash_receipts_template(caller: Cashier) -> Response:
    """Give a workbook whose columns say what may stand in them; files of village batches have the same."""
    return workbook_answer(await asyncio.to_thread(template), "现金收据模板")
