"""Files of each bureau: the layout of the bureau put into the reader and the writer of its kind of file."""
