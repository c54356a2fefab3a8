package render

import (
	"bytes"
	"context"
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
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		return nil, err
	}
	args := append([]string{"-nostdin", "-v", "error", "-threads", "1", "-protocol_whitelist", "file,fd,pipe"}, input...)
	cmd := exec.CommandContext(ctx, program)
	switch {
	case file == nil:
		args = append(args, "-i", "pipe:0")
		cmd.Stdin = bytes.NewReader(data)
	case runtime.GOOS == "windows":
		args = append(args, "-i", "fd:") // of standard input, ffmpeg 6 and later
		cmd.Stdin = file
	default:
		args = append(args, "-i", "/dev/fd/0")
		cmd.Stdin = file
	}
	args = append(args, "-an", "-sn", "-dn", "-frames:v", "1", "-vf", "scale='min(2048,iw*sar)':-2", "-c:v", "png", "-f", "image2pipe", "pipe:1")
	cmd.Args = append(cmd.Args, args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	dieWithParent(cmd)
	if err := cmd.Run(); err != nil {
		return nil, &toolError{"ffmpeg", strings.TrimSpace(said.String()), err}
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

// stills are ffmpeg's names for the picture formats that it reads where Go doesn't.
var stills = map[string]string{"tiff": "tiff_pipe", "bmp": "bmp_pipe", "gif": "gif", "webp": "webp_pipe", "jpeg": "jpeg_pipe"}

// toolPicture is a picture in a variant that Go's decoders don't know, by an installed ffmpeg.
func toolPicture(ctx context.Context, doc *document, width int) (*picture, error) {
	if doc.osFile == nil || doc.size > 256<<20 {
		return nil, errNone
	}
	data, err := ffmpeg(ctx, doc.osFile, []string{"-f", stills[formatOf(doc)]}, nil)
	if err != nil {
		return nil, err
	}
	pic, err := doc.inner(ctx, data, "still.png", width)
	if err == nil {
		pic.orientation = orientation(doc)
	}
	return pic, err
}
