"""What is kept while somebody looks at it: in memory, under a name nobody guesses, for a while."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dentalx.errors import InputError
from dentalx.web.looked import Looked

MOST_BYTES = 2**30
IDLE_S = 1800.0
GONE = "this picture is no longer kept; open it again"


@dataclass
class _Held:
    looked: Looked
    owner: str
    seen: float


@dataclass(frozen=True)
class Desk:
    """One result for each open page.

    Attributes:
        most_bytes: beyond it the results that were longest left alone go.
        idle_s: seconds after which a result that nobody asks for goes.
        clock: seconds.
    """

    most_bytes: int = MOST_BYTES
    idle_s: float = IDLE_S
    clock: Callable[[], float] = time.monotonic
    _held: dict[str, _Held] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, looked: Looked, owner: str) -> str:
        """Keep a result in place of its owner's last one, and return the name it is found under."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._remove(owner)
            self._held[token] = _Held(looked, owner, self.clock())
            self._tidy()
        return token

    def get(self, token: str) -> Looked:
        """The result of that name.

        Raises:
            InputError: there is none, or no longer.
        """
        with self._lock:
            self._tidy()
            held = self._held.get(token)
            if held is None:
                raise InputError(GONE)
            held.seen = self.clock()
            return held.looked

    def holds(self, token: str) -> bool:
        """Whether a result of that name is kept."""
        with self._lock:
            return token in self._held

    def forget(self, owner: str) -> None:
        """Drop what an owner left."""
        with self._lock:
            self._remove(owner)

    def tidy(self) -> None:
        """Drop what nobody asked for in a while."""
        with self._lock:
            self._tidy()

    def __len__(self) -> int:
        return len(self._held)

    def _remove(self, owner: str) -> None:
        for token in [token for token, held in self._held.items() if held.owner == owner]:
            del self._held[token]

    def _tidy(self) -> None:
        total = sum(held.looked.nbytes for held in self._held.values())
        for token, held in sorted(self._held.items(), key=lambda item: item[1].seen):
            too_much = total > self.most_bytes and len(self._held) > 1
            if too_much or self.clock() - held.seen > self.idle_s:
                total -= held.looked.nbytes
                del self._held[token]
