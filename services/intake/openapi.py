"""The door's OpenAPI: reports and residents' actions as the code checks them, with examples and the problems."""

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.intake.posting import JSON, LINES
from services.intake.problems import MEDIA_TYPE
from services.intake.rules.admission import LIMIT_REPORTS
from services.intake.rules.asking import NEEDS, Asked
from shared.matter import Report

REF = "#/components/schemas/{name}"
EXAMPLE = {
    "source_id": "2026-0301-000127",
    "reported_at": "2026-03-01T08:30:00+08:00",
    "division": "430981006001",
    "title": "楼上漏水多日无人处理",
    "text": "楼上卫生间漏水，楼下天花板发霉，双方协商未果，请求调解。",
    "category": "dispute.neighbour",
    "people_involved": 4,
    "location": {"lat": 28.84, "lon": 112.35},
}
ACTION_EXAMPLE = {"action_id": "1", "kind": "comment", "outcome": "周六上午在家，可以来看。"}
KEY = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
RECEIPT = "0000 0000 0000 0000"
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "reason": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("pointer", "reason", "detail")},
            },
        },
    },
}
ACCEPTED: dict[str, Any] = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "index": {"type": "integer"},
        "status": {"enum": ["accepted", "duplicate", "refused"]},
        "report_id": {"type": "string"},
        "receipt": {"type": "string", "example": RECEIPT},
        "problem": {"$ref": REF.format(name="Problem")},
    },
}
BATCH: dict[str, Any] = {
    "type": "object",
    "required": ["accepted", "refused", "items"],
    "properties": {
        "accepted": {"type": "integer"},
        "refused": {"type": "integer"},
        "items": {"type": "array", "items": {"$ref": REF.format(name="Accepted")}},
    },
}
ASKED: dict[str, Any] = {
    "type": "object",
    "required": ["action_id"],
    "properties": {"action_id": {"type": "string", "description": "as it was sent"}},
}
TEXT = {"type": "string"}
MAYBE = {"type": ["string", "null"]}
INSTANT = {"type": ["string", "null"], "format": "date-time"}
YES_NO = {"type": "boolean"}
PAGE: dict[str, Any] = {"text/html": {"schema": TEXT}}
LANGUAGE = {
    "name": "lang",
    "in": "query",
    "description": "of the page; else what Accept-Language says",
    "schema": {"enum": ["zh", "en"]},
}


def _list_of(**properties: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": properties}}


PROGRESS: dict[str, Any] = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("receipt", "state", "next", "sentence"), TEXT),
        **dict.fromkeys(("tier", "tier_name", "desk", "why"), MAYBE),
        **dict.fromkeys(("colour", "colour_name", "awaits", "awaits_name"), MAYBE),
        **dict.fromkeys(("overdue", "overdue_name", "not_started_anew"), MAYBE),
        **dict.fromkeys(("received_at", "due_at", "promised_at"), INSTANT),
        **dict.fromkeys(("joined", "provisional"), YES_NO),
        "sessions": _list_of(kind=TEXT, kind_name=TEXT, venue=TEXT, at=INSTANT),
        "steps": _list_of(at=INSTANT, sentence=TEXT),
        "actions": _list_of(action_id=TEXT, at=INSTANT, done=YES_NO, reason=MAYBE, sentence=TEXT),
    },
}


def turned(*statuses: int, page: bool = False) -> dict[int | str, dict[str, Any]]:
    """Problem answers of an operation, in words on a page too where it has one."""
    content = {MEDIA_TYPE: {"schema": {"$ref": REF.format(name="Problem")}}} | (PAGE if page else {})
    return {status: {"description": "a problem", "content": content} for status in statuses}


def taken() -> dict[int | str, dict[str, Any]]:
    schema = {"oneOf": [{"$ref": REF.format(name=name)} for name in ("Accepted", "Batch")]}
    content = {"application/json": {"schema": schema}}
    return {
        202: {
            "description": "on the bus for good; each refused one of a batch has its problem",
            "content": content,
        }
    }


def told() -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": {"$ref": REF.format(name="Progress")}}} | PAGE
    return {200: {"description": "how far the report has come", "content": content}}


def asked() -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": {"$ref": REF.format(name="ActionAsked")}}}
    return {202: {"description": "on the bus for good", "content": content}}


def action_body() -> dict[str, Any]:
    schema = {"$ref": REF.format(name="Asked")}
    return {
        "requestBody": {"required": True, "content": {JSON: {"schema": schema, "example": ACTION_EXAMPLE}}}
    }


def report_body() -> dict[str, Any]:
    one = {"$ref": REF.format(name="Report")}
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": LIMIT_REPORTS}
    content = {
        JSON: {"schema": {"oneOf": [one, many]}, "example": EXAMPLE},
        LINES[0]: {"schema": one, "example": EXAMPLE},
    }
    return {"requestBody": {"required": True, "content": content}}


def described(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own description and our schemas, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schema.setdefault("components", {})["securitySchemes"] = {"key": KEY}
        components = schema["components"].setdefault("schemas", {})
        _forget_validation(schema)
        components |= (
            _report()
            | _asked()
            | {
                "Problem": PROBLEM,
                "Accepted": ACCEPTED,
                "Batch": BATCH,
                "Progress": PROGRESS,
                "ActionAsked": ASKED,
            }
        )
        app.openapi_schema = schema
    return app.openapi_schema


def _forget_validation(schema: dict[str, Any]) -> None:
    """FastAPI promises an answer of its own for wrong parameters; ours are texts and cannot be wrong for it."""
    for unused in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(unused, None)
    for path in schema["paths"].values():
        for operation in path.values():
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]


def _report() -> dict[str, Any]:
    """`source` may be left out at the door, where the path says it; sealed contact data are not for outside."""
    _, components = msgspec.json.schema_components([Report], ref_template=REF)
    components["Report"]["required"].remove("source")
    components["Reporter"]["properties"].pop("sealed")
    return components


def _asked() -> dict[str, Any]:
    """The kinds are those that are residents' too."""
    _, components = msgspec.json.schema_components([Asked], ref_template=REF)
    components["ActionKind"]["enum"] = sorted(NEEDS)
    return components
