"""The snapshots that the relay compares."""

import pytest

from libs.common.bus.cursor import Snapshot


class TestSnapshot:
    def test_reads_what_postgresql_writes(self) -> None:
        snapshot = Snapshot.parse("740:745:740,742")
        assert (snapshot.xmin, snapshot.xmax, snapshot.running) == (740, 745, (740, 742))
        assert Snapshot.parse("745:745:").running == ()

    def test_keeps_the_text_for_storing_it(self) -> None:
        assert Snapshot.parse("740:745:740,742").text == "740:745:740,742"

    def test_nothing_published_yet_has_seen_no_transaction(self) -> None:
        assert Snapshot.parse(None) == Snapshot.parse("0:0:")

    @pytest.mark.parametrize("text", ["", "740", "740:745", "a:b:c", "740:745:740;742"])
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="not a pg_snapshot"):
            Snapshot.parse(text)
