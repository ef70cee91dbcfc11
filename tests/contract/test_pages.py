"""Pages are true: every command, path and variable that they name is there."""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from canbao.cli import COMMANDS as COMMANDS_OF_CANBAO
from canbao.cli import main
from canbao.definitions import SERVICES, definition
from canbao.documents import application, openapi_of
from canbao.replay.scenario import VERBS
from libs.common.settings import REPOSITORY, CommonSettings

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "docs/adr/*.md", "docs/guide/*.md", "deploy/*.md", "services/*/*.md")
    for path in REPOSITORY.glob(pattern)
)
SHELL = ("sh", "bash", "console", "shell")
PROGRAMS = {"canbao", "make", "docker", "curl", "python", "cd", "pip", "git", "openssl", "pre-commit", "cmp"}
#: What stands for a value in a page.
PLACEHOLDERS = {"<service>": next(iter(SERVICES))}
#: Variables of the shell, of compose or of the tests, which no settings read.
OTHER_VARIABLES = {"CANBAO_IMAGE", "CANBAO_TOKEN", "CANBAO_DATA_DIR", "CANBAO_EXTRA_VECTORS"}

_FENCE = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")
_CALL = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/[^\s`|,;)<。，；）]*)")
_VARIABLE = re.compile(r"\bCANBAO_[A-Z0-9_]+")
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


@dataclass(frozen=True)
class Shown:
    """Something that a page shows, and on which page."""

    page: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}: {self.text}"


def name_of(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def shown() -> Iterator[Shown]:
    """Every command line of a page: in blocks for a shell, and in the text."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for _, language, block in _FENCE.findall(text):
            for line in block.replace("\\\n", " ").splitlines():
                if language in SHELL or (not language and line.split(" ")[0] in PROGRAMS):
                    yield from (Shown(name_of(page), part) for part in commands_of(line))
        for inline in _INLINE.findall(_FENCE.sub("", text)):
            words = " ".join(inline.split())
            if re.match(r"(canbao|make|python) \S", words):
                yield from (Shown(name_of(page), part) for part in commands_of(words))


def commands_of(line: str) -> Iterator[str]:
    """The commands of a line without remarks: what follows ` #`, or two blanks and a sentence."""
    line = re.split(r"(?:^|\s)#", line.strip())[0]
    line = re.split(r"(?<=\S) {2,}(?=[^\s-])", line)[0].strip()
    if re.fullmatch(r"canbao \w+( \| \w+)+", line):
        yield from (f"canbao {name}" for name in line.removeprefix("canbao ").split(" | "))
        return
    for part in line.split(" && "):
        if part:
            yield from alternatives(part.removeprefix("$ ").removeprefix(".venv/bin/"))


def alternatives(command: str) -> Iterator[str]:
    """`canbao policy check|show` is two commands."""
    words = command.split()
    several = next((word for word in words if re.fullmatch(r"[a-z-]+(\|[a-z-]+)+", word)), None)
    if several is None:
        yield command
        return
    for one in several.split("|"):
        yield " ".join(one if word == several else word for word in words)


COMMANDS = sorted(set(shown()), key=str)


def of(program: str) -> list[Shown]:
    return [one for one in COMMANDS if one.text.split()[0] == program]


class Unknown(Exception):
    """The command line has no such thing."""


def check_canbao(arguments: Sequence[str]) -> None:
    """Walk to the command that is meant; raise Unknown for what it does not know."""
    command: click.Command = main
    words = [PLACEHOLDERS.get(word, word) for word in arguments]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            raise Unknown(f"no command {words[0]}")
        command, words = found, words[1:]
    check_parameters(command, words)


def check_parameters(command: click.Command, words: Sequence[str]) -> None:
    context = click.Context(command, help_option_names=["-h", "--help"])
    parameters = command.get_params(context)
    options = {name: one for one in parameters if isinstance(one, click.Option) for name in one.opts}
    places = [one for one in parameters if isinstance(one, click.Argument)]
    waiting = iter(words)
    for word in waiting:
        if word == "...":
            continue
        if word.startswith("-"):
            name, _, value = word.partition("=")
            option = options.get(name)
            if option is None:
                raise Unknown(f"{command.name} has no option {name}")
            if not option.is_flag:
                check_value(option, value or next(waiting, None), context)
        elif not places:
            raise Unknown(f"{command.name} takes no {word}")
        else:
            check_value(places[0], word, context)
            if places[0].nargs == 1:
                places.pop(0)


def check_value(parameter: click.Parameter, value: str | None, context: click.Context) -> None:
    if value is None or isinstance(parameter.type, click.Path | click.File):
        return
    try:
        parameter.type.convert(value, parameter, context)
    except click.UsageError as error:
        raise Unknown(str(error)) from None


class TestCommands:
    def test_are_found_at_all(self):
        programs = {one.text.split()[0] for one in COMMANDS}

        assert {"canbao", "make", "docker", "curl", "python"} <= programs
        assert len(of("canbao")) > 30

    @pytest.mark.parametrize("one", of("canbao"), ids=str)
    def test_of_the_command_line_are_there_with_their_options(self, one):
        check_canbao(shlex.split(one.text)[1:])

    @pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
    def test_of_the_command_line_are_all_in_the_readme(self, page):
        named = {one.text.split()[1] for one in of("canbao") if one.page == page}

        assert {name for name in COMMANDS_OF_CANBAO if name not in named} == set()

    @pytest.mark.parametrize("one", of("make"), ids=str)
    def test_of_make_are_its_targets(self, one):
        words = shlex.split(one.text)[1:]
        given = {name: value for name, _, value in (word.partition("=") for word in words) if value}
        targets = [word for word in words if "=" not in word]

        assert set(targets) <= set(_TARGET.findall((REPOSITORY / "Makefile").read_text()))
        assert set(given) <= {"ARGS", "PYTHON"}
        if targets[0] in ("demo", "up"):
            check_canbao([targets[0], *shlex.split(given.get("ARGS", ""))])

    @pytest.mark.parametrize("one", of("python"), ids=str)
    def test_of_python_are_files_or_modules_of_ours(self, one):
        word, *more = shlex.split(one.text)[1:]
        path = more[0].replace(".", "/") + ".py" if word == "-m" else word

        assert (REPOSITORY / path).is_file() or (word == "-m" and more[0] in ("build", "pytest", "venv"))

    @pytest.mark.parametrize("one", of("docker"), ids=str)
    def test_of_docker_name_what_is_composed(self, one):
        words = shlex.split(one.text)
        composed = yaml.safe_load((REPOSITORY / "deploy" / "docker-compose.yml").read_text())["services"]

        assert words[1] in ("compose", "build")
        if words[1:3] == ["compose", "run"]:
            place = next(place for place, word in enumerate(words) if word in composed)
            if "entrypoint" not in composed[words[place]]:
                check_canbao(words[place + 1 :] or composed[words[place]]["command"])

    def test_are_those_of_a_shell_that_a_reader_has(self):
        strange = [str(one) for one in COMMANDS if one.text.split()[0] not in PROGRAMS]

        assert not strange

    @pytest.mark.parametrize(
        "arguments",
        [
            ["polcy", "check"],
            ["policy", "show", "youxi/2020", "--sektion", "windows"],
            ["serve", "accounting"],
            ["token", "--lifetime", "soon"],
            ["migrate", "--now"],
        ],
    )
    def test_that_are_wrong_are_noticed(self, arguments):
        with pytest.raises(Unknown):
            check_canbao(arguments)


@cache
def operations(service: str) -> dict[tuple[str, str], set[str]]:
    """Method and path, names left out -> the names of the query parameters."""
    return {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path)): {
            one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"
        }
        for path, item in openapi_of(application(service))["paths"].items()
        for method, operation in item.items()
    }


