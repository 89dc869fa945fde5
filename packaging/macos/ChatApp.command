#!/bin/sh
# Double click: the first time it sets ChatApp up in this terminal, later it opens the window.
# Not tested on macOS yet.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
for python in python3.14 python3.13 python3.12 python3.11 python3.10 python3; do
    if command -v "$python" >/dev/null 2>&1; then
        exec "$python" "$here/../launch.py" "$@"
    fi
done
echo "Python was not found. Install Python 3.10 or newer from python.org, then open this again."
