package render

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/server/thumb/thumbtest"
)

// Pictures made by installed tools, compared with what an installed renderer makes of them.

// photograph is a picture with soft gradients, edges, fine lines and a little noise.
func photograph(w, h int) *image.RGBA {
	random := rand.New(rand.NewPCG(5, 6))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			fx, fy := float64(x)/float64(w), float64(y)/float64(h)
			v := 128 + 70*math.Sin(9*fx)*math.Cos(7*fy) + 5*random.NormFloat64()
			r, g, b := v+60*fx, v, v+80*fy-40
			if (fx-.6)*(fx-.6)+(fy-.4)*(fy-.4) < .03 {
				r, g, b = 220, 40+60*fy, 60
			}
			if x%97 < 4 || y%131 < 3 {
				r, g, b = r*.5, g*.5, b*.5
			}
			img.SetRGBA(x, y, color.RGBA{clamp(r), clamp(g), clamp(b), 255})
		}
	}
	return img
}

func clamp(v float64) byte { return byte(max(0, min(255, v))) }

// tool runs an installed program; the test is skipped when it isn't there.
func tool(t testing.TB, name string, args ...string) error {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	if err != nil {
		t.Logf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return err
}

// scores are PSNR in decibels over all samples and mean SSIM of luma (Wang et al. 2004, over
// windows of 8×8, 4 apart).
func scores(a, b image.Image) (psnr, ssim float64) {
	size := a.Bounds().Size()
	if b.Bounds().Size() != size {
		return 0, 0
	}
	ours, theirs := toRGBA(a), toRGBA(b)
	la, lb := make([]float64, size.X*size.Y), make([]float64, size.X*size.Y)
	sum := 0.
	for y := range size.Y {
		for x := range size.X {
			p, q := ours.Pix[4*(y*size.X+x):], theirs.Pix[4*(y*size.X+x):]
			for c, weight := range [3]float64{.299, .587, .114} {
				u, v := float64(p[c]), float64(q[c])
				sum += (u - v) * (u - v)
				la[y*size.X+x] += weight * u
				lb[y*size.X+x] += weight * v
			}
		}
	}
	psnr = 10 * math.Log10(255*255*3*float64(size.X*size.Y)/max(sum, 1e-9))
	windows := 0
	for y := 0; y+8 <= size.Y; y += 4 {
		for x := 0; x+8 <= size.X; x += 4 {
			ssim += window(la[y*size.X+x:], lb[y*size.X+x:], size.X)
			windows++
		}
	}
	return psnr, ssim / float64(max(1, windows))
}

func toRGBA(img image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return out
}

func window(a, b []float64, stride int) float64 {
	var ma, mb, aa, bb, ab float64
	for y := range 8 {
		for x := range 8 {
			u, v := a[y*stride+x], b[y*stride+x]
			ma, mb, aa, bb, ab = ma+u, mb+v, aa+u*u, bb+v*v, ab+u*v
		}
	}
	const n, c1, c2 = 64, 6.5025, 58.5225
	ma, mb = ma/n, mb/n
	va, vb, cov := aa/n-ma*ma, bb/n-mb*mb, ab/n-ma*mb
	return (2*ma*mb + c1) * (2*cov + c2) / ((ma*ma + mb*mb + c1) * (va + vb + c2))
}

// iccDir has the profiles that Debian's ghostscript brings.
const iccDir = "/usr/share/color/icc/ghostscript/"

func TestAgainstReferenceRenderers(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	source := in("source.png")
	w, h := 601, 402 // large enough for every way of making it smaller but the coarsest
	if os.Getenv("FOLDERFRONT_PROVE") != "" {
		w, h = 2403, 1605
	}
	writeFile(t, source, encodePNG(t, photograph(w, h)))
	im := func(name string, args ...string) []string {
		return append(append([]string{"convert", source}, args...), in(name))
	}
	magick := func(name string) []string {
		return []string{"convert", in(name) + "[0]", "-auto-orient", "-background", "white", "-flatten", "-filter", "Lanczos", "-resize", "256x1024>", in(name + ".ref.png")}
	}
	managed := func(name string) []string {
		return []string{"convert", in(name) + "[0]", "-profile", iccDir + "srgb.icc", "-filter", "Lanczos", "-resize", "256x", in(name + ".ref.png")}
	}
	poppler := func(name string) []string {
		return []string{"pdftoppm", "-png", "-singlefile", "-scale-to-x", "256", "-scale-to-y", "-1", in(name), in(name + ".ref")}
	}
	vips := func(name string) []string {
		return []string{"vipsthumbnail", in(name), "-s", "256x1024", "--eprofile", iccDir + "srgb.icc", "-o", in(name + ".ref.png")}
	}
	cover := func(name string, args ...string) []string {
		made := append([]string{"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anullsrc", "-i", source, "-map", "0", "-map", "1", "-t", "1", "-disposition:v", "attached_pic"}, args...)
		return append(made, in(name))
	}
	covered := func(name string) []string {
		return []string{"ffmpeg", "-v", "error", "-i", in(name), "-an", "-vf", "scale=256:-1:flags=lanczos+accurate_rnd+full_chroma_int", "-frames:v", "1", in(name + ".ref.png")}
	}
	ink := []string{"-profile", iccDir + "srgb.icc", "-profile", iccDir + "default_cmyk.icc"}
	for _, c := range []struct {
		name            string
		make, reference []string
		psnr, ssim      float64 // at least
	}{
		{"baseline.jpg", im("baseline.jpg", "-quality", "90"), magick("baseline.jpg"), 40, .998},
		{"444.jpg", im("444.jpg", "-quality", "95", "-sampling-factor", "1x1"), magick("444.jpg"), 40, .998},
		{"progressive.jpg", im("progressive.jpg", "-interlace", "JPEG"), magick("progressive.jpg"), 40, .998},
		{"grey.jpg", im("grey.jpg", "-colorspace", "Gray"), magick("grey.jpg"), 40, .998},
		{"turned.jpg", im("turned.jpg", "-orient", "RightTop"), magick("turned.jpg"), 40, .998},
		{"adobe rgb.jpg", im("adobe rgb.jpg", "-profile", iccDir+"srgb.icc", "-profile", iccDir+"a98.icc"), managed("adobe rgb.jpg"), 38, .99},
		{"prophoto.tif", im("prophoto.tif", "-profile", iccDir+"srgb.icc", "-profile", iccDir+"rommrgb.icc"), managed("prophoto.tif"), 36, .99},
		{"ink.jpg", im("ink.jpg", append(ink, "-quality", "95")...), managed("ink.jpg"), 35, .99},
		{"ink.tif", im("ink.tif", append(ink, "-compress", "LZW")...), managed("ink.tif"), 35, .99},
		{"ink.psd", im("ink.psd", ink...), managed("ink.psd"), 35, .99},
		{"plain ink.jpg", im("plain ink.jpg", "-colorspace", "CMYK", "-quality", "95"), magick("plain ink.jpg"), 15, .9},
		{"graphic.png", im("graphic.png"), magick("graphic.png"), 40, .998},
		{"interlaced.png", im("interlaced.png", "-interlace", "PNG"), magick("interlaced.png"), 40, .998},
		{"16 bits.png", im("16 bits.png", "-depth", "16"), magick("16 bits.png"), 40, .998},
		{"see-through.png", im("see-through.png", "-alpha", "set", "-channel", "A", "-evaluate", "set", "60%"), magick("see-through.png"), 38, .99},
		{"palette.gif", im("palette.gif"), magick("palette.gif"), 38, .99},
		{"picture.webp", im("picture.webp"), magick("picture.webp"), 40, .998},
		{"lossless.webp", im("lossless.webp", "-define", "webp:lossless=true"), magick("lossless.webp"), 40, .998},
		{"picture.bmp", im("picture.bmp"), magick("picture.bmp"), 40, .998},
		{"lzw.tif", im("lzw.tif", "-compress", "LZW"), magick("lzw.tif"), 40, .998},
		{"16 bits.tif", im("16 bits.tif", "-depth", "16", "-compress", "Zip"), magick("16 bits.tif"), 40, .998},
		{"layers.psd", im("layers.psd"), magick("layers.psd"), 40, .998},
		{"picture.avif", im("picture.avif"), magick("picture.avif"), 36, .99},
		{"scan.pdf", nil, poppler("scan.pdf"), 24, .9},
		{"vector.pdf", nil, poppler("vector.pdf"), 24, .95},
		{"drawing.svg", nil, []string{"rsvg-convert", "-w", "256", "-b", "white", in("drawing.svg"), "-o", in("drawing.svg.ref.png")}, 26, .95},
		{"picture.jxl", []string{"cjxl", "-q", "90", source, in("picture.jxl")}, vips("picture.jxl"), 36, .99},
		{"lossless.jxl", []string{"cjxl", "-d", "0", source, in("lossless.jxl")}, vips("lossless.jxl"), 38, .995},
		{"picture.jp2", im("picture.jp2", "-quality", "90"), magick("picture.jp2"), 38, .995},
		{"picture.exr", []string{"ffmpeg", "-v", "error", "-i", source, in("picture.exr")}, vips("picture.exr"), 28, .97},
		{"picture.heic", []string{"heif-enc", "-q", "85", source, "-o", in("picture.heic")}, vips("picture.heic"), 32, .98},
		{"camera.heic", []string{"heif-enc", "-q", "85", "-t", "320", source, "-o", in("camera.heic")}, vips("camera.heic"), 30, .96},
		{"large.psb", im("large.psb"), magick("large.psb"), 40, .998},
		{"clip.mp4", []string{"ffmpeg", "-v", "error", "-loop", "1", "-i", source, "-t", "5", "-r", "5", "-vf", "scale=640:-2", "-pix_fmt", "yuv420p", in("clip.mp4")}, []string{"ffmpegthumbnailer", "-i", in("clip.mp4"), "-s", "256", "-o", in("clip.mp4.ref.png")}, 22, .85},
		{"clip.mov", []string{"ffmpeg", "-v", "error", "-loop", "1", "-i", source, "-t", "1", "-r", "5", "-vf", "scale=640:-2", "-pix_fmt", "yuv420p", in("clip.mov")}, []string{"ffmpegthumbnailer", "-i", in("clip.mov"), "-s", "256", "-o", in("clip.mov.ref.png")}, 22, .85},
		{"clip.mkv", []string{"ffmpeg", "-v", "error", "-loop", "1", "-i", source, "-t", "1", "-r", "5", "-vf", "scale=640:-2", "-c:v", "mpeg4", in("clip.mkv")}, []string{"ffmpegthumbnailer", "-i", in("clip.mkv"), "-s", "256", "-o", in("clip.mkv.ref.png")}, 22, .85},
		{"song.mp3", cover("song.mp3", "-c:v", "mjpeg", "-q:v", "2"), covered("song.mp3"), 34, .99},
		{"song.m4a", cover("song.m4a", "-c:v", "mjpeg", "-q:v", "2"), covered("song.m4a"), 34, .99},
		{"song.flac", cover("song.flac", "-c:v", "png"), covered("song.flac"), 34, .99},
	} {
		t.Run(c.name, func(t *testing.T) {
			switch c.name {
			case "scan.pdf":
				writeFile(t, in(c.name), thumbtest.Scan(t))
			case "vector.pdf":
				writeFile(t, in(c.name), thumbtest.PDF(thumbtest.FlagContent+" 1 0 0 rg 50 50 m 250 50 l 150 180 l f 4 w 20 20 260 160 re S", thumbtest.PageBox, "<< >>"))
			case "drawing.svg":
				writeFile(t, in(c.name), []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200"><defs><linearGradient id="g"><stop stop-color="#f80"/><stop offset="1" stop-color="#08f"/></linearGradient></defs><rect width="300" height="200" fill="url(#g)"/><circle cx="150" cy="100" r="70" fill="#fff" stroke="#000" stroke-width="5" opacity=".7"/><path d="M20 180C80 20 220 20 280 180" fill="none" stroke="#c00" stroke-width="8"/></svg>`))
			default:
				if err := tool(t, c.make[0], c.make[1:]...); err != nil {
					t.Skipf("%s can't make it: %v", c.make[0], err)
				}
			}
			if err := tool(t, c.reference[0], c.reference[1:]...); err != nil {
				t.Skipf("%s can't render it: %v", c.reference[0], err)
			}
			way, got := unencoded(t, c.name, in(c.name), 256)
			psnr, ssim := scores(got, readPNG(t, in(c.name+".ref.png")))
			t.Logf("%-16s by %-10s against %-18s %5.1f dB  SSIM %.4f", c.name, way, c.reference[0], psnr, ssim)
			if psnr < c.psnr || ssim < c.ssim {
				t.Errorf("%.1f dB and SSIM %.4f, want at least %v and %v", psnr, ssim, c.psnr, c.ssim)
			}
		})
	}
}

// TestPicturesInsideDocuments compares what is found inside documents with what an installed
// renderer makes of the same picture by itself.
func TestPicturesInsideDocuments(t *testing.T) {
	dir := t.TempDir()
	source, inside, reference := filepath.Join(dir, "source.png"), filepath.Join(dir, "inside.jpg"), filepath.Join(dir, "reference.png")
	writeFile(t, source, encodePNG(t, photograph(601, 402)))
	for _, args := range [][]string{{source, "-quality", "92", inside}, {inside, "-filter", "Lanczos", "-resize", "256x", reference}} {
		if err := tool(t, "convert", args...); err != nil {
			t.Fatal(err)
		}
	}
	jpg, err := os.ReadFile(inside)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"letter.docx": thumbtest.ZIP(t, "docProps/thumbnail.jpeg", string(jpg)),
		"slides.odp":  thumbtest.ZIP(t, "Thumbnails/thumbnail.png", string(jpg)),
		"talk.key":    thumbtest.ZIP(t, "preview.jpg", string(jpg)),
		"book.epub":   thumbtest.EPUB(t, jpg),
		"comic.cbz":   thumbtest.ZIP(t, "1.jpg", string(jpg)),
		"camera.nef":  thumbtest.Raw(t, jpg),
		"phone.heic":  thumbtest.HEIF(jpg, 0),
		"layout.indd": []byte("\x06\x06\xed\xf5\xd8\x1d\x46\xe5" + thumbtest.XMP(jpg)),
		"logo.eps":    []byte("%!PS-Adobe-3.0 EPSF-3.0\n" + thumbtest.XMP(jpg)),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			writeFile(t, path, data)
			way, got := unencoded(t, name, path, 256)
			psnr, ssim := scores(got, readPNG(t, reference))
			t.Logf("%-16s by %-10s against %-18s %5.1f dB  SSIM %.4f", name, way, "convert", psnr, ssim)
			if psnr < 40 || ssim < .998 {
				t.Errorf("%.1f dB and SSIM %.4f", psnr, ssim)
			}
		})
	}
}

