"""Notices follow their files while a process runs; a faulty file harms nobody but itself."""

import asyncio
import shutil
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from libs.common.policy import NoticeInvalid, live, policies_dir
from libs.common.policy.live import LiveNotices
from libs.common.testing.waiting import eventually

YOUXI, HUINING = ("youxi", 2020), ("huining", 2021)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for county, year in (YOUXI, HUINING):
        (tmp_path / county).mkdir()
        shutil.copy(policies_dir() / county / f"{year}.yaml", tmp_path / county)
    return tmp_path


@pytest.fixture
def file(directory: Path) -> Path:
    return directory / "youxi" / "2020.yaml"


def look_twice(notices: LiveNotices) -> list[dict[str, object]]:
    """Look until what has changed has stood still; give what was logged, but for debugging."""
    with capture_logs() as logged:
        notices.look()
        notices.look()
    return [line for line in logged if line["log_level"] != "debug"]


def change(file: Path, before: str = "notice:", after: str = "# changed\nnotice:") -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


class TestLook:
    def test_takes_a_changed_file_into_force(self, directory, file):
        notices = LiveNotices(directory)
        before, version = notices[YOUXI], notices.version
        change(file)
        (line,) = look_twice(notices)
        assert notices[YOUXI].ref != before.ref
        assert (line["event"], line["in_force"]) == ("notice_loaded", notices[YOUXI].ref)
        assert notices.version > version

    def test_leaves_the_others_as_they_are(self, directory, file):
        notices = LiveNotices(directory)
        before = notices[HUINING]
        change(file)
        look_twice(notices)
        assert notices[HUINING] is before

    def test_leaves_a_file_alone_that_is_being_written(self, directory, file):
        notices = LiveNotices(directory)
        before, whole = notices[YOUXI], file.read_bytes()
        with capture_logs() as logged:
            for part in (1, 2, 3):
                file.write_bytes(whole[: len(whole) * part // 4])
                assert not notices.look()
            file.write_bytes(b"# changed\n" + whole)
            assert not notices.look()
            assert notices[YOUXI] is before
            assert notices.look()
        assert [line["event"] for line in logged] == ["notice_loaded"]
        assert notices[YOUXI].ref != before.ref

    def test_reads_nothing_again_that_was_only_touched(self, directory, file):
        notices = LiveNotices(directory)
        before, version = notices[YOUXI], notices.version
        file.touch()
        assert look_twice(notices) == []
        assert (notices[YOUXI], notices.version) == (before, version)

    def test_finds_a_new_year_and_a_new_county(self, directory, file):
        notices = LiveNotices(directory)
        (directory / "songming").mkdir()
        shutil.copy(policies_dir() / "songming" / "2018.yaml", directory / "songming")
        change(file, "year: 2020", "year: 2021")
        file.rename(file.with_name("2021.yaml"))
        look_twice(notices)
        assert set(notices) == {YOUXI, ("youxi", 2021), HUINING, ("songming", 2018)}


class TestFaultyFile:
    def test_is_named_with_every_flaw_and_its_last_version_goes_on(self, directory, file):
        notices = LiveNotices(directory)
        before, version = notices[YOUXI], notices.version
        change(file, "notice:\n", "notice:\n  colour: red\n  flavour: sweet\n")
        (line,) = look_twice(notices)
        assert (line["event"], line["log_level"]) == ("notice_faulty", "error")
        assert (line["file"], line["in_force"]) == ("youxi/2020.yaml", before.ref)
        assert ["colour" in flaw or "flavour" in flaw for flaw in line["flaws"]] == [True, True]
        assert [flaw.file for flaw in notices.flaws] == ["youxi/2020.yaml"] * 2
        assert (notices[YOUXI], notices.version) == (before, version)

    def test_is_named_once_and_not_at_every_look(self, directory, file):
        notices = LiveNotices(directory)
        file.write_text("notice: [")
        assert len(look_twice(notices)) == 1
        assert look_twice(notices) == []

    def test_comes_into_force_once_it_is_mended(self, directory, file):
        notices = LiveNotices(directory)
        before, whole = notices[YOUXI], file.read_text()
        file.write_text("notice: [")
        look_twice(notices)
        file.write_text("# mended\n" + whole)
        look_twice(notices)
        assert notices[YOUXI].ref != before.ref
        assert not notices.flaws

    def test_that_is_put_back_as_it_was_changes_nothing(self, directory, file):
        notices = LiveNotices(directory)
        version, whole = notices.version, file.read_text()
        file.write_text("notice: [")
        look_twice(notices)
        file.write_text(whole)
        look_twice(notices)
        assert (notices.flaws, notices.version) == ((), version)

    def test_does_not_stop_the_others_at_the_start(self, directory, file):
        change(file, "county: youxi", "county: elsewhere")
        with capture_logs() as logged:
            notices = LiveNotices(directory)
        assert list(notices) == [HUINING]
        assert "the file says it is elsewhere 2020" in str(notices.flaws[0])
        (line,) = (line for line in logged if line["log_level"] == "error")
        assert (line["event"], line["in_force"]) == ("notice_faulty", None)
        assert "notice-faulty" in line["until_mended"]

    def test_has_no_version_from_the_start_and_says_why_until_it_is_mended(self, directory, file):
        change(file, "notice:\n", "notice:\n  colour: red\n")
        notices = LiveNotices(directory)
        for known in (notices, notices.snapshot()):
            flaw = known.fault_of(*YOUXI)
            assert flaw is not None and (flaw.file, known.fault_of("youxi")) == ("youxi/2020.yaml", flaw)
            assert (known.fault_of("youxi", 2019), known.fault_of("huining")) == (None, None)

        change(file, "  colour: red\n", "")
        look_twice(notices)
        assert YOUXI in notices and not notices.faulty

    def test_whose_last_good_version_goes_on_is_no_reason_to_refuse_anything(self, directory, file):
        notices = LiveNotices(directory)
        file.write_text("notice: [")
        look_twice(notices)
        assert notices.flaws and not notices.faulty

    def test_stops_the_start_when_there_is_no_other(self, directory, file):
        shutil.rmtree(directory / "huining")
        file.write_text("notice: [")
        with pytest.raises(NoticeInvalid, match="CANBAO_POLICIES_DIR") as caught:
            LiveNotices(directory)
        assert "youxi/2020.yaml" in str(caught.value)

    def test_that_meets_a_defect_of_ours_harms_no_other(self, directory, file, monkeypatch):
        def load_notice(path: Path, raw: bytes) -> object:
            raise ZeroDivisionError

        notices = LiveNotices(directory)
        before = notices[YOUXI]
        monkeypatch.setattr(live, "load_notice", load_notice)
        change(file)
        look_twice(notices)
        assert notices[YOUXI] is before
        assert "ZeroDivisionError" in str(notices.flaws[0])


class TestFileThatCannotBeRead:
    def test_has_no_flaw_any_more_once_it_can_although_nothing_in_it_changed(self, directory, file):
        notices = LiveNotices(directory)
        before, aside = notices[YOUXI], file.rename(directory / "aside")
        file.mkdir()
        look_twice(notices)
        assert "cannot be read" in str(notices.flaws[0])
        file.rmdir()
        aside.rename(file)
        look_twice(notices)
        assert (notices.flaws, notices[YOUXI].sha256) == ((), before.sha256)


class TestRemovedFile:
    def test_leaves_its_last_version_in_force_and_says_so_once(self, directory, file):
        notices = LiveNotices(directory)
        before = notices[YOUXI]
        file.unlink()
        (line,) = look_twice(notices)
        assert (line["event"], line["in_force"]) == ("notice_removed", before.ref)
        assert notices[YOUXI] is before

    def test_may_come_back(self, directory, file):
        notices = LiveNotices(directory)
        whole = file.read_text()
        file.unlink()
        look_twice(notices)
        file.write_text("# back\n" + whole)
        look_twice(notices)
        assert notices[YOUXI].source_text.startswith(b"# back")


class TestSnapshot:
    def test_stays_while_the_notices_change(self, directory, file):
        notices = LiveNotices(directory)
        kept, before = notices.snapshot(), notices[YOUXI]
        change(file)
        look_twice(notices)
        assert kept[YOUXI] is before is not notices[YOUXI]
        assert kept.for_division(before.division) == [before]


class TestFollow:
    async def test_looks_by_itself_and_through_failures(self, directory, file, monkeypatch):
        monkeypatch.setattr(live, "LOOK_SECONDS", 0.001)
        notices = LiveNotices(directory)
        before, fails = notices[YOUXI], iter([True, False])
        monkeypatch.setattr(live, "notice_files", _failing_at_first(live.notice_files, fails))
        change(file)
        following = asyncio.create_task(notices.follow())

        async def changed() -> bool:
            return notices[YOUXI] is not before

        await eventually(changed, 30)
        following.cancel()


def _failing_at_first(real, fails):
    def notice_files(directory: Path) -> list[Path]:
        if next(fails, False):
            raise OSError("the volume is away for a moment")
        return real(directory)

    return notice_files


@pytest.fixture(autouse=True)
def _fresh_logger(monkeypatch):
    """A logger that no test before has bound to the configuration of its process."""
    structlog.reset_defaults()
    monkeypatch.setattr("libs.common.policy.live.log", structlog.get_logger("canbao.notices"))
    yield
    structlog.reset_defaults()
