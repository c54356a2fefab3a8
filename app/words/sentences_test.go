package words

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"folderfront/app/state"
	"folderfront/assets"
	"folderfront/server/action"
)

// speakers are the rooms whose sentences a face may show. The rest of the server
// speaks to Workfront and to browsers, in English.
var speakers = []string{
	"app", "app/settings", "app/secrets", "app/control", "app/autostart", "tunnel",
	"server/catalogue", "server/upload", "server/action", "server/search",
}

// alsoShown are sentences of the other rooms that a command may answer.
var alsoShown = []string{
	"This browser does not wait any more. Ask the person to try again.",
	"A password has at least %d characters and at most %d bytes. Choose another one.",
	"The redirect URI must be a whole https address, such as the one that Workfront shows when you set up the integration.",
}

var (
	sentenceForm = regexp.MustCompile(`^(\p{Lu}|%[qs] )[^\n]* [^\n]*[.?!…]$`)
	neverShown   = regexp.MustCompile(`^(SELECT|UPDATE|DELETE|INSERT|CREATE|VACUUM|X-Hub|The edge for dev|The file with the edge)|\b(AND|WHERE|ORDER BY) `) // SQL, and what developers see
	between      = regexp.MustCompile(`[.?!] (\p{Lu}|%)`)
)

// fragments are filled into sentences, or shown alone, without being sentences.
var fragments = []string{
	"Sharing is on", "The tunnel is connected", "The address is found", "Something answers there",
	"The connection is secure", "It is this program", "requests of the ngrok plan", "data of the ngrok plan",
	"Blank", "largest upload", "space to leave free", "number of results", "number of actions", "list of addresses",
}

// apart cuts sentences that follow each other.
func apart(text string) (all []string) {
	for at := between.FindStringIndex(text); at != nil; at = between.FindStringIndex(text) {
		all, text = append(all, text[:at[0]+1]), text[at[0]+2:]
	}
	return append(all, text)
}

// sentencesOf lists every literal of a room that reads as a sentence, or a step
// of a test; what stands between literals that are put together is a %s.
func sentencesOf(t *testing.T, room string) map[string]bool {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("../..", room, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no sources in %s: %v", room, err)
	}
	found := map[string]bool{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text, literal := folded(e)
			if literal && sentenceForm.MatchString(text) && !neverShown.MatchString(text) {
				for _, one := range apart(text) {
					found[one] = true
				}
			}
			if literal && strings.HasPrefix(text, "must ") { // what a setting must be, after its name or alone
				found[text], found["%s "+text] = true, true
			}
			return !literal
		})
	}
	return found
}

// folded is what a literal, or literals put together with other things, say.
func folded(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		x, first := folded(e.X)
		y, second := folded(e.Y)
		if e.Op != token.ADD || !first && !second {
			return "", false
		}
		if !first {
			x = "%s"
		}
		if !second {
			y = "%s"
		}
		return x + y, true
	}
	return "", false
}

