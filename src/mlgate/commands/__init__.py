"""The commands: one file each, whose name is the command's and which is loaded when it is asked for."""
