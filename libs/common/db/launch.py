"""Starts the server as a process: drops root, asks to be told when the parent dies, and execs.

Run as a script by the interpreter, never imported: root can read it where the server's user cannot, and
nothing of ours has to run between fork and exec of a process that may have threads.

Usage: launch.py PARENT_PID UID GID PROGRAM ARGUMENT...
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become PROGRAM as UID; when PARENT_PID dies the kernel sends SIGINT, a fast shutdown to PostgreSQL."""
    parent, uid, gid = (int(argument) for argument in sys.argv[1:4])
    program = sys.argv[4:]
    if os.geteuid() == 0 and uid != 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if parent:
        # After the change of user: the kernel forgets the wish whenever credentials change.
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the parent died before PostgreSQL was started")
    os.execv(program[0], program)


main()
