package render

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/goregular"

	"folderfront/server/thumb/thumbtest"
	"folderfront/server/worker"
)

// cacheDir keeps compiled WebAssembly from one run of the tests to the next.
var cacheDir string

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		if err := worker.Serve(os.Stdin, os.Stdout, map[string]worker.Handler{Kind: Handle}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if done, err := asPeer(os.Args); done {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if base, err := os.UserCacheDir(); err == nil {
		cacheDir = filepath.Join(base, "folderfront-tests", "wazero")
	}
	os.Exit(m.Run())
}

// asPeer does what the measurements beside other programs start this program for; done is
// false when it is to run its tests.
func asPeer(args []string) (done bool, err error) {
	if len(args) < 4 {
		return false, nil
	}
	switch args[2] {
	case "render-once":
		return true, renderOnce(args[3], args[4], args[5])
	case "make-photograph":
		return true, makePhotograph(args[3])
	}
	return false, nil
}

// renderOnce is this program as a thumbnailer of one file: its arguments are the file, the
// picture to write and the cache folder.
func renderOnce(file, out, cache string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	args, err := json.Marshal(Args{Name: file, Widths: []int{256}})
	if err != nil {
		return err
	}
	result, err := Handle(context.Background(), worker.Job{Kind: Kind, Args: args, File: f, CacheDir: cache})
	if err != nil {
		return err
	}
	if reply := result.Reply.(Reply); reply.None {
		return fmt.Errorf("no picture: %s", reply.Why)
	}
	return os.WriteFile(out, result.Data, 0o600)
}

// makePhotograph writes a large picture; its name says how large and in which format.
func makePhotograph(path string) error {
	size := map[string]image.Point{"12mp.jpg": {X: 4000, Y: 3000}, "48mp.jpg": {X: 8000, Y: 6000}, "20mp.png": {X: 5000, Y: 4000}}[filepath.Base(path)]
	img := photograph(size.X, size.Y)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if filepath.Ext(path) == ".png" {
		return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, img)
	}
	return jpeg.Encode(f, img, &jpeg.Options{Quality: 88})
}

// thumbnailOf has the handler make thumbnails of data, as the worker does.
func thumbnailOf(t testing.TB, name string, data []byte, widths ...int) (Reply, []image.Image) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "document")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return thumbnailOfFile(t, name, path, widths...)
}

