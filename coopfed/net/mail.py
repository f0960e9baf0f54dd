"""The SMTP socket: one message, sent or not. Without SMTP_URL messages become files, for whoever tries a node without a mail server."""

from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from coopfed import limits
from coopfed.config import Config
from coopfed.errors import CoopFedError


class MailError(CoopFedError):
    """The mail server did not take a message; `lasting` when it will not take it later either."""

    reason = "mail"

    def __init__(self, message: str, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting


async def send(config: Config, message: EmailMessage, name: str) -> Path | None:
    """Hands the message to the server of SMTP_URL, or without one writes it to `mail/NAME.eml` in the data folder.

    The path of that file, None when it was sent. MailError when it was not taken.
    """
    if not config.smtp_url.get_secret_value():
        return _write(config.data_dir / "mail", message, name)
    server = urlsplit(config.smtp_url.get_secret_value())
    secure = server.scheme == "smtps"
    try:
        await aiosmtplib.send(
            message,
            hostname=server.hostname,
            port=server.port or (465 if secure else 587),
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=secure,
            # A password goes over an encrypted line or not at all; else TLS is used where the server offers it.
            start_tls=True if server.username and not secure and not _is_here(server.hostname) else None,
            cert_bundle=str(config.ca_bundle) if config.ca_bundle else None,
            timeout=limits.MAIL_SECONDS,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [refused.code for refused in error.recipients]
        raise MailError(f"refused: {codes}", lasting=all(code >= 500 for code in codes)) from error
    except aiosmtplib.SMTPResponseException as error:
        raise MailError(f"{error.code} {error.message[:200]}", lasting=error.code >= 500) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailError(f"{type(error).__name__}: {str(error)[:200]}") from error
    return None


def _write(folder: Path, message: EmailMessage, name: str) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    # Such a file is read by people in an editor: quoted-printable would break the links in it, and the letters of Turkish.
    message.set_content(message.get_content(), cte="8bit")
    path = folder / f"{name}.eml"
    path.touch(mode=0o600)
    path.write_bytes(message.as_bytes(policy=SMTPUTF8))
    return path


def _is_here(host: str | None) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")
