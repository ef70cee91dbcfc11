"""The command line. Commands are imported when they are called, so that each starts as fast as it can."""

from importlib import import_module

import click

from canbao.garbage import collect_seldom

collect_seldom()  # while modules are imported, too

#: Name -> (module that exports `command`, what `canbao --help` says).
COMMANDS = {
    "up": ("canbao.commands.up", "Run everything in one process on an embedded PostgreSQL."),
    "serve": ("canbao.commands.serve", "Run one service in one process, for production."),
    "migrate": ("canbao.commands.migrate", "Create or upgrade databases and topics."),
    "demo": ("canbao.commands.demo", "Play a whole season with generated people and show the totals."),
    "mini-program": ("canbao.commands.mini_program", "Serve a payer's pages, to try and to copy."),
    "replay": ("canbao.commands.replay", "Drive the services with a scenario file."),
    "assess": ("canbao.commands.assess", "Say what people owe: NDJSON questions in, NDJSON answers out."),
    "policy": ("canbao.commands.policy", "Check the notices under policies/, and explain them."),
    "season": ("canbao.commands.season", "Open the next season with everybody who was insured."),
    "verify": ("canbao.commands.verify", "Recompute everything from the stored events and compare."),
    "reconcile": ("canbao.commands.reconcile", "Have services agree again, and tell what is left."),
    "simulate": ("canbao.commands.simulate", "Play random lives and compare them with a model."),
    "backup": ("canbao.commands.backup", "Back up all databases at one instant, while everything runs."),
    "restore": ("canbao.commands.restore", "Restore a backup into what is empty, and verify it."),
    "token": ("canbao.commands.token", "Issue an access token for the embedded default."),
    "user": ("canbao.commands.user", "Say who may sign in to the console."),
    "erase": ("canbao.commands.erase", "Say which personal data may go by law, and erase it."),
    "erasures": ("canbao.commands.erasures", "Who may be erased, who was, and again after a restore."),
    "lookups": ("canbao.commands.lookups", "Print who looked whom up, and why."),
    "channels": ("canbao.commands.channels", "List, rotate and test the secrets of channels."),
    "keys": ("canbao.commands.keys", "List and rotate the keys that seal personal data."),
    "bus": ("canbao.commands.bus", "Look at dead letters and lag, and publish events again."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="canbao")
def main() -> None:
    """Canbao runs a county's enrollment and contribution season for residents' basic medical insurance."""


if __name__ == "__main__":
    main()