func thumbnailOfFile(t testing.TB, name, path string, widths ...int) (Reply, []image.Image) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	args, _ := json.Marshal(Args{Name: name, Widths: widths})
	result, err := Handle(context.Background(), worker.Job{Kind: Kind, Args: args, File: f, CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	reply := result.Reply.(Reply)
	return reply, decodeAll(t, reply, result.Data)
}

// decodeAll decodes the pictures of a reply and checks that they are as large as it says.
func decodeAll(t testing.TB, reply Reply, data []byte) []image.Image {
	t.Helper()
	var all []image.Image
	for _, made := range reply.Pictures {
		img, err := jpeg.Decode(bytes.NewReader(data[:made.Bytes]))
		if err != nil {
			t.Fatal(err)
		}
		if s := img.Bounds().Size(); s.X != made.Width || s.Y != made.Height {
			t.Errorf("a picture of %v is said to be %d × %d", s, made.Width, made.Height)
		}
		all, data = append(all, img), data[made.Bytes:]
	}
	return all
}

// isFlag reports whether a picture is the corpus' one.
func isFlag(img image.Image) bool {
	b := img.Bounds()
	near := func(y int, want [3]int) bool {
		r, g, bl, _ := img.At(b.Dx()/2, y).RGBA()
		for i, v := range []uint32{r, g, bl} {
			if d := int(v>>8) - want[i]; d < -14 || d > 14 {
				return false
			}
		}
		return true
	}
	return near(b.Dy()/4, [3]int{240, 140, 20}) && near(b.Dy()*3/4, [3]int{20, 60, 200})
}

func TestCorpusWithoutAnyTool(t *testing.T) {
	t.Setenv("PATH", "") // no installed tool may help
	all := thumbtest.Documents(t)
	shown := 0
	for _, c := range all {
		reply, pictures := thumbnailOf(t, c.Name, c.Data, 256, 100)
		switch {
		case reply.None:
			t.Errorf("%s: no picture: %s", c.Name, reply.Why)
		case reply.Way != c.Way:
			t.Errorf("%s: made by %q, want %q", c.Name, reply.Way, c.Way)
		case len(pictures) != 2 || pictures[0].Bounds().Dx() != 256 || pictures[1].Bounds().Dx() != 100:
			t.Errorf("%s: %+v, want widths 256 and 100", c.Name, reply.Pictures)
		case !isFlag(pictures[0]) || !isFlag(pictures[1]):
			t.Errorf("%s: it shows something else", c.Name)
		default:
			shown++
		}
	}
	t.Logf("%d of %d formats show their picture without any installed tool (%d %%)", shown, len(all), 100*shown/len(all))
}

func TestTextsAndFontsAreDrawn(t *testing.T) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 50)
	for name, data := range map[string]string{
		"note.txt": text, "readme.md": "# Heading\n\n" + text, "main.go": strings.Repeat("func main() {\n\tprintln()\n}\n", 20),
		"data.json": strings.Repeat("{\"a\": 1}\n", 50), "page.html": "<html><svg></svg>" + strings.Repeat("<p>hello</p>\n", 50),
		"wide.txt": "\xff\xfeh\x00e\x00l\x00l\x00o\x00", "greek.txt": strings.Repeat("Ελληνικά κείμενα ", 50), "font.ttf": string(goregular.TTF),
		"font.woff": string(makeWOFF(t, goregular.TTF)),
	} {
		_, pictures := thumbnailOf(t, name, []byte(data), 256)
		if len(pictures) != 1 || pictures[0].Bounds().Dx() != 256 {
			t.Errorf("%s: %d pictures", name, len(pictures))
			continue
		}
		b, dark := pictures[0].Bounds(), 0
		for y := range b.Dy() {
			for x := range b.Dx() {
				if r, _, _, _ := pictures[0].At(x, y).RGBA(); r < 0x9000 {
					dark++
				}
			}
		}
		if dark < 20 || dark > b.Dx()*b.Dy()/2 {
			t.Errorf("%s: %d dark pixels of %d", name, dark, b.Dx()*b.Dy())
		}
	}
}

// makeWOFF packs a font, every second table uncompressed.
func makeWOFF(t testing.TB, ttf []byte) []byte {
	t.Helper()
	be := binary.BigEndian
	tables := int(be.Uint16(ttf[4:]))
	out := append([]byte("wOFF"), ttf[:4]...)
	out = append(out, 0, 0, 0, 0, ttf[4], ttf[5])
	out = append(out, make([]byte, 44-len(out))...)
	at := len(out) + 20*tables
	var body []byte
	for i := range tables {
		entry := ttf[12+16*i:]
		table := ttf[be.Uint32(entry[8:]):][:be.Uint32(entry[12:])]
		stored := table
		if i%2 == 0 {
			var z bytes.Buffer
			w := zlib.NewWriter(&z)
			w.Write(table)
			w.Close()
			if z.Len() < len(table) {
				stored = z.Bytes()
			}
		}
		out = append(out, entry[:4]...)
		for _, v := range []int{at + len(body), len(stored), len(table)} {
			out = be.AppendUint32(out, uint32(v))
		}
		out = append(out, entry[4:8]...)
		body = append(body, stored...)
	}
	return append(out, body...)
}

func TestAWebFontIsUnpackedWhole(t *testing.T) {
	for name, data := range map[string][]byte{"no font": nil, "a head alone": []byte("wOFF"), "no directory": append([]byte("wOFF"), make([]byte, 40)...)} {
		doc, err := newDocument(bytes.NewReader(data), int64(len(data)), "font.woff")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unpackWOFF(doc); err == nil {
			t.Errorf("%s: it was unpacked", name)
		}
	}
	packed := makeWOFF(t, goregular.TTF)
	doc, err := newDocument(bytes.NewReader(packed), int64(len(packed)), "font.woff")
	if err != nil {
		t.Fatal(err)
	}
	got, err := unpackWOFF(doc)
	if err != nil {
		t.Fatal(err)
	}
	be := binary.BigEndian
	for i := range int(be.Uint16(goregular.TTF[4:])) {
		want, is := goregular.TTF[12+16*i:], got[12+16*i:]
		size := be.Uint32(want[12:])
		if !bytes.Equal(want[:8], is[:8]) || !bytes.Equal(goregular.TTF[be.Uint32(want[8:]):][:size], got[be.Uint32(is[8:]):][:size]) {
			t.Errorf("the table %s is another one", want[:4])
		}
	}
	for n := 0; n < len(packed); n += len(packed)/7 + 1 {
		if reply, _ := thumbnailOf(t, "font.woff", packed[:n], 64); !reply.None {
			t.Errorf("cut at %d of %d it has a picture", n, len(packed))
		}
	}
}

