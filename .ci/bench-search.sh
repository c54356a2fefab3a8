#!/usr/bin/env bash
# Search beside plocate, fd, find, ripgrep, recoll and pdftotext: processor
# times, ratios and the goals; memory, of the whole program too. Makes a tree of
# 1,000,000 files and copies some 30,000 documents in TMPDIR; takes a quarter of
# an hour.
set -euo pipefail
cd "$(dirname "$0")/.."
for part in names contents pdf; do # each in a process of its own: memory is measured too
	FOLDERFRONT_BENCH=1 go test -count=1 -tags headless -timeout 30m -run "TestBesidePeers/$part" ./server/search
done
go test -run '^$' -tags headless -bench . -benchtime 1s ./server/search ./server/search/text
