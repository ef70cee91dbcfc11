"""Notices that follow their files while a process runs.

A changed or new file takes effect within seconds. A file that became faulty is named, with every flaw, and
the last good version of its notice goes on; so does that of a file that was removed. Of a file that was
faulty already when the process started there is none: its notice is in `faulty`. Other notices are untouched.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

import structlog

from libs.common.policy.engine.notice import Notice, Notices
from libs.common.policy.format.errors import Flaw, NoticeInvalid
from libs.common.policy.format.extending import base_files, whole
from libs.common.policy.loader import load_notice, notice_files
from libs.common.policy.workday_files import learn_workdays, workday_files

log = structlog.get_logger("canbao.notices")

LOOK_SECONDS = 2.0

_GOES_ON = "the last good version goes on, until the process ends"
_REFUSED = "no version is in force: what needs this notice is refused as notice-faulty"


@dataclass(frozen=True, slots=True)
class _Stamp:
    """How a file looks from outside; while this stays, it is not read again."""

    changed_ns: int
    size: int
    inode: int


_Stamps = dict[Path, "_Stamp | None"]


@dataclass(slots=True)
class _File:
    """What is known of one file. `read` is the stamp under which it was read last."""

    seen: _Stamp | None = None
    read: _Stamp | None = None
    sha256: str = ""
    notice: Notice | None = None
    flaws: tuple[Flaw, ...] = ()
    removed: bool = False


class LiveNotices(Notices):
    """The notices of a directory as its files have them now.

    Whoever needs one and the same version of all of them for a while takes a `snapshot()`. `version` grows
    whenever a notice changed, for those who keep what they derived from notices.
    Raises NoticeInvalid when there is not one valid notice to begin with.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__([])
        self._directory = directory
        self._files: dict[Path, _File] = {}
        self._bases_seen: _Stamps = {}
        self._bases_read: _Stamps = {}
        self._workdays: _Stamps = {}
        self._workday_flaws: tuple[Flaw, ...] = ()
        self._look(settled=False)
        if not self:
            nothing = Flaw(
                str(directory),
                1,
                "the directory holds no notice that is valid",
                "set CANBAO_POLICIES_DIR to the directory of <county>/<year>.yaml",
            )
            raise NoticeInvalid([*self.flaws, nothing])

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """Every flaw of the files as they are now; the notices in force have none."""
        return *self._workday_flaws, *(flaw for file in self._files.values() for flaw in file.flaws)

    def look(self) -> bool:
        """Look at the files, and read those that have changed and stood still since the look before.

        A file that is just being written is thereby left alone. Gives whether a notice changed.
        """
        return self._look(settled=True)

    async def follow(self) -> None:
        """Look every few seconds until cancelled, beside the event loop: reading a notice takes a while."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await asyncio.to_thread(self.look)
            except Exception:
                log.exception("notices_not_looked_at")

    def _look(self, settled: bool) -> bool:
        found = notice_files(self._directory)
        changed = self._learn_workdays()
        bases_stand_still = self._look_at_bases(settled)
        for path in found:
            file = self._files.setdefault(path, _File())
            stamp = _stamp(path)
            stands_still, file.seen = not settled or stamp == file.seen, stamp
            if stamp is not None and stamp != file.read and stands_still and bases_stand_still:
                file.read, file.removed = stamp, False
                if self._read(path, file):
                    changed = True
                    in_force = file.notice.ref if file.notice else None
                    log.log(logging.INFO if settled else logging.DEBUG, "notice_loaded", in_force=in_force)
        for path in self._files.keys() - set(found):
            self._remove(path, self._files[path])
        if changed:
            notices = [file.notice for file in self._files.values() if file.notice is not None]
            self._replace(sorted(notices, key=lambda notice: (notice.county, notice.year)))
        self._faulty = {
            (path.parent.name, int(path.stem)): file.flaws[0]
            for path, file in self._files.items()
            if file.flaws and file.notice is None and path.stem.isdecimal()
        }
        return changed

    def _look_at_bases(self, settled: bool) -> bool:
        """Have all read again when common rules have changed; give whether nobody is just writing them."""
        stamps: _Stamps = {path: _stamp(path) for path in base_files(self._directory)}
        stand_still, self._bases_seen = not settled or stamps == self._bases_seen, stamps
        if stand_still and stamps != self._bases_read:
            self._bases_read = stamps
            for file in self._files.values():
                file.read = None
        return stand_still

    def _learn_workdays(self) -> bool:
        """Know the days off that files say; where they changed, deadlines move and notices are read again."""
        stamps = {path: _stamp(path) for path in workday_files(self._directory)}
        if stamps == self._workdays:
            return False
        self._workdays = stamps
        self._workday_flaws = tuple(learn_workdays(self._directory))
        for flaw in self._workday_flaws:
            log.error("workdays_faulty", file=flaw.file, flaw=str(flaw))
        for file in self._files.values():
            file.read, file.sha256 = None, ""
        return True

    def _read(self, path: Path, file: _File) -> bool:
        """Read one file; whether its notice is another now."""
        try:
            raw = whole(path.read_bytes(), self._directory)
            sha256 = hashlib.sha256(raw).hexdigest()
            if sha256 == file.sha256:
                return False
            file.sha256 = sha256
            notice = load_notice(path, raw)
        except NoticeInvalid as error:
            self._fault(path, file, tuple(error.flaws))
            return False
        except OSError as error:
            # Gone in this moment, or not for us to read: it is read again, also where nothing in it changed.
            file.read, file.sha256 = None, ""
            reason = f"the file cannot be read ({type(error).__name__})"
            self._fault(path, file, (Flaw(_name(path), 1, reason, "let the service read it"),))
            return False
        except Exception as error:  # a defect of ours that one file meets must not stop the others
            log.exception("notice_defeats_reader", file=_name(path))
            reason = f"the file cannot be understood ({type(error).__name__})"
            self._fault(path, file, (Flaw(_name(path), 1, reason, "ask for help"),))
            return False
        file.flaws = ()
        before, file.notice = file.notice, notice
        return before is None or before.sha256 != sha256

    def _fault(self, path: Path, file: _File, flaws: tuple[Flaw, ...]) -> None:
        if flaws != file.flaws:
            file.flaws = flaws
            log.error(
                "notice_faulty",
                file=_name(path),
                flaws=[str(flaw) for flaw in flaws],
                in_force=file.notice.ref if file.notice else None,
                until_mended=_GOES_ON if file.notice else _REFUSED,
            )

    def _remove(self, path: Path, file: _File) -> None:
        if not file.removed:
            in_force = file.notice.ref if file.notice else None
            log.warning("notice_removed", file=_name(path), in_force=in_force)
        file.removed, file.seen, file.read, file.flaws = True, None, None, ()
        file.sha256 = file.notice.sha256 if file.notice else ""


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return _Stamp(status.st_mtime_ns, status.st_size, status.st_ino)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
