"""Looking at a name and a certificate, as `coopfed doctor` does with the node's own; nothing of strangers is asked for here."""

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path

from coopfed import limits
from coopfed.errors import FetchError
from coopfed.net.client import FetchFault, ThreadResolver, tls_context


@dataclass(frozen=True, slots=True)
class Validity:
    """From when to when a certificate holds, in seconds since 1970."""

    begins: float
    ends: float


async def addresses(host: str) -> list[str]:
    """The addresses that this machine finds for a name. FetchError `dns` when there is none."""
    resolver = ThreadResolver()
    try:
        async with asyncio.timeout(limits.TOTAL_SECONDS):
            return list(dict.fromkeys(found["host"] for found in await resolver.resolve(host)))
    except (OSError, UnicodeError, TimeoutError) as error:
        raise FetchError(f"{host} does not resolve: {error}", reason=FetchFault.DNS) from error
    finally:
        await resolver.close()


async def certificate(host: str, port: int, ca_bundle: Path | None) -> Validity:
    """The validity of the certificate that is shown for a name, which is trusted. FetchError `tls` when it is not."""
    try:
        async with asyncio.timeout(limits.TOTAL_SECONDS):
            _reader, writer = await asyncio.open_connection(host, port, ssl=tls_context(ca_bundle))
    except ssl.SSLError as error:
        raise FetchError(f"{host}: {error}", reason=FetchFault.TLS) from error
    except (OSError, TimeoutError) as error:
        raise FetchError(f"{host}:{port}: {error}", reason=FetchFault.REFUSED_CONNECTION) from error
    try:
        shown = writer.get_extra_info("peercert")
        return Validity(*(ssl.cert_time_to_seconds(shown[name]) for name in ("notBefore", "notAfter")))
    finally:
        writer.transport.abort()
