#!/usr/bin/env bash
# Thumbnails beside vipsthumbnail, ImageMagick and pdftoppm on the same files in one run: wall,
# processor and memory, SSIM to a Lanczos reduction, and the goals; then 100 requests at a time
# for 1,000 pictures; then the decoders by themselves.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
status=0
FOLDERFRONT_BENCH=1 go test -count=1 -tags headless -timeout 20m -v -run TestBesidePeers ./server/thumb/render || status=1
FOLDERFRONT_BENCH=1 go test -count=1 -tags headless -timeout 20m -v -run TestUnderLoad ./server/thumb || status=1
go test -run '^$' -tags headless -bench . -benchtime 1s ./server/thumb/jpeg ./server/thumb/png ./server/thumb/svg ./server/worker || status=1
exit $status
