"""`python -m portal.launch COMMAND`. Old syntax only, so that an old Python can say that it is too old."""

import sys

OLDEST = (3, 11)


def main() -> int:
    """Check the Python, then hand over."""
    if sys.version_info < OLDEST:
        sys.stderr.write(
            "Timebridge needs Python 3.11 or later, this is {}.{}: install one, then `make run PYTHON=python3.11`.\n".format(
                *sys.version_info
            )
        )
        return 2
    from portal.launch.commands import command_line

    return command_line(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
