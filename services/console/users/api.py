"""The page of users for operators: who may sign in, and no more, or again."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi import Path as Part
from starlette.responses import Response

from libs.common.security.guesses import Address
from services.console.access import ONE_SITE, Context, Signed, by_own_form
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.users import store
from services.console.users.keeping import disable, end_sessions
from services.console.users.rules import is_below
from services.console.users.showing import seen_by

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Name = Annotated[str, Part(max_length=200)]
_Wanted = Annotated[Literal["disable", "enable", "end"], Form()]
_DONE: Mapping[str, str] = {"disable": "locked", "enable": "unlocked", "end": "sessions_ended"}


@router.get("/users")
async def list_users(request: Request, context: Context, visitor: Signed) -> Response:
    """Everybody of the operator's division: how they sign in, who is in now, and who is locked out."""
    if not may(visitor, "ops:read"):
        raise NotOffered
    async with context.engine.connect() as conn:
        seen = await seen_by(conn, visitor, context.settings)
    return page(request, "users.html", seen=seen, changes=may(visitor, "ops:write"))


@router.post("/users/{name}", dependencies=[Depends(by_own_form)])
async def change_user(
    request: Request, context: Context, visitor: Signed, address: Address, name: _Name, wanted: _Wanted
) -> Response:
    """Let somebody sign in no more, at once, or again, or sign them out; not oneself, so that one is left."""
    if not may(visitor, "ops:write"):
        raise NotOffered
    async with context.engine.begin() as conn:
        user = await store.find(conn, name)
        if user is None or not is_below(visitor, user.division):
            raise HTTPException(404)
        if user.name == visitor.name:
            raise NotOffered
        if wanted == "end":
            await end_sessions(conn, user.user_id, visitor.user_id, address)
        else:
            await disable(conn, user.name, wanted == "disable", visitor.user_id, address)
    return to_page(request, f"users?done={_DONE[wanted]}")
