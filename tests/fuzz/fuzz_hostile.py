"""Files made to do harm; each case writes into an empty folder and says what is read."""

import fuzz_hostile_drawn
import fuzz_hostile_large
import fuzz_hostile_pictures
import fuzz_hostile_texts
import fuzz_hostile_weights
from fuzz_makers import Cases

_ROOMS = (fuzz_hostile_pictures, fuzz_hostile_drawn, fuzz_hostile_texts, fuzz_hostile_weights, fuzz_hostile_large)
CASES: Cases = {name: case for room in _ROOMS for name, case in room.CASES.items()}
LARGE = frozenset(fuzz_hostile_large.CASES)
