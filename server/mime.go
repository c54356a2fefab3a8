package server

import (
	"context"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"folderfront/server/catalogue"
)

// mimeUnknown is the type of a file that tells nothing of itself.
const mimeUnknown = "application/octet-stream"

// mimeByExtension is the type by a name's ending. It is a table of our own so
// that every computer answers alike; it names what creative teams and offices
// exchange.
var mimeByExtension = map[string]string{
	"3gp": "video/3gpp", "7z": "application/x-7z-compressed", "aac": "audio/aac", "ai": "application/postscript",
	"aif": "audio/aiff", "aiff": "audio/aiff", "arw": "image/x-sony-arw", "ase": "application/x-ase", "avi": "video/x-msvideo",
	"avif": "image/avif", "bmp": "image/bmp", "c": "text/plain", "cc": "text/plain", "cpp": "text/plain",
	"cr2": "image/x-canon-cr2", "cr3": "image/x-canon-cr3", "css": "text/css", "csv": "text/csv", "dmg": "application/x-apple-diskimage",
	"dng": "image/x-adobe-dng", "doc": "application/msword",
	"docm": "application/vnd.ms-word.document.macroenabled.12",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"dotx": "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
	"dwg":  "image/vnd.dwg", "dxf": "image/vnd.dxf", "eml": "message/rfc822", "eps": "application/postscript",
	"epub": "application/epub+zip", "exe": "application/vnd.microsoft.portable-executable", "fig": "application/x-figma",
	"flac": "audio/flac", "flv": "video/x-flv", "gif": "image/gif", "go": "text/plain", "gz": "application/gzip", "h": "text/plain",
	"heic": "image/heic", "heif": "image/heif", "htm": "text/html", "html": "text/html", "icc": "application/vnd.iccprofile",
	"ico": "image/vnd.microsoft.icon", "ics": "text/calendar", "idml": "application/vnd.adobe.indesign-idml-package",
	"indd": "application/x-indesign", "ini": "text/plain", "j2k": "image/jp2", "java": "text/plain", "jp2": "image/jp2",
	"jpe": "image/jpeg", "jpeg": "image/jpeg", "jpg": "image/jpeg", "js": "text/javascript", "json": "application/json",
	"jxl": "image/jxl", "key": "application/vnd.apple.keynote", "log": "text/plain", "m4a": "audio/mp4", "m4v": "video/x-m4v",
	"md": "text/markdown", "mid": "audio/midi", "mkv": "video/x-matroska", "mov": "video/quicktime", "mp3": "audio/mpeg",
	"mp4": "video/mp4", "mpeg": "video/mpeg", "mpg": "video/mpeg", "mpp": "application/vnd.ms-project",
	"msg": "application/vnd.ms-outlook", "mts": "video/mp2t", "mxf": "application/mxf", "nef": "image/x-nikon-nef",
	"numbers": "application/vnd.apple.numbers", "odg": "application/vnd.oasis.opendocument.graphics",
	"odp": "application/vnd.oasis.opendocument.presentation", "ods": "application/vnd.oasis.opendocument.spreadsheet",
	"odt": "application/vnd.oasis.opendocument.text", "oga": "audio/ogg", "ogg": "audio/ogg", "ogv": "video/ogg", "opus": "audio/opus",
	"orf": "image/x-olympus-orf", "otf": "font/otf", "pages": "application/vnd.apple.pages", "pdf": "application/pdf",
	"php": "text/plain", "png": "image/png", "pot": "application/vnd.ms-powerpoint",
	"potx": "application/vnd.openxmlformats-officedocument.presentationml.template", "pps": "application/vnd.ms-powerpoint",
	"ppsx": "application/vnd.openxmlformats-officedocument.presentationml.slideshow", "ppt": "application/vnd.ms-powerpoint",
	"pptm": "application/vnd.ms-powerpoint.presentation.macroenabled.12",
	"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation", "prproj": "application/x-premiere-project",
	"ps": "application/postscript", "psb": "image/vnd.adobe.photoshop", "psd": "image/vnd.adobe.photoshop", "py": "text/plain",
	"raf": "image/x-fuji-raf", "rar": "application/vnd.rar", "rb": "text/plain", "rs": "text/plain", "rtf": "application/rtf",
	"rw2": "image/x-panasonic-rw2", "s": "text/plain", "sh": "text/plain", "sketch": "application/x-sketch", "sql": "text/plain",
	"srt": "text/plain", "svg": "image/svg+xml", "swf": "application/x-shockwave-flash", "tar": "application/x-tar",
	"tif": "image/tiff", "tiff": "image/tiff", "toml": "text/plain", "ts": "text/plain", "tsv": "text/tab-separated-values",
	"ttf": "font/ttf", "txt": "text/plain", "vcf": "text/vcard", "vsd": "application/vnd.visio",
	"vsdx": "application/vnd.ms-visio.drawing", "vtt": "text/vtt", "wav": "audio/wav", "webm": "video/webm", "webp": "image/webp",
	"wma": "audio/x-ms-wma", "wmv": "video/x-ms-wmv", "woff": "font/woff", "woff2": "font/woff2", "xd": "application/x-adobe-xd",
	"xhtml": "application/xhtml+xml", "xls": "application/vnd.ms-excel",
	"xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"xltx": "application/vnd.openxmlformats-officedocument.spreadsheetml.template", "xml": "application/xml",
	"xmp": "application/rdf+xml", "xz": "application/x-xz", "yaml": "application/yaml", "yml": "application/yaml", "zip": "application/zip",
	"zst": "application/zstd",
}

