"""`canbao token` gives what a service believes, and says what it cannot give."""

import json

import pytest
from click.testing import CliRunner

from canbao.commands.token import command
from libs.common.security.scopes import ROLES, SCOPES
from libs.common.security.tokens import Authenticator, TokenRejected


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("CANBAO_DATA_DIR", str(tmp_path / "state"))

    def run(*arguments: str):
        return CliRunner().invoke(command, arguments)

    return run


class TestToken:
    def test_is_believed_with_the_key_set_that_the_same_command_prints(self, run):
        token = run("--scope", "ledger:read ledger:close", "--scope", "assess", "--division", "350426101",
                    "--subject", "li", "--role", "finance_officer").stdout.strip()  # fmt: skip

        caller = Authenticator(run("--public").stdout).authenticate(token)

        assert caller.scopes == {"ledger:read", "ledger:close", "assess"}
        assert (caller.subject, caller.division, caller.role) == ("li", "350426101", "finance_officer")

    def test_says_once_that_there_was_no_key_to_sign_with(self, run):
        first, second = run("--scope", "assess"), run("--scope", "assess")

        assert "There was no signing key yet" in first.stderr and first.stdout.count("\n") == 1
        assert second.stderr == ""

    @pytest.mark.parametrize(
        ("typed", "seen"), [("*", ""), ("350426000000", "350426"), ("350426101203", "350426101203")]
    )
    def test_a_division_is_cut_to_what_it_covers(self, run, typed, seen):
        token = run("--scope", "assess", "--division", typed).stdout.strip()

        assert Authenticator(run("--public").stdout).authenticate(token).division == seen

    def test_a_role_gives_its_usual_scopes(self, run):
        token = run("--role", "auditor").stdout.strip()

        assert Authenticator(run("--public").stdout).authenticate(token).scopes == set(ROLES["auditor"])

    def test_an_officer_of_a_department_carries_it(self, run):
        token = run("--role", "department_officer", "--department", "civil_affairs").stdout.strip()

        assert Authenticator(run("--public").stdout).authenticate(token).department == "civil_affairs"

    def test_outlives_one_rotation_of_the_key_and_not_two(self, run):
        token = run("--scope", "assess").stdout.strip()

        assert Authenticator(run("--rotate", "--public").stdout).authenticate(token)
        with pytest.raises(TokenRejected):
            Authenticator(run("--rotate", "--public").stdout).authenticate(token)

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ((), "--scope or --role"),
            (("--scope", "everything"), "there is no scope everything"),
            (("--role", "friend"), "no usual scopes"),
            (("--role", "department_officer"), "--department"),
            (("--scope", "assess", "--lifetime", "8"), "45m, 8h or 30d"),
            (("--scope", "assess", "--lifetime", "0h"), "45m, 8h or 30d"),
            (("--scope", "assess", "--division", "Youxi"), "12 digits"),
        ],
    )
    def test_says_how_to_mend_what_it_cannot_do(self, run, arguments, says):
        result = run(*arguments)

        assert result.exit_code == 2 and says in result.stderr

    def test_follows_the_configured_issuer_and_audience(self, run, monkeypatch):
        monkeypatch.setenv("CANBAO_TOKEN_ISSUER", "https://sso.county")
        monkeypatch.setenv("CANBAO_TOKEN_AUDIENCE", "season")
        token, keys = run("--scope", "assess").stdout.strip(), json.loads(run("--public").stdout)

        assert Authenticator(keys, "season", "https://sso.county").authenticate(token)


class TestRoles:
    def test_carry_known_scopes_only(self):
        assert {scope for scopes in ROLES.values() for scope in scopes} <= SCOPES.keys()

    def test_nobody_both_makes_and_approves_a_payment_of_public_money(self):
        assert not [
            role
            for role, scopes in ROLES.items()
            if "subsidy:approve" in scopes and {"subsidy:write", "refunds:write"} & set(scopes)
        ]
        assert not [
            role for role, scopes in ROLES.items() if {"collection:write", "ledger:close"} <= set(scopes)
        ]
