"""Exit codes, and how the help of a command tells them."""

OK, FAILED, USER, OURS, INTERRUPTED = 0, 1, 2, 3, 130
EXIT_CODES = """\b
Exit codes:
  0  nothing blocks       1  something blocks the merge
  2  the configuration or its inputs need mending
  3  a bug of mlgate's    130  interrupted"""
LOOK_CODES = """\b
Exit codes:
  0    shown, whatever it says
  2    the configuration or its inputs need mending
  3    a bug of mlgate's    130  interrupted"""
