"""What lies in the lake of this machine: by container, table and run, with sizes."""
