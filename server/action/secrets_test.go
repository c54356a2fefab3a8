package action

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/server/action/outgoing"
	"folderfront/server/catalogue"
)

// secretHook is a connection with every kind of secret.
func (r *room) secretHook(b *bin) Connection {
	c := hook(b)
	c.Auth, c.User, c.Headers, c.Signing = "basic", "ann", map[string]string{"X-Key": "secret:key"}, outgoing.Hub256
	r.secrets[PasswordOf("hook")], r.secrets["key"], r.secrets[SigningOf("hook")] = "pa55word", "k3y", "s1gn"
	return c
}

var secretValues = []string{"pa55word", "k3y", "s1gn"}

func holdsSecret(text string) bool {
	for _, secret := range secretValues {
		if strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

func TestSecretsNeverReachTheLog(t *testing.T) {
	r := newRoom(t)
	b := newBin(t)
	c := r.secretHook(b)
	r.define(Definitions{Connections: []Connection{c}, Actions: []Action{webhook(1, "send", `{}`)}})
	runs, err := r.RunByName(t.Context(), "send", "me", []catalogue.ID{r.id("poster.pdf")})
	must(t, err)
	got := b.all()[0]
	if user, password, _ := (&http.Request{Header: got.header}).BasicAuth(); user != "ann" || password != "pa55word" || got.header.Get("X-Key") != "k3y" {
		t.Errorf("the receiver got %v", got.header)
	}
	_, attempts, err := r.Detail(t.Context(), runs[0].ID)
	must(t, err)
	if all := attempts[0].Request + attempts[0].Response + Curl(attempts[0]); holdsSecret(all) {
		t.Errorf("a secret is in the log: %s", all)
	}
}

// Nothing that is kept on the disk holds a secret: neither the queue nor the log.
func TestSecretsNeverReachTheDisk(t *testing.T) {
	b, dir, profile := newBin(t), t.TempDir(), t.TempDir()
	for _, name := range []string{"poster.pdf", "notes.txt"} {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	r := newRoomAt(t, profile, dir)
	act := webhook(1, "send", `{"n": "{{ file.name }}"}`)
	r.define(one(r.secretHook(b), act))
	if run, _ := r.send(); run.State != Done {
		t.Fatalf("%+v", run)
	}
	kept := 0
	must(t, filepath.Walk(profile, func(name string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		if kept += len(content); holdsSecret(string(content)) {
			t.Errorf("%s holds a secret", filepath.Base(name))
		}
		return err
	}))
	if kept == 0 {
		t.Error("nothing is kept at all")
	}
}

// Secrets are asked for as a message is sent, not when it is queued.
func TestSecretsAreResolvedWhenSending(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	r.define(one(r.secretHook(b), webhook(1, "send", `{}`)))
	run, _ := r.send()
	r.secrets["key"] = "n3w"
	again, err := r.Resend(t.Context(), run.ID, "")
	must(t, err)
	if _, err := r.Wait(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if got := b.all(); len(got) != 2 || got[0].header.Get("X-Key") != "k3y" || got[1].header.Get("X-Key") != "n3w" {
		t.Errorf("%+v", got)
	}
}

// No template can name a secret, by whatever name.
func TestSecretsAreNoVariables(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	c := r.secretHook(b)
	poster, err := r.subject(t.Context(), r.id("poster.pdf"))
	must(t, err)
	bound, err := json.Marshal(r.variables(Order{Action: webhook(1, "send", ""), Person: "ann"}, Run{}, []subject{poster}))
	must(t, err)
	if holdsSecret(string(bound)) {
		t.Errorf("%s", bound)
	}
	for _, name := range []string{"connection", "connection.password", "secret", "secrets.key", "key", "env.HOME"} {
		_, err := r.Preview(t.Context(), webhook(1, "send", `{"x": "{{ `+name+` }}"}`), c, r.id("poster.pdf"))
		if err == nil || !strings.Contains(err.Error(), "undefined variable") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A value of a URL's query that looks like a secret is hidden wherever it shows.
func TestSecretsInAURLAreHidden(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	c := hook(b)
	act := webhook(1, "send", `{}`)
	act.Path = "/in?token=abc123&n={{ file.name }}"
	r.define(one(c, act))
	_, attempts := r.send()
	if got := b.all()[0].url; got != "/in?token=abc123&n=poster.pdf" {
		t.Errorf("sent to %s", got)
	}
	shown := attempts[0].Request + attempts[0].URL + Curl(attempts[0])
	if strings.Contains(shown, "abc123") || !strings.Contains(shown, "token=•••&n=poster.pdf") {
		t.Error(shown)
	}
	preview, err := r.Preview(t.Context(), act, c, r.id("poster.pdf"))
	if err != nil || strings.Contains(preview.URL, "abc123") {
		t.Errorf("%+v, %v", preview, err)
	}
}
