"""`canbao policy`: checks the notices under policies/, shows them, compares them, describes their format."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from libs.common.policy import Notice
    from libs.common.policy.words.names import Language

#: What says which language somebody reads, the first that is set.
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
_LANGUAGE = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="Chinese or English.")
_DIRECTORY = click.option(
    "--policies",
    "directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Directory of notices (default: CANBAO_POLICIES_DIR, or policies/).",
)


@click.group(name="policy", help="Check the notices under policies/, show, compare and describe them.")
def command() -> None:
    """Works on files alone; no service need run."""


@command.command(
    short_help="Lint files and run their cases.",
    help="Lint policy FILES (default: all), run their worked cases; exit 1 when one is wrong.",
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Chinese or English (default: of the locale).")
@_DIRECTORY
def check(files: tuple[Path, ...], lang: "Language | None", directory: Path | None) -> None:
    """Name every mistake by file, line and mend; warnings are no mistakes."""
    from canbao.policy.checking import check_file
    from canbao.policy.files import notice_files
    from libs.common.policy import policies_dir
    from libs.common.policy.format.extending import base_files
    from libs.common.policy.workday_files import learn_workdays

    root = directory or policies_dir()
    workday_flaws = learn_workdays(root)
    every = [*notice_files(root), *base_files(root)]
    paths = [_policy_file(path) for path in files] or [_near(path) for path in every]
    if not paths:
        raise click.ClickException("there is no <county>/<year>.yaml here")
    wrong, lang = len({flaw.file for flaw in workday_flaws}), lang or _of_locale()
    for flaw in workday_flaws:
        click.echo(flaw.said(lang))
    for path in paths:
        checked = check_file(path)
        for told in checked.said(lang):
            click.echo(told)
        wrong += bool(checked.flaws)
    if wrong:
        of = len(paths) + bool(workday_flaws)
        click.echo(
            f"{of}份文件中有{wrong}份有错" if lang == "zh" else f"{wrong} of {of} files are wrong", err=True
        )
        raise SystemExit(1)


def _of_locale() -> "Language":
    """Return Chinese for a Chinese locale, else English."""
    named = next((value for name in _LOCALE if (value := os.environ.get(name))), "")
    return "zh" if named.lower().startswith("zh") else "en"


def _policy_file(path: Path) -> Path:
    """Let somebody name the file of cases and mean the notice."""
    return path.with_name(path.name.replace(".cases.yaml", ".yaml"))


def _near(path: Path) -> Path:
    """Name a file as one would from here, where it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


@command.command(
    short_help="Show a notice as tables.",
    help="Show a notice as tables: `show COUNTY 2020`, `show COUNTY/2020` or a file.",
)
@click.argument("notice", nargs=-1, required=True)
@click.option("--section", "chosen", multiple=True, help="Only this section, such as windows; repeatable.")
@_LANGUAGE
@_DIRECTORY
def show(notice: tuple[str, ...], chosen: tuple[str, ...], lang: "Language", directory: Path | None) -> None:
    """Print the sections in the order of the notice, each rule with its clause."""
    from canbao.policy.tables import console, show_notice
    from libs.common.policy.telling.describe import describe, section_names

    unknown = [name for name in chosen if name not in section_names()]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is no section; use: {', '.join(section_names())}")
    found = _find("/".join(notice), directory)
    sections = [s for s in describe(found, lang) if not chosen or s.key in chosen]
    show_notice(console(), found, sections, lang)


@command.command(
    short_help="Show a notice as payers read it.",
    help="Show a notice as its payers will read it, before anybody pays by it: `preview COUNTY 2020`.",
)
@click.argument("notice", nargs=-1, required=True)
@_LANGUAGE
@_DIRECTORY
def preview(notice: tuple[str, ...], lang: "Language", directory: Path | None) -> None:
    """Print a page with who may enroll, how much, when, from when covered, and who is helped."""
    from libs.common.policy.telling.leaflet import leaflet, page

    found = _find("/".join(notice), directory)
    click.echo(page(found, lang, leaflet(found, lang)), nl=False)


