package catalogue

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxName is the longest name, in bytes, that every common file system can store.
const maxName = 255

// CheckName proves that a name from outside may become one element of a path on Windows, macOS
// and Linux alike, and would be visible once it is there; else it is ErrInvalid with a sentence.
func CheckName(name string) error {
	switch {
	case name == "":
		return invalid("The name is empty. Give it a name.")
	case len(name) > maxName:
		return invalid("The name is too long. Use at most 255 bytes, which is about 80 to 250 characters.")
	case !utf8.ValidString(name):
		return invalid("The name is not valid text. Use letters, digits and ordinary signs.")
	case strings.ContainsFunc(name, unicode.IsControl):
		return invalid("The name contains control characters. Use letters, digits and ordinary signs.")
	case strings.ContainsAny(name, `/\:*?"<>|`):
		return invalid(`The name contains one of the characters / \ : * ? " < > |, which not every computer can store. Leave it out.`)
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return invalid("The name ends with a dot or a space, which not every computer can store. Leave it out.")
	case reserved(name):
		return invalid("The name is reserved by Windows. Choose another name.")
	case Hidden(name):
		return invalid("Names of this kind are kept for hidden and temporary files. Choose another name.")
	}
	return nil
}

// reserved tells Windows' device names, which are reserved with any extension, and in any case.
func reserved(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	base = strings.ToUpper(strings.TrimRight(base, " "))
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	port, ok := strings.CutPrefix(base, "COM")
	if !ok {
		port, ok = strings.CutPrefix(base, "LPT")
	}
	return ok && len([]rune(port)) == 1 && strings.ContainsAny(port, "0123456789¹²³")
}

// Fold is the form in which names are compared: two names with the same Fold are the same name on
// some computer (case folded, Unicode normalised). Invalid bytes stay as they are.
func Fold(name string) string {
	if isASCII(name) {
		return strings.ToLower(name) // as nearly all are; it needs no tables
	}
	if !utf8.ValidString(name) {
		return name
	}
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(name)))
}

func isASCII(name string) bool {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldHash is a 32-bit FNV-1a hash of Fold(name). It is stored, so it must never change.
func foldHash(name string) int64 {
	h := uint32(2166136261)
	for _, b := range []byte(Fold(name)) {
		h = (h ^ uint32(b)) * 16777619
	}
	return int64(h)
}

// Title is a name as valid UTF-8, for showing: bytes that are none become replacement characters.
func Title(name string) string { return strings.ToValidUTF8(name, "\uFFFD") }

// litter are the files that systems strew about, by folded name.
var litter = []string{
	"thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information", "lost+found", "icon\r", "__macosx",
}

// temporary are the endings of partial downloads and of editors' temporary files, folded.
var temporary = []string{"~", ".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".opdownload", ".!ut", ".swp"}

// Hidden tells names that are neither listed, found nor reachable: dot names (Folderfront's own
// folder among them), the system's litter, partial downloads and editors' temporary files.
func Hidden(name string) bool {
	if name == "" || name[0] == '.' || strings.HasPrefix(name, "~$") {
		return true
	}
	if !isASCII(name) {
		name = Fold(name)
	}
	for _, l := range litter {
		if len(name) == len(l) && strings.EqualFold(name, l) {
			return true
		}
	}
	for _, end := range temporary {
		if len(name) >= len(end) && strings.EqualFold(name[len(name)-len(end):], end) {
			return true
		}
	}
	return false
}

// isBackup tells whether an editor would call its backup of the file name by the name backup:
// the name with .bak, .wbk, .old or .orig behind it or in place of its extension, as
// "report.docx.bak", "report.bak", or Word's "Backup of report.wbk".
func isBackup(backup, name string) bool {
	b, n := Fold(backup), Fold(name)
	for _, end := range []string{".bak", ".wbk", ".old", ".orig", "~", ".tmp"} {
		stem, ok := strings.CutSuffix(b, end)
		if ok && stem != "" && (stem == n || stem == withoutExtension(n) || stem == "backup of "+withoutExtension(n)) {
			return true
		}
	}
	return false
}

func withoutExtension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[:i]
	}
	return name
}
