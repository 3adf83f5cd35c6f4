"""MongoDB as exports use it: the address that is never shown, the connection, the book of exports, indexes."""
