"""The ceiling of intake: pgbench runs the statement that intake runs, one notification a transaction."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path


def intake_script(directory: Path, notification: Mapping[str, object]) -> Path:
    """Write the statement of intake with one notification as literals, of the same size."""
    from services.collection.hot_store import STORE_NOTIFICATIONS

    body = json.dumps(
        {"type": "payment.succeeded", "timestamp": "t", "data": notification}, ensure_ascii=False
    )
    headers = json.dumps(
        {"webhook-id": "m" * 30, "webhook-timestamp": "1574215200", "webhook-signature": "v" * 47}
    )
    values = [
        "ARRAY['tax']", "ARRAY['P' || :a || '-' || :b]", "ARRAY['m' || :a || '-' || :b]", "ARRAY['payment']",
        "ARRAY[sha256('x'::bytea)]", f"ARRAY['\\x{headers.encode().hex()}'::bytea]",
        f"ARRAY['\\x{body.encode().hex()}'::bytea]", "ARRAY[NULL::bytea]", "ARRAY['youxi']", "ARRAY[2020]",
        "ARRAY[now()]", "ARRAY[NULL::text]",
    ]  # fmt: skip
    statement = STORE_NOTIFICATIONS
    for number in range(len(values), 0, -1):
        statement = statement.replace(f"${number}::", f"{values[number - 1]}::")
    script = directory / "intake.sql"
    lines = " ".join(statement.split())
    script.write_text(f"\\set a random(1, 1000000000)\n\\set b random(1, 1000000000)\n{lines};\n")
    script.chmod(0o644)
    return script


def pgbench(programs: Path, url: str, script: Path, clients: int, transactions: int) -> float:
    """Transactions a second of a script, so many by each client."""
    match = re.fullmatch(r"postgresql://(\w+):([^@]+)@([\d.]+):(\d+)/(\w+)", url)
    assert match is not None
    user, password, host, port, database = match.groups()
    command = [str(programs / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2"]
    # Not by time: on a busy machine that is over before all clients have connected.
    command += ["-t", str(transactions), "-f", str(script)]
    command += ["-h", host, "-p", port, "-U", user, database]
    result = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PGPASSWORD": password}, check=True
    )
    found = re.search(r"tps = ([\d.]+)", result.stdout)
    assert found is not None, result.stdout
    return float(found[1])
