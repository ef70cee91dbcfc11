"""`canbao simulate`: random lives through the real services, compared with a model person by person."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from canbao.simulate.comparing import Comparing


class Seeds(click.ParamType):  # type: ignore[type-arg]  # generic in its stubs only
    """`from:to`, the last one not included; or a single seed."""

    name = "seeds"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> range:
        if isinstance(value, range):
            return value
        first, colon, end = str(value).partition(":")
        if not first.isdigit() or (colon and not end.isdigit()):
            self.fail(f"{value!r} is no range of seeds, such as 0:200", param, ctx)
        return range(int(first), int(end) if colon else int(first) + 1)


@click.command(help="Play random lives through the services and compare them with a model.")
@click.option(
    "--seeds", type=Seeds(), default="0:200", show_default=True, help="From, and up to but without."
)
@click.option("--county", "counties", multiple=True, help="Only this county; may be given several times.")
@click.option("--most", default=1, show_default=True, help="Stop after so many lives that differ.")
def command(seeds: range, counties: tuple[str, ...], most: int) -> None:
    """Start a PostgreSQL of its own, gone afterwards. Exit 1 when a life differs."""
    if asyncio.run(_simulate(seeds, counties, most)):
        raise SystemExit(1)


async def _simulate(seeds: range, counties: Sequence[str], most: int) -> int:
    from canbao.simulate.comparing import Comparing, compare
    from canbao.simulate.installation import installation
    from libs.common.observability.logs import configure_logging

    configure_logging("ERROR")
    found = 0
    async with installation() as (county, copies, urls):
        comparing = Comparing(county, copies)
        unknown = sorted(set(counties) - comparing.terms.keys())
        if unknown:
            named = f"{', '.join(unknown)}; there are {', '.join(comparing.terms)}"
            raise click.BadParameter(named, param_hint="--county")
        counties = counties or tuple(comparing.terms)
        with click.progressbar(length=len(seeds), label="lives") as bar:
            async for difference in compare(comparing, seeds, counties):
                bar.update(1)
                if difference is not None:
                    found += 1
                    click.echo(f"\n{difference.told()}")
                if found >= most:
                    return found
        found += await _verified(comparing, urls)
    click.echo("nothing differs" if not found else f"{found} differ")
    return found


async def _verified(comparing: "Comparing", urls: dict[str, str]) -> int:
    """Whether the checks of `canbao verify` find something in what all lives left."""
    from canbao.verify.run import verify

    report = await verify(urls, comparing.counties.all)
    for check in report.checks:
        for one in check.told:
            click.echo(f"verify {check.name} {one.which}: {one.wrong}")
    return sum(check.count for check in report.checks)
