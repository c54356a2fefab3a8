package render

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"folderfront/server/thumb/thumbtest"
)

// pretendOffice puts a soffice on the PATH that notes its arguments and answers with picture.
func pretendOffice(t *testing.T, picture []byte, script string) (notes string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a shell script can't stand in for LibreOffice on Windows")
	}
	dir := t.TempDir()
	notes = filepath.Join(dir, "notes")
	writeFile(t, filepath.Join(dir, "page.png"), picture)
	script = fmt.Sprintf("#!/bin/sh\necho \"$@\" >>%s\ncase \"$*\" in *--convert-to*) %s;; esac\n", notes, strings.ReplaceAll(script, "PAGE", filepath.Join(dir, "page.png")))
	if err := os.WriteFile(filepath.Join(dir, "soffice"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	return notes
}

// officeThumbnail is that of an office document, with LibreOffice on or off.
func officeThumbnail(t *testing.T, cache, name string, data []byte, on bool) (Reply, []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "document")
	writeFile(t, path, data)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := open(f, name)
	if err != nil {
		t.Fatal(err)
	}
	doc.cacheDir, doc.office = cache, on
	return thumbnails(t.Context(), doc, []int{200})
}

const works = `eval out=\${$(($#-1))}; cp PAGE "$out/document.png"`

func TestLibreOfficeDrawsWhatHoldsNoPicture(t *testing.T) {
	cache := t.TempDir()
	notes := pretendOffice(t, thumbtest.PNG(t, 600, 400), works)
	letter := thumbtest.ZIP(t, "word/document.xml", "<w/>")
	if reply, _ := officeThumbnail(t, cache, "letter.docx", letter, false); !reply.None {
		t.Errorf("switched off: %+v", reply)
	}
	if _, err := os.Stat(notes); err == nil {
		t.Error("LibreOffice was started though it is switched off")
	}
	for name, data := range map[string][]byte{
		"letter.docx": letter, "old.doc": []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("x", 600)), "note.rtf": []byte(`{\rtf1 hello}`),
	} {
		if reply, _ := officeThumbnail(t, cache, name, data, true); reply.None || reply.Way != "libreoffice" {
			t.Errorf("%s: %+v", name, reply)
		}
	}
	said, err := os.ReadFile(notes)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(said), "--terminate_after_init"); n != 1 {
		t.Errorf("the profile was made %d times, want once", n)
	}
	for _, want := range []string{"-env:UserInstallation=file://" + cache, "--headless", "--convert-to png"} {
		if !strings.Contains(string(said), want) {
			t.Errorf("it was called without %q: %s", want, said)
		}
	}
	settings, err := os.ReadFile(filepath.Join(cache, "libreoffice", "user", "registrymodifications.xcu"))
	if err != nil || !strings.Contains(string(settings), "BlockUntrustedRefererLinks") {
		t.Errorf("its settings: %v", err)
	}
	if _, err := os.Stat(filepath.Join(cache, "libreoffice-work")); !os.IsNotExist(err) {
		t.Errorf("the copy of the document was left behind: %v", err)
	}
	preview := thumbtest.ZIP(t, "docProps/thumbnail.jpeg", string(thumbtest.JPEG(t, 600, 400)))
	if reply, _ := officeThumbnail(t, cache, "letter.docx", preview, true); reply.Way != "preview" {
		t.Errorf("with a picture of its own it is made by %q", reply.Way)
	}
	if reply, _ := officeThumbnail(t, cache, "files.zip", letter, true); !reply.None {
		t.Errorf("an archive that is no office document: %+v", reply)
	}
}

func TestLibreOfficeThatFails(t *testing.T) {
	for name, script := range map[string]string{"fails": "exit 1", "writes nothing": "true"} {
		t.Run(name, func(t *testing.T) {
			pretendOffice(t, nil, script)
			if reply, _ := officeThumbnail(t, t.TempDir(), "note.rtf", []byte(`{\rtf1 hello}`), true); !reply.None || reply.Why == "" {
				t.Errorf("%+v", reply)
			}
		})
	}
}

func TestTheRealLibreOffice(t *testing.T) {
	if _, err := exec.LookPath("soffice"); err != nil {
		t.Skip("LibreOffice is not installed, and not fetched, being large and in two flavours that drive each other out; the tests before this one use a stand-in")
	}
	rtf := bytes.NewBufferString(`{\rtf1\ansi{\fonttbl\f0 Sans;}\f0\fs48 `)
	for i := range 20 {
		fmt.Fprintf(rtf, `Line %d of a letter that is long enough to be seen.\par `, i)
	}
	rtf.WriteString("}")
	reply, data := officeThumbnail(t, filepath.Join(t.TempDir(), "cache"), "letter.rtf", rtf.Bytes(), true)
	if reply.None {
		t.Fatal(reply.Why)
	}
	img := decodeAll(t, reply, data)[0]
	dark := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, _, _, _ := img.At(x, y).RGBA(); r < 0xa000 {
				dark++
			}
		}
	}
	if img.Bounds().Dx() != 200 || dark < 100 {
		t.Errorf("%v with %d dark pixels", img.Bounds(), dark)
	}
}
