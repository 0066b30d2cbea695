"""What went wrong with something the user gave us, said in one line."""

import contextlib
import errno
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
# Errors of writing that come of one image's name; any other is the same for every image.
_OF_THE_NAME = (errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.EINVAL, errno.EILSEQ)
_NO_MEMORY = ("MemoryError", "ResourceExhaustedError", "_ArrayMemoryError")  # the second is TensorFlow's
_PACKAGE = Path(__file__).parent
REPORT = "a fault of dentalx; report this line as CONTRIBUTING.md says"


class InputError(Exception):
    """Bad input from outside: what was expected, what came, in which file, what to do.

    Commands print the message as one line, without a traceback. The message never holds a picture's
    contents or metadata; it holds only paths and values that the user typed or pointed at.

    >>> raise InputError("folder not found: x-rays; check the spelling of --input")
    Traceback (most recent call last):
    dentalx.errors.InputError: folder not found: x-rays; check the spelling of --input
    """

    exit_code = 2


class LostWorkerError(InputError):
    """Another of the processes that train together is gone; nothing is wrong with what was given, try again."""

    exit_code = 3


def install_hint(extra: str) -> str:
    """Return the command that installs an optional part of dentalx.

    dentalx is not on PyPI, where anybody could publish something else under that name: the command names the clone.

    >>> install_hint("web")
    'in the folder of the clone: pip install ".[web]"'
    """
    return f'in the folder of the clone: pip install ".[{extra}]"'


def in_one_list(problems: Sequence[str], most: int = 20) -> str:
    """Return several problems as one sentence that names each, and counts those beyond `most`.

    >>> in_one_list(["a.png is empty", "b.png is empty", "c.png is empty"], most=2)
    'a.png is empty; b.png is empty; and 1 more'
    """
    more = [f"and {len(problems) - most} more"] if len(problems) > most else []
    return "; ".join([*problems[:most], *more])


def in_one_line(error: BaseException, most: int = 240) -> str:
    """What an error of another library says, without its line breaks and not for ever.

    >>> in_one_line(ValueError("two\\n  lines")), in_one_line(ValueError("x" * 9), most=4), in_one_line(KeyError())
    ('two lines', 'xxx…', 'KeyError')
    """
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= most else text[: most - 1] + "…"


@contextlib.contextmanager
def attributed(image: object) -> Iterator[None]:
    """Turn whatever the work on one image raises into an `InputError` that names it, so that a batch goes on.

    Args:
        image: path or id.

    Raises:
        InputError: of any `Exception`; one that is an `InputError` already leaves as it is.

    >>> with contextlib.suppress(InputError), attributed("a.png"):
    ...     [][1]
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(reason(error, image)) from error


def reason(error: Exception, image: object) -> str:
    """Return why the work on an image failed, in one sentence."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return f"cannot write: {error.strerror}; free space, or choose another folder"
    return f"{image}: {unexpected(error)}"


def ends_batch(error: InputError) -> bool:
    """Return whether an error of writing one image's results would come again with the next: no room, no permission."""
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno not in _OF_THE_NAME


def unexpected(error: BaseException) -> str:
    """Return what can be said of an error that nobody expected: its type and place, never values, which may be private.

    >>> unexpected(MemoryError())
    'not enough memory; close other programs, or make the image smaller'
    """
    if type(error).__name__ in _NO_MEMORY:
        return "not enough memory; close other programs, or make the image smaller"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    place = "the program"
    if ours:
        place = f"{Path(ours[-1].filename).relative_to(_PACKAGE).as_posix()}:{ours[-1].lineno}"
    return f"unexpected {type(error).__name__} in {place}, {REPORT}"
