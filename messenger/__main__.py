"""`messenger` and `python -m messenger`: the command line."""

from messenger.commands.cli import cli


def main() -> None:
    """Run the command line and exit with its code: 0 done, 1 something to mend, 2 refused."""
    cli(prog_name="messenger")


if __name__ == "__main__":
    main()
