"""Wrong passwords are slowed: after one, no further password from that address is judged for a while.

A password that came meanwhile and is right gets the same answer as a wrong one; otherwise many tries at once would find
it as fast as ever. Whoever was let in before has a cookie that says so and does not wait for the mistakes of others
behind the same address (of a proxy, of a router).
"""

import http.cookies
import ipaddress
import logging
import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

COOKIE = "dentalx"
FIRST_S, LONGEST_S = 1.0, 60.0  # doubled with each further wrong password
_MOST_ADDRESSES = 4096
_WORTH_SAYING = 4  # wrong passwords in a row
log = logging.getLogger("dentalx.web")


@dataclass
class _Wrong:
    times: int
    until: float


@dataclass(frozen=True)
class Turnstile:
    """How long each address has to wait, and who need not.

    Attributes:
        clock: seconds.
    """

    clock: Callable[[], float] = time.monotonic
    _known: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    _wrong: dict[str, _Wrong] = field(default_factory=dict)

    def wait_s(self, address: str, headers: Mapping[bytes, str]) -> int:
        """Whole seconds for which no password from that address is judged; 0 for whoever was let in before."""
        wrong = self._wrong.get(_group(address))
        if wrong is None or self.knows(headers):
            return 0
        return max(0, math.ceil(wrong.until - self.clock()))

    def failed(self, address: str) -> None:
        """Note a wrong password."""
        group, now = _group(address), self.clock()
        before = self._wrong.pop(group, _Wrong(0, 0.0))
        times = 1 if now - before.until > LONGEST_S else before.times + 1
        self._wrong[group] = _Wrong(times, now + min(LONGEST_S, FIRST_S * 2 ** min(times - 1, 16)))
        if times >= _WORTH_SAYING:
            log.warning("%d wrong passwords in a row from %s; the next try waits", times, group)
        for oldest in list(self._wrong)[: max(0, len(self._wrong) - _MOST_ADDRESSES)]:
            del self._wrong[oldest]

    def passed(self, address: str) -> None:
        """Note a right password."""
        self._wrong.pop(_group(address), None)

    def knows(self, headers: Mapping[bytes, str]) -> bool:
        """Whether a request has the cookie of somebody who was let in."""
        jar: http.cookies.SimpleCookie = http.cookies.SimpleCookie()
        try:
            jar.load(headers.get(b"cookie", ""))
        except http.cookies.CookieError:
            return False
        given = jar[COOKIE].value if COOKIE in jar else ""
        return secrets.compare_digest(given.encode(), self._known.encode())

    @property
    def cookie(self) -> tuple[bytes, bytes]:
        """The header that gives it; the password is asked for all the same."""
        return b"set-cookie", f"{COOKIE}={self._known}; Path=/; HttpOnly; SameSite=Strict".encode()


def _group(address: str) -> str:
    """An address; of IPv6 the network of 64 bits, in which a machine takes any address that it likes.

    >>> _group("10.0.0.1"), _group("2001:db8::1:2"), _group("::ffff:10.0.0.1"), _group("")
    ('10.0.0.1', '2001:db8::/64', '10.0.0.1', '')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
