"""Files of offices as they come: quotation marks, sheets, encodings, titles, text tricks, and bounds."""

import resource
import signal
from datetime import date

import pytest

from libs.common.spreadsheets import undo_tricks
from libs.common.web.problems import Problem
from services.registration.imports import lines, workbooks
from services.registration.imports.columns import find_columns
from services.registration.imports.reading_child import cell_text
from services.registration.imports.workbooks import BOUNDS, Workbook
from tests.unit.registration.office_files import (
    HEADER,
    LAST_CELL,
    Opened,
    csv_text,
    hand_written,
    person,
    workbook,
)


def refusal(path, body, kind="households"):
    with pytest.raises(Problem) as raised:
        Opened(path, body, kind)
    return raised.value


class TestQuotationMarks:
    def test_one_that_is_never_closed_refuses_the_file_with_its_line(self, tmp_path):
        rows = [person("杨一"), person("杨二", 地址='"东头'), person("杨三"), person("杨四")]
        problem = refusal(tmp_path, csv_text(HEADER, *rows).encode())
        assert (problem.type.slug, problem.extensions["line"]) == ("quotes-unbalanced", 3)
        assert "第 3 行" in problem.detail_zh

    def test_two_that_swallow_the_lines_between_them_refuse_the_file(self, tmp_path):
        rows = [person(f"杨{n}") for n in range(6)]
        rows[1][5], rows[4][5] = '"东头', '西头"'
        problem = refusal(tmp_path, csv_text(HEADER, *rows).encode())
        assert (problem.type.slug, problem.extensions["line"]) == ("quotes-unbalanced", 3)

    def test_one_followed_by_text_is_refused(self, tmp_path):
        problem = refusal(tmp_path, csv_text(HEADER, person("杨一", 地址='"东"头')).encode())
        assert problem.extensions["line"] == 2

    def test_one_that_runs_away_over_a_long_file_is_refused(self, tmp_path):
        rows = [person(f"杨{n}", 地址='"东' if n == 100 else "东") for n in range(3_000)]
        assert refusal(tmp_path, csv_text(HEADER, *rows).encode()).extensions["line"] == 102

    def test_in_a_file_of_two_columns(self, tmp_path):
        body = '姓名,证件号码\n"张三,1\n李四",2\n'.encode()
        assert refusal(tmp_path, body, "statuses").extensions["line"] == 2

    def test_cells_with_line_breaks_are_kept_and_lines_are_counted_as_they_stand(self, tmp_path):
        rows = [person("杨一", 地址='"东头\r\n三组, 5 号"'), person("杨二", 地址='"a ""b"""'), person('3"杨')]
        read = Opened(tmp_path, csv_text(HEADER, *rows).encode())
        assert read.by_line() == {2: "杨一", 4: "杨二", 5: '3"杨'}
        assert read.rows[2][5] == 'a "b"'


