"""Folders that are either whole or absent."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from dentalx.errors import InputError, in_one_line
from dentalx.files import temporary_name


@contextlib.contextmanager
def staged(output: Path, what: str) -> Iterator[Path]:
    """Give a temporary name beside `output` for a folder; put it in place when the block ends well, else remove it.

    Args:
        output: the folder; what is there is replaced.
        what: is written, as the user knows it.

    Raises:
        InputError: no permission, or no space left; it names `output`.
    """
    temporary = temporary_name(output)
    try:
        temporary.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        if output.exists():
            shutil.rmtree(output)
        temporary.rename(output)
    except InputError as error:
        if str(temporary) not in str(error):
            raise
        raise _failed(output, what, error.__cause__ or error) from error
    except (OSError, tf.errors.OpError) as error:
        raise _failed(output, what, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _failed(output: Path, what: str, error: BaseException) -> InputError:
    reason = getattr(error, "strerror", None) or in_one_line(error)
    return InputError(f"cannot write {what} to {output}: {reason}; check free space and permissions")
