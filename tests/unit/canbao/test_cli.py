"""The command line lists everything, starts fast, and one broken command leaves the others alone."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from canbao import cli

REQUIRED = ("up", "serve", "migrate", "demo", "replay", "assess", "policy", "verify", "token", "bus")


class TestHelp:
    def test_lists_every_command_with_one_line(self):
        shown = CliRunner().invoke(cli.main, ["--help"], terminal_width=200)

        lines = {
            line.split()[0]: line.split()[1:] for line in shown.output.splitlines() if line.startswith("  ")
        }
        assert [name for name in REQUIRED if len(lines.get(name, [])) < 3] == []

    def test_needs_none_of_the_heavy_libraries(self):
        program = (
            "import sys; from canbao.cli import main; main(['--help'], standalone_mode=False);"
            "print(sorted({'sqlalchemy', 'fastapi', 'pydantic', 'asyncpg', 'polars'} & set(sys.modules)))"
        )
        shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert shown.stdout.splitlines()[-1] == "[]"

    def test_survives_a_command_that_cannot_be_imported(self, monkeypatch):
        monkeypatch.setitem(cli.COMMANDS, "broken", ("canbao.commands.no_such_module", "Cannot work."))

        assert "broken" in CliRunner().invoke(cli.main, ["--help"]).output
        assert CliRunner().invoke(cli.main, ["up", "--help"]).exit_code == 0


class TestCommands:
    @pytest.mark.parametrize("name", REQUIRED)
    def test_explain_themselves(self, name):
        shown = CliRunner().invoke(cli.main, [name, "--help"])

        assert shown.exception is None
        assert f"{name} " in shown.output

    def test_refuse_an_unknown_name(self):
        assert CliRunner().invoke(cli.main, ["nonsense"]).exit_code == 2


class TestSettingsThatCannotBeUsed:
    @pytest.mark.parametrize(
        ("variable", "value", "arguments"),
        [
            ("CANBAO_BUS", "carrier-pigeon", ["migrate"]),
            ("CANBAO_BUS_PARTITIONS", "0", ["migrate"]),
            ("CANBAO_LEDGER_PORT", "many", ["serve", "ledger"]),
        ],
    )
    def test_are_named_in_one_sentence_without_a_traceback(self, monkeypatch, variable, value, arguments):
        monkeypatch.setenv(variable, value)

        shown = CliRunner().invoke(cli.main, arguments)

        assert shown.exit_code == 1
        assert shown.output.startswith(f"Error: {variable}: ")
        assert len(shown.output.splitlines()) == 1


class TestPlacesThatCannotBeUsed:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["token", "--scope", "ledger:read", "--data-dir", "/proc/canbao"],
            ["user", "list", "--data-dir", "/proc/canbao"],
            ["channels", "rotate", "tax", "--data-dir", "/proc/canbao"],
        ],
    )
    def test_are_named_in_one_sentence(self, arguments):
        shown = CliRunner().invoke(cli.main, arguments)

        assert shown.exit_code == 1
        (line,) = shown.output.splitlines()
        assert line.startswith("Error: ") and "/proc/canbao" in line

    @pytest.mark.parametrize("command", [["up"], ["demo"], ["serve", "ledger"]])
    def test_so_is_a_port_that_no_machine_has(self, command):
        shown = CliRunner().invoke(cli.main, [*command, "--port", "99999"])

        assert shown.exit_code == 2
        assert "99999 is not in the range 0<=x<=65535" in shown.output


COMMAND = """
import structlog
from canbao.commands.options import settings_with
settings_with(None)
structlog.get_logger("canbao").error("notice_faulty")
print("what was asked for")
"""


def test_what_a_command_was_asked_for_is_all_that_it_prints_and_logs_go_beside_it():
    run = subprocess.run([sys.executable, "-c", COMMAND], capture_output=True, text=True, check=True)

    assert run.stdout == "what was asked for\n"
    assert "notice_faulty" in run.stderr
