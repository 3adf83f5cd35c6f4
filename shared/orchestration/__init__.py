"""From one state of a run to the next: start, fan in, stages, cancel, replay, watch, retention."""
