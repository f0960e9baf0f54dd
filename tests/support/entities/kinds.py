"""Texts and numbers of a certain form, and the JSON Schema of a type. Source: JSON Schema 2020-12."""

import types
from dataclasses import dataclass
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)


@dataclass(frozen=True)
class Form:
    """What more is known of a text or number than its type, in the words of JSON Schema; it stands in schemas under its name."""

    name: str
    pattern: str | None = None
    format: str | None = None
    minimum: int | None = None
    contentMediaType: str | None = None
    description: str | None = None

    def schema(self) -> dict[str, Any]:
        """What is said, as members of a schema."""
        return {name: value for name, value in vars(self).items() if name != "name" and value is not None}


Id = Annotated[str, Form("Id", "^[0-9]{1,19}$", description="A number, as text.")]
FileId = Annotated[
    str, Form("FileId", "^[0-9]{1,19}(-[0-9]{1,2})?$", description="A number, and in a post of others a place.")
]
Digits = Annotated[str, Form("Digits", "^[0-9]+$", description="A count, as text.")]
Moment = Annotated[str, Form("Moment", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", "date-time")]
Day = Annotated[str, Form("Day", r"^\d{4}-\d\d-\d\d$", "date")]
Url = Annotated[str, Form("Url", "^https?://.", "uri")]
Html = Annotated[str, Form("Html", contentMediaType="text/html")]
Count = Annotated[int, Form("Count", minimum=0)]
Language = Annotated[str, Form("Language", "^[a-z]{2,3}(-[A-Za-z0-9]+)*$", description="BCP 47.")]
Schema = dict[str, Any]

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
COMPONENTS = "#/components/schemas/"


class Schemas:
    """The schemas of types, and of the entities that they name. `closed`: nothing is in an entity but what is named."""

    def __init__(self, *, closed: bool) -> None:
        self.entities: dict[str, Schema] = {}
        self._closed = closed

    def of(self, kind: Any) -> Schema:
        """The schema of a type."""
        origin, parts = get_origin(kind), get_args(kind)
        if is_typeddict(kind):
            return self._entity(kind)
        if kind is Any:
            return {}
        if origin is Annotated:
            return self._form(self.of(parts[0]), parts[1])
        if origin in (NotRequired, Required):
            return self.of(parts[0])
        if origin is Literal:
            return {"enum": list(parts)}
        if origin in (Union, types.UnionType):
            return self._any([self.of(part) for part in parts])
        if origin is list:
            return {"type": "array", "items": self.of(parts[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(parts[1])}
        return {"type": _PLAIN[kind]}

    def _any(self, choices: list[Schema]) -> Schema:
        null = {"type": "null"}
        others = [one for one in choices if one != null]
        if null in choices and len(others) == 1 and isinstance(others[0].get("type"), str):
            return {**others[0], "type": [others[0]["type"], "null"]}
        return {"anyOf": choices}

    def _form(self, plain: Schema, form: Form) -> Schema:
        self.entities.setdefault(form.name, {**plain, **form.schema()})
        return {"$ref": COMPONENTS + form.name}

    def _entity(self, kind: Any) -> Schema:
        name: str = kind.__name__
        if name not in self.entities:
            self.entities[name] = {}
            fields = get_type_hints(kind, include_extras=True)
            written = {field: self.of(hint) for field, hint in fields.items()}
            required = [field for field in fields if field in kind.__required_keys__]
            doc = (kind.__doc__ or "").strip()
            self.entities[name] = {
                **({"description": " ".join(doc.split())} if doc and not doc.startswith("dict(") else {}),
                "type": "object",
                **({"required": required} if required else {}),
                "properties": written,
                **({"additionalProperties": False} if self._closed else {}),
            }
        return {"$ref": COMPONENTS + name}
