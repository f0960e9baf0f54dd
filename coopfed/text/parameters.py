"""What clients send, whichever way they write it: `a[b][]=1`, `a[0][b]=1`, `a[]=1`, `a=1`, or JSON; one nested value comes out. Pure.

Names with brackets are folded as Rails folds them; a key `media_ids[]` in JSON counts as `media_ids` (old clients). Source:
client_api research 0.7, 4, quirk 26.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from coopfed import limits
from coopfed.errors import BadMessage

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PARTS = re.compile(r"\[([^\[\]]*)\]")
_NUMBER = re.compile(r"[0-9]{1,3}")


def folded(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The nested value that names with brackets describe; of a plain name the last value counts.

    Lists come from `[]` and from numbers in brackets, in the order of the numbers. BadMessage for too many or too deep names.
    """
    found: dict[str, Any] = {}
    for count, (name, value) in enumerate(pairs, start=1):
        if count > limits.FORM_FIELDS:
            raise BadMessage(f"more than {limits.FORM_FIELDS} parameters")
        match = _NAME.fullmatch(name)
        if match is None:
            found[name] = value
            continue
        parts = _PARTS.findall(match[2])
        if len(parts) > limits.FORM_DEPTH:
            raise BadMessage(f"a parameter of more than {limits.FORM_DEPTH} levels")
        _put(found, [match[1], *parts], value)
    return {name: _with_lists(value) for name, value in found.items()}


def _put(into: dict[str, Any], path: list[str], value: Any) -> None:
    name, rest = path[0], path[1:]
    if not rest:
        into[name] = value
        return
    inner = into.get(name)
    if not isinstance(inner, dict):
        inner = into[name] = {}
    if rest[0] == "":
        # `a[][b]`: a new item begins when its member was given already.
        items = inner.setdefault("", [])
        if not isinstance(items, list):
            return
        if len(rest) == 1:
            items.append(value)
            return
        if not items or not isinstance(items[-1], dict) or rest[1] in items[-1]:
            items.append({})
        _put(items[-1], rest[1:], value)
        return
    _put(inner, rest, value)


def _with_lists(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_lists(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {""}:
        return _with_lists(value[""])
    if value and all(_NUMBER.fullmatch(name) for name in value):
        return [_with_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _with_lists(inner) for name, inner in value.items() if name != ""}


def unbracketed(document: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON body in which names may have brackets as well."""
    if not any("[" in name for name in document):
        return dict(document)
    plain = [(name, value) for name, value in document.items() if "[" not in name]
    return {**dict(plain), **folded(_spread(document))}


def _spread(document: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, value in document.items():
        if "[" not in name:
            continue
        if name.endswith("[]") and isinstance(value, list):
            yield from ((name, item) for item in value)
        else:
            yield name, value


def listed(value: Any) -> list[Any] | None:
    """A list, whether one or several were given; None when nothing was."""
    if value is None:
        return None
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [value]


def truth(value: Any) -> bool | None:
    """Yes or no as clients write it; None when nothing is said. `None` and `null` as text are nothing (Mastodon.py)."""
    if isinstance(value, bool):
        return value
    if value is None or str(value).strip().lower() in ("", "none", "null", "undefined"):
        return None
    return str(value).strip().lower() in ("true", "1", "on", "t", "yes")
