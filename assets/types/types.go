// Package types has the icons that stand for a kind of document where there is no picture of
// it: drawings of our own, legible at 64 pixels. They are SVG made of rect, circle and path
// with plain fills only, so that the simplest renderer shows them.
package types

import (
	"embed"
	"path"
	"strings"
)

//go:embed *.svg
var drawings embed.FS

// Kind names an icon.
type Kind string

// The two kinds that don't come from a name's extension.
const (
	Folder Kind = "folder"
	File   Kind = "file" // of no known kind
)

// extensions are the known ones of each kind.
var extensions = map[Kind]string{
	"image":    "jpg jpeg jpe jfif png gif webp bmp tif tiff heic heif avif jxl jp2 ico tga exr hdr",
	"camera":   "dng cr2 cr3 nef nrw arw srf sr2 orf rw2 raf pef rwl raw 3fr erf kdc mrw x3f iiq",
	"layers":   "psd psb xcf kra afphoto clip procreate",
	"vector":   "ai eps svg svgz cdr sketch fig xd afdesign wmf emf odg vsd vsdx",
	"pdf":      "pdf",
	"text":     "txt md markdown rtf log readme srt vtt",
	"document": "doc docx dot dotx odt ott pages wpd tex",
	"sheet":    "xls xlsx xlsm xlt xltx ods ots numbers csv tsv",
	"slides":   "ppt pptx pps ppsx pot potx odp otp key",
	"layout":   "indd indt idml qxp pmd afpub sla pub",
	"video":    "mp4 m4v mov avi mkv webm wmv mpg mpeg mts m2ts mxf flv 3gp ogv aep prproj",
	"audio":    "mp3 wav aif aiff flac m4a aac ogg oga opus wma mid midi",
	"archive":  "zip rar 7z tar gz tgz bz2 xz zst dmg iso cab jar",
	"code":     "html htm xhtml xml css scss less js mjs ts tsx jsx json yaml yml toml ini go py rb php java c h cpp hpp cs swift kt rs sh bat ps1 sql lua",
	"font":     "ttf otf ttc otc woff woff2 pfb",
	"mail":     "eml msg mbox vcf ics",
	"model":    "obj stl fbx glb gltf blend c4d dae 3ds step stp iges usdz dwg dxf skp",
	"book":     "epub mobi azw azw3 cbz cbr djvu",
}

var kinds = func() map[string]Kind {
	all := map[string]Kind{}
	for kind, list := range extensions {
		for ext := range strings.FieldsSeq(list) {
			all[ext] = kind
		}
	}
	return all
}()

// For is the kind of a document by its name.
func For(name string, folder bool) Kind {
	if folder {
		return Folder
	}
	if kind, ok := kinds[strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))]; ok {
		return kind
	}
	return File
}

// SVG is the drawing of a kind, in a view box of 64 by 64; that of File for an unknown one.
func SVG(kind Kind) []byte {
	svg, err := drawings.ReadFile(string(kind) + ".svg")
	if err != nil {
		svg, _ = drawings.ReadFile(string(File) + ".svg")
	}
	return svg
}
