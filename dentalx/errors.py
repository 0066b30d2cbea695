"""What went wrong with something the user gave us, said in one line."""


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


def in_one_line(error: BaseException, most: int = 240) -> str:
    """What an error of another library says, without its line breaks and not for ever.

    >>> in_one_line(ValueError("two\\n  lines")), in_one_line(ValueError("x" * 9), most=4), in_one_line(KeyError())
    ('two lines', 'xxx…', 'KeyError')
    """
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= most else text[: most - 1] + "…"