// unencoded is a thumbnail before it becomes a JPEG, whose losses are the same for everybody.
func unencoded(t *testing.T, name, path string, width int) (string, image.Image) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	doc, err := open(f, name)
	if err != nil {
		t.Fatal(err)
	}
	doc.cacheDir = cacheDir
	var failed error
	for _, w := range ways(doc) {
		pic, err := attempt(t.Context(), w, doc, width)
		if err == nil {
			return w.name, finish(pic, width).ToImage()
		}
		failed = err
	}
	t.Fatalf("%s: %v", name, failed)
	return "", nil
}

func encodePNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readPNG(t *testing.T, name string) image.Image {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestInkIsReadAsItWasWritten: Adobe's programs store ink inverted and say so by a marker of
// theirs (Adobe technical note 5116, 18); without it ink is as it stands.
func TestInkIsReadAsItWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ink.jpg")
	if err := tool(t, "convert", "-size", "64x64", "xc:cmyk(0,255,255,0)", "-quality", "95", path); err != nil {
		t.Fatal(err)
	}
	marked, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(marked, []byte("\xff\xee\x00\x0eAdobe"))
	if at < 0 {
		t.Fatal("the installed convert writes no marker")
	}
	plain := append(bytes.Clone(marked[:at]), marked[at+16:]...)
	for _, c := range []struct {
		name string
		data []byte
		red  bool // otherwise cyan, with black over it: dark
	}{{"marked", marked, true}, {"not marked", plain, false}} {
		_, pictures := thumbnailOf(t, "ink.jpg", c.data, 64)
		if len(pictures) != 1 {
			t.Fatalf("%s: %d pictures", c.name, len(pictures))
		}
		r, g, b, _ := pictures[0].At(32, 32).RGBA()
		if isRed := r>>8 > 180 && g>>8 < 90 && b>>8 < 90; isRed != c.red {
			t.Errorf("%s: %d, %d, %d", c.name, r>>8, g>>8, b>>8)
		}
	}
}
