"""The Spark jobs, shipped as a wheel: never imports shared, functions or local.

silver and gold meet in the lake only: neither imports the other.
"""
