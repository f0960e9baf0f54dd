"""Whether the process lives and whether it can do its work, for supervisors and load balancers."""

import shutil

from coopfed import limits
from coopfed.db.schema import HEAD, revision
from coopfed.door import Response, Route, json_response
from coopfed.errors import StorageError
from coopfed.node import Node
from coopfed.signing.request import Request

_NO_STORE = (("Cache-Control", "no-store"),)


async def get_healthz(node: Node, _request: Request, _client: str) -> Response:
    """200 while the process answers."""
    return json_response({"status": "ok", "node": node.urls.base}, headers=_NO_STORE)


async def get_readyz(node: Node, _request: Request, _client: str) -> Response:
    """200 when the node takes work, 503 with what is wrong: database, schema, disk, or stopping."""
    checks = {
        "database": node.db.healthy,
        "schema": await _schema_is_head(node),
        "disk": not node.disk_low,
        "running": not node.stopping,
    }
    ready = all(checks.values())
    body = {"status": "ready" if ready else "not ready", "checks": checks, "waiting_arrivals": node.waiting_arrivals}
    return json_response(body, status=200 if ready else 503, headers=_NO_STORE)


async def _schema_is_head(node: Node) -> bool:
    try:
        return await node.db.read(revision) == HEAD
    except StorageError:
        return False


def disk_is_low(node: Node) -> bool:
    """Whether less than `limits.DISK_FREE_BYTES` are free where the data lie."""
    return shutil.disk_usage(node.config.data_dir).free < limits.DISK_FREE_BYTES


ROUTES = (
    Route("GET", "/healthz", get_healthz, any_host=True),
    Route("GET", "/readyz", get_readyz, any_host=True),
)
