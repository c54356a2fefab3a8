package try_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"folderfront/app/state"
	"folderfront/app/try"
	"folderfront/server/auth"
	"folderfront/server/web/webtest"
)

// patience is how long a step waits in these tests: longer than the slowest
// computer needs, but for the one that proves that it ends.
const patience = 25 * time.Second

// TestTheWholeDemonstration goes through everything that a presenter shows, and
// looks at the disk for what it came to.
func TestTheWholeDemonstration(t *testing.T) {
	p := newProvider(t)
	ctx := t.Context()
	p.Connect(ctx)
	v := p.View()
	if v.Publisher != "Folderfront" || v.Version != "1.2" || len(v.Actions) != 2 || v.Way != "public" || v.Person == "" {
		t.Fatalf("connected: %+v", v)
	}
	if got := titles(v.Items); !slices.Equal(got, []string{"Studio"}) {
		t.Fatalf("the root lists %v", got)
	}
	p.enter("Studio", "Posters")
	if got := fmt.Sprint(titles(p.View().Path)); got != "[ Studio Posters]" {
		t.Errorf("the path is %s", got)
	}
	if s := p.did(state.TryBrowse, ""); s.Count != 2 || s.Took <= 0 || s.About != "Posters" {
		t.Errorf("the step tells %+v", s)
	}

	data, kind, err := p.Thumbnail(ctx, p.id("sunset.png"), 200)
	if err != nil || kind != "image/jpeg" || len(data) < 100 {
		t.Errorf("a thumbnail: %d bytes of %s, %v", len(data), kind, err)
	}
	if s := p.did(state.TryPictures, ""); s.Count != 1 || s.Took <= 0 {
		t.Errorf("the step of thumbnails tells %+v", s)
	}

	sunset := p.id("sunset.png")
	p.Choose(sunset)
	p.Link(ctx, sunset)
	p.did(state.TryLink, "")
	v = p.View()
	if l := v.Linked; len(l) != 1 || l[0].ID != sunset || l[0].Title != "sunset.png" || len(l[0].DocumentID) != 32 || l[0].ViewLink != p.http.URL+"/view/"+sunset {
		t.Errorf("Workfront keeps %+v", l)
	}
	if v.Chosen == nil || v.Chosen.ID != sunset {
		t.Errorf("chosen: %+v", v.Chosen)
	}
	if link := p.Open(ctx, sunset); link != v.Linked[0].ViewLink {
		t.Errorf("the link to open is %q", link)
	}
	p.did(state.TryOpen, "")

	folder := t.TempDir()
	p.Keep(ctx, sunset, folder)
	p.Keep(ctx, sunset, folder)
	s := p.did(state.TryDownload, "")
	want, err := os.ReadFile(filepath.Join(p.dir, "Posters", "sunset.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sunset.png", "sunset (2).png"} {
		if got, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, want %d, %v", name, len(got), len(want), err)
		}
	}
	if s.Kept != filepath.Join(folder, "sunset (2).png") || s.Bytes != int64(len(want)) {
		t.Errorf("the step tells %+v", s)
	}

	file := filepath.Join(t.TempDir(), "from Workfront.txt")
	if err := os.WriteFile(file, []byte("sent"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.SendFile(ctx, p.View().Folder(), file)
	p.did(state.TryBrowse, "")
	if got, err := os.ReadFile(filepath.Join(p.dir, "Posters", "from Workfront.txt")); string(got) != "sent" || err != nil {
		t.Errorf("sent: %q, %v", got, err)
	}
	if v := p.View(); v.Chosen == nil || v.Chosen.Title != "from Workfront.txt" || v.Chosen.Size != 4 || !v.Linked[0].Sent {
		t.Errorf("after sending: %+v", v.Chosen)
	}

	for _, id := range []string{sunset, p.id("from Workfront.txt"), p.id("spring.txt")} { // linked, sent, neither
		p.Act(ctx, id, "done")
		p.did(state.TryAct, "")
	}
	if linked := p.View().Linked; len(linked) != 3 || linked[0].Title != "spring.txt" {
		t.Errorf("an action on a document that was not linked links it: %+v", linked)
	}
	p.Act(ctx, sunset, "bad")
	p.did(state.TryAct, "did not succeed")
	p.Act(ctx, sunset, "unknown")
	p.did(state.TryAct, "There is no action")

	p.Connect(ctx)
	if v := p.View(); len(v.Linked) != 0 || len(v.Steps) != 2 {
		t.Errorf("beginning anew leaves %d linked documents and %d steps", len(v.Linked), len(v.Steps))
	}
}

func TestSearchStaysInTheFolder(t *testing.T) {
	p := newProvider(t)
	p.enter("Studio", "Posters")
	webtest.WaitFor(t, "the names to be found", func() bool {
		p.Search(t.Context(), "sun")
		return slices.Equal(titles(p.View().Items), []string{"sunset.png"})
	})
	p.did(state.TrySearch, "")
	if v := p.View(); v.Query != "sun" || v.Path[len(v.Path)-1].Title != "Posters" {
		t.Errorf("a search leads to %+v", v.Path)
	}
	p.Search(t.Context(), "brief")
	if got := titles(p.View().Items); len(got) != 0 {
		t.Errorf("the folder above is searched as well: %v", got)
	}
	p.Search(t.Context(), "  ")
	if v := p.View(); v.Query != "" || len(v.Items) != 2 {
		t.Errorf("no words are no search: %+v", v)
	}
	p.enter("Studio")
	p.Search(t.Context(), "posters")
	p.Browse(t.Context(), p.id("Posters"))
	if got := fmt.Sprint(titles(p.View().Path)); got != "[ Posters]" {
		t.Errorf("a folder that was found has the path %s", got)
	}
	id := p.View().Folder()
	p.Connect(t.Context())
	p.Browse(t.Context(), id) // as an address that was kept does
	if got := fmt.Sprint(titles(p.View().Path)); got != "[ Posters]" {
		t.Errorf("a folder opened by its address has the path %s", got)
	}
}

// TestEveryExchangeIsToldWithoutTheKey looks at what is shown of requests and
// answers, and for the key in all of it.
func TestEveryExchangeIsToldWithoutTheKey(t *testing.T) {
	p := newProvider(t)
	p.Connect(t.Context())
	p.enter("Studio")
	p.Link(t.Context(), p.id("brief.txt"))
	e := p.did(state.TryLink, "").Exchanges
	if len(e) != 1 || e[0].Method != "GET" || !strings.HasPrefix(e[0].Target, p.target.Address+"/metadata?id=") || e[0].Status != "200 OK" || e[0].Took <= 0 {
		t.Fatalf("the exchange is told as %+v", e)
	}
	if !slices.ContainsFunc(e[0].RequestHeader, func(f state.TryField) bool { return f.Name == "Apikey" && f.Value == "••••••••" }) {
		t.Errorf("the masked key is missing: %v", e[0].RequestHeader)
	}
	if !strings.Contains(e[0].ResponseBody, "{\n  \"title\": \"brief.txt\",\n") {
		t.Errorf("the answer is shown as %q", e[0].ResponseBody)
	}
	p.Send(t.Context(), p.View().Folder(), "big.txt", strings.NewReader(strings.Repeat("x", 20_000)), 20_000)
	upload := p.View().Steps[1].Exchanges
	if len(upload) != 2 || upload[0].Method != "POST" || upload[1].Method != "PUT" || upload[1].RequestBody != "(20000 bytes)" {
		t.Errorf("an upload is told as %+v", upload)
	}
	p.Open(t.Context(), p.id("brief.txt"))
	for _, e := range p.did(state.TryOpen, "").Exchanges {
		if slices.ContainsFunc(e.RequestHeader, func(f state.TryField) bool { return f.Name == "Apikey" || f.Name == "Username" }) {
			t.Errorf("a link is opened with credentials: %v", e.RequestHeader)
		}
	}
	all, err := json.Marshal(p.View())
	if err != nil || bytes.Contains(all, []byte(key)) {
		t.Errorf("the key is in the view, %v", err)
	}
}

// TestWhatGoesWrongIsToldInWords has each failure that a person may meet.
func TestWhatGoesWrongIsToldInWords(t *testing.T) {
	p := newProvider(t)
	ctx := t.Context()
	p.Connect(ctx)
	right := p.target

	p.off = true
	p.Connect(ctx)
	p.did(state.TryConnect, "Sharing is off.")
	p.off = false

	p.target.Key = "ffk_wrong"
	p.Browse(ctx, "/")
	p.did(state.TryBrowse, "key")
	if s := p.View().Steps[0].Exchanges[0].Status; s != "403 Forbidden" {
		t.Errorf("a wrong key was answered %s", s)
	}
	p.target.Address, p.target.Key = nobody(t), key
	p.Browse(ctx, "/")
	if e := p.did(state.TryBrowse, "Nothing answers at the address").Exchanges; len(e) != 1 || e[0].Status != "" {
		t.Errorf("no answer is told as %+v", e)
	}
	p.target = right

	p.Browse(ctx, "nosuchfolder")
	p.did(state.TryBrowse, " ")
	p.Open(ctx, "nosuchdocument")
	p.did(state.TryOpen, " ")
	p.SendFile(ctx, "x", filepath.Join(p.dir, "missing"))
	p.did(state.TryUpload, "nothing was sent")
	p.SendFile(ctx, "x", p.dir)
	p.did(state.TryUpload, "not a file")
	p.enter("Studio")
	p.Keep(ctx, p.id("brief.txt"), filepath.Join(p.dir, "missing"))
	p.did(state.TryDownload, "Choose a folder")
	p.Send(ctx, p.View().Folder(), "broken.txt", iotest.ErrReader(errors.New("unplugged")), -1)
	if s := p.View().Steps[0]; s.Step != state.TryUpload || s.Trouble == "" {
		t.Errorf("a file that breaks off: %+v", s)
	}
	if _, err := os.Stat(filepath.Join(p.dir, "broken.txt")); !os.IsNotExist(err) {
		t.Error("what broke off is there:", err)
	}
	if _, err := p.Do(ctx, state.Try{Step: "nonsense"}); err == nil {
		t.Error("nonsense is taken for a step")
	}
	p.Choose("nothing")
	if v := p.View(); v.Chosen != nil {
		t.Errorf("chosen: %+v", v.Chosen)
	}
}

// TestSomethingElseAnswers meets what stands in front of a provider that is
// gone: a page of the tunnel's, a redirect, an answer that is no JSON, and none.
func TestSomethingElseAnswers(t *testing.T) {
	p := newProvider(t)
	ended := make(chan struct{})
	defer close(ended)
	p.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("parentId") {
		case "page":
			http.Error(w, "<h1>offline</h1>", http.StatusNotFound)
		case "redirect":
			http.Redirect(w, r, nobody(t), http.StatusFound)
		case "text":
			fmt.Fprint(w, "hello")
		case "slow":
			select {
			case <-ended:
			case <-r.Context().Done():
			}
		}
	}))
	for id, words := range map[string]string{"page": "Something else than Folderfront answered (status 404)", "redirect": "(status 302)", "text": "not what Workfront expects"} {
		p.Browse(t.Context(), id)
		p.did(state.TryBrowse, words)
	}
	hasty := try.New(try.Config{Target: func(ctx context.Context) (try.Target, error) { return p.target, nil }, Patience: 50 * time.Millisecond})
	hasty.Browse(t.Context(), "slow")
	if s := hasty.View().Steps[0]; !strings.Contains(s.Trouble, "No answer came within 50ms") {
		t.Errorf("an answer that never comes: %+v", s)
	}
}

