"""The machines, and the two sides of a stream that they drive.

To be read in one sitting, in this order:

1. `machine`: what a state machine is: a table, and one place where the state changes.
2. `pipe`: the pause/resume machine between a source and a destination.

Not here: the streams themselves. Nothing in this room knows a Readable or a Writable.
"""
