"""The command line, one file a group of commands: arguments are read here, all else is below `orchestration`."""
