"""Measures the console on a played season: `python tests/bench/bench_console.py [--people N] [--data-dir D]`.

A season is played first, unless D holds one of `canbao demo --once`. Then every role signs in and follows
links from its first page on, some of each kind. Each page is asked for some times; what counts is the middle
one, from the request to the last byte, services and database included, with nobody else asking. Figures are
counted before; where a page takes long to say that they are being counted, that is told. The yardstick of the
same run is the page of one's own password, which asks no service.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.e2e.test_up import running

#: Each role, and where it is: a village and a township of Youxi in its full size, the county for others.
ROLES = {
    "village_agent": "350426100200",
    "township_officer": "350426100",
    **dict.fromkeys(
        ("medical_insurance_officer", "tax_officer", "finance_officer", "leader", "auditor"), "350426"
    ),
    "operator": "*",
}
PASSWORD = "quiet-river-2048"
MOST_MS, MOST_KB = 150, 100
_LINK = re.compile(r'<a [^>]*href="([^"]+)"')
_PROOF = re.compile(r'name="form" value="(\w+)"')
#: Downloads and pages that end a session are not pages to look at.
_LEFT_OUT = re.compile(r"/(static|sign-|language)|\.(pdf|xlsx|csv)|/file\b|guide")


@dataclass
class Seen:
    """What was measured of pages of one kind."""

    milliseconds: list[float] = field(default_factory=list)
    kilobytes: list[float] = field(default_factory=list)
    slowest: str = ""

    def add(self, path: str, milliseconds: float, kilobytes: float) -> None:
        """One page more."""
        if milliseconds > max(self.milliseconds, default=0):
            self.slowest = path
        self.milliseconds.append(milliseconds)
        self.kilobytes.append(kilobytes)


def kind_of(url: str) -> str:
    """The address without what differs from one page of a kind to the next."""
    parts = urlsplit(url)
    names = sorted(re.findall(r"(?:^|&)([a-z_]+)=", parts.query))
    path = re.sub(r"/(?=[^/]*\d)[^/]+", "/*", parts.path)
    return path + ("?" + "&".join(names) if names else "")


def signed_in(up_address: str, data_dir: Path, role: str) -> httpx.Client:
    """A browser of a new user with this role."""
    name = f"bench-{role.partition('_')[0]}-{time.time_ns() % 10**9}"
    command = [sys.executable, "-m", "canbao.cli", "user", "add", name, "--role", role]
    said = subprocess.run(
        [*command, "--division", ROLES[role]],
        env={**os.environ, "CANBAO_DATA_DIR": str(data_dir)}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    first = said.rpartition(": ")[2].strip()
    http = httpx.Client(base_url=f"{up_address}/console/", follow_redirects=True, timeout=60, trust_env=False)
    http.post("sign-in", data={"name": name, "password": first})
    proof = _PROOF.search(http.get("password").text)
    assert proof is not None, "nobody is signed in"
    chosen = {"form": proof[1], "former": first, "new": PASSWORD, "again": PASSWORD}
    answer = http.post("password", data=chosen)
    assert answer.status_code == 200, answer.text
    return http


def pages(http: httpx.Client, of_a_kind: int) -> Iterator[tuple[str, httpx.Response]]:
    """Pages that links lead to, breadth first, some of each kind."""
    waiting = [str(http.base_url)]
    counted: dict[str, int] = defaultdict(int)
    known = set(waiting)
    while waiting:
        url = waiting.pop(0)
        answer = counted_page(http, url)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        yield url, answer
        for href in _LINK.findall(answer.text):
            onward = urldefrag(urljoin(str(answer.url), unescape(href)))[0]
            kind = kind_of(onward)
            foreign = not onward.startswith(str(http.base_url)) or _LEFT_OUT.search(onward)
            if foreign or onward in known or counted[kind] >= of_a_kind:
                continue
            counted[kind] += 1
            known.add(onward)
            waiting.append(onward)


def counted_page(http: httpx.Client, url: str) -> httpx.Response:
    """A page once its figures are counted; until then it says so, as soon as any other page comes."""
    while True:
        began = time.perf_counter()
        answer = http.get(url)
        if "refresh" not in answer.headers:
            return answer
        took = (time.perf_counter() - began) * 1000
        if took > MOST_MS:
            print(f"  {took:.0f} ms until {urlsplit(url).path} said that it is being counted")
        time.sleep(0.5)


def asked(http: httpx.Client, url: str, turns: int) -> float:
    """The middle of some answers, in milliseconds."""
    took = []
    for _ in range(turns):
        began = time.perf_counter()
        http.get(url)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def look(http: httpx.Client, role: str, turns: int, of_a_kind: int, found: dict[str, Seen]) -> None:
    """Measure the pages of a role."""
    for url, answer in pages(http, of_a_kind):
        if answer.status_code != 200:
            print(f"  {answer.status_code} {role} {urlsplit(url).path}?{urlsplit(url).query}")
            continue
        path = url.removeprefix(str(http.base_url)) or "(first page)"
        found[kind_of(path)].add(f"{role}: {path}", asked(http, url, turns), len(answer.content) / 1000)


def told(found: dict[str, Seen], bare: float) -> None:
    """Print what was measured, the slowest first."""
    slow = [seen for seen in found.values() if max(seen.milliseconds) > MOST_MS]
    heavy = [seen for seen in found.values() if max(seen.kilobytes) > MOST_KB]
    print(f"{'ms':>7} {'most':>7} {'kB':>6} pages  kind (the slowest)")
    for kind, seen in sorted(found.items(), key=lambda one: -max(one[1].milliseconds)):
        middle, most = statistics.median(seen.milliseconds), max(seen.milliseconds)
        number = len(seen.milliseconds)
        print(f"{middle:7.0f} {most:7.0f} {max(seen.kilobytes):6.0f} {number:5}  {kind}  ({seen.slowest})")
    every = [one for seen in found.values() for one in seen.milliseconds]
    print(
        f"{len(every)} pages of {len(found)} kinds: middle {statistics.median(every):.0f} ms "
        f"({statistics.median(every) / bare:.1f} times the page that asks no service, {bare:.1f} ms), "
        f"slowest {max(every):.0f} ms; {len(slow)} kinds above {MOST_MS} ms, {len(heavy)} above {MOST_KB} kB"
    )


def main(people: int, data_dir: Path | None, turns: int, of_a_kind: int, roles: list[str]) -> None:
    """Play a season unless there is one, and measure."""
    played = data_dir or Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    try:
        if data_dir is None:
            played.chmod(0o711)
            command = [sys.executable, "-m", "canbao.cli", "demo", "--once", "--quiet"]
            subprocess.run([*command, "--people", str(people), "--data-dir", str(played)], check=True)
        found: dict[str, Seen] = defaultdict(Seen)
        with running(played / "state", CANBAO_CONSOLE_FIGURES_SECONDS="60") as up:
            up.wait_until_ready()
            bare = 0.0
            for role in roles:
                with closing(signed_in(up.address, played / "state", role)) as http:
                    bare = asked(http, "password", 21)
                    look(http, role, turns, of_a_kind, found)
            up.stop()
        told(found, bare)
    finally:
        if data_dir is None:
            shutil.rmtree(played, ignore_errors=True)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--data-dir", type=Path, help="where `canbao demo --once` has played a season")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--of-a-kind", type=int, default=4)
    parser.add_argument("--roles", nargs="+", choices=list(ROLES), default=list(ROLES))
    given = parser.parse_args()
    main(given.people, given.data_dir, given.turns, given.of_a_kind, given.roles)
