"""`canbao user`: who may sign in to the console, where no authorization server of the county says so."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from canbao.commands.options import data_dir_option, settings_with

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

Given = TypeVar("Given")

_PASSWORD = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input; else one is made up."
)


@click.group(name="user", help="Users of the console: add them, give passwords, list and disable them.")
def command() -> None:
    """Users live in the database of the console; passwords only as Argon2id hashes."""


@command.command("add", help="Add a user, and print the first password, to be changed at the first sign-in.")
@click.argument("name")
@click.option("--role", required=True, help="Its usual scopes are what the user may do (docs/roles.md).")
@click.option("--division", required=True, help="Whose records are seen: a prefix of codes, * everywhere.")
@click.option("--department", default="", help="For a department's officer: its code in the notices.")
@click.option("--unit", default="", help="For the clerk of a unit, such as a school: its code.")
@_PASSWORD
@data_dir_option
def add(
    name: str,
    role: str,
    division: str,
    department: str,
    unit: str,
    password_stdin: bool,
    data_dir: Path | None,
) -> None:
    """Add one user."""
    from services.console.users.keeping import add_user
    from services.console.users.rules import Place

    password = _password(password_stdin)
    place = Place(role, division, department, unit)
    _run(data_dir, lambda conn: add_user(conn, name, place, password))
    _tell(password, password_stdin)


@command.command(
    "passwd", help="Give a user another password, to be changed at once; ends sessions and a lock-out."
)
@click.argument("name")
@_PASSWORD
@data_dir_option
def passwd(name: str, password_stdin: bool, data_dir: Path | None) -> None:
    """Reset one password."""
    from services.console.users.keeping import give_password

    password = _password(password_stdin)
    _run(data_dir, lambda conn: give_password(conn, name, password))
    _tell(password, password_stdin)


@command.command("list", help="List all users: name, role, division, and whether they are disabled.")
@data_dir_option
def list_users(data_dir: Path | None) -> None:
    """One line a user."""
    from services.console.users.store import every

    for user in _run(data_dir, every):
        more = [user.department, user.unit, "disabled" if user.disabled_at else ""]
        click.echo("\t".join([user.name, user.role, user.division, *filter(None, more)]))


@command.command("disable", help="Let a user sign in no more; whoever is signed in is out at once.")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Let the user sign in again.")
@data_dir_option
def disable(name: str, undo: bool, data_dir: Path | None) -> None:
    """Disable one user; the name stays taken, because the audit names it."""
    from services.console.users.keeping import disable as set_disabled

    _run(data_dir, lambda conn: set_disabled(conn, name, not undo))


def _password(given: bool) -> str:
    from services.console.users.rules import new_password

    return sys.stdin.readline().rstrip("\r\n") if given else new_password()


def _tell(password: str, given: bool) -> None:
    if not given:
        click.echo(f"The first password, to be changed at the first sign-in: {password}")


def _run(data_dir: Path | None, work: "Callable[[AsyncConnection], Awaitable[Given]]") -> Given:
    from canbao.commands.starting import starting
    from canbao.console_users import in_console
    from services.console.users.rules import UserInvalid

    with starting():
        try:
            return asyncio.run(in_console(settings_with(data_dir), work))
        except UserInvalid as fault:
            raise click.ClickException(str(fault)) from None
