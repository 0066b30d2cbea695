"""What went wrong with something the user gave us, said in one line."""


class InputError(Exception):
    """Bad input from outside: what was expected, what came, in which file, what to do.

    Commands print the message as one line, without a traceback. The message never holds a picture's
    contents or metadata; it holds only paths and values that the user typed or pointed at.

    >>> raise InputError("folder not found: x-rays; check the spelling of --input")
    Traceback (most recent call last):
    dentalx.errors.InputError: folder not found: x-rays; check the spelling of --input
    """