// mimeByName is the type that a name's ending tells, or "".
func mimeByName(name string) string {
	ending := strings.TrimPrefix(path.Ext(name), ".")
	if known, ok := mimeByExtension[ending]; ok {
		return known
	}
	return mimeByExtension[strings.ToLower(ending)]
}

// maxSniffed bounds how many files' types are remembered.
const maxSniffed = 1 << 16

// sniffer finds types by content and remembers them, so that a listing doesn't
// open the same files again and again. It is safe for concurrent use.
type sniffer struct {
	catalogue *catalogue.Catalogue
	mu        sync.Mutex
	known     map[sniffed]string
}

type sniffed struct {
	id       catalogue.ID
	size     int64
	modified int64
}

// typeOf is an entry's MIME type: "" for folders, from the name first, then
// from the content. A file that can't be read now is of unknown type. No file is
// looked into after the time until, unless that is zero; then the answer is not
// sure.
func (s *sniffer) typeOf(ctx context.Context, e catalogue.Entry, until time.Time) (kind string, sure bool) {
	if e.Folder {
		return "", true
	}
	if kind := mimeByName(e.Name); kind != "" {
		return kind, true
	}
	if e.Pending || e.Size == 0 {
		return mimeUnknown, true
	}
	key := sniffed{e.ID, e.Size, e.Modified.UnixNano()}
	s.mu.Lock()
	kind, known := s.known[key]
	s.mu.Unlock()
	if known {
		return kind, true
	}
	if !until.IsZero() && time.Now().After(until) {
		return mimeUnknown, false
	}
	kind, read := s.look(ctx, e.ID)
	if read {
		s.remember(key, kind)
	}
	return kind, true
}

// look reads the first bytes.
func (s *sniffer) look(ctx context.Context, id catalogue.ID) (string, bool) {
	file, _, err := s.catalogue.OpenFile(ctx, id)
	if err != nil {
		return mimeUnknown, false
	}
	defer file.Close()
	var start [512]byte // all that DetectContentType looks at
	n, err := io.ReadFull(file, start[:])
	if n == 0 && err != nil {
		return mimeUnknown, false
	}
	kind, _, _ := mime.ParseMediaType(http.DetectContentType(start[:n]))
	return kind, true
}

func (s *sniffer) remember(key sniffed, kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= maxSniffed {
		s.known = map[sniffed]string{}
	}
	s.known[key] = kind
}

// sniffPatience is how long one listing looks into files of unknown type; what is
// left then is listed as unknown rather than late.
const sniffPatience = 2 * time.Second