def is_answered(service: str, method: str, path: str) -> bool:
    """Whether a service has an operation for this, with the query parameters that are asked for."""
    path, _, query = path.partition("?")
    asked = {part.partition("=")[0] for part in query.split("&") if part}
    words = re.sub(r"\{\w+\}", "{}", path).split("/")
    return any(
        method == known_method and fits(words, known_path.split("/")) and asked <= parameters
        for (known_method, known_path), parameters in operations(service).items()
    )


def fits(words: list[str], known: list[str]) -> bool:
    """Whether a path is one of a known form; a value may stand where the form has a name."""
    return len(words) == len(known) and all(
        mine in (theirs, "{}") or theirs == "{}" for mine, theirs in zip(words, known, strict=True)
    )


def calls() -> Iterator[tuple[Shown, str, str]]:
    """Every request that a page shows: as method and path, or by curl."""
    for page in PAGES:
        for method, path in _CALL.findall(page.read_text(encoding="utf-8")):
            yield Shown(name_of(page), f"{method} {path}"), method, path.rstrip(".")
    for one in of("curl"):
        words = shlex.split(one.text)
        [url] = [word for word in words if word.startswith("http")]
        posts = {"-d", "--data", "--data-binary", "-F"} & set(words)
        method = words[words.index("-X") + 1] if "-X" in words else "POST" if posts else "GET"
        yield one, method, re.sub(r"^https?://[^/]+", "", url)


