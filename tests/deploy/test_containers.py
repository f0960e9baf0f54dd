"""deploy/Dockerfile and compose.yaml: every file, stage, port, command and setting they name exists; nothing runs as root."""

import json
import re
import tomllib
from ipaddress import ip_network

import pytest

from coopfed import limits
from coopfed.config import load
from coopfed.health import ROUTES
from tests.deploy.commands import refused
from tests.deploy.reading import DEPLOY, ROOT, caddyfile, dockerfile, yaml

INSTRUCTIONS = dockerfile(DEPLOY / "Dockerfile")
COMPOSE = yaml(DEPLOY / "compose.yaml")
SERVICES = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"] == "coopfed"}


def arguments(name: str) -> list[str]:
    """The arguments of every such instruction."""
    return [rest for instruction, rest in INSTRUCTIONS if instruction == name]


def variables() -> dict[str, str]:
    """What the last stage sets."""
    return dict(pair.split("=", 1) for pair in arguments("ENV")[-1].split())


# --- the image ---------------------------------------------------------------------------------------------------


def test_everything_that_is_copied_exists_and_is_let_through() -> None:
    """Issue 3, 8: a new package of the project is not forgotten in the image."""
    copied = [word for rest in arguments("COPY") if "--from" not in rest for word in rest.split()[:-1]]
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "packages"
    ]
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()

    assert [word for word in copied if not (ROOT / word).exists()] == []
    assert set(packages) < set(copied)
    assert "*" in ignored
    assert {word.split("/")[0] for word in copied} == {line[1:] for line in ignored if line.startswith("!")}


def test_packages_are_locked_with_hashes_and_no_index_is_named() -> None:
    """README: versions are locked with hashes; where they come from is the builder's business."""
    installs = [rest for rest in arguments("RUN") if "pip install" in rest]
    files = {file for rest in installs for file in re.findall(r"-r (\S+)", rest)}

    assert all("--require-hashes" in rest or rest.endswith("--no-deps .") for rest in installs)
    assert files == {f"requirements/{name}.txt" for name in ("build", "core", "postgres", "s3")}
    assert not re.search(r"https?://(?!127\.0\.0\.1)", (DEPLOY / "Dockerfile").read_text())


def test_the_image_runs_as_nobody_special_and_is_asked_whether_it_is_ready() -> None:
    """Security 1.4; design 4: /readyz, on the port on which it listens."""
    port = variables()["COOPFED_LISTEN"].rpartition(":")[2]
    (asked,) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", arguments("HEALTHCHECK")[0])

    assert arguments("USER") == ["coopfed"]
    assert arguments("EXPOSE") == [port]
    assert asked == (port, "/readyz")
    assert asked[1] in [route.path for route in ROUTES]
    assert (json.loads(arguments("ENTRYPOINT")[0]), json.loads(arguments("CMD")[0])) == (["coopfed"], ["serve"])
    assert arguments("VOLUME") == [variables()["COOPFED_DATA_DIR"]]
    assert len(arguments("FROM")) == 2


# --- the services ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OURS)
def test_commands_exist(name: str) -> None:
    """Issue 3, 8: each service of ours runs a command of the program."""
    assert refused(OURS[name]["command"]) is None


@pytest.mark.parametrize("name", OURS)
def test_settings_are_accepted(name: str) -> None:
    """Issue 3, 8: what compose sets, beside what env.example sets, is a configuration; on PostgreSQL exactly in its profile."""
    values = {
        key: re.sub(r"\$\{POSTGRES_PASSWORD:-\}", "word", str(value))
        for key, value in OURS[name]["environment"].items()
    }
    assert values.pop("COOPFED_SECRET_KEY_FILE") == f"/run/secrets/{OURS[name]['secrets'][0]}"

    config = load({"COOPFED_DOMAIN": "coop.example", "COOPFED_SECRET_KEY": "secret", **values})

    assert config.on_postgres is (OURS[name]["profiles"] == ["postgres"])
    assert str(config.data_dir) == "/data"


def test_the_profiles_are_one_process_and_several() -> None:
    """Design 3, 5 and 6."""
    of = {
        profile: {name for name, one in SERVICES.items() if profile in one["profiles"]}
        for profile in ("sqlite", "postgres")
    }

    assert of["sqlite"] == {"setup", "node", "proxy"}
    assert of["postgres"] == {"db", "setup-postgres", "web", "worker", "proxy"}
    assert SERVICES["node"]["command"] == ["serve"]
    assert (SERVICES["web"]["command"], SERVICES["worker"]["command"]) == (["serve", "--no-worker"], ["worker"])
    assert SERVICES["web"]["deploy"]["replicas"] == SERVICES["worker"]["deploy"]["replicas"] == 2


def test_what_services_name_of_each_other_exists() -> None:
    """Volumes, secrets, networks and those they wait for."""
    for name, one in SERVICES.items():
        assert set(one.get("depends_on", {})) <= set(SERVICES), name
        for other in one.get("depends_on", {}):
            assert set(one["profiles"]) <= set(SERVICES[other]["profiles"]), f"{name} waits for {other}"
        assert set(one.get("secrets", [])) <= set(COMPOSE["secrets"]), name
        for volume in one.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).is_file(), f"{name}: {volume}"
        assert (ROOT / one["build"]["dockerfile"]).is_file() if "build" in one else True


@pytest.mark.parametrize("name", ["node", "web", "worker"])
def test_what_runs_for_long_is_locked_in_and_may_end_in_peace(name: str) -> None:
    """Security 1.4, 2.2: nothing to write but the data, no rights, and time to stop."""
    one = SERVICES[name]

    assert (one["read_only"], one["cap_drop"], one["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert int(one["stop_grace_period"].removesuffix("s")) >= limits.GRACEFUL_SECONDS + 5
    assert "ports" not in one


def test_the_proxy_finds_the_processes_and_they_believe_it() -> None:
    """Host and X-Forwarded-For: the network of the services is the one that is trusted, and no other."""
    subnet = COMPOSE["networks"]["default"]["ipam"]["config"][0]["subnet"]
    host, _, port = SERVICES["proxy"]["environment"]["COOPFED_UPSTREAMS"].partition(":")

    assert ip_network(subnet).is_private
    for name in ("node", "web"):
        environment = SERVICES[name]["environment"]
        assert environment["COOPFED_TRUSTED_PROXIES"] == subnet
        assert environment["COOPFED_LISTEN"] == f"0.0.0.0:{port}"
    assert host == "web"
    assert SERVICES["node"]["networks"]["default"]["aliases"] == [host]
    used = set(re.findall(r"\{\$(\w+)", (DEPLOY / "Caddyfile").read_text()))
    assert used == set(SERVICES["proxy"]["environment"])
    assert caddyfile(DEPLOY / "Caddyfile").inside
