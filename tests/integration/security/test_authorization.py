"""docs/authorization.md: every operation as nobody, without each of its scopes, and as every role."""

import re

import pytest

from canbao.authorization import Operation, operations
from canbao.definitions import SERVICES, definition
from canbao.documents import api_of, openapi_of
from libs.common.security.scopes import ROLES, SCOPES

#: What answers without a token, and why.
OPEN = {
    "healthz": "machines",
    "readyz": "machines",
    "metrics": "machines; the proxy hides it",
    "check_voucher": "anybody with the paper",
    "verify_certificate": "anybody with the paper",
    "notify_by_webhook": "signed",
    "notify_by_wechat": "signed",
    "notify_by_alipay": "signed",
    "notify_by_unionpay": "signed",
}


@pytest.fixture(params=SERVICES)
async def asked(request, service_context, client, signing_key):
    """The operations of a service, and what asks for one: with scopes, or without a token for None."""
    context = await service_context(request.param)
    app = definition(request.param).create_app(context)
    http = await client(context, app=app, token=None)

    async def ask(one: Operation, scopes):
        headers = {}
        if scopes is not None:
            headers["authorization"] = f"Bearer {signing_key.issue('somebody', sorted(scopes), '*')}"
        path = re.sub(r"\{[^}]*\}", "1", one.path)
        # Whoever may not ask is told nothing about a request that is wrong in every other way.
        return await http.request(one.method, f"{path}?unknown=1", content=b"{", headers=headers)

    return operations(api_of(app)), ask


def is_refused(answer) -> bool:
    return answer.status_code == 403 and answer.json()["type"].endswith(":scope-missing")


async def test_every_operation_asks_for_a_token_or_says_why_not(asked):
    found, ask = asked
    for one in found:
        answer = await ask(one, None)
        if one.needed is None:
            assert one.name in OPEN, f"{one} answers anybody"
        else:
            assert answer.status_code == 401, one


async def test_every_operation_refuses_a_token_without_one_of_its_scopes(asked):
    found, ask = asked
    for one in found:
        for scopes in one.needed or ():
            assert is_refused(await ask(one, SCOPES.keys() - set(scopes))), one
            for scope in scopes:
                enough = {scope, *(other[0] for other in one.needed if other is not scopes)}
                assert not is_refused(await ask(one, enough)), (one, scope)


async def test_every_role_gets_in_where_its_scopes_are_enough_and_nowhere_else(asked):
    found, ask = asked
    for one in found:
        for role, scopes in ROLES.items():
            answer = await ask(one, scopes)
            assert answer.status_code != 401 and is_refused(answer) != one.allows(scopes), (one, role)


def test_the_matrix_has_every_operation_of_the_documents():
    for service in SERVICES:
        app = api_of(definition(service).create_app(_described(service)))
        documented = {
            (method.upper(), path) for path, item in openapi_of(app)["paths"].items() for method in item
        }
        assert {(one.method, one.path) for one in operations(app)} == documented


def _described(service):
    from canbao.documents import described_context

    return described_context(service)
