"""How a run speaks to whoever started it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dentalx.training.callbacks import Tick
from dentalx.training.state import TrainingState


@dataclass(frozen=True)
class Reporter:
    """Where a run says how it is going.

    Attributes:
        say: one sentence for the user.
        warn: one sentence the user must not miss.
        read: pictures read so far and in all.
        tick: after each batch.
        epoch: after each epoch; when it is safe on disk, if it is committed.
    """

    say: Callable[[str], None] = field(default=lambda text: None)
    warn: Callable[[str], None] = field(default=lambda text: None)
    read: Callable[[int, int], None] = field(default=lambda done, of: None)
    tick: Callable[[Tick], None] = field(default=lambda tick: None)
    epoch: Callable[[TrainingState], None] = field(default=lambda state: None)
