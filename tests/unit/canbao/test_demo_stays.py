"""A demo stays up for as long as what it shows does."""

import subprocess
import sys

import click
import pytest

from canbao.commands.demo import until_a_child_ends


def test_a_demo_whose_service_ends_by_itself_ends_and_says_so():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.3)"]) as child:
        with pytest.raises(click.ClickException, match="ended by itself"):
            until_a_child_ends()
        assert child.wait() == 0
