"""docs/roles.md: every duty of a notice is done by its role, whose usual scopes do not exceed them."""

import re
from typing import Any

import pytest

from canbao.documents import DOCS
from libs.common.security.scopes import ROLES

ROWS = re.findall(
    r"^\| .+? \| (.+?) \| `(\w+)` \| (\w+) `(GET|POST|PUT) (/\S+)` \| (.+?) \|$",
    (DOCS / "roles.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)
#: Played by its own tests: it is a command beside the services.
BY_COMMAND = {("operator", "ops:write")}


def scopes_in(cell: str) -> list[str]:
    return re.findall(r"`([a-z:]+)`", cell)


@pytest.fixture
async def ask(service_context, client, signing_key):
    asked: dict[str, Any] = {}

    async def ask(service: str, scopes: list[str], method: str, path: str):
        if service not in asked:
            asked[service] = await client(await service_context(service))
        headers = {"authorization": f"Bearer {signing_key.issue('somebody', scopes, '350426')}"}
        body = None if method == "GET" else {}
        return await asked[service].request(method, path, json=body, headers=headers)

    return ask


@pytest.mark.parametrize("service", ["registration", "collection", "subsidy", "ledger", "webhooks"])
async def test_a_role_may_do_its_duties_and_nobody_without_their_scopes(ask, service):
    rows = [row for row in ROWS if row[2] == service]
    assert rows
    for duty, role, _, method, path, cell in rows:
        allowed = await ask(service, list(ROLES[role]), method, path)
        assert allowed.status_code not in (401, 403), (role, duty, allowed.text)
        for scope in scopes_in(cell):
            left = [one for one in ROLES[role] if one != scope]
            if scope == "pii:read" and not path.endswith("/file"):
                continue  # it unmasks an answer, and refuses none
            refused = await ask(service, left, method, path)
            assert refused.status_code == 403, (role, duty, scope)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_what_its_duties_need_and_no_more(role):
    needed = {scope for row in ROWS if row[1] == role for scope in scopes_in(row[5])}
    needed |= {scope for name, scope in BY_COMMAND if name == role}
    assert needed == set(ROLES[role])
