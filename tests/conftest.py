"""What holds for all tests: an interrupt interrupts, also where the tests were started in the background."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell leaves it for what it starts by `&`
    signal.signal(signal.SIGINT, signal.default_int_handler)
