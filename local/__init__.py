"""What makes Crossfade run whole on one machine: emulators, servers and the command that starts them."""
