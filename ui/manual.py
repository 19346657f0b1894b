"""``/api``: what the API takes and gives, as a page made from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from ui import plain

_STYLE = """
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 5rem; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 0.8rem; }
code, pre { font: 0.86em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre {
  background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 0.8rem 1rem; overflow-x: auto;
  white-space: pre-wrap;
}
details { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin: 0.5rem 0; }
summary { cursor: pointer; padding: 0.6rem 1rem; display: flex; gap: 0.3rem 1rem; flex-wrap: wrap;
  align-items: baseline; }
summary b { font: 600 0.78rem ui-monospace, Menlo, monospace; color: var(--accent); min-width: 3.6rem; }
summary code { font-weight: 600; }
summary span { color: var(--muted); font-size: 0.92rem; }
details > div { padding: 0 1rem 0.8rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; }
th, td {
  text-align: left; vertical-align: top; padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid var(--line);
  font-weight: normal;
}
h3 { font-size: 0.9rem; margin: 1rem 0 0.2rem; }
p { margin: 0.4rem 0; max-width: 46rem; }
"""
_EXAMPLE = """curl {root}api/ask -H 'Content-Type: application/json' -d '{{"question": "…"}}'
curl -N {root}api/ask -H 'Content-Type: application/json' -H 'Accept: text/event-stream' -d '{{"question": "…"}}'
curl {root}api/index -F files=@papers.csv"""
Schema = Mapping[str, Any]


def routes() -> APIRouter:
    """The one route."""
    router = APIRouter(include_in_schema=False)

    @router.get("/api")
    def manual(request: Request) -> Response:
        return plain.page("Citewise API", told(request.app.openapi(), str(request.base_url)), _STYLE)

    return router


def told(document: Schema, root: str) -> str:
    """An OpenAPI document as HTML; ``root`` is the server's address."""
    about = document["info"]
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(
                "".join(_operation(path, method, operation, document))
            )
    body = "".join(
        f"<h2>{escape(name.capitalize() if name.islower() else name)}</h2>{''.join(shown)}"
        for name, shown in groups.items()
    )
    return (
        f'<p class="muted">{escape(about["description"])} Version {escape(about["version"])}; '
        f'<a href="/api/openapi.json">OpenAPI document</a>; OpenAI’s clients talk to <code>{escape(root)}v1</code>.</p>'
        f"<pre>{escape(_EXAMPLE.format(root=root))}</pre>"
        "<p>Where the server asks who you are, send <code>Authorization: Bearer</code> with its token, or name and "
        "password (Basic). "
        "Errors are <code>application/problem+json</code>: <code>detail</code> says what is wrong, "
        "<code>remedy</code> what to do.</p>"
        f"{body}"
    )


def _operation(path: str, method: str, told: Schema, document: Schema) -> Iterator[str]:
    brief = told.get("description", "").split("\n")[0].split(". ")[0].rstrip(".")
    yield f"<details><summary><b>{method.upper()}</b><code>{escape(path)}</code><span>{escape(brief)}</span></summary>"
    yield f"<div><p>{escape(told.get('description', ''))}</p>"
    if parameters := told.get("parameters"):
        yield "<h3>Parameters</h3><table>"
        yield from (_row(p["name"], p["schema"], p["required"], p.get("description", "")) for p in parameters)
        yield "</table>"
    for kind, content in told.get("requestBody", {}).get("content", {}).items():
        yield f"<h3>Body, {escape(kind)}</h3>{_fields(content['schema'], document)}"
    for kind, content in told["responses"].get("200", {}).get("content", {}).items():
        yield f"<h3>Reply, {escape(kind)}</h3>{_fields(content.get('schema', {}), document)}"
    yield "</div></details>"


def _fields(schema: Schema, document: Schema) -> str:
    found = _resolved(schema, document)
    if "properties" not in found:
        return f"<p>{_kind(found)}</p>"
    needed = found.get("required", ())
    rows = (
        _row(name, field, name in needed, field.get("description", "")) for name, field in found["properties"].items()
    )
    return f"<table>{''.join(rows)}</table>{_inner(found, document)}"


def _inner(schema: Schema, document: Schema) -> str:
    """What the objects in an object have, one level down."""
    parts = []
    for name, field in schema["properties"].items():
        inner = field.get("items", field)
        found = _resolved(inner, document)
        if "$ref" in inner and "properties" in found:
            kinds = ", ".join(map(escape, found["properties"]))
            parts.append(f'<p class="muted"><code>{escape(name)}</code>: {kinds}</p>')
    return "".join(parts)


def _row(name: str, schema: Schema, needed: bool, description: str) -> str:
    default = f"; default {escape(str(schema['default']))}" if schema.get("default") not in (None, "", {}, []) else ""
    told = " ".join(filter(None, (escape(description), "needed" if needed else "")))
    return (
        f'<tr><th scope="row"><code>{escape(name)}</code></th><td>{_kind(schema)}{default}</td><td '
        f'class="muted">{told}</td></tr>'
    )


def _kind(schema: Schema) -> str:
    if "$ref" in schema:
        return "object"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return escape(str(schema.get("type", "any")))


def _resolved(schema: Schema, document: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found