// TestNamesOfEveryKind links, opens and keeps documents with names that have
// broken such programs.
func TestNamesOfEveryKind(t *testing.T) {
	p := newProvider(t)
	names := []string{strings.Repeat("ü", 125) + ".text", `<img src=x onerror=alert(1)>.txt`, "100% & more #1?.txt", "東京都の報告書.txt", "back\\slash.txt", "two\nlines.txt"}
	for _, name := range names {
		p.write(name, name)
	}
	p.enter("Studio")
	for _, name := range names {
		folder := t.TempDir()
		p.Link(t.Context(), p.id(name))
		p.did(state.TryLink, "")
		p.Keep(t.Context(), p.id(name), folder)
		kept := p.did(state.TryDownload, "").Kept
		if got, err := os.ReadFile(kept); err != nil || string(got) != name || filepath.Dir(kept) != folder {
			t.Errorf("%q is kept as %s: %q %v", name, kept, got, err)
		}
	}
}

// TestPlayingSomebody plays a person whom the owner named, and one whom not.
func TestPlayingSomebody(t *testing.T) {
	p := newProvider(t)
	p.server.Auth.SetPeople([]auth.Person{{Name: "ann@example.com", Rights: map[string]auth.Right{"Studio": auth.Read}}, {Name: "joe@example.com"}})
	p.target.People = []string{"ann@example.com", "joe@example.com"}
	p.Connect(t.Context())
	if v := p.View(); v.Person != "ann@example.com" || len(v.Items) != 1 || !v.Items[0].ReadOnly {
		t.Fatalf("as ann: %+v", v)
	}
	p.enter("Studio")
	p.Send(t.Context(), p.View().Folder(), "x.txt", strings.NewReader("x"), 1)
	p.did(state.TryUpload, " ")
	p.As("joe@example.com")
	p.Browse(t.Context(), "/")
	if v := p.View(); len(v.Items) != 0 || v.Trouble != "" {
		t.Errorf("as joe: %+v", v)
	}
	p.As("stranger@example.com")
	p.Browse(t.Context(), "/")
	p.did(state.TryBrowse, " ")
}

