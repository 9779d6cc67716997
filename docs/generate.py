"""Writes docs/asyncapi.yaml and docs/openapi.yaml from the frames and bodies themselves.

    .venv/bin/python docs/generate.py

A test fails while the files are not what this writes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import Struct

from messenger.domain.events import Kind
from messenger.domain.report import CATEGORIES, TALK
from messenger.domain.work import NeedsWork, Puzzle
from messenger.protocol import frames
from messenger.protocol.closing import Close
from messenger.web import api, attachments

FOLDER = Path(__file__).resolve().parent
INCOMING: tuple[type[Struct], ...] = get_args(frames.Incoming)
OUTGOING: tuple[type[Struct], ...] = get_args(frames.Outgoing)

Json = dict[str, Any]


class Problem(Struct):
    """A refusal. `code` never changes; `text` can be shown to a person."""

    code: str
    text: str


class ProblemWithPuzzle(Problem):
    """Many come at once: solve the puzzle, and send the same again with the `work`."""

    puzzle: Puzzle


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the HTTP API."""

    id: str
    method: str
    path: str
    summary: str
    status: int
    body: type[Struct] | None = None
    answer: type[Struct] | None = None
    refusals: tuple[int, ...] = ()
    piece: bool = False
    """Whether what is sent is a piece of a file."""
    file: bool = False
    """Whether the answer is a file, or the range of it that was asked for."""


def _file_calls(side: str, name: str, entry: tuple[int, ...]) -> tuple[Call, ...]:
    """What both sides do with files: a reporter, and a member in a room.

    `entry` is how who asks may be turned away at the door.
    """
    every, one = f"{side}/attachments", f"{side}/attachments/{{attachment}}"
    out = attachments.AttachmentOut
    acts = tuple(sorted({*entry, 403}))
    return (
        Call(
            f"unfinished{name}", "get", every, "What may be sent, and what was begun",
            200, None, attachments.UnfinishedOut, (*entry, 404, 503),
        ),
        Call(
            f"announce{name}", "post", every, "Say what is about to come; the same id goes on",
            201, attachments.AnnounceIn, out, (*acts, 404, 409, 413, 422, 503),
        ),
        Call(
            f"find{name}", "get", one, "How far a file has come",
            200, None, out, (*entry, 404, 503),
        ),
        Call(
            f"receive{name}", "patch", one, "A piece of it, from the byte Upload-Offset says",
            200, None, out, (*acts, 404, 409, 413, 422, 503), piece=True,
        ),
        Call(
            f"cancel{name}", "delete", one, "Forget it, unless it is shown",
            204, None, None, (*acts, 404, 503),
        ),
        Call(
            f"finish{name}", "post", f"{one}/finish", "Have it made safe and shown; ask until it is",
            200, None, out, (*acts, 404, 409, 422, 503),
        ),
        Call(
            f"content{name}", "get", f"{one}/content", "The file, or a range of it",
            200, refusals=(*entry, 404, 503), file=True,
        ),
        Call(
            f"preview{name}", "get", f"{one}/preview", "A small picture of it",
            200, refusals=(*entry, 404, 503), file=True,
        ),
    )  # fmt: skip


HEALTH = (
    ("live", "The process answers", 0),
    ("ready", "And its database does, and takes what is sent", 503),
    ("metrics", "Figures of the process, for who shows the operator's token", 404),
)
CALLS = (
    Call(
        "organization", "get", "/api/organizations/{code}", "Whom an access code leads to",
        200, None, api.OrganizationOut, (404, 503),
    ),
    Call("token", "post", "/api/tokens", "A token not bound to anything yet", 201, None, api.TokenOut),
    Call(
        "report", "post", "/api/reports", "Report, or begin to talk; the same again is a repeat",
        201, api.ReportIn, api.ReportOut, (404, 409, 413, 422, 429, 503),
    ),
    Call(
        "keep", "post", "/api/receipts/kept", "The reporter has the six words: forget them",
        204, api.TokenIn, None, (404, 422, 503),
    ),
    Call(
        "comeBack", "post", "/api/return", "Open a room again with six words",
        201, api.ReturnIn, api.ReturnOut, (422, 429, 503),
    ),
    Call("leave", "post", "/api/leave", "End a token and its sockets", 204, api.TokenIn, None, (422, 503)),
    *_file_calls("", "", ()),
    *_file_calls("/console/rooms/{room}", "InRoom", (401, 403)),
)  # fmt: skip


