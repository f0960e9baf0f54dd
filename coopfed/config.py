"""The settings, read once from `coopfed.toml` and `COOPFED_*` variables into one frozen value. No other module reads the environment.

Unknown keys are errors, so that a misspelt setting is not silently ignored. Names in the file are the lower-case names below;
a variable is the same in capitals behind `COOPFED_`, and wins over the file.
"""

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from coopfed.errors import ConfigError

PREFIX = "COOPFED_"
FILE_NAME = "coopfed.toml"
CATALOGUES = ("tr", "it", "en")
_RESERVED = (".localhost", ".local", ".internal", ".test", ".invalid", ".example", ".onion", ".home.arpa")

_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


def _words(value: object) -> object:
    """A list given as one string of words, as environment variables must."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _host_name(value: str) -> str:
    if not _HOST_NAME.fullmatch(value.lower()):
        raise ValueError(f"must be a host name like coop.example (non-ASCII names in their form xn--…), not {value!r}")
    return value.lower()


def _address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ValueError(f"must be address:port like 127.0.0.1:8080, not {value!r}")
    return value


def _network(value: str) -> str:
    ipaddress.ip_network(value)
    return value


def _lines(value: object) -> object:
    """A list given as one text with a line for each."""
    return tuple(line.strip() for line in value.splitlines() if line.strip()) if isinstance(value, str) else value


Lines = Annotated[tuple[str, ...], BeforeValidator(_lines)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Ports = Annotated[tuple[Annotated[int, Field(gt=0, lt=65_536)], ...], BeforeValidator(_words)]
Networks = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], BeforeValidator(_words)]
Requests = Annotated[int, Field(ge=1, le=1_000_000)]
Days = Annotated[int, Field(ge=0, le=36_500)]


class Config(BaseModel):
    """What is in force. One sentence per setting; `docs/settings.md` says more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    domain: Annotated[str, AfterValidator(_host_name)] = Field(
        description="Host name of this node; it is part of every id and cannot change after the first follow."
    )
    account_domain: str = Field("", description="Domain behind the @ of handles, when it differs from DOMAIN.")
    public_url: str = Field(
        "", description="Scheme, host and port under which others reach the node, when not https on 443."
    )
    data_dir: Path = Field(Path("."), description="Folder of the database, the lock file and coopfed.toml.")
    database_url: str = Field(
        "", description="PostgreSQL address (postgresql://…); empty means SQLite in the data folder."
    )
    listen: Annotated[str, AfterValidator(_address)] = Field(
        "127.0.0.1:8080", description="Address and port on which the server listens behind its proxy."
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="Seals private keys and tokens in the database; keep a copy apart from it."
    )
    development: bool | Literal["forced"] = Field(
        False,
        description="Allows peers over http and on private addresses, shortens the first retry; never on a public node.",
    )
    ca_bundle: Path | None = Field(
        None, description="File of certificates to trust besides the system's, for peers with a private one."
    )
    languages: Words = Field(CATALOGUES, description="Languages of the pages, the preferred first.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log lines to write."
    )
    time_scale: float = Field(
        1.0, ge=1.0, le=100_000.0, description="Development only: divides every retry, probe and lease time."
    )
    allowed_ports: Ports = Field((), description="Ports of peers that may be dialled besides 443.")
    trusted_proxies: Networks = Field(
        ("127.0.0.0/8", "::1"),
        description="Addresses whose X-Forwarded-For names the client, for the log and the rate limits.",
    )

    authorized_fetch: bool = Field(
        False, description="Answer only signed requests for actors, posts and collections; others get an actor's keys."
    )
    allowlist: bool = Field(False, description="Deal only with hosts that were let in by name (coopfed peer allow).")
    deliver_blocks: bool = Field(
        False, description="Tell a blocked actor's server of the block, which keeps the actor from what others pass on."
    )

    title: str = Field("", description="Name of the node for people; empty: the domain behind the @.")
    description: str = Field(
        "", description="What the node is, in a sentence or some paragraphs; apps show it before signing in."
    )
    rules: Lines = Field((), description="Rules of the house, one a line; apps show them and reports name them.")
    privacy_policy: Path | None = Field(
        None,
        description="File (Markdown) with the privacy policy, shown on a page and in apps; relative to the data folder.",
    )
    terms_of_service: Path | None = Field(
        None, description="File (Markdown) with the terms of service, as PRIVACY_POLICY."
    )
    contact_email: str = Field("", description="Address of those who run the node, shown to everybody.")
    contact_actor: str = Field("", description="Handle of the actor of this node to turn to.")
    registration: Literal["closed", "approval", "open"] = Field(
        "closed",
        description="Who may ask for an account: invited people only, anybody whom an operator lets in, anybody.",
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="Mail server, smtp://user:password@host:587 or smtps://…:465; without it mails become files in the data folder.",
    )
    mail_from: str = Field("", description="Address from which mails come; empty: coopfed@DOMAIN.")
    link_previews: bool = Field(
        True, description="Fetch the pages that posts link to, to show what they say of themselves beside the link."
    )
    translation_url: str = Field(
        "", description="Address of a LibreTranslate service that translates posts for readers; empty: none."
    )
    translation_key: SecretStr = Field(
        SecretStr(""), description="Key for the translation service, where it wants one."
    )

    rate_token: Requests = Field(300, description="Requests that an app may make with one token in five minutes.")
    rate_account: Requests = Field(1500, description="Requests that all apps of an account may make in five minutes.")
    rate_address: Requests = Field(
        300,
        description="Requests to the client API from one address in five minutes, without a token or with a bad one.",
    )
    media_url: str = Field(
        "", description="S3 bucket for files, s3://bucket or s3://bucket/prefix; empty means media/ in the data folder."
    )
    s3_endpoint: str = Field("", description="Address of the bucket's service, when it is not that of Amazon.")
    s3_region: str = Field("us-east-1", description="Region of the bucket; services of one's own mostly take any.")
    s3_access_key: SecretStr = Field(SecretStr(""), description="Name of the key that may read and write the bucket.")
    s3_secret_key: SecretStr = Field(SecretStr(""), description="Secret of that key.")
    copies_mib: Annotated[int, Field(ge=16, le=100_000_000)] = Field(
        5_120,
        description="MiB that copies of others' pictures and files may take; what was not looked at for longest goes.",
    )

    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Lets whoever sends it as a bearer token read /metrics; without it only this machine may.",
    )

    keep_bodies: bool = Field(
        False, description="Keep what arrived whatever came of it, to be looked at; for a time of debugging."
    )
    retention_bodies: Days = Field(
        14, description="Days for which the body of an arrival is kept that failed (or any: KEEP_BODIES); 0: for ever."
    )
    retention_arrivals: Days = Field(
        30, description="Days for which an arrival is remembered, so that a repeated one has no effect; 0: for ever."
    )
    retention_deliveries: Days = Field(
        7, description="Days for which a delivery is remembered after it was made or given up; 0: for ever."
    )
    retention_remote_posts: Days = Field(
        180, description="Days for which a remote post is kept that nobody here has anything to do with; 0: for ever."
    )

    retention_copies: Days = Field(
        14,
        description="Days for which a copy of somebody else's file is kept that nobody looks at; 0: until room is needed.",
    )

    retention_timelines: Days = Field(
        180,
        description="Days for which a home timeline shows what came into it; 0: for ever. The posts are another matter.",
    )
    retention_notifications: Days = Field(180, description="Days for which a notification is kept; 0: for ever.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        url = urlsplit(self.base_url)
        if (
            url.scheme not in ("http", "https")
            or not url.hostname
            or url.path
            or url.query
            or url.fragment
            or "@" in url.netloc
        ):
            raise ValueError("PUBLIC_URL must be scheme://host[:port] without a path")
        if url.scheme == "http" and not self.development:
            raise ValueError("PUBLIC_URL is http; set it to https, or DEVELOPMENT=true on a machine that is not public")
        if self.time_scale != 1.0 and not self.development:
            raise ValueError("TIME_SCALE is for tests: it needs DEVELOPMENT=true")
        if self.development is True and url.scheme == "https" and not _is_private_name(url.hostname):
            raise ValueError(
                f"DEVELOPMENT=true on the public address {self.base_url} would let strangers reach your private network; "
                "remove it (or set DEVELOPMENT=forced if this host is really not public)"
            )
        if not self.languages or any(language not in CATALOGUES for language in self.languages):
            raise ValueError(f"LANGUAGES must be one or more of: {' '.join(CATALOGUES)}")
        if self.database_url and not self.database_url.startswith(("postgresql://", "postgres://")):
            raise ValueError("DATABASE_URL must begin with postgresql:// (leave it out for SQLite)")
        bucket, service = urlsplit(self.media_url), urlsplit(self.s3_endpoint)
        if self.media_url and (bucket.scheme != "s3" or not bucket.netloc or bucket.query or "@" in bucket.netloc):
            raise ValueError("MEDIA_URL must be s3://bucket or s3://bucket/prefix (leave it out for the data folder)")
        if self.s3_endpoint and (service.scheme not in ("http", "https") or not service.hostname):
            raise ValueError("S3_ENDPOINT must be https://host, or http:// for a service on your own network")
        translator = urlsplit(self.translation_url)
        if translator.geturl() and (translator.scheme not in ("http", "https") or not translator.hostname):
            raise ValueError(
                "TRANSLATION_URL must be the address of a LibreTranslate service, like http://127.0.0.1:5000"
            )
        mail = urlsplit(self.smtp_url.get_secret_value())
        if mail.geturl() and (mail.scheme not in ("smtp", "smtps") or not mail.hostname):
            raise ValueError("SMTP_URL must be smtp://user:password@host:587 or smtps://user:password@host:465")
        return self

    @property
    def base_url(self) -> str:
        """Scheme and authority of every URL we mint, without a trailing slash."""
        return self.public_url.rstrip("/") or f"https://{self.domain}"

    @property
    def authority(self) -> str:
        """Our host, with the port when it is not the default: what "host" means in every table."""
        return urlsplit(self.base_url).netloc.lower()

    @property
    def handle_domain(self) -> str:
        """What stands behind the @ of our handles."""
        return (self.account_domain or self.authority).lower()

    @property
    def sqlite_path(self) -> Path:
        """The database file of the embedded default."""
        return self.data_dir / "coopfed.sqlite3"

    @property
    def on_postgres(self) -> bool:
        """Whether the node is configured for PostgreSQL."""
        return bool(self.database_url)


def _is_private_name(host: str) -> bool:
    if host == "localhost" or host.endswith(_RESERVED) or ("." not in host.strip("[]") and ":" not in host):
        return True
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


def load(environ: Mapping[str, str], data_dir: Path | None = None) -> Config:
    """The configuration of a data folder: its `coopfed.toml`, overridden by `COOPFED_*`.

    The folder is `data_dir`, else COOPFED_DATA_DIR, else the working folder. ConfigError names every wrong setting.
    """
    values = {key[len(PREFIX) :].lower(): value for key, value in environ.items() if key.startswith(PREFIX)}
    values.pop("fixtures", None)  # COOPFED_FIXTURES and COOPFED_NO_SKIP belong to the test-suite.
    values.pop("no_skip", None)
    folder = data_dir or Path(values.get("data_dir", "."))
    merged: dict[str, Any] = {**_read_file(folder / FILE_NAME), **values, "data_dir": folder}
    if secret_file := merged.pop("secret_key_file", None):
        merged["secret_key"] = _read_secret(folder / secret_file)
    if "domain" not in merged:
        raise ConfigError(
            f"no DOMAIN set and no {FILE_NAME} in {folder.resolve()}; run: coopfed init --domain your.domain --data {folder}"
        )
    try:
        return Config.model_validate(merged)
    except ValidationError as error:
        raise ConfigError(_explain(error)) from error


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _read_secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(
            f"SECRET_KEY_FILE cannot be read: {error}; put the key of this node there (for a restore, the one it had)"
        ) from error


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0]).upper() if problem["loc"] else "settings"
        known = ", ".join(sorted(field.upper() for field in Config.model_fields))
        text = f"no such setting; known are: {known}" if problem["type"] == "extra_forbidden" else problem["msg"]
        lines.append(f"{name}: {text.removeprefix('Value error, ')}")
    return "; ".join(lines)


def process_environment() -> Mapping[str, str]:
    """The environment of this process, for the edges that call `load`."""
    return os.environ


def shown(config: Config) -> dict[str, Any]:
    """The settings in force as plain values, secrets masked, for `coopfed config show`."""
    values = config.model_dump(mode="json")
    for name in ("secret_key", "metrics_token", "smtp_url", "s3_access_key", "s3_secret_key", "translation_key"):
        values[name] = "set" if getattr(config, name).get_secret_value() else "not set"
    if config.database_url:
        url = urlsplit(config.database_url)
        values["database_url"] = (
            config.database_url.replace(f":{url.password}@", ":…@") if url.password else config.database_url
        )
    return values
