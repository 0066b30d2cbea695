"""The real server in processes of its own, without a password and with one; prints their addresses."""

import importlib
import os
import sys
import warnings

PASSWORD = "correct horse"


def main() -> None:
    """Import once, then fork a server for each, and wait until they end."""
    warnings.simplefilter("ignore")
    from web_models import Bright, shelf

    from dentalx.web.server import Place, serve
    from dentalx.web.shelf import Shelf

    Shelf.load = lambda self, say=None: None  # type: ignore[method-assign]  # they are loaded

    importlib.import_module("dentalx.web.page")  # the seconds that both share
    for name, password in (("open", None), ("locked", PASSWORD)):
        if os.fork() == 0:
            place = Place(port=0, password=password)
            serve(shelf(Bright()), place, lambda text, name=name: _say(f"{name} {text}"))  # type: ignore[misc]
            sys.exit()
    for _ in range(2):
        os.wait()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