@command.command(
    short_help="Say by when something has to be done.",
    help="Say by which day an office has to act: `due COUNTY 2020 --at 2019-11-22T17:30:00+08:00` for cash "
    "taken then, work begun then, and the handovers still to come.",
)
@click.argument("notice", nargs=-1, required=True)
@click.option("--at", "at", required=True, help="The instant, with its offset.")
@_LANGUAGE
@_DIRECTORY
def due(notice: tuple[str, ...], at: str, lang: "Language", directory: Path | None) -> None:
    """Count holidays and the weekends that make up for them."""
    from canbao.policy.due_days import due_days

    try:
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise ValueError
    except ValueError:
        raise click.BadParameter("write 2019-11-22T17:30:00+08:00", param_hint="--at") from None
    for what, day in due_days(_find("/".join(notice), directory), instant, lang):
        click.echo(f"{day}  {what}")


@command.command(
    short_help="Draft another year's notice.",
    help="Draft another year's notice, or common rules, from what is there: `new COUNTY 2021 --from 2020`. "
    "Days move; titles, labels and amounts that only the new one can say stay, named with their lines.",
)
@click.argument("county")
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--from", "before", type=click.IntRange(2000, 2100), required=True, help="The year to go by.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Chinese or English (default: of the locale).")
@_DIRECTORY
def new(county: str, year: int, before: int, lang: "Language | None", directory: Path | None) -> None:
    """Write <county>/<year>.yaml; a file that is there is never written over."""
    from canbao.policy.drafting import draft
    from libs.common.policy.format.extending import BASE_SUFFIX, own_text

    lang = lang or _of_locale()
    path, base = _new_file(county, year, directory), _new_file(county, before, directory, BASE_SUFFIX)
    if base.is_file() and not _new_file(county, before, directory).is_file():
        path, text = _new_file(county, year, directory, BASE_SUFFIX), base.read_bytes()
    else:
        text = own_text(_find(f"{county}/{before}", directory).source_text)
    made = draft(text.decode(), year)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(made.text)
    except FileExistsError:
        raise click.ClickException(f"{_near(path)} is there already; delete it, or go on with it") from None
    near = _near(path)
    for left in made.left:
        why = _WHY[left.why][lang == "en"].format(before)
        click.echo(f"{near}:{left.line}: {left.key}: {left.text} ({why})")
    click.echo(_DRAFTED[lang].format(path=near, places=len(made.left)))


_WHY = {
    "old_year": ("说的还是{}年度前后", "still speaks of the time of {}"),
    "amount": ("{}年度的金额", "an amount of {}"),
    "february": ("{}年度为二月底，核对日期", "the end of February in {}: check the day"),
}
_DRAFTED = {
    "zh": "已起草 {path}；以上 {places} 处请对照新通知改，写好实例后运行 canbao policy check {path}",
    "en": "drafted {path}; mend the {places} places above by the new notice, write its cases, then: "
    "canbao policy check {path}",
}


def _new_file(county: str, year: int, directory: Path | None, suffix: str = ".yaml") -> Path:
    from libs.common.policy import policies_dir

    return (directory or policies_dir()) / county / f"{year}{suffix}"


@command.command(
    short_help="Compare two notices by meaning.",
    help="Say how two notices differ in what they mean: `diff COUNTY/2020 COUNTY/2021`, or files.",
)
@click.argument("first")
@click.argument("second")
@_LANGUAGE
@_DIRECTORY
def diff(first: str, second: str, lang: "Language", directory: Path | None) -> None:
    """Compare rule by rule, not line by line; exit 0 whether they differ or not."""
    from canbao.policy.tables import console, show_differences
    from libs.common.policy.telling.compare import compare

    before, after = _find(first, directory), _find(second, directory)
    show_differences(console(), before, after, compare(before, after, lang), lang)


@command.command(
    short_help="The JSON Schema for editors.",
    help="Print the JSON Schema of policy files, which editors use.",
)
@click.option("--write", is_flag=True, help="Write it to policies/notice.schema.json instead.")
@_DIRECTORY
def schema(write: bool, directory: Path | None) -> None:
    """Derive it from the classes that the loader reads into."""
    from libs.common.policy import policies_dir
    from libs.common.policy.telling.schema import schema_text

    if not write:
        click.echo(schema_text(), nl=False)
        return
    path = (directory or policies_dir()) / "notice.schema.json"
    path.write_text(schema_text(), encoding="utf-8")
    click.echo(f"wrote {_near(path)}")


def _find(name: str, directory: Path | None) -> "Notice":
    from canbao.policy.files import NoticeInvalid, NoticeNotFound, find_notice

    try:
        return find_notice(name, directory)
    except (NoticeInvalid, NoticeNotFound) as error:
        raise click.ClickException(str(error)) from error
