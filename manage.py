#!/usr/bin/env python
"""Django's command line for Timebridge.

Where the environment says nothing else, it acts on what `make run` runs.
"""

import os
import sys


def main() -> None:
    from portal.launch.failure import Failure
    from portal.launch.manage import told

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        os.environ.update(told(os.environ, sys.argv[1:]))
    except Failure as failure:
        sys.exit(str(failure))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