CALLS = list(calls())


class TestRequests:
    @pytest.mark.parametrize("page", sorted({one.page for one, _, _ in CALLS}))
    def test_are_answered(self, page):
        nobody = [
            f"{method} {path} in {one.text}"
            for one, method, path in CALLS
            if one.page == page and not self.somebody_answers(page, method, path)
        ]
        assert not nobody

    def somebody_answers(self, page, method, path):
        first = path.split("/")[1]
        if first in SERVICES:
            return is_answered(first, method, path.removeprefix(SERVICES[first].prefix))
        own = re.match(r"services/(\w+)/", page)
        return any(is_answered(name, method, path) for name in ([own[1]] if own else SERVICES))


class TestVariables:
    def test_are_read_by_the_settings(self):
        known = {f"CANBAO_{name.upper()}" for name in CommonSettings.model_fields} | OTHER_VARIABLES
        for name, service in SERVICES.items():
            known |= {service.variables + field.upper() for field in definition(name).settings.model_fields}
        prefixes = tuple(service.variables for service in SERVICES.values())
        strange = {
            f"{name_of(page)}: {variable}"
            for page in PAGES
            for variable in _VARIABLE.findall(page.read_text(encoding="utf-8"))
            if variable not in known and variable not in (*prefixes, "CANBAO_")
        }

        assert not strange


SCENARIOS = (REPOSITORY / "docs" / "replay.md").read_text()
STEPS = dict(re.findall(r"^\| `(\w+)` \| (.*?) ?\|", SCENARIOS.partition("|---|")[2], re.MULTILINE))


class TestScenarioPage:
    def test_lists_every_step(self):
        assert list(STEPS) == list(VERBS)

    @pytest.mark.parametrize("verb", VERBS)
    def test_names_exactly_the_fields_of_a_step(self, verb):
        fields = {field.alias or name for name, field in VERBS[verb].model_fields.items()} - {"at"}
        # What a row holds, or which values a field may have, stands in brackets.
        described = re.findall(r"`([^`]+)`", re.sub(r"\(.*?\)", "", STEPS[verb]))

        assert set(" ".join(described).split()) == fields


QUESTION = {
    "county": "youxi",
    "year": 2020,
    "at": "2019-11-20T10:00:00+08:00",
    "person": {"born": "1980-06-15", "sex": "female", "hukou": "county"},
    "statuses": [],
}
#: Command of a page -> what it says with these words added.
CHEAP = {
    "canbao --help": ([], "Commands:"),
    'canbao token --scope "ledger:read" --division 350426': ([], "."),
    "canbao assess cases.jsonl": ([], '"own_due_fen"'),
    "canbao policy check": ([], "worked cases hold"),
    "canbao policy show": (["youxi", "2020"], "尤溪县"),
    "canbao policy diff": (["youxi/2020", "huining/2021"], "huining/2021@"),
}


class TestCheapCommands:
    @pytest.mark.parametrize("command", CHEAP)
    def test_of_the_first_page_run(self, command, tmp_path, monkeypatch):
        more, says = CHEAP[command]
        (tmp_path / "cases.jsonl").write_text(json.dumps(QUESTION))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CANBAO_DATA_DIR", str(tmp_path / "data"))

        said = CliRunner().invoke(main, [*shlex.split(command)[1:], *more])

        assert {one.page for one in of("canbao") if one.text == command} >= {"README.md", "README.zh-CN.md"}
        assert said.exit_code == 0, said.output
        assert says in said.output
