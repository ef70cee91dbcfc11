"""`canbao token`: an access token for the embedded default, or for a key of your own."""

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canbao.commands.options import data_dir_option

if TYPE_CHECKING:
    from libs.common.security.keys import SigningKey

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SPEAKS_FOR_A_DEPARTMENT = "department_officer"
_ACTS_FOR_A_UNIT = "unit_clerk"


class Lifetime(click.ParamType[timedelta]):
    """A number and a unit: 45m, 8h, 30d."""

    name = "lifetime"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read it; a default that is one already stays as it is."""
        if isinstance(value, timedelta):
            return value
        number, unit = value[:-1], value[-1:]
        if unit not in _UNITS or not number.isdecimal() or int(number) == 0:
            self.fail(f"{value!r} is not a number and a unit such as 45m, 8h or 30d", param, ctx)
        return timedelta(**{_UNITS[unit]: int(number)})


@click.command(name="token")
@click.option("--scope", "scopes", multiple=True, help="What it allows; several, or separated by blanks.")
@click.option(
    "--role", help="Who it is for, in the audit; without --scope it gives the usual scopes of the role."
)
@click.option("--division", default="*", show_default=True, help="Whose records it shows, e.g. 350426101.")
@click.option("--department", default="", help="For a department's officer: its code in the notices.")
@click.option("--unit", default="", help="For the clerk of a unit, such as a school: its code.")
@click.option("--channel", default="", help="Through which channel it orders: a code of the notice.")
@click.option("--real-name", is_flag=True, help="Whoever uses it has shown who they are (real-name check).")
@click.option("--subject", default="operator", show_default=True, help="Who uses it, by name or number.")
@click.option("--lifetime", type=Lifetime(), default="8h", show_default=True, help="45m, 8h or 30d.")
@click.option("--audience", default=None, help="Default: $CANBAO_TOKEN_AUDIENCE or canbao.")
@data_dir_option
@click.option(
    "--key", "path", type=click.Path(path_type=Path), help="Signing key [default: of the data dir]."
)
@click.option("--public", is_flag=True, help="Print the public key set (for CANBAO_JWKS) instead of a token.")
@click.option(
    "--rotate", is_flag=True, help="First make a new key; the previous one is believed until the next."
)
def command(
    scopes: tuple[str, ...],
    role: str | None,
    division: str,
    department: str,
    unit: str,
    channel: str,
    real_name: bool,
    subject: str,
    lifetime: timedelta,
    audience: str | None,
    data_dir: Path | None,
    path: Path | None,
    public: bool,
    rotate: bool,
) -> None:
    """Print a bearer token on standard output, signed with the key of the embedded default.

    \b
    curl -H "Authorization: Bearer $(canbao token --scope ledger:read)" \\
        http://127.0.0.1:8000/ledger/v1/accounts
    """
    from canbao.embedded_state import EmbeddedState
    from libs.common.settings import CommonSettings, SettingInvalid

    settings = CommonSettings()
    try:
        path = path or EmbeddedState(data_dir or settings.state_dir).signing_key_path
        key = _key(path, rotate)
    except SettingInvalid as error:
        raise click.ClickException(str(error)) from None
    if public:
        click.echo(json.dumps(key.jwks(), indent=2))
        return
    wanted, audience = _wanted(scopes, role, department, unit), audience or settings.token_audience
    who = dict[str, str | bool](department=department, unit=unit, channel=channel, real_name=real_name)
    place, issuer, role = _checked(division), settings.token_issuer, role or ""
    click.echo(key.issue(subject, wanted, place, role, lifetime, audience, issuer, **who))


def _key(path: Path, rotate: bool) -> "SigningKey":
    """The signing key; whoever mistyped the directory is told that there was none."""
    from libs.common.security.keys import SigningKey

    if not path.exists():
        click.echo(f"There was no signing key yet: {path} is made. Services have to believe it.", err=True)
    key = SigningKey.load_or_create(path)
    return SigningKey.rotate(path) if rotate else key


def _wanted(scopes: tuple[str, ...], role: str | None, department: str, unit: str) -> list[str]:
    from libs.common.security.scopes import ROLES, SCOPES

    if role == _SPEAKS_FOR_A_DEPARTMENT and not department:
        raise click.UsageError(
            "say which department the officer works for, with --department: a code of the notice, such as "
            "civil_affairs (`canbao policy show` has them)"
        )
    if role == _ACTS_FOR_A_UNIT and not unit:
        raise click.UsageError(
            "say for which unit the clerk acts, with --unit: the code under which it is registered "
            "(GET /v1/units has them)"
        )
    wanted = list(dict.fromkeys(scope for text in scopes for scope in text.split()))
    if not wanted and role:
        if role not in ROLES:
            raise click.UsageError(
                f"the role {role} has no usual scopes; it may be one of {', '.join(ROLES)}"
            )
        wanted = list(ROLES[role])
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise click.UsageError(f"there is no scope {', '.join(unknown)}; there are {', '.join(SCOPES)}")
    if not wanted:
        raise click.UsageError("say what the token allows, with --scope or --role")
    return wanted


def _checked(division: str) -> str:
    from libs.common.divisions import DivisionCodeInvalid, parse_division_code, prefix_of

    if division == "*":
        return division
    if not division:
        raise click.UsageError("--division is empty: give a code, or * for everywhere")
    try:
        return prefix_of(parse_division_code(division))
    except DivisionCodeInvalid as error:
        raise click.UsageError(str(error)) from None
