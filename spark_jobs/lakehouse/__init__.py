"""Where jobs read and write: Delta tables by name and version, small files by area, and what is staged on the way."""
