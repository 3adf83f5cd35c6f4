"""Exports into a real server: the one of MONGO_URI, a mongod of the PATH, else the stand-in."""
