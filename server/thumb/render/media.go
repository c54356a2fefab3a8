package render

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/dhowden/tag"
)

// coverPicture is the cover that an audio or video file carries.
func coverPicture(ctx context.Context, doc *document, width int) (*picture, error) {
	meta, err := tag.ReadFrom(doc.reader())
	if err != nil {
		return nil, err
	}
	cover := meta.Picture()
	if cover == nil || len(cover.Data) > maxMember {
		return nil, errNone
	}
	return doc.inner(ctx, cover.Data, "cover", width)
}

// demuxers are ffmpeg's names for the containers that are shown to it. The container is named
// to ffmpeg rather than guessed by it, because some that it would recognise, such as playlists,
// make it open other files.
var demuxers = map[string]string{
	"mp4": "mov", "matroska": "matroska", "avi": "avi", "mpegts": "mpegts", "mpeg": "mpeg", "flv": "flv", "asf": "asf",
	"mxf": "mxf", "ogg": "ogg",
}

// framePicture is a frame of a video, by an installed ffmpeg.
func framePicture(ctx context.Context, doc *document, width int) (*picture, error) {
	demuxer := demuxers[formatOf(doc)]
	if demuxer == "" || doc.osFile == nil {
		return nil, errNone
	}
	var failed error
	for _, seek := range []string{"3", "0"} { // openings are often black; short videos have no third second
		data, err := ffmpeg(ctx, doc.osFile, []string{"-skip_frame", "nokey", "-noaccurate_seek", "-ss", seek, "-f", demuxer}, nil)
		if err == nil {
			var pic *picture
			if pic, err = doc.inner(ctx, data, "frame.png", width); err == nil {
				return pic, nil
			}
		}
		failed = err
	}
	return nil, failed
}

// ffmpeg decodes one frame to a PNG. The input is a file, handed over as a descriptor, or
// data; its options come first. No other input can be opened: no network, no path.
func ffmpeg(ctx context.Context, file *os.File, input []string, data []byte) ([]byte, error) {
	args := append([]string{"-nostdin", "-v", "error", "-threads", "1", "-protocol_whitelist", "file,fd,pipe"}, input...)
	var in io.Reader = bytes.NewReader(data)
	from := "pipe:0"
	if file != nil {
		in, from = file, "/dev/fd/0"
		if runtime.GOOS == "windows" {
			from = "fd:" // of standard input, ffmpeg 6 and later
		}
	}
	args = append(args, "-i", from, "-an", "-sn", "-dn", "-frames:v", "1", "-vf", "scale='min(2048,iw*sar)':-2", "-c:v", "png", "-f", "image2pipe", "pipe:1")
	return runTool(ctx, in, "ffmpeg", args...)
}

// runTool starts an installed program with the document as its standard input, and gives what
// it writes.
func runTool(ctx context.Context, in io.Reader, name string, args ...string) ([]byte, error) {
	program, err := exec.LookPath(name)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &said
	dieWithParent(cmd)
	if err := cmd.Run(); err != nil {
		return nil, &toolError{name, strings.TrimSpace(said.String()), err}
	}
	return out.Bytes(), nil
}

// toolError is an installed tool's failure.
type toolError struct {
	tool, said string
	cause      error
}

func (e *toolError) Error() string { return e.tool + ": " + e.cause.Error() + ": " + e.said }
func (e *toolError) Unwrap() error { return e.cause }

// stills are ffmpeg's options for the picture formats that it reads where Go doesn't. OpenEXR's
// samples are linear and are to become sRGB's.
var stills = map[string][]string{
	"tiff": {"-f", "tiff_pipe"}, "bmp": {"-f", "bmp_pipe"}, "gif": {"-f", "gif"}, "webp": {"-f", "webp_pipe"},
	"jpeg": {"-f", "jpeg_pipe"}, "jxl": {"-f", "jpegxl_pipe"}, "jp2": {"-f", "j2k_pipe"},
	"exr": {"-apply_trc", "iec61966_2_1", "-f", "exr_pipe"},
}

// toolPicture is a picture in a variant that Go's decoders don't know, by an installed ffmpeg.
func toolPicture(ctx context.Context, doc *document, width int) (*picture, error) {
	if doc.osFile == nil || doc.size > 256<<20 {
		return nil, errNone
	}
	data, err := ffmpeg(ctx, doc.osFile, stills[formatOf(doc)], nil)
	if err != nil {
		return nil, err
	}
	pic, err := doc.inner(ctx, data, "still.png", width)
	if err == nil {
		pic.orientation = orientation(doc)
	}
	return pic, err
}
