"""`make run` and its sisters: plain Python that prepares the packages and the database, and looks after the processes."""
