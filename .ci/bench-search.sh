#!/usr/bin/env bash
# Search beside plocate, fd, find, ripgrep, recoll and pdftotext: processor
# times, ratios and the goals. Makes a tree of 1,000,000 files in TMPDIR.
set -euo pipefail
cd "$(dirname "$0")/.."
FOLDERFRONT_BENCH=1 go test -count=1 -tags headless -timeout 30m -run TestBesidePeers ./server/search
go test -run '^$' -tags headless -bench . -benchtime 1s ./server/search ./server/search/text
