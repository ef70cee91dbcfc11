"""Exits with 0 when the service on the given port is ready: `python healthcheck.py 8001`."""

import sys
from http.client import HTTPConnection

connection = HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=4)
connection.request("GET", "/readyz")
answer = connection.getresponse()
if answer.status != 200:
    sys.exit(answer.read().decode())
