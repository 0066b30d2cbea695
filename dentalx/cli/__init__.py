"""The doors: flags in, files out, no thinking.

Exit codes: 0 all done, 1 some inputs failed, 2 the command was wrong, 3 a process that trained along was lost, 130
interrupted.
"""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import tyro

from dentalx import DISCLAIMER, __version__
from dentalx.cli import streams
from dentalx.cli.audit_command import Audit
from dentalx.cli.commands import Ensemble, Phantoms
from dentalx.cli.console import fail
from dentalx.cli.cross_validate_command import CrossValidate
from dentalx.cli.data_commands import Convert, Download
from dentalx.cli.evaluate_command import Evaluate
from dentalx.cli.export_command import Export
from dentalx.cli.parse import nearest, parse
from dentalx.cli.predict_command import Predict
from dentalx.cli.privacy_commands import Deidentify
from dentalx.cli.serve_command import Serve
from dentalx.cli.train_command import Train
from dentalx.errors import InputError, unexpected

TRACEBACK = "DENTALX_TRACEBACK"  # of the environment: unexpected errors are shown whole
COMMANDS: dict[str, Callable[..., Any]] = {
    "train": Train,
    "predict": Predict,
    "evaluate": Evaluate,
    "phantoms": Phantoms,
    "export": Export,
    "ensemble": Ensemble,
    "cross-validate": CrossValidate,
    "convert": Convert,
    "download": Download,
    "audit": Audit,
    "deidentify": Deidentify,
    "serve": Serve,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m dentalx COMMAND …`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        return _guarded(lambda: _version)
    if given and given[0] in COMMANDS:
        return _guarded(lambda: parse(COMMANDS[given[0]], f"dentalx {given[0]}", given[1:]))
    return _guarded(lambda: _explain(given))


def run(name: str, arguments: Sequence[str] | None = None) -> int:
    """One command on its own, as train.py, predict.py and evaluate.py call it."""
    kind = COMMANDS[name]
    given = list(sys.argv[1:] if arguments is None else arguments)
    return _guarded(lambda: parse(kind, f"{name}.py", given))


def _explain(given: Sequence[str]) -> Any:
    """Help where it was asked for.

    Raises:
        InputError: no command, or one that does not exist.
    """
    if given and given[0] in ("-h", "--help"):
        return tyro.extras.subcommand_cli_from_dict(
            COMMANDS, prog="dentalx", description=f"Segmentation of dental radiographs. {DISCLAIMER}", args=["--help"]
        )
    near = nearest(given[0], COMMANDS) if given else None
    came = f"there is no command {given[0]!r}" if given else "a command is missing"
    raise InputError(f"{came}; {f'did you mean {near}?' if near else 'choose one of ' + ', '.join(COMMANDS)}")


def _version() -> int:
    sys.stdout.write(f"dentalx {__version__}\n{DISCLAIMER}\n")
    return 0


def _guarded(command: Callable[[], Any]) -> int:
    streams.protect()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return streams.exit_code(_carried_out(command))


def _carried_out(command: Callable[[], Any]) -> int:
    """Run a command; what ends it is said in one line."""
    try:
        return int(command()())
    except InputError as error:
        fail(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; what was finished is kept\n")
        return 130
    except OSError as error:
        named = f"{error.filename}: " if error.filename is not None else ""
        fail(f"{named}{error.strerror or type(error).__name__}; check permissions and free space")
        return 2
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        fail(f"{unexpected(error)}; {TRACEBACK}=1 shows where")
        return 1
    except SystemExit as ended:  # help was asked for
        if streams.exit_code(0):
            raise SystemExit(1) from ended
        raise
