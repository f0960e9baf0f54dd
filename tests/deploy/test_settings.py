"""deploy/env.example: what a volunteer copies is accepted, complete, and means the same to systemd, compose and the shell."""

import subprocess
from pathlib import Path

import pytest

from coopfed.config import Config
from tests.deploy.reading import DEPLOY, environment
from tests.support.commands import ran

EXAMPLE = DEPLOY / "env.example"
NOT_FOR_VOLUNTEERS = {
    "public_url",
    "secret_key",
    "development",
    "time_scale",
    "ca_bundle",
    "allowed_ports",
    "keep_bodies",
}
"""Settings for tests, for private networks and for finding faults; and the key itself, which stands in a file."""


@pytest.mark.slow
@pytest.mark.parametrize("all_of_it", [False, True])
async def test_the_example_is_accepted(tmp_path: Path, all_of_it: bool) -> None:
    """Issue 3, 8: `coopfed config check` as the operations page has it run, also with every line that is commented out."""
    secret = tmp_path / "secret.key"
    secret.write_text("thirty-two random bytes, or more of them")
    values = environment(EXAMPLE, all_of_it=all_of_it) | {"COOPFED_SECRET_KEY_FILE": str(secret)}

    ended = await ran(tmp_path, "config", "check", "--json", **values)

    assert ended.json == {"ok": True, "node": "https://coop.example"}


def test_every_setting_for_volunteers_is_in_the_example() -> None:
    """Issue 3, 8: and none that does not exist."""
    shown = {name.removeprefix("COOPFED_").lower() for name in environment(EXAMPLE, all_of_it=True)}

    assert shown - {"secret_key_file"} == set(Config.model_fields) - NOT_FOR_VOLUNTEERS


def test_the_example_shows_the_defaults() -> None:
    """Who takes away a # gets what the comment says; what is on or off by default is shown the other way round."""
    shown = environment(EXAMPLE, all_of_it=True)

    for name, field in Config.model_fields.items():
        if name.startswith("retention_") or name == "log_level":
            assert shown[f"COOPFED_{name.upper()}"] == str(field.default)
    assert shown["COOPFED_LISTEN"] == Config.model_fields["listen"].default
    for name in ("allowlist", "authorized_fetch", "deliver_blocks"):
        assert (shown[f"COOPFED_{name.upper()}"], Config.model_fields[name].default) == ("true", False)
    assert (shown["COOPFED_LINK_PREVIEWS"], Config.model_fields["link_previews"].default) == ("false", True)


def test_the_shell_reads_the_example_as_we_do() -> None:
    """systemd, compose and deploy/coopfed read one file."""
    script = f"set -a; . {EXAMPLE}; env"
    read = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"}
    )

    found = dict(line.split("=", 1) for line in read.stdout.splitlines() if line.startswith("COOPFED_"))
    assert found == environment(EXAMPLE)


def test_the_command_for_operators_runs_as_the_services_do(tmp_path: Path) -> None:
    """deploy/coopfed: the settings of the node, its user, all arguments as they were typed."""
    stand_in = tmp_path / "runuser"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$COOPFED_DOMAIN" "$@"\n')
    stand_in.chmod(0o755)
    variables = {"PATH": f"{tmp_path}:/usr/bin:/bin", "COOPFED_ENV_FILE": str(EXAMPLE)}

    told = subprocess.run(
        [DEPLOY / "coopfed", "actor", "create", "bakery", "--name", "Our Bakery"],
        capture_output=True, text=True, check=True, env=variables,
    )  # fmt: skip

    assert told.stdout.splitlines() == [
        "coop.example", "-u", "coopfed", "--", "/opt/coopfed/.venv/bin/coopfed",
        "actor", "create", "bakery", "--name", "Our Bakery",
    ]  # fmt: skip
