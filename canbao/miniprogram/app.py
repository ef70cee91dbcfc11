"""The pages of the mini-program: made on the server, for a phone, without scripts: each step can be read."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, cast
from uuid import uuid4

import httpx
from fastapi import APIRouter, Depends, FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from canbao.miniprogram.backend import Backend, Payer, Refused
from canbao.miniprogram.schemas import Problem
from canbao.miniprogram.visits import COOKIE, Visit, Visits
from canbao.miniprogram.wallet import Wallet
from services.console.pages.rules import LANGUAGE_COOKIE, Words

_HERE = Path(__file__).parent
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
#: Who is at the simulated WeChat.
_OPENID = "sandbox-payer"
_AWAY = Problem(title="The services do not answer. Try again.", title_zh="服务暂时没有应答，请稍后再试")
#: What a tier is chosen by.
_TIER = re.compile(r"[0-9]{1,9}")
_NOBODY = Problem(title="Choose somebody to pay for.", title_zh="请选择为谁缴费")
_UNTAKEN = Problem(
    title="The payment was not taken. Pay again: what had come would count once.",
    title_zh="支付未完成，请再次支付；即使已扣款，也只计一次",
)
_ENDED = ("已退出，或半小时未操作，请重新查询。", "You have left, or half an hour has passed. Search again.")


@dataclass(frozen=True, slots=True)
class Program:
    """What the pages ask with, who pays, and who is at it; `place` is what the county is called."""

    backend: Backend
    wallet: Wallet
    place_zh: str
    place: str
    visits: Visits = field(default_factory=Visits)


class Lost(Exception):
    """There is no visit, it has ended or never began; or it has no such order, no such voucher."""


async def _program(request: Request) -> Program:
    return cast("Program", request.app.state.program)


_Asked = Annotated[Program, Depends(_program)]


async def _visit(request: Request, program: _Asked) -> Visit:
    visit = program.visits.of(request.cookies.get(COOKIE))
    if visit is None:
        raise Lost
    return visit


_Known = Annotated[Visit, Depends(_visit)]
_Typed = Annotated[str, Form(max_length=100)]
router = APIRouter()


def application(program: Program) -> FastAPI:
    """The application; its pages stand in no API document."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.program = program
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    handlers = {Lost: _lost, RequestValidationError: _lost, HTTPException: _lost}
    handlers |= {Refused: _refused, httpx.HTTPError: _refused}
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    return app


@router.get("/")
async def ask(request: Request) -> Response:
    """Who is it? Says so when a visit has ended."""
    return _page(request, "ask.html", None, notice=_ENDED if "ended" in request.query_params else None)


@router.post("/search")
async def search(request: Request, program: _Asked, number: _Typed = "", name: _Typed = "") -> Response:
    """The app has checked the real name: what is owed, of the payer and the family."""
    visit = Visit(Payer(number.strip(), name.strip()))
    try:
        visit.found = await program.backend.dues(visit.payer, visit.calls)
    except Refused as refused:
        return _page(request, "ask.html", visit, 422, problem=refused.problem)
    answer = _to(request, "dues")
    secret = program.visits.begin(visit)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, secret, httponly=True, samesite="lax", secure=secure)
    return answer


@router.get("/dues")
async def dues(request: Request, program: _Asked, visit: _Known) -> Response:
    """Who of the family owes what, as it is now, and whom to pay for."""
    visit.found = await program.backend.dues(visit.payer, visit.calls)
    return _page(request, "dues.html", visit, key=str(uuid4()))


@router.post("/order")
async def place_order(request: Request, program: _Asked, visit: _Known, key: _Typed = "") -> Response:
    """One order for those who were ticked, once however often the button is pressed."""
    sent = await request.form()
    known = {one.person_id: one for one in visit.found.everybody} if visit.found else {}
    people = [one for one in known if f"person-{one}" in sent]
    tiers = {one: int(tier) for one in people if _TIER.fullmatch(tier := str(sent.get(f"tier-{one}", "")))}
    if not people:
        return _page(request, "dues.html", visit, 422, problem=_NOBODY, key=key)
    try:
        order = await program.backend.order(visit.payer, people, tiers, key, visit.calls)
    except Refused as refused:
        return _page(request, "dues.html", visit, 422, problem=refused.problem, key=str(uuid4()))
    visit.order_no, visit.paid = order.order_no, False
    visit.seen_fen = sum(known[one].costs_fen(tiers.get(one)) for one in people)
    return _to(request, "order")


