"""The file of the senders' secrets: a new one is put before the others, and old ones are taken out."""

import json
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from canbao.embedded_state import alone, replace_file
from libs.common.security.webhooks import generate_secret
from libs.common.settings import SettingInvalid
from services.collection.channels.keyring import generic_channels

_SECRETS = TypeAdapter(dict[str, list[str]])


class ChannelSecrets:
    """The file `path`, `{"tax": ["whsec_..."]}`. Running services read it again when it changes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Mapping[str, list[str]]:
        """Every channel with its secrets, newest first. Raises SettingInvalid."""
        try:
            return _SECRETS.validate_json(self._path.read_bytes(), strict=True)
        except OSError as error:
            raise SettingInvalid(f"{self._path} cannot be read ({error.strerror})") from None
        except ValidationError:
            raise SettingInvalid(f'{self._path} does not hold {{"tax": ["whsec_..."]}}') from None

    def is_there(self, channel: str) -> bool:
        """Whether the file has a channel. Raises SettingInvalid."""
        return channel in self.read()

    def unknown(self, channel: str, known: Iterable[str]) -> SettingInvalid:
        """Say that a channel is nowhere, and which ones of `known` and of the file go by a near name."""
        near = get_close_matches(channel, sorted({*self.read(), *known}), 3)
        meant = f"; did you mean {' or '.join(near)}?" if near else ";"
        said = f"neither {self._path} nor any notice in force has a channel {channel}{meant}"
        return SettingInvalid(f"{said} --new makes it")

    def add(self, channel: str) -> str:
        """Put a new secret first; the others go on being believed. A channel that is not there is made."""
        new = generate_secret()
        self._change(channel, lambda kept: [new, *kept], make=True)
        return new

    def retire(self, channel: str) -> int:
        """Leave the newest only; give how many were taken out."""
        before = len(self.read().get(channel, ()))
        self._change(channel, lambda kept: kept[:1], make=False)
        return before - 1

    def _change(self, channel: str, change: Callable[[list[str]], list[str]], *, make: bool) -> None:
        with alone(self._path.parent):
            secrets = dict(self.read())
            if channel not in secrets and not make:
                raise SettingInvalid(f"{self._path} has no channel {channel}")
            secrets[channel] = change(secrets.get(channel, []))
            generic_channels(secrets)  # what services would refuse is not written
            try:
                replace_file(self._path, json.dumps(secrets, indent=2))
            except OSError as error:
                raise SettingInvalid(f"{self._path} cannot be written ({error.strerror})") from None
