"""Bytes of a raw blob to answers: lines, their texts made even, the fields that are read."""