// TestPicturesThatNobodyWaitsForAreNoTrouble goes on before a thumbnail came,
// and then asks for one that can't come.
func TestPicturesThatNobodyWaitsForAreNoTrouble(t *testing.T) {
	p := newProvider(t)
	p.enter("Studio", "Posters")
	gone, end := context.WithCancel(t.Context())
	end()
	if _, _, err := p.Thumbnail(gone, p.id("sunset.png"), 100); err == nil {
		t.Error("a picture came to somebody who is gone")
	}
	if s := p.View().Steps; s[0].Trouble != "" {
		t.Errorf("told as trouble: %+v", s[0])
	}
	if _, _, err := p.Thumbnail(t.Context(), "nothing", 100); err == nil || p.View().Steps[0].Trouble == "" {
		t.Errorf("a picture of nothing: %v", err)
	}
}

// TestLongUseStaysSmall takes more steps than are kept.
func TestLongUseStaysSmall(t *testing.T) {
	p := newProvider(t)
	for n := range 400 {
		p.write(fmt.Sprintf("Many/%03d.txt", n), "x")
	}
	for range 70 {
		p.Browse(t.Context(), "/")
	}
	p.enter("Studio", "Many")
	v := p.View()
	if len(v.Steps) > 60 || v.Steps[0].Number < 70 || len(v.Items) != state.MaxTryItems || v.Total != 400 {
		t.Errorf("%d steps, newest %d, %d of %d entries", len(v.Steps), v.Steps[0].Number, len(v.Items), v.Total)
	}
	body := v.Steps[0].Exchanges[0].ResponseBody
	if len(body) > 8<<10 || !strings.HasSuffix(body, " …") {
		t.Errorf("a long answer is shown in %d bytes", len(body))
	}
}

// TestDownloadsComeWhole downloads more than is looked at of an answer.
func TestDownloadsComeWhole(t *testing.T) {
	p := newProvider(t)
	content := strings.Repeat("0123456789abcdef", 1<<17) // 2 MiB
	p.write("large.bin", content)
	p.enter("Studio")
	var got strings.Builder
	ok := p.Download(t.Context(), p.id("large.bin"), func(title string, length int64, r io.Reader) (string, error) {
		if title != "large.bin" || length != int64(len(content)) {
			t.Errorf("%s, %d bytes", title, length)
		}
		_, err := io.Copy(&got, r)
		return "", err
	})
	if !ok || got.String() != content {
		t.Errorf("%d of %d bytes came", got.Len(), len(content))
	}
	if e := p.did(state.TryDownload, "").Exchanges; len(e) != 1 || !strings.HasPrefix(e[0].ResponseBody, content[:100]) || len(e[0].ResponseBody) > 1000 {
		t.Errorf("told as %+v", e)
	}
}
