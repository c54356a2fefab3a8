#!/usr/bin/env bash
# Renders the pictures that are embedded or packaged from their SVG sources.
# Needs rsvg-convert. Run it after an SVG has changed and commit what it makes.
set -euo pipefail
cd "$(dirname "$0")"

# tray STATE PANEL COLOUR: one tray icon, 48 pixels so that panels of 16 and 24
# pixels, and those of twice the density, scale it by whole steps.
tray() {
	sed "s/#000000/$3/g" "tray/$1.svg" | rsvg-convert -w 48 -h 48 -o "tray/$1-$2.png"
}

# Each colour keeps a contrast of at least 3:1 to the panels it is meant for;
# "either" keeps it to light and dark ones, for panels whose colour is unknown.
for state in off connecting paused; do
	tray $state light '#3C4648'
	tray $state dark '#D5DCDC'
	tray $state either '#7A8789'
done
tray live light '#0B7A75'
tray live dark '#3FC1B0'
tray live either '#12938A'
tray trouble light '#B25E00'
tray trouble dark '#F0A63A'
tray trouble either '#C2720A'

rsvg-convert -w 256 -h 256 pages/icon.svg -o icon.png
rsvg-convert -w 80 -h 80 pages/icon.svg -o brand.png
for size in 16 24 32 48 64 128 256; do
	dir=linux/hicolor/${size}x${size}/apps
	mkdir -p "$dir"
	rsvg-convert -w $size -h $size pages/icon.svg -o "$dir/folderfront.png"
done
mkdir -p linux/hicolor/scalable/apps
cp pages/icon.svg linux/hicolor/scalable/apps/folderfront.svg
