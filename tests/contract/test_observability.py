"""Alerts and dashboards ask for what services expose, say in two languages what is wrong and lead to help."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache

import pytest
import yaml

from canbao.definitions import SERVICES, definition
from libs.common.setbacks import at_work
from libs.common.settings import REPOSITORY

HOME = REPOSITORY / "deploy" / "observability"
RULES = {name: yaml.safe_load((HOME / f"{name}.yml").read_text()) for name in ("alerts", "recording")}
ALERTS = [rule for group in RULES["alerts"]["groups"] for rule in group["rules"]]
RECORDED = [rule for group in RULES["recording"]["groups"] for rule in group["rules"]]
DASHBOARDS = {
    path.stem: json.loads(path.read_text()) for path in sorted((HOME / "dashboards").glob("*.json"))
}
TEXTS = ("summary", "summary_en", "description", "description_en")

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_STRING = re.compile(r'"[^"]*"')
_METRIC = re.compile(r"(?<![\w:])((?:\w+:)?(?:canbao|process)_[a-z0-9_]+(?::\w+)?)(?:{([^}]*)})?")
_MATCHER = re.compile(r"(\w+)(=~|!~|!=|=)")
_BY = re.compile(r"\b(?:by|on|ignoring) \(([^)]*)\)")
#: What Prometheus gives every series of a service, and histograms beside it.
OF_PROMETHEUS = {"service", "instance", "job", "le"}
#: What a process shows as a whole (canbao/process_metrics.py).
OF_THE_PROCESS = {
    "canbao_notices_faulty": {"file"},
    "canbao_notices_not_in_force": {"file"},
    "canbao_disk_free_bytes": {"of"},
}


def expressions() -> Iterator[tuple[str, str]]:
    for rule in (*ALERTS, *RECORDED):
        yield rule.get("alert") or rule["record"], rule["expr"]
    for name, dashboard in DASHBOARDS.items():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                yield f"{name}: {panel['title']}", target["expr"]


def asked(expression: str) -> Iterator[tuple[str, set[str]]]:
    """The metrics for which an expression asks, each with the labels that it compares."""
    for metric, matchers in _METRIC.findall(_STRING.sub('""', expression)):
        yield re.sub(r"_(?:bucket|count|sum)$", "", metric), {name for name, _ in _MATCHER.findall(matchers)}


@cache
def anchors() -> set[str]:
    """The headings of the page of operations, as links name them."""
    page = (REPOSITORY / "docs" / "operations.md").read_text()
    headings = re.findall(r"^#{2,4} (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.fixture
async def exposed(service_context):
    """What all services expose: metric -> its labels; and the names of the work that they count."""
    metrics: dict[str, set[str]] = dict(OF_THE_PROCESS)
    work: set[str] = set()
    for name in SERVICES:
        context = await service_context(name)
        definition(name).create_app(context)
        definition(name).workers(context)
        with at_work(context.metrics, "worker"):
            text = (await context.metrics.exposition()).decode()
        metrics |= {found: set() for found in re.findall(r"^# TYPE (process_\w+)", text, re.MULTILINE)}
        for found, collector in context.metrics.registry._names_to_collectors.items():
            metrics.setdefault(found, set()).update(collector._labelnames)
        work |= context.backlog.pending.keys()
    return metrics, work


async def test_every_metric_is_exposed_with_the_labels_that_it_is_asked_by(exposed):
    metrics, work = exposed
    metrics |= {rule["record"]: set(_labels_of_result(rule["expr"])) for rule in RECORDED}
    wrong = []
    for where, expression in expressions():
        labels = set(OF_PROMETHEUS)
        for metric, compared in asked(expression):
            labels |= metrics.get(metric, set())
            if metric not in metrics:
                wrong.append(f"{where}: {metric} is exposed by nobody")
            elif unknown := compared - metrics[metric] - OF_PROMETHEUS:
                wrong.append(f"{where}: {metric} has no {unknown}")
        if "ALERTS{" not in expression and (unknown := _grouped(expression) - labels):
            wrong.append(f"{where}: nothing has {unknown}")
        for value in re.findall(r'work=~?"([^"]+)"', expression):
            wrong += [f"{where}: no work {one}" for one in value.split("|") if one not in work]
    assert not wrong, "\n".join(wrong)


def _grouped(expression: str) -> set[str]:
    return {name.strip() for found in _BY.findall(expression) for name in found.split(",")}


def _labels_of_result(expression: str) -> set[str]:
    return _grouped(expression) - {"le"}


class TestAlerts:
    @pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
    def test_say_in_two_languages_what_is_wrong_and_where_help_is(self, alert):
        told = alert["annotations"]

        assert set(told) == {*TEXTS, "runbook_url"}
        for text in TEXTS:
            assert bool(_CHINESE.search(told[text])) == (not text.endswith("_en")), text
        page, _, anchor = told["runbook_url"].partition("#")
        assert page == "docs/operations.md" and anchor == alert["alert"].lower() and anchor in anchors()
        assert alert["labels"] == {"severity": alert["labels"]["severity"]}
        assert alert["labels"]["severity"] in ("critical", "warning", "info")

    def test_have_names_of_their_own(self):
        names = [alert["alert"] for alert in ALERTS]

        assert len(set(names)) == len(names) >= 20
        assert all(re.fullmatch(r"Canbao[A-Z]\w+", name) for name in names)

    def test_of_the_page_of_operations_are_those_of_the_file(self):
        described = {anchor for anchor in anchors() if anchor.startswith("canbao") and "-" not in anchor}

        assert described == {alert["alert"].lower() for alert in ALERTS}


class TestScrapes:
    def test_ask_every_service_at_its_port_and_name_it(self):
        (job,) = yaml.safe_load((HOME / "prometheus.yml").read_text())["scrape_configs"]
        asked = {one["labels"]["service"]: one["targets"] for one in job["static_configs"]}

        assert job["job_name"] == "canbao"
        assert asked == {name: [f"{name}:{service.port}"] for name, service in SERVICES.items()}

    def test_take_all_rules(self):
        settings = yaml.safe_load((HOME / "prometheus.yml").read_text())

        assert set(settings["rule_files"]) == {f"{name}.yml" for name in RULES}


class TestDashboards:
    def test_are_six_and_each_is_known_by_its_file(self):
        assert {name: board["uid"] for name, board in DASHBOARDS.items()} == {
            name: f"canbao-{name}" for name in ("bus", "deadline", "intake", "matching", "process", "workers")
        }

    @pytest.mark.parametrize("name", DASHBOARDS)
    def test_say_in_two_languages_what_they_show(self, name):
        board = DASHBOARDS[name]
        titles = [board["title"], board["description"], *(panel["title"] for panel in board["panels"])]

        assert all(_CHINESE.search(title) and re.search(r"[A-Za-z]{3}", title) for title in titles)
        assert board["timezone"] == "Asia/Shanghai"

    @pytest.mark.parametrize("name", DASHBOARDS)
    def test_ask_the_prometheus_that_is_chosen_and_no_panel_covers_another(self, name):
        board, taken = DASHBOARDS[name], set()
        for panel in board["panels"]:
            assert panel["datasource"]["uid"] == "${datasource}"
            at = panel["gridPos"]
            cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert not cells & taken and all(x < 24 for x, _ in cells), panel["title"]
            taken |= cells
        variables = {one["name"] for one in board["templating"]["list"]} | {"__rate_interval"}
        used = set(re.findall(r"\$\{?(\w+)", json.dumps(board["panels"])))
        assert used <= variables


if promtool := shutil.which("promtool"):

    @pytest.mark.parametrize(
        "what", [["check", "rules", "alerts.yml", "recording.yml"], ["test", "rules", "alerts_test.yml"]]
    )
    def test_prometheus_takes_the_rules_and_does_by_them_what_is_expected(what):
        done = subprocess.run([promtool, *what], cwd=HOME, capture_output=True, text=True)

        assert done.returncode == 0, done.stdout + done.stderr

    def test_prometheus_takes_every_expression_of_the_dashboards(tmp_path):
        rules = [
            {"record": f"panel_{number}", "expr": re.sub(r"\$__rate_interval", "5m", expression)}
            for number, (_, expression) in enumerate(expressions())
        ]
        (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

        done = subprocess.run(
            [promtool, "check", "rules", "--lint=none", "panels.yml"],
            cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
