"""Signs the short tokens with which the console asks for who is signed in; no browser ever sees one."""

from datetime import timedelta
from functools import cached_property
from pathlib import Path

from libs.common.security.keys import SigningKey
from libs.common.security.scopes import ROLES
from libs.common.settings import SettingInvalid
from services.console.session.rules import Visitor

#: A page asks at once; the clocks of two machines may differ a little.
LIFETIME = timedelta(minutes=2)


class Tokens:
    """Makes tokens with the key of a file, which is read when it is first needed."""

    def __init__(self, path: str | None, audience: str, issuer: str) -> None:
        self._path = Path(path) if path else None
        self._audience = audience
        self._issuer = issuer

    @cached_property
    def _key(self) -> SigningKey:
        if self._path is None or not self._path.is_file():
            raise SettingInvalid(
                "CANBAO_CONSOLE_SIGNING_KEY must name the file of a key whose public part CANBAO_JWKS has: "
                "`canbao token --key FILE --public` makes both"
            )
        return SigningKey.load_or_create(self._path)

    async def check(self) -> str | None:
        """Say why no token can be signed."""
        try:
            self._key  # noqa: B018
        except SettingInvalid as error:
            return str(error)
        return None

    def of(self, visitor: Visitor) -> str:
        """Sign a token with the role and division of a user, and nothing more."""
        more = {"department": visitor.department, "unit": visitor.unit}
        return self._key.issue(
            visitor.name, ROLES[visitor.role], visitor.division, visitor.role, LIFETIME, self._audience,
            self._issuer, **more,
        )  # fmt: skip
