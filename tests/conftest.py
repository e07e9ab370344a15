"""What every test may rely on, however the suite was started."""

from __future__ import annotations

import signal

# A runner in the background of a shell inherits an ignored SIGINT and would hand it on to every command under test,
# whose Ctrl-C could then not be tried. A handler, unlike "ignore", is reset to the default in a child process.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