class TestSheets:
    def test_all_visible_ones_are_read_and_lines_go_on(self, tmp_path):
        body = workbook(
            莲花=[HEADER, person("杨一"), person("杨二")], 梅仙=[["名单"], HEADER, person("杨三")]
        )
        read = Opened(tmp_path, body)
        assert read.by_line() == {2: "杨一", 3: "杨二", 6: "杨三"}
        assert [(place.name, place.before) for place in read.places] == [("莲花", 0), ("梅仙", 3)]

    def test_hidden_ones_are_never_read_but_named(self, tmp_path):
        read = Opened(tmp_path, workbook(hidden=[HEADER, person("旧人")], 今年=[HEADER, person("杨一")]))
        assert read.by_line() == {2: "杨一"}
        (problem,) = read.unread
        assert '"hidden" is hidden' in problem.detail

    def test_an_empty_first_one_and_instructions_do_not_matter(self, tmp_path):
        read = Opened(tmp_path, workbook(空=[], 说明=[["请如实填写"]], 名单=[HEADER, person("杨一")]))
        assert read.by_line() == {2: "杨一"}
        (problem,) = read.unread
        assert "“说明”" in problem.detail_zh

    def test_columns_may_stand_in_another_order(self, tmp_path):
        turned = [list(reversed(HEADER)), list(reversed(person("杨二")))]
        read = Opened(tmp_path, workbook(a=[HEADER, person("杨一")], b=turned))
        assert read.by_line() == {2: "杨一", 4: "杨二"}

    def test_other_columns_refuse_the_file(self, tmp_path):
        other = [[*HEADER, "档次"], [*person("杨二"), "1"]]
        problem = refusal(tmp_path, workbook(a=[HEADER, person("杨一")], b=other))
        assert problem.extensions == {"missing_columns": ["tier"], "sheet": "a"}

    def test_without_any_list_the_best_one_is_told(self, tmp_path):
        problem = refusal(tmp_path, workbook(a=[["x"]], b=[HEADER[:4]]))
        assert 'Sheet "b"' in problem.detail
        assert problem.extensions["missing_columns"] == ["id_number"]

    def test_all_hidden_is_told(self, tmp_path):
        assert "hidden" in refusal(tmp_path, workbook(hidden=[HEADER, person("甲")], 空=[])).detail


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    @pytest.mark.parametrize("separator", [",", "\t", ";"])
    def test_those_of_offices_are_read(self, tmp_path, encoding, separator):
        body = csv_text(HEADER, person("张三"), person("阿依古丽·买买提"), separator=separator).encode(
            encoding
        )
        assert Opened(tmp_path, body).by_line() == {2: "张三", 3: "阿依古丽·买买提"}

    @pytest.mark.parametrize("name", ["黄强", "谢石"])
    def test_utf_8_with_a_foreign_line_is_refused_with_the_line(self, tmp_path, name):
        body = csv_text(HEADER, person("陈美")).encode()
        body += csv_text(["H1", "3", "head", name, "1", ""]).encode("gb18030")
        problem = refusal(tmp_path, body)
        assert (problem.type.slug, problem.extensions["line"]) == ("encoding-mixed", 3)
        assert "Most of the file is UTF-8" in problem.detail

    def test_gb18030_with_a_utf_8_line_is_refused_with_the_line(self, tmp_path):
        body = csv_text(HEADER, person("陈美"), person("林二")).encode("gb18030")
        problem = refusal(tmp_path, body + csv_text(person("黄强")).encode())
        assert problem.extensions["line"] == 4
        assert "GB18030" in problem.detail

    def test_gb18030_whose_names_are_utf_8_by_chance_stays(self, tmp_path):
        english = ["household_no", "division_code", "relation", "name", "id_number", "address"]
        rows = [["H1", "350426101203", "head", "谢石", "1", ""]]
        assert Opened(tmp_path, csv_text(english, *rows).encode("gb18030")).by_line() == {2: "谢石"}
        body = csv_text(HEADER, *rows).encode("gb18030")
        assert Opened(tmp_path, body).by_line() == {2: "谢石"}

    def test_accents_and_degrees_stay_utf_8(self, tmp_path):
        rows = [person("José Müller"), person("杨二", 地址="25°C")]
        assert Opened(tmp_path, csv_text(HEADER, *rows).encode()).by_line()[2] == "José Müller"

    def test_bytes_that_are_no_text_are_refused_with_their_line(self, tmp_path):
        body = csv_text(HEADER, *[person("杨一")] * 1_000).encode("gb18030") + b"H1,\xff\xff\xff,\r\n"
        assert refusal(tmp_path, body).extensions["line"] == 1_002

    def test_an_old_workbook_is_named(self, tmp_path):
        assert ".xlsx" in refusal(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)).detail


class TestHeadings:
    @pytest.mark.parametrize(
        "above",
        [[["尤溪县参保名单"]], [[], [""]], [["sep=,"]], [["名单", ""], ["填报单位", "", "", "日期"]]],
    )
    def test_are_found_below_titles_and_blank_lines(self, tmp_path, above):
        body = csv_text(*above, HEADER, person("杨一")).encode()
        assert Opened(tmp_path, body).by_line() == {len(above) + 2: "杨一"}

    @pytest.mark.parametrize(
        "mark", ["*{}", "＊ {}", "{}(必填)", "{}（必填）", "{}*", "【必填】{}：", "{}\n(必填)"]
    )
    def test_may_bear_marks(self, mark):
        header = [mark.format(title) for title in HEADER]
        assert find_columns("households", header)["name"] == 3

    @pytest.mark.parametrize("titles", [("姓名", "姓名"), ("姓名", "*姓名"), ("证件号码", "身份证号")])
    def test_that_stand_twice_are_refused_by_both_names(self, titles):
        with pytest.raises(Problem) as raised:
            find_columns("households", [*(t for t in HEADER if t != titles[0]), *titles])
        assert raised.value.extensions["columns_twice"] == [title for title in titles]

    def test_that_are_missing_leave_what_line_1_holds(self, tmp_path):
        problem = refusal(tmp_path, csv_text(["尤溪县", "2020 年"], ["a", "b"]).encode())
        assert 'Line 1 holds "尤溪县, 2020 年"' in problem.detail
        assert "列名写在第 1 行" in problem.detail_zh

    def test_a_message_repeats_nothing_of_people(self, tmp_path):
        problem = refusal(tmp_path, csv_text(person("张三"), person("李四")).encode())
        assert "张三" not in problem.detail + problem.detail_zh
        assert "a row of data" in problem.detail

    def test_one_that_lacks_a_column_is_named_with_its_line(self, tmp_path):
        problem = refusal(tmp_path, csv_text(["名单"], HEADER[:4]).encode())
        assert problem.extensions["missing_columns"] == ["id_number"]
        assert "Line 2" in problem.detail

    def test_what_cannot_be_stored_is_not_shown(self, tmp_path):
        assert "\0" not in refusal(tmp_path, csv_text(["a\0b_x0000_"], ["c"]).encode()).detail

    def test_an_empty_file_is_empty(self, tmp_path):
        assert refusal(tmp_path, b"\r\n").detail == "The file is empty."


