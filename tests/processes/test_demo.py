"""`coopfed demo --check` as a stranger types it: it passes when everything arrives, goes on where it stopped, and can fail."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.nodes import environment

pytestmark = pytest.mark.slow


def demo(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit status and figures of a run on free ports."""
    command = [sys.executable, "-m", "coopfed", "demo", "--folder", str(folder), "--port", "0", "--check", "--json"]
    done = subprocess.run([*command, *arguments], capture_output=True, timeout=180, env=environment(), check=False)
    assert done.stdout, done.stderr.decode()[-2000:]
    figures: dict[str, Any] = orjson.loads(done.stdout)
    return done.returncode, figures


def test_three_nodes_exchange_everything_and_a_second_start_continues(tmp_path: Path) -> None:
    """Issue 2, item 11: verified on each follower's own node over HTTP; at least 15 follows cross between nodes."""
    first_status, first = demo(tmp_path)
    second_status, second = demo(tmp_path)

    assert (first_status, first["problems"]) == (0, [])
    assert first["follows_between_nodes"] >= 15
    assert first["timeline_entries_found"] == first["timeline_entries_expected"] > 100
    assert first["deleted_gone_everywhere"] == 2
    # Thirteen members and their umbrella, as each of the three nodes finds them; five requests wherever they are known.
    assert first["memberships_confirmed_at_each_node"] == second["memberships_confirmed_at_each_node"] == 39
    assert first["requests_alike_at_each_node"] == second["requests_alike_at_each_node"] == 10
    assert first["agreements_verified_by_a_third_node"] == second["agreements_verified_by_a_third_node"] == 3
    assert (second_status, second["problems"]) == (0, [])
    assert second["timeline_entries_found"] == first["timeline_entries_found"]


def test_a_node_that_is_killed_holds_up_nobody_and_comes_back_whole(tmp_path: Path) -> None:
    """Issue 3, item 4: the others read each other within five seconds, and after the return every post is everywhere."""
    status, figures = demo(tmp_path, "--break")

    assert (status, figures["problems"]) == (0, [])
    assert figures["outage"]["posts_meanwhile"] == 3
    assert figures["outage"]["others_served_within_seconds"] < 5


def test_the_check_fails_when_a_node_closes_its_inbox(tmp_path: Path) -> None:
    """A check that cannot fail shows nothing: one node refuses the others, and what it misses is named."""
    status, figures = demo(tmp_path, "--close", "filizemek", "--seconds", "3")

    assert status == 1
    assert not figures["complete"]
    assert any("filiz" in problem for problem in figures["problems"])
    assert figures["timeline_entries_found"] > 0
