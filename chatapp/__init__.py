"""ChatApp: a desktop chat application for the language model on your own GPU."""

__version__ = "0.1.0"
