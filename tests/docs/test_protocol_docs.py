"""docs/protocol.md says what the code does: its examples parse, and its lists are complete."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from openapi_spec_validator import validate

import messenger
from docs.generate import CALLS, INCOMING, OUTGOING, Problem, ProblemWithPuzzle, tag_of, written
from messenger.domain.attachment import INLINE
from messenger.domain.errors import Refusal
from messenger.domain.events import Kind
from messenger.domain.report import CATEGORIES, TALK, Danger, Relation
from messenger.domain.work import Puzzle
from messenger.protocol.closing import Close
from messenger.protocol.frames import Outgoing, parse_frame
from tests.solving import solve

CHECKOUT = Path(__file__).resolve().parents[2]
PROTOCOL = (CHECKOUT / "docs/protocol.md").read_text()
ASYNCAPI = CHECKOUT / "node_modules/@asyncapi/specs/schemas/3.0.0.json"
PAGES = [CHECKOUT / "SECURITY.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
BODIES = {kind.__name__: kind for call in CALLS for kind in (call.body, call.answer) if kind}
BODIES |= {"Problem": Problem, "ProblemWithPuzzle": ProblemWithPuzzle}


def _examples(*names: str) -> list[str]:
    """Every line of the fences marked ```json NAME."""
    fences = re.findall(r"^```json (\w+)\n(.*?)^```$", PROTOCOL, re.MULTILINE | re.DOTALL)
    return [line for name, text in fences if name in names for line in text.splitlines()]


def _first_cells(heading: str) -> list[str]:
    """The first column of the first table under a heading, without backticks."""
    section = PROTOCOL.split(f"## {heading}\n", 1)[1].split("\n## ")[0]
    rows = re.findall(r"^\| *`?([\w]+)`? *\|", section, re.MULTILINE)
    return [cell for cell in rows if cell not in {"code", "kind"}]


def _refusals() -> dict[str, int]:
    """Every code the package has, with its status."""
    for module in pkgutil.walk_packages(messenger.__path__, "messenger."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    kinds: list[type[Refusal]] = [Refusal, *_below(Refusal)]
    return {kind.code: kind.status for kind in kinds if kind.__module__.startswith("messenger.")}


def _operations() -> list[tuple[str, dict[str, Any]]]:
    """Every call of openapi.yaml, with its path."""
    document = msgspec.yaml.decode((CHECKOUT / "docs/openapi.yaml").read_text())
    return [(path, call) for path, calls in document["paths"].items() for call in calls.values()]


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


@pytest.mark.parametrize("text", _examples("client"))
def test_every_frame_shown_for_clients_is_one_the_server_takes(text: str) -> None:
    frame = parse_frame(text)

    assert tag_of(type(frame)) == json.loads(text)["t"]


@pytest.mark.parametrize("text", _examples("server"))
def test_every_frame_shown_from_the_server_is_whole_and_has_nothing_more(text: str) -> None:
    frame = msgspec.json.decode(text, type=Outgoing)

    assert msgspec.to_builtins(frame) == json.loads(text)


@pytest.mark.parametrize("name", BODIES)
def test_every_body_is_shown_whole(name: str) -> None:
    (text,) = _examples(name)

    assert msgspec.to_builtins(msgspec.json.decode(text, type=BODIES[name])) == json.loads(text)


def test_the_work_that_is_shown_answers_the_puzzle_that_is_shown() -> None:
    (text,) = _examples("ProblemWithPuzzle")
    puzzle = Puzzle(**json.loads(text)["puzzle"])

    assert f"\n    {solve(puzzle)}\n" in PROTOCOL


def test_no_example_goes_unparsed() -> None:
    fences = re.findall(r"^```(.+)$", PROTOCOL, re.MULTILINE)

    assert {fence.removeprefix("json ") for fence in fences} == {"client", "server", *BODIES}


def test_every_kind_of_frame_is_shown() -> None:
    from_clients = {json.loads(text)["t"] for text in _examples("client")}
    from_the_server = {json.loads(text)["t"] for text in _examples("server")}

    assert from_clients == {tag_of(kind) for kind in INCOMING}
    assert from_the_server == {tag_of(kind) for kind in OUTGOING}


def test_every_close_code_is_told_and_exists() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", PROTOCOL, re.MULTILINE)

    assert {int(code): name for code, name in rows} == {int(code): code.name for code in Close}


def test_codes_below_4500_say_come_back_and_the_others_do_not() -> None:
    come_back = {code for code in Close if code < 4500}

    assert come_back == {Close.SLOW_READER, Close.COME_BACK_LATER, Close.IDLE}


