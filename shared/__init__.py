"""The function app without its triggers.

Packages from the top: services wires; orchestration moves runs and serving answers people; alerting and ingestion;
figures says what runs took; runs remembers; planning decides; sources asks; adapters wrap one SDK each; messages is
what travels. Each imports only what stands below it.
"""
