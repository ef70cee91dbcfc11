"""The command line with a fifth service: `python with_greetings.py up`. One entry is all that it needs."""

from canbao.cli import main
from canbao.definitions import SERVICES, Service

SERVICES["greetings"] = Service(name="greetings", port=8007, about="says good day", package_name="greetings")

if __name__ == "__main__":
    main()
