"""`canbao demo`: play a whole season with generated people and show where the money stands."""

import json
import os
import shutil
import signal
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import click
import uvloop
from rich.console import Console

from canbao.commands.options import PORT
from canbao.definitions import CONSOLE, SERVICES
from canbao.demo.bulletin import BULLETIN, issue_bulletin
from canbao.demo.certificate import issue_receipt
from canbao.demo.debits import debit
from canbao.demo.differences import books, files_of, send_files, show_differences
from canbao.demo.exchange import exchange
from canbao.demo.handover import sign_off
from canbao.demo.officers import add_officers
from canbao.demo.outside import Outside, listening, remind, show_alerts
from canbao.demo.payer import offer_mini_program
from canbao.demo.period import close_first_month
from canbao.demo.profiles import YOUXI_2020
from canbao.demo.remitting import pay_work_funds, remit_upward
from canbao.demo.report import show
from canbao.demo.scenario import FULL, write_scenario
from canbao.demo.score import sign_score_sheet
from canbao.process import take
from canbao.replay.channels import Books
from canbao.replay.play import Driver, play_file
from canbao.replay.run import addresses_below, all_in_one
from canbao.replay.services import Refused
from libs.common.db.owner import owner_of
from libs.common.money import yuan_grouped
from libs.common.observability.logs import configure_logging
from libs.common.policy import load_all
from libs.common.settings import CommonSettings

_PORT = 8000


@click.command("demo")
@click.option(
    "--people", default=2_000, show_default=True, type=click.IntRange(50, FULL), help="People in Youxi."
)
@click.option("--once", is_flag=True, help="Exit after the totals.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same season.")
@click.option(
    "--port", default=None, type=PORT, help=f"Port of the service [default: {_PORT}, else a free one]."
)
@click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Where the demo keeps its data."
)
@click.option("--json", "as_json", is_flag=True, help="Print the totals as JSON.")
@click.option("--quiet", is_flag=True, help="No progress bars.")
def command(
    people: int, once: bool, seed: int, port: int | None, data_dir: Path | None, as_json: bool, quiet: bool
) -> None:
    """Play the seasons of Youxi 2020 and Huining 2021 on an embedded PostgreSQL, then stay up."""
    # A terminal that is closed ends it as Ctrl-C does: the service is a child, and would live on.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    configure_logging("WARNING")
    settings = CommonSettings()
    directory = _fresh(data_dir or settings.state_dir.with_name(settings.state_dir.name + "-demo"))
    console = Console(stderr=True)
    scenario = directory / "season.jsonl"
    with console.status("Inventing people and what they do"):
        number = _write_apart(scenario, people, seed, settings.policies_dir)
    try:
        place = (directory / "state", take(port or _PORT, or_free=port is None), directory / "up.log")
        with listening() as outside, all_in_one(*place, outside.settings) as url:
            started = time.monotonic()
            driver, taken = Driver(addresses_below(url), directory / "state"), books()
            result = uvloop.run(play_file(driver, scenario, show_progress=not quiet, books=taken))
            seconds = time.monotonic() - started
            if as_json:
                click.echo(json.dumps(result.totals, ensure_ascii=False, indent=2, sort_keys=True))
            else:
                show(Console(), result, number, seconds)
                _show_all(driver, taken, outside, settings.policies_dir, directory)
            for surprise in result.played.surprises:
                click.echo(surprise, err=True)
            if not once:
                with offer_mini_program(driver, url, directory) as said:
                    _stay(url, directory, settings, said)
    except Refused as error:
        raise click.ClickException(f"{error}; the log is {directory / 'up.log'}") from None
    except KeyboardInterrupt:
        console.print("Stopped.")
        sys.exit(130)
    sys.exit(1 if result.played.surprises else 0)


def _write_apart(*season: Path | int) -> int:
    """Write the scenario by a process of its own: the memory that inventing people takes goes with it."""
    ignoring = (signal.SIGINT, signal.SIG_IGN)
    with get_context("spawn").Pool(1, signal.signal, ignoring) as writer:
        return writer.apply(write_scenario, season)


def _show_all(driver: Driver, taken: Books, outside: Outside, policies: Path, directory: Path) -> None:
    """Show what offices make of the season; files of channels are compared meanwhile."""
    sent, corrected = files_of(driver, taken)
    uvloop.run(send_files(driver, sent))
    _show_papers(driver, policies, directory)
    _show_bulletin(driver, directory)
    uvloop.run(send_files(driver, corrected))
    _show_outside(driver, outside, directory)
    _show_bank_and_bureaus(driver)
    said, page = uvloop.run(show_differences(driver, directory))
    click.echo(
        f"Differences 对账差异 of {len(sent)} files: {said}; to open in a browser: {page.absolute().as_uri()}"
    )


