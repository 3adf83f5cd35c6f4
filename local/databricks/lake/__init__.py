"""The lake between blob storage and disk: blobs staged for a job, its results published."""
