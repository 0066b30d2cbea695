"""The doors: flags in, files out, no thinking.

Exit codes: 0 all done, 1 some inputs failed, 2 the command was wrong, 130 interrupted.
"""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import tyro

from dentalx import DISCLAIMER, __version__
from dentalx.cli.commands import Evaluate, Export, Phantoms, Predict, Train
from dentalx.errors import InputError

Command = TypeVar("Command")

COMMANDS: dict[str, Callable[..., Any]] = {
    "train": Train,
    "predict": Predict,
    "evaluate": Evaluate,
    "phantoms": Phantoms,
    "export": Export,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m dentalx COMMAND …`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        sys.stdout.write(f"dentalx {__version__}\n{DISCLAIMER}\n")
        return 0
    return _guarded(
        lambda: tyro.extras.subcommand_cli_from_dict(
            COMMANDS, prog="dentalx", description=f"Segmentation of dental radiographs. {DISCLAIMER}", args=given
        )
    )


def run(name: str, arguments: Sequence[str] | None = None) -> int:
    """One command on its own, as train.py, predict.py and evaluate.py call it."""
    kind = COMMANDS[name]
    return _guarded(lambda: tyro.cli(kind, prog=f"{name}.py", args=arguments))


def _guarded(parse: Callable[[], Any]) -> int:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return int(parse()())
    except InputError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; what was finished is kept\n")
        return 130
    except BrokenPipeError:
        return 141
