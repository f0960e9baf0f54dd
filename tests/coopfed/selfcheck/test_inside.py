"""What the doctor finds in the node itself: damage, full disks, work that nobody does, and what the next night takes."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from coopfed import limits
from coopfed.features.figures import Figures, Queue
from coopfed.node import Node
from coopfed.selfcheck import inside as selfcheck
from coopfed.selfcheck.verdict import Check
from tests.support.nodes import a_node, process_arrivals
from tests.support.scene import Scene


async def examined(node: Node) -> dict[str, Check]:
    """The findings by name."""
    return {check.name: check for check in await selfcheck.inside(node)}


async def test_a_damaged_file_is_found(sqlite_template: Path, tmp_path: Path) -> None:
    """SQLite's quick_check: a page that a bad disk wrote over."""
    file = tmp_path / "coopfed.sqlite3"
    shutil.copyfile(sqlite_template, file)
    async with a_node(str(file)) as node:
        before = (await examined(node))["database"]
    with closing(sqlite3.connect(file)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_reaction_uri'").fetchone()
    with file.open("r+b") as damaged:
        damaged.seek((page - 1) * 4096)
        damaged.write(b"\xff" * 4096)
    async with a_node(str(file)) as node:
        after = (await examined(node))["database"]

    assert before == Check("database", True, "whole (SQLite quick_check)")
    assert after.ok is False
    assert "coopfed restore" in after.detail


async def test_postgresql_is_not_asked_what_it_does_itself(scene: Scene) -> None:
    """Not applicable is not the same as well."""
    found = (await examined(scene.node))["database"]

    assert found.ok is (None if scene.node.config.on_postgres else True)


async def test_a_full_disk_is_found(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the bound the inbox takes nothing any more."""
    monkeypatch.setattr(limits, "DISK_FREE_BYTES", 2**60)

    found = (await examined(scene.node))["disk"]

    assert found.ok is False
    assert "make room" in found.detail


async def test_work_that_nobody_does_is_found(scene: Scene) -> None:
    """Age of what waits: five minutes without a worker."""
    await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))
    scene.clock.pass_(299)
    soon = (await examined(scene.node))["arrivals"]
    scene.clock.pass_(2)
    late = (await examined(scene.node))["arrivals"]
    await process_arrivals(scene.node)
    done = (await examined(scene.node))["arrivals"]

    assert (soon.ok, late.ok, done.ok) == (True, False, True)
    assert "1 wait, the oldest for 5 min" in late.detail
    assert "start coopfed serve" in late.detail


@pytest.mark.parametrize(("open_", "closed", "well"), [(5, 0, True), (6, 0, False), (20, 21, True), (21, 20, False)])
def test_hosts_that_are_all_down_are_our_own_trouble(open_: int, closed: int, well: bool) -> None:
    """When most peers do not answer, the way out of this machine is shut."""
    queues = (Queue("arrivals", 0, 0, 0),)
    peers = {"closed": closed, "slow": 0, "open": open_, "blocked": 0}

    assert selfcheck._peers(Figures(queues, {}, peers, 1)).ok is well


async def test_the_figures_of_the_next_night_are_told(scene: Scene) -> None:
    """Issue 3, 6: what pruning takes, and the size of the database."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    before = (await examined(scene.node))["retention"]
    scene.clock.pass_(31 * 24 * 3600)
    after = (await examined(scene.node))["retention"]

    assert ", 0 arrivals" in before.detail
    assert ", 1 arrivals" in after.detail
    assert "the database has" in after.detail
    assert " MiB" in after.detail
