//go:build !headless || ci

package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/jpeg"
	"iter"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"folderfront/app/state"
)

// fakeCore is a core in memory. It publishes its state after each command that
// changes it, does in the simplest way what the real one would, remembers every
// command, and fails those for which the test has put an error into refuse.
type fakeCore struct {
	mu       sync.Mutex
	st       state.State
	watchers []chan state.State
	commands []any
	painted  []string         // documents whose pictures were asked for
	refuse   map[string]error // by the command's type, such as "state.Start"
	log      []state.Activity
	items    []state.HistoryItem
	steps    []state.TestStep
	actions  fakeActions
	trial    state.TryView
}

// States yields the state now and whenever it changes, until ctx ends.
func (c *fakeCore) States(ctx context.Context) iter.Seq[state.State] {
	return func(yield func(state.State) bool) {
		ch := make(chan state.State, 64)
		c.mu.Lock()
		c.watchers = append(c.watchers, ch)
		ch <- c.st
		c.mu.Unlock()
		for {
			select {
			case <-ctx.Done():
				return
			case st := <-ch:
				if !yield(st) {
					return
				}
			}
		}
	}
}

// Do carries out a command.
func (c *fakeCore) Do(_ context.Context, command, answer any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch command.(type) {
	case state.Thumbnail, state.Cover, state.TryPicture: // nothing that a person decides
	default:
		c.commands = append(c.commands, command)
	}
	if err := c.refuse[fmt.Sprintf("%T", command)]; err != nil {
		return err
	}
	result := c.carryOut(command)
	for _, w := range c.watchers {
		w <- c.st
	}
	if answer == nil || result == nil {
		return nil
	}
	data, err := json.Marshal(result)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, answer)
}

// carryOut changes the state as a command says and returns its answer, if any.
func (c *fakeCore) carryOut(command any) any {
	if answer, is := c.actions.carryOut(command); is {
		return answer
	}
	switch cmd := command.(type) {
	case state.Start:
		c.st.LocalURL = "http://127.0.0.1:8437/api/v1"
		c.st.BaseAPIURL = c.st.LocalURL
		c.st.Phase = state.Live
	case state.Stop:
		c.st.LocalURL, c.st.BaseAPIURL, c.st.Phase = "", "", state.Off
	case state.Pause:
		c.st.LocalURL, c.st.BaseAPIURL, c.st.Phase = "", "", state.Paused
	case state.AddFolder:
		c.st.Folders = append(c.st.Folders, state.Folder{Name: "Plans", Path: cmd.Path, Status: "ready"})
	case state.RemoveFolder:
		c.st.Folders = nil
	case state.SetTunnel:
		c.st.Tunnel.Provider = cmd.Provider
		c.st.Settings.PublicURL = cmd.PublicURL
		if cmd.SSH != nil {
			c.st.Tunnel.SSH = *cmd.SSH
		}
	case state.ChangeSettings:
		changeSettings(&c.st.Settings, cmd)
	case state.SetToken:
		c.st.Tunnel.HasToken = cmd.Token != ""
	case state.NewKey:
		key := state.Key{ID: "k1", Name: cmd.Name, Created: moment}
		c.st.Keys = append([]state.Key{key}, c.st.Keys...)
		return state.NewKeyAnswer{Key: key, Secret: "ffk_k1_secret"}
	case state.RotateKey:
		return state.NewKeyAnswer{Key: state.Key{ID: "k2"}, Secret: "ffk_k2_secret"}
	case state.ShowKey:
		return state.NewKeyAnswer{Key: state.Key{ID: cmd.ID}, Secret: "ffk_" + cmd.ID + "_secret"}
	case state.NewClient:
		return state.NewClientAnswer{
			AuthenticationURL: "https://a.example/authorize", TokenEndpointURL: "https://a.example/token",
			ClientID: "client", ClientSecret: "hidden until now", RedirectURI: cmd.RedirectURI,
		}
	case state.Try:
		return c.try(cmd)
	case state.OpenTry:
		return state.TryPage{URL: "http://127.0.0.1:1/start/x"}
	case state.TestConnection:
		return state.TestAnswer{Steps: c.steps}
	case state.Activities:
		return c.activities(cmd)
	case state.Thumbnail:
		return c.picture(cmd.File)
	case state.Cover:
		return c.picture(cmd.Folder)
	case state.TryPicture:
		return c.picture(cmd.ID)
	case state.ClearActivity:
		c.log, c.st.Recent = nil, nil
	case state.History:
		return c.items
	}
	return nil
}

