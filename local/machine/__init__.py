"""What every part of this machine shares: child processes, ready lines, serving, Node, Python."""
