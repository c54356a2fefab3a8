package cli

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"folderfront/app/control"
	"folderfront/app/state"
)

func TestTheWindowSeesThePicturesThatWorkfrontSees(t *testing.T) {
	shared, profile := t.TempDir(), t.TempDir()
	path := filepath.Join(shared, "orange.png")
	writePNG(t, path, 300, 200, color.RGBA{240, 140, 20, 255})
	s := startServing(t, profile, []string{"FOLDERFRONT_API_KEY=" + anyKey}, "--share", "Brand="+shared)
	t.Setenv("XDG_RUNTIME_DIR", profile) // where the server keeps its socket when the path is long
	client, err := control.Dial(t.Context(), profile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	brand := s.list(anyKey, "/")[0]
	file := s.list(anyKey, brand.ID)[0]

	for _, name := range []string{file.ID, path} {
		img := decodeJPEG(t, pictureOf(t, client, state.Thumbnail{File: name, Width: 64}).JPEG)
		if r, _, b, _ := img.At(32, 20).RGBA(); img.Bounds().Dx() != 64 || r < b {
			t.Errorf("%s: %v, not the orange picture", name, img.Bounds())
		}
	}
	cover := decodeJPEG(t, pictureOf(t, client, state.Cover{Folder: brand.ID, Width: 64}).JPEG)
	if r, _, b, _ := cover.At(32, 20).RGBA(); cover.Bounds().Dx() != 64 || r < b {
		t.Errorf("the folder's cover is %v, not the orange picture", cover.Bounds())
	}
	if p := pictureOf(t, client, state.Thumbnail{File: brand.ID, Width: 32}); !p.Icon {
		t.Error("a folder has a picture that is no icon")
	}
	for _, name := range []string{"nonsense", "doc-00000000000000000000000000", filepath.Join(shared, "missing.png"), t.TempDir()} {
		if err := client.Do(t.Context(), state.Thumbnail{File: name, Width: 64}, nil); err == nil {
			t.Errorf("%q has a picture", name)
		}
	}

	if status, _ := s.get(anyKey, "download", map[string][]string{"id": {file.ID}}); status != 200 {
		t.Fatalf("status %d", status)
	}
	if row := latestActivity(t, client); row.ID != file.ID {
		t.Errorf("activity %+v; want a row about %s", row, file.ID)
	}
}

// latestActivity waits until there is one: what was served is noted once it has been sent.
func latestActivity(t *testing.T, client *control.Client) state.Activity {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var page state.ActivityPage
		if err := client.Do(t.Context(), state.Activities{Limit: 10}, &page); err != nil {
			t.Fatal(err)
		}
		if len(page.Rows) > 0 {
			return page.Rows[0]
		}
	}
	t.Fatal("no activity in half a minute")
	return state.Activity{}
}

// pictureOf asks until the picture is no longer being made.
func pictureOf(t *testing.T, client *control.Client, command any) (p state.Picture) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); {
		if err := client.Do(t.Context(), command, &p); err != nil {
			t.Fatal(err)
		}
		if !p.Pending {
			return p
		}
		p = state.Picture{}
	}
	t.Fatalf("%v: no picture in a minute", command)
	return p
}

func writePNG(t *testing.T, path string, w, h int, c color.Color) {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func decodeJPEG(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestAThumbnailIsAskedForAgainByItsTag(t *testing.T) {
	shared := t.TempDir()
	path := filepath.Join(shared, "changing.png")
	writePNG(t, path, 300, 200, color.RGBA{240, 140, 20, 255})
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=" + anyKey}, "--share", "Brand="+shared)
	id := s.list(anyKey, s.list(anyKey, "/")[0].ID)[0].ID
	ask := func(size, known string) (status int, tag string, body []byte) {
		for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); {
			response, body := s.ask(anyKey, "thumbnail", url.Values{"id": {id}, "size": {size}}, "If-None-Match", known)
			if tag := response.Header.Get("Etag"); tag != "" {
				return response.StatusCode, tag, body
			}
		}
		t.Fatal("no picture in a minute")
		return 0, "", nil
	}
	status, tag, body := ask("100", "")
	if img := decodeJPEG(t, body); status != 200 || img.Bounds().Dx() != 100 {
		t.Fatalf("status %d, %v", status, img.Bounds())
	}
	if status, same, body := ask("100", tag); status != 304 || same != tag || len(body) != 0 {
		t.Errorf("the same again: status %d, tag %s after %s, %d bytes", status, same, tag, len(body))
	}
	if status, other, _ := ask("90", tag); status != 200 || other == tag {
		t.Errorf("another size: status %d, tag %s after %s", status, other, tag)
	}
	writePNG(t, path, 300, 300, color.RGBA{20, 60, 200, 255})
	status, changed, body := ask("100", tag)
	if img := decodeJPEG(t, body); status != 200 || changed == tag || img.Bounds().Dy() != 100 {
		t.Errorf("the changed file: status %d, tag %s after %s, %v", status, changed, tag, img.Bounds())
	}
}
