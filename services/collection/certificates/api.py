"""Receipts and certificates: issued, set as PDF, and checked by anybody who holds one."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import HTMLResponse

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.guesses import Address, Attempt
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_REQUEST,
    NOT_FOUND,
    OUTSIDE_DIVISION,
    SCOPE_MISSING,
    TOO_MANY_GUESSES,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import Responses, problems
from libs.common.web.problems import FieldError, Problem
from libs.common.web.schemas import CoverageYear, Id, Limit, NumberAfter, number_after
from services.collection.access import Clear, Context, Reader
from services.collection.cash.registering import notice_at
from services.collection.certificates import store
from services.collection.certificates.asking import Asked, Asking
from services.collection.certificates.batching import Season, issue_batch
from services.collection.certificates.issuing import Wanted
from services.collection.certificates.schemas import (
    Certificate,
    CertificateAfter,
    CertificateBatch,
    CertificateCheck,
    Certificates,
    CertificateVerdict,
    NewCertificate,
    NewCertificateBatch,
)
from services.collection.certificates.sending import BINARY, PAGE, PDF, address_of, paper
from services.collection.certificates.showing import shown, verdict
from services.collection.certificates.showing_page import HEADERS, form_page, refused_page, verdict_page
from services.collection.certificates.verifying import find, with_state
from services.collection.dues.finding import OnDocument
from services.collection.problems import (
    CERTIFICATE_MISTYPED,
    CHECKS_TOO_FAST,
    COUNTY_UNKNOWN,
    NAME_MISSING,
    NOT_ONE_HOUSEHOLD,
    NOTHING_PAID,
    PERSON_NOT_FOUND,
)

router = APIRouter(prefix="/v1", tags=["certificates"])
#: The page for people, beside the API: links may come back with parameters that others add.
page = APIRouter(include_in_schema=False)

_FILE: Responses = {
    200: {
        "description": "The papers",
        "content": {"application/pdf": BINARY, "application/zip": BINARY},
    }
}


@router.post(
    "/certificates",
    status_code=201,
    summary="Issue a receipt or certificate for a person or household",
    response_model=Certificate,
    responses=problems(
        PERSON_NOT_FOUND,
        NOTHING_PAID,
        NOT_ONE_HOUSEHOLD,
        NAME_MISSING,
        OUTSIDE_DIVISION,
        TOO_MANY_GUESSES,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
)
async def create_certificate(
    body: NewCertificate, caller: Reader, context: Context, key: Key, address: Address, http: Request
) -> Response:
    """Issue a paper that says how the money stands now. Each issue has a number of its own and is kept.

    Number and name are compared with the registration's. A `person_id` alone needs `pii:read`, and that the
    channel named the person when the money came.
    """
    now, parts = context.clock.now(), context.parts
    asked = Asked(
        kind=body.kind,
        coverage_year=body.coverage_year,
        county=body.county,
        people=[OnDocument(one.id_number, one.name) for one in body.people],
        person_ids=body.person_ids,
        household=body.household,
        check_address=address_of(context, http),
    )
    attempt = Attempt(caller, address, context.settings.guess_limit)
    asking = Asking(parts.issuing, context.digests, attempt, asked, now)
    request = once(caller, key, body)
    found = await asking.find(context.engine)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        made = await asking.issue(conn, found)
        (seen,) = await with_state(conn, [made])
        return await answer(conn, request, shown(seen))


@router.get(
    "/certificates", summary="Certificates of a person, or of a batch", responses=problems(INVALID_REQUEST)
)
async def list_certificates(
    caller: Reader,
    context: Context,
    person_id: Annotated[Id | None, Query()] = None,
    batch_id: Annotated[Id | None, Query()] = None,
    coverage_year: CoverageYear | None = None,
    after: CertificateAfter = None,
    limit: Limit = 100,
) -> Certificates:
    """List what was issued, by number, masked; the look-up is recorded."""
    if person_id is None and batch_id is None:
        fault = FieldError("query/person_id", "Give person_id or batch_id.", "请提供 person_id 或 batch_id。")
        raise INVALID_REQUEST.problem(errors=[fault])
    wanted = {"person_id": person_id, "batch_id": batch_id, "coverage_year": coverage_year}
    async with context.engine.begin() as conn:
        rows = await store.page(conn, caller.division, wanted, after or "", limit)
        seen = await with_state(conn, [context.parts.issuing.coded(row) for row in rows])
        people = sorted({one.person_id for found in seen for one in found.coded.content.people})
        now, operation = context.clock.now(), "list_certificates"
        await record_lookup(conn, caller, operation=operation, at=now, person_ids=people)
    more = rows[-1].certificate_no if len(rows) == limit else None
    return Certificates(items=[shown(one) for one in seen], next_after=more)


@router.get(
    "/certificates/{certificate_no}",
    summary="One certificate",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, CERTIFICATE_MISTYPED),
)
async def get_certificate(certificate_no: str, caller: Reader, context: Context) -> Certificate:
    """Read a certificate and how its money stands now; the look-up is recorded."""
    now = context.clock.now()
    async with context.engine.begin() as conn:
        coded = await find(conn, context.parts.issuing, caller, certificate_no, "get_certificate", now)
        (seen,) = await with_state(conn, [coded])
    return shown(seen)


@router.get(
    "/certificates/{certificate_no}/file",
    summary="The paper as PDF",
    response_class=Response,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, SCOPE_MISSING, CERTIFICATE_MISTYPED) | PDF,
)
async def get_certificate_file(certificate_no: str, caller: Reader, context: Context) -> Response:
    """Set the paper again, as it was issued; it has full names: for its issuer, and with `pii:read`."""
    now = context.clock.now()
    operation = "get_certificate_file"
    async with context.engine.begin() as conn:
        issuing = context.parts.issuing
        coded = await find(conn, issuing, caller, certificate_no, operation, now, clear=True)
    made = await context.parts.printing.one(coded.content, coded.code)
    return paper(made, coded.content.certificate_no, "pdf")


@router.post(
    "/certificates/verify",
    summary="Is this certificate genuine, and does it stand?",
    responses=problems(CERTIFICATE_MISTYPED, TOO_MANY_GUESSES, CHECKS_TOO_FAST),
)
async def verify_certificate(
    asked: CertificateCheck, context: Context, address: Address
) -> CertificateVerdict:
    """Check number and code, without a token. An unknown number and a wrong code get the same answer."""
    checking, now = context.parts.checking, context.clock.now()
    seen = await checking.check(address, asked.certificate_no, asked.code, now)
    return CertificateVerdict(genuine=False) if seen is None else verdict(seen)


@router.post(
    "/certificate-batches",
    status_code=201,
    summary="Issue certificates of a whole division",
    response_model=CertificateBatch,
    responses=problems(COUNTY_UNKNOWN, OUTSIDE_DIVISION, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
)
async def create_certificate_batch(
    body: NewCertificateBatch,
    caller: Clear,
    context: Context,
    key: Key,
    http: Request,
    after: NumberAfter = None,
    limit: Limit = 1_000,
) -> Response:
    """Issue a certificate for everybody who is paid for in a division, or for each household of it.

    Those of the kind `enrollment` are for who is exempt, too; whom no channel named `people` name.
    """
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_at(context.notices, body.county, body.coverage_year)
    check_division(caller, body.division_code)
    if not body.division_code.startswith(notice.division):
        raise OUTSIDE_DIVISION.problem()
    brought = [OnDocument(one.id_number, one.name) for one in body.people]
    where = body.model_dump(exclude={"people"})
    season = Season(**where, after=number_after(after), limit=limit, people=brought)
    wanted = Wanted(
        kind=body.kind,
        coverage_year=body.coverage_year,
        groups=[],
        given={},
        may_name=True,
        check_address=address_of(context, http),
        by=caller.subject,
        now=now,
    )
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        made = await issue_batch(conn, context.parts.issuing, season, caller, wanted)
        return await answer(conn, request, CertificateBatch.model_validate(made))


@router.get(
    "/certificate-batches/{batch_id}/file",
    summary="The papers of a batch",
    response_class=Response,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION) | _FILE,
)
async def get_certificate_batch_file(
    batch_id: Id,
    caller: Clear,
    context: Context,
    form: Annotated[
        Literal["pdf", "zip"], Query(description="one PDF to print, or a zip of a PDF each")
    ] = "pdf",
) -> Response:
    """Set all papers of a batch, as they were issued; the look-up is recorded."""
    issuing, printing = context.parts.issuing, context.parts.printing
    async with context.engine.begin() as conn:
        batch = await store.find_batch(conn, batch_id)
        if batch is None:
            raise NOT_FOUND.problem()
        check_division(caller, batch.division_code)
        coded = [issuing.coded(row) for row in await store.of_batch(conn, batch_id)]
        people = sorted({person.person_id for one in coded for person in one.content.people})
        now, operation = context.clock.now(), "get_certificate_batch_file"
        await record_lookup(conn, caller, operation=operation, at=now, person_ids=people)
    papers = [(one.content, one.code) for one in coded]
    made = await (printing.together(papers) if form == "pdf" else printing.apart(papers))
    return paper(made, f"certificates-{batch_id}", form)


@page.get(PAGE)
async def check_certificate_page(context: Context, http: Request, address: Address) -> HTMLResponse:
    """The page that the QR code leads to: what the paper says, and how it stands now."""
    number, code = http.query_params.get("no", ""), http.query_params.get("code", "")
    if not number or not code:
        return HTMLResponse(form_page(number[:40]), headers=HEADERS)
    try:
        seen = await context.parts.checking.check(address, number[:40], code[:20], context.clock.now())
    except Problem as problem:
        return HTMLResponse(
            refused_page(problem, number[:40]), problem.status, {**HEADERS, **(problem.headers or {})}
        )
    return HTMLResponse(verdict_page(seen, number[:40]), headers=HEADERS)
