"""Films and records from public facts, by kind of difficulty, to fit and to measure the matcher on."""