class TestCells:
    @pytest.mark.parametrize(
        ("given", "meant"),
        [
            ('="350426198006150000"', "350426198006150000"),
            ('="a ""b"""', 'a "b"'),
            ("'林己", "林己"),
            ("`林二", "林二"),
            ("林庚_x000D_", "林庚"),
            ("_x6797_七", "林七"),
            ("x_y", "x_y"),
            ("O'Neil", "O'Neil"),
        ],
    )
    def test_tricks_are_undone(self, given, meant):
        assert undo_tricks(["a", given]) == ["a", meant]

    def test_of_files_too(self, tmp_path):
        body = csv_text(HEADER, person("`林二", 证件号码='="350426198306263746"')).encode()
        read = Opened(tmp_path, body)
        assert (read.rows[0][3], read.rows[0][4]) == ("林二", "350426198306263746")
        assert Opened(tmp_path, workbook(a=[HEADER, person("'林己")])).by_line() == {2: "林己"}

    def test_errors_of_formulas_are_no_text(self, tmp_path):
        read = Opened(tmp_path, workbook(a=[HEADER, person("#N/A")]))
        assert "".join(read.rows[0]).find("#N/A") == -1

    @pytest.mark.parametrize(
        ("cell", "text"),
        [
            (1.0, "1"),
            (None, ""),
            (True, "true"),
            (date(2019, 8, 3), "2019-08-03"),
            (3.5042619800615e17, "?damaged number?"),
        ],
    )
    def test_as_text(self, cell, text):
        assert cell_text(cell) == text


class TestBounds:
    def test_a_value_in_the_last_cell_refuses_the_file_and_costs_nothing(self, tmp_path):
        body = hand_written(LAST_CELL)
        assert len(body) < 2_000
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        problem = refusal(tmp_path, body)
        assert problem.type.slug == "file-beyond-bounds"
        assert "XFD1048576" in problem.detail
        assert "XFD1048576" in problem.detail_zh
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024

    @pytest.mark.parametrize(
        ("bound", "limit"),
        [
            ("sheets", 1),
            ("rows", 2),
            ("columns", 5),
            ("cells", 11),
            ("entries", 3),
            ("unpacked_bytes", 1000),
            ("piece_bytes", 100),
        ],
    )
    def test_every_one_is_told_with_the_limit_and_the_mend(self, tmp_path, bound, limit):
        path = tmp_path / "upload"
        path.write_bytes(workbook(a=[HEADER, person("甲"), person("乙")], b=[HEADER]))
        with Workbook(path, BOUNDS | {bound: limit}) as book, pytest.raises(Problem) as raised:
            book.heads()
        assert f"at most {limit:,} " in raised.value.detail
        assert "again" in raised.value.detail

    def test_a_bomb_is_refused_by_its_ratio(self, tmp_path):
        body = refusal(tmp_path, hand_written(" " * (100 * 1024 * 1024)))
        assert "times its size" in body.detail

    def test_the_reader_has_limits_of_memory_and_time_and_is_ended_by_them(self, tmp_path):
        path = tmp_path / "upload"
        path.write_bytes(workbook(a=[HEADER, person("甲")]))
        with Workbook(path) as book, pytest.raises(Problem) as raised:
            book.heads()
            seconds, _ = resource.prlimit(book._reader.pid, resource.RLIMIT_CPU)
            memory, _ = resource.prlimit(book._reader.pid, resource.RLIMIT_AS)
            assert (seconds, memory) == (BOUNDS["cpu_seconds"], BOUNDS["memory_bytes"])
            book._reader.send_signal(signal.SIGXCPU)
            list(book.rows(0))
        assert "at most 120 seconds" in raised.value.detail

    def test_a_broken_workbook_is_a_problem(self, tmp_path):
        assert refusal(tmp_path, b"PK\x03\x04broken").type.slug == "file-unreadable"

    def test_closing_ends_the_reader_while_it_tells_rows(self, tmp_path):
        path = tmp_path / "upload"
        path.write_bytes(workbook(a=[HEADER, *[person("甲")] * 3_000]))
        with Workbook(path) as book:
            book.heads()
            next(book.rows(0))
            assert book._reader.poll() is None
        assert book._reader.poll() == -signal.SIGKILL

    def test_a_line_without_end_is_refused_before_it_is_held(self, tmp_path):
        body = csv_text(HEADER).encode() + b"x" * (2 * lines.LONGEST_LINE)
        problem = refusal(tmp_path, body)
        assert (problem.extensions["line"], problem.extensions["bound"]) == (2, lines.LONGEST_LINE)

    def test_a_cell_that_is_too_long_is_refused_with_its_line(self, tmp_path):
        problem = refusal(tmp_path, csv_text(HEADER, person("甲" * 10_001)).encode())
        assert problem.extensions["line"] == 2

    def test_words_are_there_for_every_bound(self):
        assert set(workbooks._SAID) == set(BOUNDS) - {"first_rows"}
