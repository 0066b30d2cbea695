import sys

from dentalx.cli import run

if __name__ == "__main__":
    sys.exit(run("predict"))
