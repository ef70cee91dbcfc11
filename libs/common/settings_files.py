"""Settings that are a JSON object, or the path of a file with one: keys and addresses, or where keys lie."""

from pathlib import Path
from typing import TypeVar

from pydantic import JsonValue, TypeAdapter, ValidationError

from libs.common.security.vaults import VaultFault, known_vaults, resolved
from libs.common.settings import SettingInvalid

Value = TypeVar("Value")

_ANYTHING: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def is_object(value: str) -> bool:
    """Whether a setting is the object itself; else it is the path of a file with it."""
    return value.lstrip().startswith("{")


def read_object(
    shape: TypeAdapter[dict[str, Value]],
    name: str,
    value: str | None,
    invalid: type[SettingInvalid] = SettingInvalid,
) -> dict[str, Value]:
    """Read the setting `name`; raises `invalid`, which never shows the value."""
    if value is None:
        return {}
    try:
        text = value if is_object(value) else Path(value).read_bytes()
        given = resolved(_ANYTHING.validate_json(text), known_vaults())
        return shape.validate_json(_ANYTHING.dump_json(given), strict=True)
    except VaultFault as fault:
        raise invalid(f"{name}: {fault}") from None
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise invalid(f"{name}: not a JSON object") from None
        raise invalid(f"{name}: must be a JSON object with members of the form in the README") from None
    except (OSError, ValueError):
        raise invalid(f"{name}: neither a JSON object nor the path of a readable JSON file") from None
