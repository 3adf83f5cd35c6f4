"""Which film a record belongs to: facts, blocks, evidence, probability, reason.

Everything here is hashed into the matcher's fingerprint.
"""
