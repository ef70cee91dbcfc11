"""The channels as the files of their keys have them now: secrets follow one another without a restart."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import structlog

from libs.common.security.vaults import referenced_files
from libs.common.settings import SettingInvalid
from libs.common.settings_files import is_object
from services.collection.channels.port import Channel, Kept

log = structlog.get_logger(__name__)

#: Files are looked at for changes at most this often.
FRESH_SECONDS = 5.0


_Stamp = tuple[tuple[int, int] | None, ...]


class Refreshed(Mapping[str, Channel]):
    """The channels that `read` makes; it is asked again when a file among the settings has changed.

    `kept` are secrets that do not stand in files, which `read` looks into.

    What cannot be read any more changes nothing: what was in force goes on, and the log says why. Raises
    SettingInvalid only the first time.
    """

    def __init__(
        self,
        given: Sequence[str | None],
        read: Callable[[], Mapping[str, Channel]],
        clock: Callable[[], float] = time.monotonic,
        *,
        kept: dict[str, Kept] | None = None,
    ) -> None:
        self._kept = kept if kept is not None else {}
        self._given = [value for value in given if value is not None]
        self._read = read
        self._clock = clock
        self._looked_at = clock()
        self._stamp = self._stamped()
        self._channels = read()
        self._fault: str | None = None

    def keep(self, secrets: Mapping[str, Kept]) -> None:
        """Believe these, too, and no others that were kept here before: channels' secrets by slug.

        Where that failed it is tried again: what stood in the way may go without any file's change.
        """
        if secrets != self._kept or self._fault is not None:
            self._kept.clear()
            self._kept.update(secrets)
            self._refresh()

    @property
    def fault(self) -> str | None:
        """Why the files cannot be used as they are now; None where what they say is in force."""
        self._now()
        return self._fault

    def __getitem__(self, slug: str) -> Channel:
        return self._now()[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def _now(self) -> Mapping[str, Channel]:
        if self._clock() - self._looked_at >= FRESH_SECONDS:
            self._looked_at = self._clock()
            stamp = self._stamped()
            if stamp != self._stamp:
                self._refresh()
                # Also after a failure: the same bad file is told of once.
                self._stamp = stamp
        return self._channels

    def _refresh(self) -> None:
        try:
            self._channels = self._read()
        except SettingInvalid as error:
            # The same fault is told of once.
            if str(error) != self._fault:
                log.error("channel_keys_unusable", fault=str(error))
            self._fault = str(error)
        else:
            self._fault = None
            log.info("channel_keys_changed", channels=sorted(self._channels))

    def _stamped(self) -> _Stamp:
        """When each file was changed last, and its size; None for one that is away."""
        return tuple(_stamp_of(path) for value in self._given for path in _files_of(value))


def _files_of(value: str) -> list[Path]:
    """The file that a setting is, if it is one, and the files of keys that it names."""
    if is_object(value):
        return referenced_files(value)
    path = Path(value)
    try:
        return [path, *referenced_files(path.read_text())]
    except (OSError, UnicodeError):
        return [path]


def _stamp_of(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
