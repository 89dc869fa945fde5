#!/bin/sh
# Takes ChatApp out of the menu of this user. Chats, settings and models stay where they are.
set -eu

id=org.chatapp.ChatApp
data=${XDG_DATA_HOME:-$HOME/.local/share}

rm -f "$data/applications/$id.desktop" "$data/icons/hicolor/scalable/apps/$id.svg"
for size in 16 24 32 48 64 128 256 512; do
    rm -f "$data/icons/hicolor/${size}x${size}/apps/$id.png"
done

if command -v update-desktop-database >/dev/null 2>&1; then
    update-desktop-database -q "$data/applications" || true
fi
echo "ChatApp is out of the menu. Chats, settings and models are untouched."
