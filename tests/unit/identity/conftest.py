"""Numbers that others published, read beside the repository or from CANBAO_VECTORS."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(os.environ.get("CANBAO_VECTORS", Path(__file__).resolve().parents[4] / "shared" / "vectors"))


@pytest.fixture(scope="session")
def resident_id_vectors() -> dict[str, Any]:
    path = VECTORS / "identifiers" / "resident_id.json"
    if not path.exists():
        pytest.skip(f"no published vectors at {path}; set CANBAO_VECTORS to where they are")
    return json.loads(path.read_text())
