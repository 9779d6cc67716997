"""Writes docs/asyncapi.yaml and docs/openapi.yaml from the frames and bodies themselves.

    .venv/bin/python docs/generate.py

A test fails while the files are not what this writes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from inspect import cleandoc
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import Struct

from messenger.domain.attachment import INLINE, Progress
from messenger.domain.errors import TooBusy
from messenger.domain.events import Kind, Role
from messenger.domain.report import CATEGORIES, TALK, Urgency
from messenger.domain.room import Status
from messenger.domain.work import NeedsWork, Puzzle
from messenger.protocol import frames
from messenger.protocol.closing import Close
from messenger.web import api, attachments

FOLDER = Path(__file__).resolve().parent
INCOMING: tuple[type[Struct], ...] = get_args(frames.Incoming)
OUTGOING: tuple[type[Struct], ...] = get_args(frames.Outgoing)

Json = dict[str, Any]

SAVED = "application/octet-stream"
"""What every file is that is not to be shown in a page."""


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
    file: tuple[str, ...] = ()
    """What the answer may be, if it is a file, or the range of it that was asked for."""
    shows_token: bool = False
    """Whether the token goes into a header."""


def _file_calls(side: str, name: str, entry: tuple[int, ...]) -> tuple[Call, ...]:
    """What both sides do with files: a reporter, and a member in a room.

    `entry` is how who asks may be turned away at the door.
    """
    every, one = f"{side}/attachments", f"{side}/attachments/{{attachment}}"
    out = attachments.AttachmentOut
    acts = tuple(sorted({*entry, 403}))
    calls = (
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
            204, None, None, (*acts, 404, 413, 503),
        ),
        Call(
            f"finish{name}", "post", f"{one}/finish", "Have it made safe and shown; ask until it is",
            200, None, out, (*acts, 404, 409, 413, 422, 503),
        ),
        Call(
            f"content{name}", "get", f"{one}/content", "The file, or a range of it",
            200, refusals=(*entry, 404, 503), file=(SAVED, *sorted(INLINE)),
        ),
        Call(
            f"preview{name}", "get", f"{one}/preview", "A small picture of it",
            200, refusals=(*entry, 404, 503), file=("image/webp",),
        ),
    )  # fmt: skip
    return tuple(replace(call, shows_token=True) for call in calls)


FORM = "application/x-www-form-urlencoded"
SCHEMES: Json = {
    "token": {"type": "http", "scheme": "bearer", "description": "A reporter's token, or a member's."},
    "member": {
        "type": "apiKey", "in": "cookie", "name": "__Host-responder",
        "description": "A member's token, as signing in sets it; on plain http, `responder`.",
    },
}  # fmt: skip
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
    Call(
        "token", "post", "/api/tokens", "A token not bound to anything yet",
        201, None, api.TokenOut, (413, 503),
    ),
    Call(
        "report", "post", "/api/reports", "Report, or begin to talk; the same again is a repeat",
        201, api.ReportIn, api.ReportOut, (404, 409, 413, 422, 429, 503),
    ),
    Call(
        "keep", "post", "/api/receipts/kept", "The reporter has the six words: forget them",
        204, api.TokenIn, None, (404, 413, 422, 503),
    ),
    Call(
        "comeBack", "post", "/api/return", "Open a room again with six words",
        201, api.ReturnIn, api.ReturnOut, (413, 422, 429, 503),
    ),
    Call(
        "leave", "post", "/api/leave", "End a reporter's token and its sockets",
        204, api.TokenIn, None, (413, 422, 503),
    ),
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
    paths["/console/sign-out"] = {"post": _sign_out()}
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
        "components": {"schemas": _body_schemas(), "securitySchemes": SCHEMES},
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
    for name, field, known in (
        ("EventOut", "kind", Kind), ("Person", "role", Role), ("Last", "role", Role),
        ("TypingOut", "role", Role), ("SeenOut", "role", Role),
        ("RoomState", "status", Status), ("State", "status", Status), ("Row", "status", Status),
    ):  # fmt: skip
        schemas[name]["properties"][field]["examples"] = [str(each) for each in known]
    schemas["Triage"]["properties"]["urgency"]["enum"] = [str(each) for each in Urgency]
    return schemas


def _body_schemas() -> Json:
    bodies = [call.body for call in CALLS if call.body]
    answers = [call.answer for call in CALLS if call.answer]
    schemas = _schemas(bodies) | _always_whole(_schemas([*answers, Problem, ProblemWithPuzzle]))
    fields = schemas["ReportIn"]["properties"]
    fields["category"]["enum"] = [TALK.id, *(category.id for category in CATEGORIES)]
    progress = schemas["AttachmentOut"]["properties"]["progress"]
    progress["examples"] = [str(each) for each in Progress]
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
    if call.shows_token:
        operation["security"] = [{"token": []}]
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
        answer["content"] = {kind: {"schema": binary} for kind in call.file}
    operation["responses"] = {
        str(call.status): answer,
        **(_ranges(answer["content"]) if call.file else {}),
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


def _ranges(content: Json) -> Json:
    headers = {"Content-Range": {"schema": {"type": "string"}}}
    return {
        "206": {
            "description": "The range that was asked for.",
            "headers": headers,
            "content": content,
        },
        "416": {"description": "It has no such bytes.", "headers": headers},
    }


def _refused(status: int) -> Json:
    if status == NeedsWork.status:
        return {"description": _doc(ProblemWithPuzzle), "content": _json_of(ProblemWithPuzzle)}
    refused: Json = {"description": "Refused.", "content": _json_of(Problem)}
    if status == TooBusy.status:
        refused["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return refused


def _json_of(kind: type[Struct]) -> Json:
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {"application/json": {"schema": schema}}


def _sign_in() -> Json:
    fields = {name: {"type": "string"} for name in ("login", "password", "code")}
    form = {"type": "object", "properties": fields, "required": ["login", "password"]}
    signed_in = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    return {
        "operationId": "signIn",
        "summary": "Sign in as a member; the cookie holds the token",
        "description": "`Origin` is the server's own, and `Accept: application/json` asks for JSON.",
        "parameters": [_from_our_pages()],
        "requestBody": {"required": True, "content": {FORM: {"schema": form}}},
        "responses": {
            "200": {
                "description": "Signed in.",
                "headers": {"Set-Cookie": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": signed_in}},
            },
            "401": _not_signed_in("Login, password or code do not go together."),
            "403": _refused(403),
            "413": _refused(413),
            "503": _not_signed_in("Many sign in, or this login is being guessed: again in a few seconds."),
        },
    }  # fmt: skip


def _sign_out() -> Json:
    return {
        "operationId": "signOut",
        "summary": "End a member's token and its sockets",
        "description": "`Origin` is the server's own, and the form may be empty.",
        "security": [{"member": []}],
        "parameters": [_from_our_pages()],
        "requestBody": {"required": True, "content": {FORM: {"schema": {"type": "object"}}}},
        "responses": {"303": {"description": "Signed out, if there was anything to end."}},
    }


def _from_our_pages() -> Json:
    return {"name": "Origin", "in": "header", "required": True, "schema": {"type": "string"}}


def _not_signed_in(why: str) -> Json:
    form = {"type": "object", "properties": {"form": {"type": "string"}}, "required": ["form"]}
    errors = {"type": "object", "properties": {"errors": form}, "required": ["errors"]}
    problem = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {
        "description": why,
        "content": {"application/json": {"schema": {"anyOf": [errors, problem]}}},
    }


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
