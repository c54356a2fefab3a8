#!/usr/bin/env bash
# Thumbnails beside vipsthumbnail, ImageMagick, pdftoppm and rsvg-convert on the same files in
# one run: wall, processor and memory, cold and warm, SSIM to a Lanczos reduction, and the
# goals; then the running program over HTTP, 100 requests at a time for 1,000 pictures; then
# an office document drawn by LibreOffice; then the decoders by themselves.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
status=0
measured() { grep -v -e '^=== ' -e '^PASS' -e '^ok' | sed -E 's/^ +[a-z_]+_test\.go:[0-9]+: //'; }
export FOLDERFRONT_BENCH=1
go test -count=1 -tags headless -timeout 20m -v -run TestBesidePeers ./server/thumb/render | measured || status=1
go test -count=1 -tags headless -timeout 20m -v -run TestThumbnailsUnderLoad ./app/cli | measured || status=1
go test -count=1 -tags headless -timeout 5m -v -run TestTheRealLibreOffice ./server/thumb/render | measured || status=1
go test -run '^$' -tags headless -bench . -benchtime 1s ./server/thumb/jpeg ./server/thumb/png ./server/thumb/svg ./server/thumb/webp ./server/worker || status=1
exit $status
