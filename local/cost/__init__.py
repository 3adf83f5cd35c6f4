"""What Crossfade costs a month in Azure: a model of a month's use, and a bill at assumed prices."""