@router.get("/order")
async def show_order(request: Request, program: _Asked, visit: _Known) -> Response:
    """The order as it stands; once it is paid, the voucher of each person."""
    if not visit.order_no:
        raise Lost
    order = await program.backend.look(visit.order_no, visit.calls)
    visit.vouchers |= {one.voucher_no for one in order.items if one.voucher_no}
    return _page(request, "order.html", visit, order=order, key=str(uuid4()))


@router.post("/pay")
async def pay(request: Request, program: _Asked, visit: _Known) -> Response:
    """Open the payment; what is paid with here is a wallet that is simulated."""
    if not visit.order_no:
        raise Lost
    order = await program.backend.look(visit.order_no, visit.calls)
    if order.state == "pending":
        # An installation that no WeChat merchant is set up for cannot open it: its refusal is shown.
        with suppress(Refused):
            await program.backend.prepay(order.order_no, _OPENID, visit.calls)
        visit.paid = await program.wallet.pay(order, program.backend.at)
        if not visit.paid:
            return _page(request, "order.html", visit, 503, order=order, key=str(uuid4()), problem=_UNTAKEN)
    return _to(request, "order")


@router.post("/cancel")
async def cancel(request: Request, program: _Asked, visit: _Known, key: _Typed = "") -> Response:
    """Give the order up."""
    if not visit.order_no:
        raise Lost
    await program.backend.cancel(visit.order_no, key, visit.calls)
    return _to(request, "order")


@router.get("/vouchers/{voucher_no}")
async def show_voucher(request: Request, program: _Asked, visit: _Known, voucher_no: str) -> Response:
    """A voucher of the visit's own orders, and what anybody who checks it is told."""
    if voucher_no not in visit.vouchers:
        raise Lost
    voucher = await program.backend.voucher(voucher_no, visit.calls)
    verdict = await program.backend.check(voucher, visit.calls)
    return _page(request, "voucher.html", visit, voucher=voucher, verdict=verdict)


@router.post("/leave")
async def leave(request: Request, program: _Asked) -> Response:
    """Forget who it was."""
    program.visits.end(request.cookies.get(COOKIE))
    answer = _to(request, "")
    answer.delete_cookie(COOKIE)
    return answer


@router.post("/language")
async def speak(request: Request, language: _Typed = "zh", then: _Typed = "") -> Response:
    """Choose the language."""
    own = then if then in ("", "dues", "order") or then.startswith("vouchers/") else ""
    answer = _to(request, own)
    answer.set_cookie(LANGUAGE_COOKIE, "en" if language == "en" else "zh", samesite="lax", httponly=True)
    return answer


async def _lost(request: Request, error: Exception) -> Response:
    """Begin again; whoever is still at it with what is owed."""
    known = (await _program(request)).visits.of(request.cookies.get(COOKIE))
    return _to(request, "dues" if known else "?ended=yes")


async def _refused(request: Request, error: Exception) -> Response:
    """Say what an API said, or that none answers."""
    program = await _program(request)
    visit = program.visits.of(request.cookies.get(COOKIE))
    problem = error.problem if isinstance(error, Refused) else _AWAY
    return _page(request, "refused.html", visit, 422 if isinstance(error, Refused) else 503, problem=problem)


def _page(
    request: Request, template: str, visit: Visit | None, status: int = 200, **values: object
) -> HTMLResponse:
    program = cast("Program", request.app.state.program)
    here = request.url.path.lstrip("/")
    text = _TEMPLATES.get_template(template).render(
        {
            "t": Words(request.cookies.get(LANGUAGE_COOKIE, "")),
            "root": "../" * here.count("/") or "./",
            "here": here,
            "program": program,
            "visit": visit,
            "problem": None,
            "notice": None,
            **values,
        }
    )
    return HTMLResponse(text, status, _HEADERS)


def _to(request: Request, where: str) -> Response:
    root = "../" * request.url.path.lstrip("/").count("/") or "./"
    return RedirectResponse(root + where, 303, {"cache-control": "no-store"})
