"""Which entries of a list a page asks for."""

_ON_A_PAGE = 50


def page_from(after: str) -> dict[str, str | int]:
    """The page of a list that follows an entry."""
    return {"limit": _ON_A_PAGE, "after": after} if after else {"limit": _ON_A_PAGE}