def test_every_refusal_is_told_once_and_exists() -> None:
    section = PROTOCOL.split("## Refusals\n", 1)[1].split("\n## ")[0]
    in_the_table = _first_cells("Refusals")
    beside_it = re.findall(r"`(\w+)`", section.split("These belong to pages", 1)[1])

    told = in_the_table + beside_it
    assert sorted(told) == sorted(_refusals())


def test_every_refusal_has_the_status_that_is_told() -> None:
    told = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", PROTOCOL, re.MULTILINE)
    statuses = _refusals()

    assert told
    assert {code: int(status) for code, status in told} == {
        code: statuses[code] for code, _ in told
    }


def test_every_kind_of_event_is_told_and_exists() -> None:
    section = PROTOCOL.split("### Event kinds\n", 1)[1].split("\n### ")[0]
    told = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)

    assert told == [*Kind]


@pytest.mark.parametrize(
    ("field", "choices"),
    [
        ("category", [TALK.id, *(category.id for category in CATEGORIES)]),
        ("danger", [*Danger]),
        ("relation", [*Relation]),
    ],
)
def test_every_choice_of_a_report_is_told(field: str, choices: list[str]) -> None:
    (row,) = re.findall(rf"^\| `{field}` \|(.*)\|$", PROTOCOL, re.MULTILINE)

    assert set(re.findall(r"`(\w+)`", row)) - {"what"} == set(choices)


@pytest.mark.parametrize("path", written(), ids=lambda path: path.name)
def test_the_generated_files_are_those_that_were_committed(path: Path) -> None:
    assert path.read_text() == written()[path], "Run .venv/bin/python docs/generate.py"


def test_the_http_api_is_valid_openapi() -> None:
    validate(msgspec.yaml.decode((CHECKOUT / "docs/openapi.yaml").read_text()))


def test_the_http_api_tells_where_a_token_goes_and_which_calls_need_none() -> None:
    calls = _operations()

    shown = {path for path, call in calls if call.get("security") == [{"token": []}]}
    cookies = {path for path, call in calls if call.get("security") == [{"member": []}]}
    assert shown == {path for path, _ in calls if "/attachments" in path}
    assert cookies == {"/console/sign-out"}


def test_the_http_api_tells_that_a_call_may_be_turned_away_and_a_body_too_large() -> None:
    for path, call in _operations():
        if path.startswith(("/api/", "/attachments", "/console/rooms/")):
            assert "503" in call["responses"], path
        if "requestBody" in call and path != "/console/sign-out":
            assert "413" in call["responses"], path


def test_the_http_api_tells_of_a_file_that_part_of_it_may_be_asked_for_and_what_it_may_be() -> None:
    files = [call for path, call in _operations() if path.endswith(("/content", "/preview"))]

    assert files
    for call in files:
        whole, part = (set(call["responses"][status]["content"]) for status in ("200", "206"))
        assert whole == part
        assert whole in ({"image/webp"}, {"application/octet-stream", *INLINE})
        assert "416" in call["responses"]


def test_the_socket_is_valid_asyncapi() -> None:
    schema = json.loads(ASYNCAPI.read_text())
    document = msgspec.yaml.decode((CHECKOUT / "docs/asyncapi.yaml").read_text())

    jsonschema.Draft7Validator(schema).validate(document)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text())

    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_decision_is_listed_and_says_why_what_and_what_then() -> None:
    listed = (CHECKOUT / "docs/adr/README.md").read_text()

    for path in (CHECKOUT / "docs/adr").glob("0*.md"):
        text = path.read_text()
        assert f"({path.name})" in listed
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences"))


def test_every_reference_in_the_generated_files_leads_somewhere() -> None:
    for text in written().values():
        document = msgspec.yaml.decode(text)
        for reference in re.findall(r"\$ref: '#/(.*)'", text):
            place = document
            for step in reference.split("/"):
                place = place[step]


@pytest.mark.parametrize("side", ["client", "server"])
def test_the_examples_fit_the_generated_schemas(side: str) -> None:
    document = msgspec.yaml.decode((CHECKOUT / "docs/asyncapi.yaml").read_text())
    kinds = INCOMING if side == "client" else OUTGOING
    names = {tag_of(kind): kind.__name__ for kind in kinds}

    for text in _examples(side):
        frame = json.loads(text)
        reference = {"$ref": f"#/components/schemas/{names[frame['t']]}"}
        jsonschema.Draft202012Validator({**document, **reference}).validate(frame)
