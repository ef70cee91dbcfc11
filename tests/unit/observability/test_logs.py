"""What a process writes: JSON lines, correlated, named, masked."""

import json
import subprocess
import sys
from functools import cache

import pytest

PROGRAM = """
import logging, structlog
from libs.common.observability.correlation import correlated
from libs.common.observability.logs import configure_logging, log_request, service_named
configure_logging("{level}")
log = structlog.get_logger("canbao")
with service_named("ledger"), correlated("c-1"):
    log.info("posted", person="35042619900101121X", count=2)
    logging.getLogger("library").warning("row %s failed", "6221558812340000123")
    try:
        raise ValueError("no account 6221558812340000123")
    except ValueError:
        log.error("failed", exc_info=True)
    log_request("c-1", "GET", "/v1/persons/35042619900101121X", "/v1/persons/{{id}}", 404, 1.25)
log.debug("detail")
"""


@cache
def lines_of(level: str) -> list[dict]:
    """Run in a process of its own, because logging is configured once a process."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM.format(level=level)], capture_output=True, check=True
    )
    assert run.stderr == b""
    return [json.loads(line) for line in run.stdout.splitlines()]


class TestLogs:
    def test_every_line_says_when_where_and_for_which_request(self):
        lines = lines_of("INFO")
        assert [line["event"] for line in lines] == ["posted", "row *** failed", "failed", "request"]
        for line in lines:
            assert (line["service"], line["correlation_id"]) == ("ledger", "c-1")
            assert line["timestamp"].endswith("Z") and line["level"]

    def test_no_line_holds_a_personal_number_not_even_a_traceback(self):
        lines = lines_of("INFO")
        text = json.dumps(lines)

        assert "35042619900101121X" not in text and "6221558812340000123" not in text
        assert "ValueError: no account ***" in lines[2]["exception"]

    def test_the_level_holds_for_all(self):
        assert [line["event"] for line in lines_of("ERROR")] == ["failed"]
        assert len(lines_of("DEBUG")) == 5


FAILURE = """
import structlog
from libs.common.observability.logs import {configure}
{configure}()

def register(name):
    card = {{"holder": name}}
    raise ValueError("the card is refused")

try:
    register("林秀英")
except ValueError:
    structlog.get_logger("canbao").exception("failed", row=7)
"""


class TestTracebacks:
    """Where a name stands in a variable and nowhere else, no line may show it."""

    @pytest.mark.parametrize("configure", ["configure_logging", "keep_tracebacks_plain"])
    def test_show_the_way_and_no_values(self, configure):
        program = FAILURE.format(configure=configure)
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
        said = run.stdout + run.stderr
        assert "in register" in said and "ValueError: the card is refused" in said
        assert "林秀英" not in said.replace('register("林秀英")', "")
        assert "holder" not in said

    def test_of_a_command_that_writes_no_log_are_plain(self):
        program = "import structlog; from canbao.context import CommonSettings, Platform\n"
        program += "Platform(CommonSettings())\n"
        program += "print(structlog.get_config()['processors'][-1]._exception_formatter.__name__)"
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
        assert run.stdout.splitlines()[-1] == "plain_traceback"