func TestNoPicture(t *testing.T) {
	jpg := string(thumbtest.JPEG(t, 60, 40))
	for name, data := range map[string]string{
		"empty.jpg": "", "empty.txt": "", "blank.txt": " \n\n", "zeros.bin": strings.Repeat("\x00", 5000), "noise.bin": "\x01\x02\xff\xfe\x80",
		"letter.docx": string(thumbtest.ZIP(t, "word/document.xml", "<w/>")), "matryoshka.docx": matryoshka(t, jpg, 5),
		"bad.zip": "PK\x03\x04", "bad.pdf": "%PDF-1.7\n", "bad.psd": "8BPS", "bad.svg": "<svg", "bad.mp3": "ID3\x03\x00\x00\x7f\x7f\x7f\x7f",
		"bad.ttf": "\x00\x01\x00\x00", "bad.epub": string(thumbtest.ZIP(t, "mimetype", "application/epub+zip")), "bad.cbz": string(thumbtest.ZIP(t, "a.txt", "")),
		"bad.heic": "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "bad.eps": "%!PS-Adobe <xmpGImg:image>!!</xmpGImg:image>", "bad.nef": "II*\x00" + strings.Repeat("\xff\xd8\xff\xe0", 3000),
		"bad.webp": "RIFF\x00\x00\x00\x00WEBPVP8 ", "bad.gif": "GIF89a", "bad.bmp": "BM\x00\x00\x00", "bad.tif": "II*\x00\x08\x00\x00\x00",
	} {
		if reply, _ := thumbnailOf(t, name, []byte(data), 128); !reply.None || reply.Why == "" {
			t.Errorf("%s: %+v, want none and a reason", name, reply)
		}
	}
}

// matryoshka is a document in a document in a document.
func matryoshka(t *testing.T, inner string, n int) string {
	for range n {
		inner = string(thumbtest.ZIP(t, "preview.jpg", inner))
	}
	return inner
}

func TestTruncatedFilesOfEveryFormat(t *testing.T) {
	t.Setenv("PATH", "")
	for _, c := range append(thumbtest.Documents(t), thumbtest.Document{Name: "a.ttf", Data: goregular.TTF[:20000]}) {
		for i := range 5 {
			reply, pictures := thumbnailOf(t, c.Name, c.Data[:len(c.Data)*i/5], 64)
			if reply.None == (len(pictures) > 0) {
				t.Errorf("%s cut at %d fifths: %+v", c.Name, i, reply)
			}
		}
	}
}

func TestOrientation(t *testing.T) {
	upright := thumbtest.JPEG(t, 300, 200)
	for turn := 1; turn <= 8; turn++ {
		exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(turn)) + "\x00\x00\x00\x00\x00\x00"
		segment := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
		data := append(append(bytes.Clone(upright[:2]), segment...), upright[2:]...)
		_, pictures := thumbnailOf(t, "a.jpg", data, 100)
		want := image.Pt(100, 67)
		if turn >= 5 {
			want = image.Pt(100, 150)
		}
		if got := pictures[0].Bounds().Size(); got != want {
			t.Errorf("orientation %d: %v, want %v", turn, got, want)
		}
		// Where the orange is: above, below, on the left or on the right.
		place := map[int]image.Point{1: {50, 10}, 2: {50, 10}, 3: {50, 57}, 4: {50, 57}, 5: {10, 75}, 6: {90, 75}, 7: {90, 75}, 8: {10, 75}}[turn]
		if r, _, b, _ := pictures[0].At(place.X, place.Y).RGBA(); r < b {
			t.Errorf("orientation %d: %v is not orange", turn, place)
		}
	}
	_, pictures := thumbnailOf(t, "a.heic", thumbtest.HEIF(thumbtest.JPEG(t, 600, 400), 1), 100) // a quarter anticlockwise
	if got := pictures[0].Bounds().Size(); got != image.Pt(100, 150) {
		t.Errorf("a turned HEIF is %v", got)
	}
}
