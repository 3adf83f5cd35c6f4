"""What can go wrong with a bundle; the message says where and what to do."""


class BundleError(Exception):
    """The bundle cannot be read, rendered or deployed."""
