"""Files that other programs write, read as streams of events for the gate."""
