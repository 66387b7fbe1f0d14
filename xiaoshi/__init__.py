"""The operator's command: one file a verb under `commands/`."""
