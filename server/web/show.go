package web

import (
	"strings"
)

// way is how a document is shown in its page.
type way string

const (
	asPicture way = "picture" // the browser draws the file itself
	asVideo   way = "video"
	asAudio   way = "audio"
	asPDF     way = "pdf"
	asText    way = "text"    // as text within the page, escaped
	asPreview way = "preview" // a picture made of it; the file itself is only a download
)

// ways lists the types of which browsers show the file itself. None of them can
// run a script; what is not listed never leaves here but as a download.
var ways = map[string]way{
	"image/png": asPicture, "image/jpeg": asPicture, "image/gif": asPicture, "image/webp": asPicture, "image/avif": asPicture,
	"image/bmp": asPicture, "image/vnd.microsoft.icon": asPicture,

	"video/mp4": asVideo, "video/webm": asVideo, "video/ogg": asVideo, "video/quicktime": asVideo, "video/x-m4v": asVideo,
	"video/3gpp": asVideo, "video/x-matroska": asVideo,

	"audio/mpeg": asAudio, "audio/mp4": asAudio, "audio/aac": asAudio, "audio/ogg": asAudio, "audio/opus": asAudio,
	"audio/wav": asAudio, "audio/wave": asAudio, "audio/flac": asAudio, "audio/webm": asAudio,

	"application/pdf": asPDF,

	"text/plain": asText, "text/markdown": asText, "text/csv": asText, "text/tab-separated-values": asText, "text/css": asText,
	"text/javascript": asText, "text/calendar": asText, "text/vcard": asText, "text/vtt": asText, "application/json": asText,
	"application/yaml": asText, "application/toml": asText,
}

// wayOf decides how a document of that MIME type is shown.
func wayOf(kind string) way {
	kind, _, _ = strings.Cut(kind, ";")
	if w, ok := ways[strings.ToLower(strings.TrimSpace(kind))]; ok {
		return w
	}
	return asPreview
}

// inline tells whether the file itself may be sent to be shown.
func (w way) inline() bool {
	switch w {
	case asPicture, asVideo, asAudio, asPDF:
		return true
	}
	return false
}
