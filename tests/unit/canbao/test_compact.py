"""Generated JSON is short and still readable, and says the same."""

import json

import pytest

from canbao.compact import WIDTH, compact

LONG = {"first": {"a": 1, "b": [True, None, "参保"]}, "second": ["x" * 60, "y" * 60], "third": {}}


class TestCompact:
    def test_keeps_on_one_line_what_fits(self):
        assert compact({"a": [1, 2], "b": {}}) == '{"a": [1, 2], "b": {}}'

    def test_breaks_what_is_longer_at_its_members_only(self):
        assert compact(LONG).splitlines() == [
            "{",
            '  "first": {"a": 1, "b": [true, null, "参保"]},',
            '  "second": [',
            f'    "{"x" * 60}",',
            f'    "{"y" * 60}"',
            "  ],",
            '  "third": {}',
            "}",
        ]

    @pytest.mark.parametrize("size", [WIDTH - 3, WIDTH - 2, WIDTH - 1])
    def test_never_passes_the_width_where_a_break_is_possible(self, size):
        written = compact({"a": ["x" * (size - 10)]})

        assert all(len(line) <= WIDTH for line in written.splitlines())

    def test_says_the_same(self):
        assert json.loads(compact(LONG)) == LONG
