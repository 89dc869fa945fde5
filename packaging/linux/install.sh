#!/bin/sh
# Puts ChatApp into the menu of this user, for the checkout that this script lies in.
# Needs no root; uninstall.sh takes it out again. PYTHON names another Python than python3.
set -eu

id=org.chatapp.ChatApp
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(dirname -- "$(dirname -- "$here")")
data=${XDG_DATA_HOME:-$HOME/.local/share}
# The program itself, not a shim or an environment that may go away.
find_python='import sys; print(getattr(sys, "_base_executable", None) or sys.executable)'
python=$("${PYTHON:-python3}" -c "$find_python") || {
    echo "Python was not found. Install Python 3.10 or newer, then run this again." >&2
    exit 1
}

# One argument of an Exec line: in quotes, with \ " ` $ escaped, the escapes escaped once more
# because the line is a string, and % doubled.
quote() {
    printf '"%s"' "$(printf '%s' "$1" | sed -e 's/[\\"`$]/\\&/g' -e 's/\\/\\\\/g' -e 's/%/%%/g')"
}

exec_line="$(quote "$python") $(quote "$root/packaging/launch.py") --from-menu"

mkdir -p "$data/applications"
target=$data/applications/$id.desktop
while IFS= read -r line; do
    case $line in
        Exec=*) printf 'Exec=%s\n' "$exec_line" ;;
        *) printf '%s\n' "$line" ;;
    esac
done <"$here/$id.desktop" >"$target"

for size in 16 24 32 48 64 128 256 512; do
    icons=$data/icons/hicolor/${size}x${size}/apps
    mkdir -p "$icons"
    cp "$root/resources/icons/chatapp-$size.png" "$icons/$id.png"
done
mkdir -p "$data/icons/hicolor/scalable/apps"
cp "$root/resources/icons/chatapp.svg" "$data/icons/hicolor/scalable/apps/$id.svg"

if command -v update-desktop-database >/dev/null 2>&1; then
    update-desktop-database -q "$data/applications" || true
fi
echo "ChatApp is in the menu now. To take it out: $here/uninstall.sh"
