"""Every door for machines, and which of them a path leads to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import actors.views
import inbox.views
import outbox.gatherings
import outbox.objects
import webfinger.views
from coopfed import gauges, health, limits
from coopfed.door import Route
from coopfed.selfcheck import mirror
from coopfed.web import nodeinfo

DOORS: dict[str, tuple[Route, ...]] = {
    "health": (*health.ROUTES, *gauges.ROUTES, *mirror.ROUTES),
    "inbox": inbox.views.ROUTES,
    "actors": actors.views.ROUTES,
    "objects": outbox.objects.ROUTES,
    "collections": outbox.gatherings.ROUTES,
    "webfinger": webfinger.views.ROUTES,
    "nodeinfo": nodeinfo.ROUTES,
}
"""Every door for machines by its class, as the metrics name it; those of Quart are `api` and `pages`, and streams are `streaming`."""

ROUTES: tuple[Route, ...] = tuple(route for routes in DOORS.values() for route in routes)
"""`docs/routes.md` lists them."""

_LAST_NUMBER = str(limits.NUMBER_MAX)
_PART = re.compile(r"<(\w+)(?::([^>]+))?>")


@dataclass(frozen=True, slots=True)
class _Opened:
    route: Route
    pattern: re.Pattern[str]


def _opened(route: Route) -> _Opened:
    def part(match: re.Match[str]) -> str:
        name, choices = match.groups()
        return f"({choices})" if choices else "([1-9][0-9]{0,18})" if name == "id" else "([^/]+)"

    return _Opened(route, re.compile(_PART.sub(part, route.path)))


class Doors:
    """Which door a path leads to. Paths without parts are looked up, the few others are tried in order."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._fixed: dict[tuple[str, str], Route] = {}
        self._patterns: dict[str, list[_Opened]] = {}
        for route in routes:
            if "<" in route.path:
                self._patterns.setdefault(route.method, []).append(_opened(route))
            else:
                self._fixed[route.method, route.path] = route

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """The door and the parts of the path, or None when no machine's door is there."""
        method = "GET" if method == "HEAD" else method
        route = self._fixed.get((method, path))
        if route is not None:
            return route, ()
        if path.startswith("/ap/"):
            for opened in self._patterns.get(method, ()):
                match = opened.pattern.fullmatch(path)
                if match is not None and all(_is_stored(part) for part in match.groups()):
                    return opened.route, match.groups()
        return None

    def methods(self, path: str) -> list[str]:
        """The methods that a path takes; none when no machine's door is there."""
        methods = {method for method, _path in self._fixed} | set(self._patterns)
        found = {method for method in methods if self.find(method, path) is not None}
        return sorted(found | ({"HEAD"} if "GET" in found else set()))


def _is_stored(part: str) -> bool:
    """Whether a number in a path fits into the database's 64 bits; other numbers name nothing here."""
    return not part.isdigit() or len(part) < len(_LAST_NUMBER) or part <= _LAST_NUMBER
