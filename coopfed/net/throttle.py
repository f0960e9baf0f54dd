"""Rate limits: a token bucket per key, for what a stranger can make us do (fetch a key, for instance)."""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass


def network(address: str) -> str:
    """Whose address this is: itself for IPv4, its /64 for IPv6, of which every client has 2**64. Other text as it is."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 6 and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return address


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `burst` at once, and `per_second` in the long run."""

    burst: float
    per_second: float


class Throttle:
    """Buckets for the most recent `size` keys. `now` is given in milliseconds by the caller."""

    def __init__(self, rate: Rate, size: int = 10_000) -> None:
        self._rate = rate
        self._size = size
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def allows(self, key: str, now: int) -> bool:
        """Takes a token from the key's bucket. Whether there was one."""
        tokens, since = self._buckets.pop(key, (self._rate.burst, now))
        tokens = min(self._rate.burst, tokens + max(0, now - since) / 1000 * self._rate.per_second)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > self._size:
            self._buckets.popitem(last=False)
        return allowed
