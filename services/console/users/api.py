"""The page of users for operators: who may sign in, and no more, or again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi import Path as Part
from starlette.responses import Response

from services.console.access import ONE_SITE, Context, Signed, by_own_form
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.session.rules import Visitor
from services.console.users import store
from services.console.users.keeping import disable
from services.console.users.store import User

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Name = Annotated[str, Part(max_length=200)]
_Wanted = Annotated[str, Form(pattern=r"^(disable|enable)$")]


@router.get("/users")
async def list_users(request: Request, context: Context, visitor: Signed) -> Response:
    """Everybody of the operator's division, and how they sign in."""
    if not may(visitor, "ops:read"):
        raise NotOffered
    async with context.engine.connect() as conn:
        users = await store.every(conn)
    return page(
        request, "users.html", users=[one for one in users if _is_below(visitor, one)],
        changes=may(visitor, "ops:write"),
    )  # fmt: skip


@router.post("/users/{name}", dependencies=[Depends(by_own_form)])
async def change_user(
    request: Request, context: Context, visitor: Signed, name: _Name, wanted: _Wanted
) -> Response:
    """Let somebody sign in no more, at once, or again; not oneself, so that somebody is left."""
    if not may(visitor, "ops:write"):
        raise NotOffered
    async with context.engine.begin() as conn:
        user = await store.find(conn, name)
        if user is None or not _is_below(visitor, user):
            raise HTTPException(404)
        if user.name == visitor.name:
            raise NotOffered
        await disable(conn, user.name, wanted == "disable")
    return to_page(request, f"users?done={'locked' if wanted == 'disable' else 'unlocked'}")


def _is_below(visitor: Visitor, user: User) -> bool:
    return user.division.startswith(visitor.division) if visitor.division != "*" else True
