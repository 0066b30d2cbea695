"""The command `deidentify`."""

import json

from dentalx.cli.console import bar, say, warn
from dentalx.cli.privacy_commands import Deidentify
from dentalx.errors import InputError
from dentalx.salt import read_salt


def deidentify(command: Deidentify) -> int:
    """Copy pictures without what says whose they are; 1 where some failed."""
    from dentalx.deidentify import Job
    from dentalx.deidentify import deidentify as run
    from dentalx.deidentify.table import Row, not_copied

    table = command.table or command.output.with_name(f"{command.output.resolve().name}-PRIVATE.csv")
    if command.salt is not None and command.salt.resolve().is_relative_to(command.output.resolve()):
        raise InputError(f"--salt {command.salt} lies in --output, where it would be shared; choose a place outside")
    salt, new = read_salt(command.salt)
    if new:
        say("a new salt was made; docs/privacy.md says where it lies and what it is for")
    with bar() as progress:
        task = progress.add_task("copying", total=None, note="")

        def show(done: int, of: int, row: Row) -> None:
            progress.update(task, completed=done, total=of)
            if row.status == "failed":
                warn(row.reason)

        rows = run(Job(command.input, command.output, table, salt, command.text), show)
    done = [row for row in rows if row.status == "ok"]
    failed = [row for row in rows if row.status == "failed"]
    say(f"{len(done)} pictures copied to {command.output}; {len(failed)} failed; private table: {table}")
    if left := not_copied(rows):
        kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(left.items()))
        say(f"not copied, since they are no pictures and may hold names: {kinds}")
    texts = [row for row in done if json.loads(row.text)]
    if command.text == "ignore":
        warn("burned-in text was not looked for")
    elif texts:
        what = "was found and covered" if command.text == "cover" else "was found and is still there (--text cover)"
        warn(f"text, or what looks like it, {what} in {len(texts)} pictures; the table says where")
    warn(
        "text can be missed, and teeth, a face or a rare finding identify a person too: "
        "look at every image before it is shared"
    )
    return 1 if failed else 0
