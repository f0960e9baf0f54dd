"""The settings: the file, the variables above it, and every wrong one named with what to do."""

from pathlib import Path

import pytest

from coopfed.config import Config, load, shown
from coopfed.errors import ConfigError

GOOD = {"COOPFED_DOMAIN": "coop.example.org", "COOPFED_SECRET_KEY": "s" * 32}


def written(folder: Path, text: str) -> Path:
    """A data folder with this coopfed.toml."""
    (folder / "coopfed.toml").write_text(text, encoding="utf-8")
    return folder


def loaded(folder: Path, **variables: str) -> Config:
    """The configuration with these settings besides the good ones."""
    return load(GOOD | {f"COOPFED_{name.upper()}": value for name, value in variables.items()}, folder)


def test_a_domain_is_enough(tmp_path: Path) -> None:
    """README: a node in five minutes."""
    config = load({"COOPFED_DOMAIN": "coop.example.org"}, tmp_path)

    assert config.base_url == "https://coop.example.org"
    assert config.authority == config.handle_domain == "coop.example.org"
    assert config.sqlite_path == tmp_path / "coopfed.sqlite3"
    assert not config.on_postgres
    assert not config.development


def test_variables_win_over_the_file(tmp_path: Path) -> None:
    """Design 5: coopfed.toml in the data folder, overridden by COOPFED_* variables."""
    written(tmp_path, 'domain = "file.example.org"\nlog_level = "debug"\nlisten = "127.0.0.1:1"\n')

    config = load({"COOPFED_LISTEN": "127.0.0.1:2"}, tmp_path)

    assert (config.domain, config.log_level, config.listen) == ("file.example.org", "debug", "127.0.0.1:2")


def test_the_data_folder_comes_from_the_variable_too(tmp_path: Path) -> None:
    """Containers set COOPFED_DATA_DIR and nothing else."""
    written(tmp_path, 'domain = "file.example.org"\n')

    assert load({"COOPFED_DATA_DIR": str(tmp_path)}).domain == "file.example.org"


def test_lists_may_be_words_in_a_variable(tmp_path: Path) -> None:
    """An environment variable has no lists."""
    config = loaded(tmp_path, languages="it, tr", allowed_ports="8443 9443", trusted_proxies="10.0.0.0/8,::1")

    assert config.languages == ("it", "tr")
    assert config.allowed_ports == (8443, 9443)
    assert config.trusted_proxies == ("10.0.0.0/8", "::1")


def test_the_secret_may_lie_in_a_file_beside(tmp_path: Path) -> None:
    """SECRET_KEY_FILE, relative to the data folder, as `coopfed init` writes it."""
    (tmp_path / "secret.key").write_text("from the file\n", encoding="ascii")
    written(tmp_path, 'domain = "coop.example.org"\nsecret_key_file = "secret.key"\n')

    assert load({}, tmp_path).secret_key.get_secret_value() == "from the file"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("colour", "blue", "COLOUR: no such setting; known are: "),
        ("public_url", "ftp://coop.example.org", "PUBLIC_URL must be scheme"),
        ("public_url", "https://coop.example.org/path", "PUBLIC_URL must be scheme"),
        ("public_url", "https://somebody@coop.example.org", "PUBLIC_URL must be scheme"),
        ("public_url", "http://coop.example.org", "PUBLIC_URL is http"),
        ("time_scale", "10", "TIME_SCALE is for tests"),
        ("time_scale", "0.5", "TIME_SCALE: "),
        ("time_scale", "soon", "TIME_SCALE: "),
        ("development", "perhaps", "DEVELOPMENT"),
        ("development", "true", "DEVELOPMENT=true on the public address"),
        ("languages", "en xx", "LANGUAGES must be one or more of: tr it en"),
        ("languages", "", "LANGUAGES must be one or more of"),
        ("log_level", "loud", "LOG_LEVEL: "),
        ("database_url", "mysql://somewhere/db", "DATABASE_URL must begin with postgresql://"),
        ("allowed_ports", "https", "ALLOWED_PORTS"),
        ("allowed_ports", "70000", "ALLOWED_PORTS"),
        ("trusted_proxies", "the-proxy", "TRUSTED_PROXIES"),
        ("listen", "8080", "LISTEN: must be address:port"),
        ("listen", "127.0.0.1:http", "LISTEN: must be address:port"),
        ("listen", "127.0.0.1:70000", "LISTEN: must be address:port"),
        ("domain", "https://coop.example.org", "DOMAIN: must be a host name"),
        ("domain", "", "DOMAIN: must be a host name"),
        ("domain", "coop example", "DOMAIN: must be a host name"),
        ("domain", "coop.example.org:8080", "DOMAIN: must be a host name"),
        ("domain", "kooperatif-ğ.example.org", "DOMAIN: must be a host name"),
        ("secret_key_file", "nowhere.key", "SECRET_KEY_FILE cannot be read"),
    ],
)
def test_every_wrong_setting_is_named(tmp_path: Path, name: str, value: str, said: str) -> None:
    """Design 5: unknown keys are errors; an operator learns which setting, and what to do."""
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, **{name: value})

    assert said in str(caught.value)


def test_several_wrong_settings_are_named_at_once(tmp_path: Path) -> None:
    """Nobody wants to start a server four times to find four mistakes."""
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, colour="blue", log_level="loud", time_scale="soon")

    assert all(name in str(caught.value) for name in ("COLOUR", "LOG_LEVEL", "TIME_SCALE"))


def test_without_a_domain_the_command_that_helps_is_named(tmp_path: Path) -> None:
    """The first start in an empty folder."""
    with pytest.raises(ConfigError, match="run: coopfed init --domain"):
        load({}, tmp_path)


@pytest.mark.parametrize("text", ['domain = "unfinished', "domain: yaml", "\x00"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, text: str) -> None:
    """The path stands in the message."""
    with pytest.raises(ConfigError, match=r"coopfed\.toml cannot be read"):
        load({}, written(tmp_path, text))


@pytest.mark.parametrize(
    "address",
    ["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080", "http://node.test", "http://coop"],
)
def test_development_is_for_addresses_that_strangers_cannot_reach(tmp_path: Path, address: str) -> None:
    """Design 5: DEVELOPMENT allows peers over http and on private addresses."""
    config = loaded(tmp_path, public_url=address, development="true", time_scale="20")

    assert config.base_url == address
    assert config.time_scale == 20.0


def test_development_on_a_public_address_must_be_forced(tmp_path: Path) -> None:
    """Design 5: refused together with a public https domain unless forced."""
    assert loaded(tmp_path, development="forced").development == "forced"


def test_shown_settings_hide_what_is_secret(tmp_path: Path) -> None:
    """Design 5: `coopfed config` shows what is in force, secrets masked."""
    url = "postgresql://coopfed:pass%40word@db.example.org/coopfed"

    values = shown(loaded(tmp_path, database_url=url))

    text = repr(values)
    assert "s" * 32 not in text
    assert "pass" not in values["database_url"].replace("postgresql", "")
    assert values["secret_key"] == "set"
    assert values["database_url"].startswith("postgresql://coopfed:")
    assert "db.example.org/coopfed" in values["database_url"]


def test_a_configuration_does_not_tell_its_secret_by_accident(tmp_path: Path) -> None:
    """No tokens or keys in logs: the value that travels through the program prints without it."""
    assert "s" * 32 not in repr(loaded(tmp_path))
