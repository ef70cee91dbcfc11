"""HTTP for the assessment contract: answers without storing anything."""

from collections.abc import AsyncIterator

import orjson
from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from libs.common.policy import Answer, Notices, QuestionMalformed, assess, parse_question
from libs.common.policy.engine.contract import Asked
from libs.common.questions import BYTE_ORDER_MARK, Case, read_json, write_json
from libs.common.web.catalogue import MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE
from libs.common.web.notices import without_notice
from libs.common.web.openapi import problems
from libs.common.web.problems import Problem
from libs.common.web.reach import ANY
from services.registration.access import NDJSON, AssessCaller, Context, media_type, read_lines
from services.registration.assessments.problems import NOTICE_UNKNOWN, QUESTION_MALFORMED
from services.registration.examples import Example, schema_of

router = APIRouter(prefix="/v1", tags=["assessments"])

#: Answers sent at once when many are asked for.
_LINES_TOGETHER = 200

_QUESTION: Example = {
    "case": "yx-01",
    "county": "youxi",
    "year": 2020,
    "at": "2019-11-20T10:00:00+08:00",
    "person": {"born": "1980-06-15", "sex": "female", "hukou": "county"},
    "statuses": [],
}
_SCHEMA = schema_of(Asked)
_ANSWER: Example = {
    "case": "yx-01",
    "notice": "youxi/2020@0123456789ab",
    "outcome": "payable",
    "reason_codes": [],
    "window": "main",
    "price_fen": 25000,
    "own_due_fen": 25000,
    "subsidies": [],
    "benefit": {"from": "2020-01-01", "to": "2020-12-31"},
}
_ANSWER_SCHEMA: Example = {
    "type": "object",
    "required": ["outcome", "reason_codes", "own_due_fen"],
    "properties": {
        "outcome": {"type": "string"},
        "reason_codes": {"type": "array", "items": {"type": "string"}},
        "own_due_fen": {"type": ["integer", "null"]},
    },
    "additionalProperties": True,
}


@router.post(
    "/assessments",
    response_class=Response,
    responses=problems(MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE, QUESTION_MALFORMED, NOTICE_UNKNOWN)
    | {
        200: {
            "description": "The answer; with NDJSON one line per question, in order",
            "content": {
                "application/json": {"schema": _ANSWER_SCHEMA, "example": _ANSWER},
                NDJSON: {"schema": _ANSWER_SCHEMA, "example": _ANSWER},
            },
        }
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _SCHEMA, "example": _QUESTION},
                NDJSON: {"schema": _SCHEMA, "example": _QUESTION},
            },
        }
    }
    | ANY,
)
async def assess_questions(request: Request, context: Context, caller: AssessCaller) -> Response:
    """Answer one question, or many as NDJSON: what a person owes, who helps, from when they are covered.

    Nothing is stored. In NDJSON a line that cannot be read is answered in its place by `{"case", "error"}`,
    and the others go on.
    """
    kind = media_type(request)
    if kind == NDJSON:
        return _Streamed(_answers(request, context.notices))
    if kind != "application/json":
        raise UNSUPPORTED_MEDIA_TYPE.problem()
    given, case = _read(await request.body())
    try:
        answered = write_json(_answer(given, context.notices).as_dict(), case)
    except QuestionMalformed as error:
        raise _malformed(error) from None
    return Response(answered, media_type="application/json")


class _Streamed(Response):
    """Answers while the questions still arrive.

    The framework's own streaming response listens for a disconnect meanwhile, and takes parts of the body.
    """

    media_type = NDJSON

    def __init__(self, lines: AsyncIterator[bytes]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async for lines in self._lines:
            await send({"type": "http.response.body", "body": lines, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _answers(request: Request, notices: Notices) -> AsyncIterator[bytes]:
    lines: list[bytes] = []
    async for line in read_lines(request):
        lines.append(_answer_line(line, notices))
        if len(lines) >= _LINES_TOGETHER:
            yield b"".join(lines)
            lines.clear()
    if lines:
        yield b"".join(lines)


def _answer_line(line: bytes, notices: Notices) -> bytes:
    case: Case = None
    try:
        given, case = _read(line)
        answer = _answer(given, notices).as_dict()
    except Problem as problem:
        answer = {"case": case, "error": problem.to_json()}
    try:
        return write_json(answer, case, orjson.OPT_APPEND_NEWLINE)
    except QuestionMalformed as error:
        answer = {"case": None, "error": _malformed(error).to_json()}
        return orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)


def _read(text: bytes) -> tuple[object, Case]:
    """Read a question; raises the problem of what is no JSON, or cannot be given back."""
    try:
        return read_json(text.removeprefix(BYTE_ORDER_MARK))
    except QuestionMalformed as error:
        if error.field == "(line)":
            raise MALFORMED_BODY.problem() from None
        raise _malformed(error) from None


def _answer(given: object, notices: Notices) -> Answer:
    """One answer of the contract; raises the problem of a question that cannot be answered."""
    try:
        question = parse_question(given)
    except QuestionMalformed as error:
        raise _malformed(error) from None
    notice = notices.get((question.county, question.year))
    if notice is None:
        raise without_notice(NOTICE_UNKNOWN, notices, question.county, question.year)
    return assess(notice, question)


def _malformed(error: QuestionMalformed) -> Problem:
    return QUESTION_MALFORMED.problem(
        f"{error.field}: {error.en}", f"{error.field}：{error.zh}", field=error.field
    )
