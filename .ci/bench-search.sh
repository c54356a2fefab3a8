#!/usr/bin/env bash
# Search beside plocate, fd, find, ripgrep, recoll and pdftotext: processor
# times, ratios and the goals. Makes a tree of 1,000,000 files in TMPDIR.
set -euo pipefail
cd "$(dirname "$0")/.."
for part in names contents pdf; do # each in a process of its own: memory is measured too
	FOLDERFRONT_BENCH=1 go test -count=1 -tags headless -timeout 30m -run "TestBesidePeers/$part" ./server/search
done
go test -run '^$' -tags headless -bench . -benchtime 1s ./server/search ./server/search/text
