"""`make sbom`: what Canbao is made of, as the lock file pins it, in the form that scanners read."""

import json
import re
import subprocess

import pytest

from libs.common.settings import REPOSITORY


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    """The bill, as `make sbom` writes it; the tool has checked it against the schema of CycloneDX."""
    file = tmp_path_factory.mktemp("sbom") / "canbao.cdx.json"
    made = subprocess.run(
        ["make", "--no-print-directory", "sbom", f"SBOM={file}"],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return json.loads(file.read_text())


def test_names_every_package_that_is_pinned_with_its_version_and_hashes(bill):
    lock = (REPOSITORY / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;]+)", lock, re.MULTILINE))
    listed = {(one["name"], one["version"]) for one in bill["components"]}

    assert bill["bomFormat"] == "CycloneDX" and len(pinned) > 100
    assert listed == pinned
    for one in bill["components"]:
        assert one["purl"] == f"pkg:pypi/{one['name'].lower()}@{one['version']}", one["name"]
        hashes = [one_hash for source in one["externalReferences"] for one_hash in source.get("hashes", ())]
        assert hashes and {made["alg"] for made in hashes} == {"SHA-256"}, one["name"]


def test_says_what_it_is_the_bill_of(bill):
    assert bill["metadata"]["component"]["name"] == "canbao"
    assert bill["metadata"]["component"]["licenses"][0]["license"]["id"] == "Apache-2.0"
