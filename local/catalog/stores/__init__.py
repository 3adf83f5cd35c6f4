"""Where the server finds films and releases: invented ones, or those of a directory."""