def _show_papers(driver: Driver, policies: Path, directory: Path) -> None:
    """Issue a family's receipt, which anybody checks, and sign the score sheet of the season."""
    notice = load_all(policies)[YOUXI_2020.county, YOUXI_2020.coverage_year]
    made = uvloop.run(issue_receipt(driver, notice.county, notice.year, notice.division))
    if made is not None:
        click.echo(f"A family's receipt 缴费收据 {made.certificate_no}, checked at {made.check_address}")
    page = uvloop.run(sign_score_sheet(driver, notice, directory))
    click.echo(f"The score sheet 工作经费结算表, to open in a browser: {page.absolute().as_uri()}")
    units, fen = uvloop.run(pay_work_funds(driver, notice))
    click.echo(f"Work funds 工作经费: {units} townships are paid {yuan_grouped(fen)} yuan")
    remitted = uvloop.run(remit_upward(driver, notice))
    click.echo(f"Remitted up to the city 上解: {yuan_grouped(remitted)} yuan")
    signed = uvloop.run(sign_off(driver, notice, directory))
    click.echo(f"The signed-off handover 移交单, to open in a browser: {signed.absolute().as_uri()}")
    month, journal = uvloop.run(close_first_month(driver, notice.county, directory))
    click.echo(f"The accounting month 会计期间 {month.month} of {notice.county} is {month.state}")
    click.echo(f"Its journal 记账凭证 for the finance bureau: {journal.absolute().as_uri()}")


def _show_bulletin(driver: Driver, directory: Path) -> None:
    """Issue the bulletin of the main window's last month, and say where its page is."""
    path = directory / "bulletin.html"
    path.write_bytes(uvloop.run(issue_bulletin(driver, *BULLETIN)))
    click.echo(f"A bulletin 参保缴费进度通报, to open in a browser: {path.absolute().as_uri()}")


def _show_outside(driver: Driver, outside: Outside, directory: Path) -> None:
    """Show what time raised and who was told, and whom reminders reached."""
    said, page = uvloop.run(show_alerts(driver, outside, directory))
    click.echo(f"Alerts 预警: {said}; to open in a browser: {page.absolute().as_uri()}")
    said, messages, calls = uvloop.run(remind(driver, outside, directory))
    click.echo(f"Reminders 缴费提醒: {said}; to open in a browser:")
    for path in (messages, calls):
        click.echo(f"  {path.absolute().as_uri()}")


def _show_bank_and_bureaus(driver: Driver) -> None:
    """Have a bank debit accounts, and exchange with tax bureau and medical insurance; one line on each."""
    bank = uvloop.run(debit(driver))
    paid = f"{bank.paid} paid ({yuan_grouped(bank.paid_fen)} yuan)"
    click.echo(f"Debits 批量代扣: {bank.asked} accounts asked for, {paid}, {bank.failed} refused by the bank")
    dues, payments = uvloop.run(exchange(driver))
    taken = f"of {dues.rows} dues the tax bureau took {dues.accepted} and refused {dues.refused}"
    confirmed = f"of {payments.rows} payments medical insurance confirmed {payments.accepted}"
    click.echo(f"Exchange 征缴交换: {taken}; {confirmed} and refused {payments.refused}")


def _fresh(directory: Path) -> Path:
    """Empty the demo's own directory: each demo starts its season anew. Any other directory is refused."""
    marker = directory / ".canbao-demo"
    if directory.exists():
        if any(directory.iterdir()) and not marker.exists():
            raise click.ClickException(f"{directory} is not empty and not of an earlier demo; choose another")
        if (owner := owner_of(directory / "state" / "postgresql")) is not None:
            raise click.ClickException(
                f"a demo runs in {directory} (process {owner}): stop it, or choose another with --data-dir"
            )
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    # The unprivileged user who runs PostgreSQL for root must get through to the state below.
    directory.chmod(0o711)
    marker.touch()
    return directory


def _stay(url: str, directory: Path, settings: CommonSettings, payer: str) -> None:
    """Leave the service running until Ctrl-C or a signal; say who may sign in, and who pays."""
    state = settings.model_copy(update={"data_dir": directory / "state"})
    password, users = uvloop.run(add_officers(state))
    click.echo(f"\nThe console 参保工作台: {url}/console/, one user for each role, password {password}")
    click.echo("  " + ", ".join(users))
    click.echo(payer)
    click.echo(f"The service runs at {url}; its OpenAPI pages:")
    for service in SERVICES.values():
        if service.name != CONSOLE:
            click.echo(f"  {url}{service.prefix}/docs")
    click.echo(f"A token: .venv/bin/canbao token --data-dir {directory / 'state'} --scope 'ledger:read'")
    click.echo("Ctrl-C stops it.")
    until_a_child_ends()


def until_a_child_ends() -> None:
    """Wait for Ctrl-C. Raises ClickException when a child ends: nobody stays up for pages that are gone."""
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    raise click.ClickException("the service, or the mini-program, ended by itself")