def asyncapi() -> Json:
    """Return the socket as AsyncAPI 3.0, seen from the server: it receives what clients send."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            **_info("the socket"),
            "license": {"name": "Apache-2.0"},
        },
        "servers": {"deployment": {"host": "tips.example.org", "protocol": "wss"}},
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": "/ws",
                "description": "JSON text frames. The first one is hello.",
                "messages": {
                    kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"}
                    for kind in (*INCOMING, *OUTGOING)
                },
                "x-close-codes": {str(int(code)): code.name for code in Close},
            }
        },
        "operations": {
            "fromClients": _operation("receive", INCOMING),
            "toClients": _operation("send", OUTGOING),
        },
        "components": {
            "messages": {kind.__name__: _message(kind) for kind in (*INCOMING, *OUTGOING)},
            "schemas": _frame_schemas(),
        },
    }


def openapi() -> Json:
    """Return the HTTP API, and the way in for members, as OpenAPI 3.1."""
    paths: Json = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method] = _call(call)
    paths["/console/sign-in"] = {"post": _sign_in()}
    for name, summary, refusal in HEALTH:
        paths[f"/health/{name}"] = {"get": _health(name, summary, refusal)}
    return {
        "openapi": "3.1.0",
        "info": {
            **_info("the HTTP API"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "https://tips.example.org"}],
        "paths": paths,
        "components": {"schemas": _body_schemas()},
    }


def written() -> dict[Path, str]:
    """Return what each file has to hold."""
    return {
        FOLDER / "asyncapi.yaml": _yaml(asyncapi()),
        FOLDER / "openapi.yaml": _yaml(openapi()),
    }


def _info(what: str) -> Json:
    return {
        "title": f"Messenger: {what}",
        "version": str(frames.VERSION),
        "description": "Generated by docs/generate.py. What it means: docs/protocol.md.",
    }


def _operation(action: str, kinds: Iterable[type[Struct]]) -> Json:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/socket"},
        "messages": [{"$ref": f"#/channels/socket/messages/{kind.__name__}"} for kind in kinds],
    }


def _message(kind: type[Struct]) -> Json:
    return {
        "name": tag_of(kind),
        "summary": _doc(kind),
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
    }


def _frame_schemas() -> Json:
    schemas = _schemas(INCOMING) | _always_whole(_schemas(OUTGOING))
    schemas["EventOut"]["properties"]["kind"]["examples"] = [str(kind) for kind in Kind]
    return schemas


def _body_schemas() -> Json:
    bodies = [call.body for call in CALLS if call.body]
    answers = [call.answer for call in CALLS if call.answer]
    schemas = _schemas(bodies) | _always_whole(_schemas([*answers, Problem, ProblemWithPuzzle]))
    fields = schemas["ReportIn"]["properties"]
    fields["category"]["enum"] = [TALK.id, *(category.id for category in CATEGORIES)]
    return schemas


def _schemas(kinds: Iterable[type[Struct]]) -> Json:
    _, schemas = msgspec.json.schema_components(
        kinds, ref_template="#/components/schemas/{name}"
    )  # fmt: skip
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = cleandoc(schema["description"])
    return dict(schemas)


def _always_whole(schemas: Json) -> Json:
    """The server writes every field always: in what it sends, a default is no way out."""
    for schema in schemas.values():
        schema["required"] = list(schema["properties"])
        for field in schema["properties"].values():
            field.pop("default", None)
    return schemas


def _call(call: Call) -> Json:
    operation: Json = {"operationId": call.id, "summary": call.summary}
    if parameters := _parameters(call):
        operation["parameters"] = parameters
    if call.piece:
        content = {attachments.PIECE_TYPE: {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": content}
    if call.body is not None:
        operation["requestBody"] = {"required": True, "content": _json_of(call.body)}
    answer: Json = {"description": _doc(call.answer) if call.answer else "Done."}
    if call.answer is not None:
        answer["content"] = _json_of(call.answer)
    if call.file:
        binary = {"type": "string", "format": "binary"}
        answer["content"] = {"application/octet-stream": {"schema": binary}}
    operation["responses"] = {
        str(call.status): answer,
        **{str(status): _refused(status) for status in call.refusals},
    }
    return operation


def _parameters(call: Call) -> list[Json]:
    text: Json = {"schema": {"type": "string"}}
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, **text}
        for name in re.findall(r"{(\w+)}", call.path)
    ]
    if call.piece:
        number = {"schema": {"type": "integer"}}
        parameters.append({"name": "Upload-Offset", "in": "header", "required": True, **number})
    if call.file:
        parameters.append({"name": "Range", "in": "header", **text})
        parameters.append({"name": "inline", "in": "query", **text})
    return parameters


def _refused(status: int) -> Json:
    if status == NeedsWork.status:
        return {"description": _doc(ProblemWithPuzzle), "content": _json_of(ProblemWithPuzzle)}
    return {"description": "Refused.", "content": _json_of(Problem)}


def _json_of(kind: type[Struct]) -> Json:
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {"application/json": {"schema": schema}}


def _sign_in() -> Json:
    fields = {name: {"type": "string"} for name in ("login", "password", "code")}
    form = {"type": "object", "properties": fields, "required": ["login", "password"]}
    origin = {"name": "Origin", "in": "header", "required": True, "schema": {"type": "string"}}
    return {
        "operationId": "signIn",
        "summary": "Sign in as a member; the cookie holds the token",
        "description": "`Origin` is the server's own, and `Accept: application/json` asks for JSON.",
        "parameters": [origin],
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": form}},
        },
        "responses": {
            "200": {
                "description": "Signed in.",
                "headers": {"Set-Cookie": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "401": {
                "description": "Login, password or code do not go together.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
        },
    }  # fmt: skip


def _health(name: str, summary: str, refusal: int) -> Json:
    text = {"text/plain": {"schema": {"type": "string"}}}
    responses: Json = {"200": {"description": "Yes.", "content": text}}
    if refusal:
        responses[str(refusal)] = {"description": "No.", "content": text}
    return {"operationId": name, "summary": summary, "responses": responses}


def tag_of(kind: type[Struct]) -> str:
    """Return the `t` of a frame."""
    return str(kind.__struct_config__.tag)


def _doc(kind: type[Struct]) -> str:
    return (kind.__doc__ or "").split("\n")[0].strip()


def _yaml(document: Json) -> str:
    return msgspec.yaml.encode(document).decode()


if __name__ == "__main__":
    for path, text in written().items():
        path.write_text(text)
        print(f"{path.name} is written.")
