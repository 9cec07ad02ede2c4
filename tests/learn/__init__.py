"""The course: its exercises, its command, and its pages."""
