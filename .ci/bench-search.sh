#!/usr/bin/env bash
# Search beside plocate, fd, find, ripgrep, recoll and pdftotext: processor
# times (user and system), ratios and the goals; memory, of the whole program
# too. Makes a tree of 1,000,000 files and copies some 30,000 documents in
# TMPDIR; takes some ten minutes on a quiet computer and says how long.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$(mktemp -d)
trap 'rm -rf "$binary"' EXIT
go test -c -tags headless -o "$binary/search.test" ./server/search
for part in names contents pdf; do # each in a process of its own: memory is measured too
	echo "-- $part"
	(cd server/search && FOLDERFRONT_BENCH=1 "$binary/search.test" -test.timeout 30m -test.run "TestBesidePeers/$part")
	echo "-- $part: ${SECONDS} s since the start"
done
go test -run '^$' -tags headless -bench . -benchtime 200ms ./server/search ./server/search/text
echo "-- all: ${SECONDS} s"
