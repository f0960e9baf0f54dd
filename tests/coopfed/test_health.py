"""What a supervisor asks: whether the process lives, and whether it can do its work."""

from typing import Any

import orjson
import pytest
from sqlalchemy import text

from coopfed import health
from coopfed.db.tx import Tx
from coopfed.node import Node
from coopfed.signing.request import Request
from tests.support.nodes import a_node

REQUEST = Request("GET", "coop.example", "https", "/readyz", (), b"")


async def asked(node: Node) -> tuple[int, dict[str, Any]]:
    """Status and body of /readyz."""
    answer = await health.get_readyz(node, REQUEST, "127.0.0.1")
    return answer.status, orjson.loads(answer.body)


def newer(tx: Tx) -> None:
    """Somebody upgraded the database under a running server."""
    tx.execute(text("UPDATE alembic_version SET version_num = '2030_01_01_later'"))


async def test_a_node_that_can_work_is_ready(database_url: str) -> None:
    """Both endpoints are green, and nothing of them is cached."""
    async with a_node(database_url) as node:
        await node.db.write(lambda _tx: None)

        status, body = await asked(node)
        alive = await health.get_healthz(node, REQUEST, "127.0.0.1")

    assert (status, body["status"]) == (200, "ready")
    assert all(body["checks"].values())
    assert alive.status == 200
    assert ("Cache-Control", "no-store") in alive.headers


@pytest.mark.parametrize(("attribute", "check"), [("stopping", "running"), ("disk_low", "disk")])
async def test_a_node_that_cannot_take_work_says_why(database_url: str, attribute: str, check: str) -> None:
    """Security 2.2, *Graceful stop*: readiness falls first; *Disk full*."""
    async with a_node(database_url) as node:
        await node.db.write(lambda _tx: None)
        setattr(node, attribute, True)

        status, body = await asked(node)

    assert status == 503
    assert [name for name, fine in body["checks"].items() if not fine] == [check]


async def test_another_schema_is_not_ready(database_url: str) -> None:
    """Design 7: the server checks the schema not only at its start."""
    async with a_node(database_url) as node:
        await node.db.write(newer)

        status, body = await asked(node)

    assert status == 503
    assert body["checks"]["schema"] is False


async def test_a_closed_database_is_not_ready(database_url: str) -> None:
    """503 and no error page while the process goes down."""
    async with a_node(database_url) as node:
        await node.db.write(lambda _tx: None)
    status, body = await asked(node)

    assert status == 503
    assert body["checks"]["database"] is False
