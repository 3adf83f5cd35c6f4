"""Proofs that a drift between code and infrastructure is found."""
