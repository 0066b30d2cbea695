"""What a user is told of an error: its sentence where it is theirs to mend; of any other that the terminal says it."""

import logging
import traceback

from dentalx.errors import InputError

OURS = "something went wrong; the terminal says what"
log = logging.getLogger("dentalx.web")


def sentence(error: Exception) -> str:
    """What a user is told of an error; what is not the user's doing is written to the terminal alone."""
    if isinstance(error, InputError):
        return str(error)
    log.error("%s", "".join(traceback.format_exception(error)))
    return OURS
