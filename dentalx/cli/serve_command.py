"""The command that shows a page, as `dentalx.cli.commands` has the others."""

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import UseAppendAction


@dataclass(frozen=True)
class Serve:
    """Show a page in the browser: drop a radiograph, see its outlines. Local, offline, nothing is kept."""

    run: UseAppendAction[tuple[Path, ...]] = ()
    """run folder, or a network that `export` wrote; may be repeated, the page then offers a choice (default: the newest
    finished run in runs/)"""
    host: str = "127.0.0.1"
    """address to listen on; others than this machine's own loopback need a password"""
    port: int = 7860
    """port to listen on; 0: any that is free"""
    password_file: Path | None = None
    """file whose first line is the password (also taken from the environment: DENTALX_PASSWORD)"""
    ask_password: bool = False
    """ask for the password in the terminal"""
    password: str | None = None
    """the password itself, which other users of this machine may see in the list of processes"""
    allow_host: UseAppendAction[tuple[str, ...]] = ()
    """another name that the page is reached under, as behind a proxy; may be repeated"""

    def __call__(self) -> int:
        from dentalx.cli.serve import serve

        return serve(self)