func sentences(t *testing.T, name string) map[string]string {
	t.Helper()
	data, err := assets.Sentences.ReadFile("sentences/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return all
}

// TestEverySentenceIsTranslated wants each sentence that a face may show in each
// language, with all that is filled in, and none that nobody says.
// FOLDERFRONT_SENTENCES names a file into which what is missing is written.
func TestEverySentenceIsTranslated(t *testing.T) {
	wanted := map[string]bool{}
	for _, room := range speakers {
		for s := range sentencesOf(t, room) {
			wanted[s] = true
		}
	}
	for _, text := range alsoShown {
		for _, one := range apart(text) {
			wanted[one] = true
		}
	}
	for _, f := range fragments {
		wanted[f] = true
	}
	if len(wanted) < 200 {
		t.Fatalf("only %d sentences found: the search is broken", len(wanted))
	}
	missing := map[string]bool{}
	for name := range books {
		have := sentences(t, name)
		for s := range wanted {
			said := have[s]
			if said == "" {
				missing[s] = true
				t.Errorf("%s has no translation of %q", name, s)
			} else if got, want := filled(said), filled(s); !slices.Equal(got, want) {
				t.Errorf("%s: %q fills in %v, want %v", name, said, got, want)
			}
		}
		for s := range have {
			if !wanted[s] {
				t.Errorf("%s translates %q, which nobody says", name, s)
			}
		}
	}
	if path := os.Getenv("FOLDERFRONT_SENTENCES"); path != "" {
		all, _ := json.MarshalIndent(missing, "", " ")
		if err := os.WriteFile(path, all, 0o600); err != nil {
			t.Error(err)
		}
	}
}

// filled lists what a sentence fills in: the numbers of its places.
func filled(s string) (places []string) {
	for i, at := range verb.FindAllStringSubmatch(s, -1) {
		if at[1] == "" {
			at[1] = strconv.Itoa(i + 1)
		}
		places = append(places, at[1])
	}
	slices.Sort(places)
	return places
}

// TestSentencesAreSaidAnew fills in, puts together and leaves alone.
func TestSentencesAreSaidAnew(t *testing.T) {
	for _, test := range []struct{ language, english, said string }{
		{"de", "Off. Nothing is shared.", "Aus. Nichts ist freigegeben."},
		{"de-AT", "Live. Sharing 4 folders.", "Verbunden. 4 Ordner sind freigegeben."},
		{"ja", "Off. Nothing is shared.", "オフ。何も共有していません。"},
		{"fr", "Live. Sharing Brand. 2026.", "En ligne. Brand. 2026 est partagé."},
		{"es", `The folder "a \"b\" c" has 200 actions already, which is all that it takes.`, `La carpeta "a \"b\" c" ya tiene 200 acciones, que es todo lo que admite.`},
		{
			"de", "The settings file can't be used: line 3: listen must end in a port from 0 to 65535. The last good settings stay in force.",
			"Die Einstellungsdatei ist nicht brauchbar: Zeile 3: listen muss mit einem Anschluss von 0 bis 65535 enden. Die letzten guten Einstellungen gelten weiter.",
		},
		{"de", "Off. Something that nobody translated. ", "Aus. Something that nobody translated. "},
		{"de", "a b. c. d. 100 %d %s %[9]s", "a b. c. d. 100 %d %s %[9]s"},
		{"de", "Sharing Off.", "Off ist freigegeben."},
		{"en", "Off. Nothing is shared.", "Off. Nothing is shared."},
		{"pt", "Off. Nothing is shared.", "Off. Nothing is shared."},
		{"", "", ""},
	} {
		if got := For(test.language).Sentence(test.english); got != test.said {
			t.Errorf("%s: %q\nwant %q", test.language, got, test.said)
		}
	}
}

// TestTheWholeStateIsSaid translates wherever a State and an answer hold
// sentences, and leaves the given State alone.
func TestTheWholeStateIsSaid(t *testing.T) {
	const english, german = "Nothing is shared.", "Nichts ist freigegeben."
	problem := state.Problem{Sentence: english, Advice: english}
	st := state.State{
		Headline: english, Waiting: english, Problem: &problem, Problems: []state.Problem{problem},
		Tunnel: state.Tunnel{Error: english, Advice: english}, Settings: state.Settings{Error: english},
		Index: state.Index{Paused: english}, Folders: []state.Folder{{Name: english, Reason: english}},
	}
	before, said := encoded(t, st), encoded(t, For("de").State(st))
	if n := strings.Count(said, german); n != 11 || strings.Count(said, english) != 1 {
		t.Errorf("%d sentences are said: %s", n, said)
	}
	if encoded(t, st) != before || encoded(t, For("en").State(st)) != before {
		t.Error("the State itself was changed, or English is not left alone")
	}
	for _, answer := range []any{
		&state.TestAnswer{Steps: []state.TestStep{{Name: english, Detail: english}}},
		&[]state.ActionRun{{Error: english, Attempts: []state.ActionAttempt{{Error: english}}}},
		&state.ActionRun{Error: english}, &state.Saved{Problems: []state.FieldProblem{{Sentence: english}}},
		&state.Preview{Problems: []state.FieldProblem{{Sentence: english}}},
		&state.RulePreview{Problems: []state.FieldProblem{{Sentence: english}}},
		&[]state.Preset{{Title: english, Meaning: english}},
	} {
		For("de").Answer(answer)
		if text := encoded(t, answer); strings.Contains(text, english) || !strings.Contains(text, german) {
			t.Errorf("%T stays %s", answer, text)
		}
	}
}

// TestPresetsAreSaid holds each known form of a message against each language:
// what it means is said anew, and so is a name that isn't a product's own.
func TestPresetsAreSaid(t *testing.T) {
	own := []string{"JSON", "Flashduty", "EnergyCAP", "Desk"}
	for _, name := range []string{"de", "fr", "es", "ja"} {
		for _, p := range action.Presets {
			answer := []state.Preset{{Title: p.Title, Meaning: p.Meaning}}
			For(name).Answer(&answer)
			if answer[0].Meaning == p.Meaning {
				t.Errorf("%s: %q stays English", name, p.Meaning)
			}
			if (answer[0].Title == p.Title) != slices.Contains(own, p.Title) {
				t.Errorf("%s: %q is called %q", name, p.Title, answer[0].Title)
			}
		}
	}
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
