"""Changes of an import as they are shown: who it is, and what only those see who may see personal data."""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from libs.common.security.masking import mask_identity_number, mask_name, mask_phone
from services.registration.import_changes.schemas import ChangedValue, ImportChange
from services.registration.import_changes.store import Kept

_MASKS: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(("number", "guardian"), mask_identity_number),
    **dict.fromkeys(("name", "said_by"), mask_name),
    "phone": mask_phone,
    **dict.fromkeys(("address", "proof"), lambda text: "***" if text else ""),
    "born": lambda text: f"{text[:4]}-**-**",
}


def shown(change: Kept, *, unmasked: bool) -> ImportChange:
    """A change; names, numbers, addresses and days of birth masked unless `unmasked`."""
    name, number = change.name or _text(change.body, "name"), _text(change.body, "number")
    values = change.body.get("values")
    assert isinstance(values, list), "it was kept as a list"
    told = [ChangedValue.model_validate(one) for one in values]
    return ImportChange.model_validate(
        {
            "kind": change.kind,
            "line": change.line,
            "person_id": change.person_id,
            "name": name if unmasked or not name else mask_name(name),
            "number": number if unmasked or not number else mask_identity_number(number),
            "values": told if unmasked else [_masked(one) for one in told],
        }
    )


def _masked(value: ChangedValue) -> ChangedValue:
    mask = _MASKS.get(value.field)
    if mask is None:
        return value
    return ChangedValue(
        field=value.field, before=_hidden(mask, value.before), after=_hidden(mask, value.after)
    )


def _hidden(mask: Callable[[str], str], value: JsonValue) -> JsonValue:
    return mask(value) if isinstance(value, str) else value


def _text(body: Mapping[str, JsonValue], name: str) -> str | None:
    text = body.get(name)
    return text if isinstance(text, str) else None
