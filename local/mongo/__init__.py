"""A MongoDB for one machine: the one that MONGO_URI names, else a mongod of the PATH, else a stand-in in Java."""
