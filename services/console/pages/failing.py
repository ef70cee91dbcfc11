"""Answers whatever goes wrong with a page that says what to do now."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from libs.common.db.trouble import is_collision, is_outage
from libs.common.observability.correlation import correlation_id
from libs.common.settings import SettingInvalid
from libs.common.web.problems import Problem
from services.console.apis.rules import Refused, ServiceAway, StillCounting, again_in, seconds_of
from services.console.pages.rendering import page, path_below_root, to_page, unfinished_page
from services.console.session.rules import COOKIE, FormElsewhere, PasswordToChange, SignedOut, page_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a page of failure says."""

    status: int
    title_zh: str
    title: str
    todo_zh: str
    todo: str


_FORBIDDEN = Failure(
    403, "您没有此项权限", "You may not do this",
    "此页面超出您的角色或区划范围，本次访问已记录。如确需办理，请联系县级管理员调整权限。",
    "This is beyond your role or your division, and it is on record that you asked. If it is your work, ask "
    "the administrator of your county for the right.",
)  # fmt: skip
_NOT_OFFERED = Failure(
    403, "您的角色不办理此项", "This is not for your role",
    "没有查询或改动任何数据。如确需办理，请联系县级管理员调整角色。",
    "Nothing was looked up or changed. If it is your work, ask your administrator for the role.",
)  # fmt: skip
_NOT_FOUND = Failure(
    404, "没有找到", "There is nothing here",
    "地址有误，或记录不存在。请从工作台重新进入。",
    "The address is wrong, or the record is not there. Begin from your tasks.",
)  # fmt: skip
_ELSEWHERE = Failure(
    403, "页面已失效", "This form is out of date",
    "这张表单不是在您现在的登录中打开的，没有提交任何内容。请返回后重新填写。",
    "The form was not made for this session. Nothing was sent; open the page again and fill it in.",
)  # fmt: skip
_LOST = Failure(
    401, "登录已失效", "You have been signed out",
    "您刚才填写的内容没有提交，也没有改变任何数据。请重新登录后再填写。",
    "What you filled in was not sent, and nothing has changed. Sign in and fill it in again.",
)  # fmt: skip
_WRONG = Failure(
    422, "填写有误", "Something is filled in wrongly",
    "请返回上一页检查填写的内容。", "Go back and look at what you filled in.",
)  # fmt: skip
_OFTEN = Failure(
    429, "请求过于频繁，请稍后再试", "Too many requests: try again later",
    "本次请求没有办理，也没有改动任何数据。", "It was not done, and nothing has changed.",
)  # fmt: skip
_AWAY = Failure(
    503, "服务暂时无法连接", "A service does not answer",
    "数据没有丢失，也没有重复。请一两分钟后再试；如一直如此，请告知系统运维人员。",
    "Nothing is lost and nothing is done twice. Try again in a minute; if it stays so, tell the operators.",
)  # fmt: skip
_FAULTY_NOTICE = Failure(
    409, "参保通知文件有误，暂不能办理", "The file of the notice has a fault",
    "这不是您填写有误，也没有改动任何数据。",
    "It is no mistake of yours, and nothing has changed.",
)  # fmt: skip
_BROKEN = Failure(
    500, "系统出错", "Something went wrong here",
    "错误已记录。请稍后再试；如仍出错，请把下面的编号告知系统运维人员。",
    "It is on record. Try again later; if it happens again, tell the operators the number below.",
)  # fmt: skip


#: Of these the page says all that its visitor needs, in its own words.
_SAID_BY_THE_PAGE = frozenset({"scope-missing", "outside-division", "unit-missing", "not-found"})


class NotOffered(Exception):
    """The role of the visitor has no right to what stands behind a page, so that no service is asked."""


class PageRoute(APIRoute):
    """A route whose every failure is a page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Have what the operation raises answered."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:
                return answer_failure(request, error)

        return answer


def answer_failure(request: Request, error: Exception) -> Response:
    """Give the page of a failure, or the way to where it is mended."""
    if isinstance(error, SignedOut) and request.method == "GET":
        why = "lost" if COOKIE in request.cookies else ""
        return to_page(request, f"sign-in?why={why}&then={quote(_wanted(request), safe='')}")
    if isinstance(error, PasswordToChange):
        return to_page(request, "password")
    if isinstance(error, StillCounting):
        return unfinished_page(request, "counting.html", 1, 202, service=error.service)
    failure = _failure_of(error)
    if failure is _BROKEN:
        log.error("page_failed", path=request.url.path, exc_info=error)
    if failure is _OFTEN:
        return _answer_often(request, error)
    said = error if isinstance(error, Refused) and error.kind not in _SAID_BY_THE_PAGE else None
    service = error.service if isinstance(error, ServiceAway | Refused) else ""
    return page(
        request, "failure.html", failure.status, failure=failure, said=said, service=service,
        number=correlation_id() or "",
    )  # fmt: skip


def _answer_often(request: Request, error: Exception) -> Response:
    """Say when it may be asked again, where that is known; a header is nothing that a visitor sees."""
    seconds = error.after_seconds if isinstance(error, Refused) else None
    if isinstance(error, HTTPException | Problem):
        seconds = seconds_of((error.headers or {}).get("retry-after"))
    said = replace(error, detail_zh="", detail="") if isinstance(error, Refused) else None
    again_zh, again = again_in(seconds)
    failure = replace(_OFTEN, todo_zh=_OFTEN.todo_zh + again_zh, todo=f"{_OFTEN.todo} {again}")
    answer = page(
        request, "failure.html", 429, failure=failure, said=said,
        service=error.service if isinstance(error, Refused) else "", number=correlation_id() or "",
    )  # fmt: skip
    if seconds:
        answer.headers["retry-after"] = str(seconds)
    return answer


def _failure_of(error: Exception) -> Failure:
    if isinstance(error, SignedOut):
        return _LOST
    if isinstance(error, FormElsewhere):
        return _ELSEWHERE
    if isinstance(error, NotOffered):
        return _NOT_OFFERED
    if isinstance(error, ServiceAway | SettingInvalid) or is_outage(error) or is_collision(error):
        return _AWAY
    if isinstance(error, RequestValidationError):
        return _NOT_FOUND if _is_of_address(error) else _WRONG
    if isinstance(error, Refused):
        return _FAULTY_NOTICE if error.kind == "notice-faulty" else _of_status(error.status)
    if isinstance(error, HTTPException):
        return _of_status(error.status_code)
    return _of_status(error.status) if isinstance(error, Problem) else _BROKEN


def _is_of_address(error: RequestValidationError) -> bool:
    """Whether the address itself names nothing: there is no form to go back to."""
    return any(fault["loc"][0] == "path" for fault in error.errors())


def _of_status(status: int) -> Failure:
    known = {403: _FORBIDDEN, 404: _NOT_FOUND, 405: _NOT_FOUND, 429: _OFTEN}
    return known.get(status, _WRONG if status < 500 else _AWAY)


def _wanted(request: Request) -> str:
    """The page that was asked for, to come back to."""
    return page_of(path_below_root(request), request.url.query)
