"""The door's OpenAPI: the schema of a report as the code checks it, with an example and the problem answers."""

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.intake.posting import JSON, LINES
from services.intake.problems import MEDIA_TYPE
from services.intake.rules.admission import LIMIT_REPORTS
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
PROGRESS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "receipt": {"type": "string"},
        "state": {"type": "string"},
        "tier": {"type": ["string", "null"]},
        "tier_name": {"type": ["string", "null"]},
        "desk": {"type": ["string", "null"]},
        "next": {"type": "string"},
        "due_at": {"type": ["string", "null"], "format": "date-time"},
        "received_at": {"type": ["string", "null"], "format": "date-time"},
        "joined": {"type": "boolean"},
        "sentence": {"type": "string"},
    },
}


def turned(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problem answers of an operation."""
    content = {MEDIA_TYPE: {"schema": {"$ref": REF.format(name="Problem")}}}
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
    content = {"application/json": {"schema": {"$ref": REF.format(name="Progress")}}}
    return {200: {"description": "how far the report has come", "content": content}}


def report_body() -> dict[str, Any]:
    one = {"$ref": REF.format(name="Report")}
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": LIMIT_REPORTS}
    content = {
        JSON[0]: {"schema": {"oneOf": [one, many]}, "example": EXAMPLE},
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
        components |= _report() | {
            "Problem": PROBLEM,
            "Accepted": ACCEPTED,
            "Batch": BATCH,
            "Progress": PROGRESS,
        }
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