// changeSettings puts into s what is not nil in cmd, by name.
func changeSettings(s *state.Settings, cmd state.ChangeSettings) {
	changes := reflect.ValueOf(cmd)
	for i := range changes.NumField() {
		if change := changes.Field(i); !change.IsNil() {
			reflect.ValueOf(s).Elem().FieldByName(changes.Type().Field(i).Name).Set(change.Elem())
		}
	}
}

func (c *fakeCore) activities(cmd state.Activities) state.ActivityPage {
	page := state.ActivityPage{Anchor: cmd.Anchor}
	if page.Anchor == 0 {
		page.Anchor = int64(len(c.log))
	}
	rows := c.log[len(c.log)-int(page.Anchor):]
	if cmd.Text != "" {
		rows = slices.Clone(rows)
		rows = slices.DeleteFunc(rows, func(a state.Activity) bool {
			return !strings.Contains(strings.ToLower(a.Person+a.Title+a.Folder), strings.ToLower(cmd.Text))
		})
	}
	page.Total = len(rows)
	from := min(cmd.Offset, len(rows))
	page.Rows = rows[from:min(from+cmd.Limit, len(rows))]
	return page
}

// picture paints a document in a colour of its own; one whose id begins with
// "slow" is being made when it is first asked for, and "plain" has none.
func (c *fakeCore) picture(id string) state.Picture {
	making := strings.HasPrefix(id, "slow") && !slices.Contains(c.painted, id)
	c.painted = append(c.painted, id)
	if making || strings.HasPrefix(id, "plain") {
		return state.Picture{Icon: true, Pending: making}
	}
	hash := fnv.New32a()
	hash.Write([]byte(id))
	seed := int(hash.Sum32())
	img := image.NewRGBA(image.Rect(0, 0, 96, 72))
	for y := range 72 {
		for x := range 96 {
			light := 90 + x/2 + y/2
			if dx, dy := x-20-seed%56, y-20-seed/7%32; dx*dx+dy*dy < 400+seed%300 {
				light += 70 // a sun
			}
			if y > 44+(x*(seed%5-2))/12 {
				light -= 70 // a hill
			}
			img.Set(x, y, color.RGBA{tone(light, seed%90), tone(light, seed/90%90), tone(light, seed/8100%90), 255})
		}
	}
	var out bytes.Buffer
	_ = jpeg.Encode(&out, img, nil) // into memory
	return state.Picture{JPEG: out.Bytes()}
}

func tone(light, shade int) uint8 { return uint8(max(0, min(255, light+45-shade))) }

// did returns the commands so far.
func (c *fakeCore) did() []any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]any(nil), c.commands...)
}

// TestMain makes the tests independent of the locale they run in.
func TestMain(m *testing.M) {
	os.Setenv("LC_ALL", "en_US.UTF-8")
	os.Unsetenv("LANGUAGE")
	os.Exit(m.Run())
}

// moment is now in these tests.
var moment = time.Date(2026, 3, 14, 15, 9, 26, 0, time.Local)

// newTestFace opens a window on the test driver with everything on one
// goroutine, and shows it the core's state.
func newTestFace(t *testing.T, core *fakeCore) *face {
	t.Helper()
	a := test.NewApp()
	t.Cleanup(a.Quit)
	if core.refuse == nil {
		core.refuse = map[string]error{}
	}
	now := func(job func()) { job() }
	f := newFace(t.Context(), a, core, seam{away: now, back: now})
	f.now = func() time.Time { return moment }
	f.after = func(time.Duration) <-chan time.Time {
		past := make(chan time.Time)
		close(past)
		return past
	}
	f.show(core.st)
	return f
}

// follow shows the core's state as it is now, as the stream of States would.
func follow(f *face, core *fakeCore) {
	core.mu.Lock()
	st := core.st
	core.mu.Unlock()
	f.show(st)
}

var errRefused = errors.New("That did not work, and nothing was changed. Try again.")
