//go:build !headless || ci

package ui

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"folderfront/app/state"
	"folderfront/assets"
)

// translators are the functions whose first argument is a text to translate.
var translators = []string{"L", "N", "Say", "Count", "Fill"}

// textsOf returns every text that the sources of a folder translate.
func textsOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no sources in %s: %v", dir, err)
	}
	texts := map[string]bool{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if text, ok := translated(call); ok {
					texts[text] = true
				}
			}
			return true
		})
	}
	return texts
}

func translated(call *ast.CallExpr) (string, bool) {
	fun, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains(translators, fun.Sel.Name) || len(call.Args) == 0 {
		return "", false
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}

// named are the texts that the sources translate by name.
func named() []string {
	texts := []string{"Start sharing", "Resume sharing", both, either, next}
	for _, p := range places() {
		texts = append(texts, p.name)
	}
	for _, p := range providers {
		texts = append(texts, p.name)
	}
	for _, r := range rights {
		texts = append(texts, r.name)
	}
	for _, tab := range actionTabs() {
		texts = append(texts, tab.name)
	}
	for _, options := range [][]option{ruleEvents, ruleFields, ruleOperators, ruleOnce, runTriggers} {
		for _, o := range options {
			texts = append(texts, o.name)
		}
	}
	for _, words := range []map[string]string{operationWords, operationAsks, leads, runStates, ruleConditions} {
		texts = append(texts, slices.Collect(maps.Values(words))...)
	}
	for verb := range activityIcons {
		texts = append(texts, verb)
	}
	for _, phase := range []state.Phase{state.Off, state.Connecting, state.Live, state.Paused, state.Trouble} {
		texts = append(texts, phase.Word())
	}
	return texts
}

var placeholder = regexp.MustCompile(`\{\{\.\w+\}\}`)

// TestEveryTextIsTranslated holds each translation against the texts that window,
// tray and page use: none may be missing, none may be left over, and what is filled
// in must be the same.
func TestEveryTextIsTranslated(t *testing.T) {
	wanted := textsOf(t, ".")
	for _, other := range []string{"../tray", "../try", "../words"} {
		for text := range textsOf(t, other) {
			wanted[text] = true
		}
	}
	for _, text := range named() {
		wanted[text] = true
	}
	for _, l := range languages {
		have := readWords(t, l.tag)
		for text := range wanted {
			forms, ok := have[text]
			if !ok {
				t.Errorf("%s has no translation of %q", l.tag, text)
			}
			for _, form := range forms {
				if got, want := fills(form), fills(text); !slices.Equal(got, want) {
					t.Errorf("%s: %q fills in %v, want %v", l.tag, form, got, want)
				}
			}
		}
		for text := range have {
			if !wanted[text] {
				t.Errorf("%s translates %q, which is not used", l.tag, text)
			}
		}
	}
}

// fills are the placeholders of a text, sorted, each once.
func fills(text string) []string {
	all := placeholder.FindAllString(text, -1)
	slices.Sort(all)
	return slices.Compact(all)
}

// readWords reads a translation: each text with the forms it has.
func readWords(t *testing.T, tag string) map[string][]string {
	t.Helper()
	data, err := assets.Translations.ReadFile("translations/" + tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatalf("%s: %v", tag, err)
	}
	words := map[string][]string{}
	for text, value := range raw {
		var one string
		var forms map[string]string
		switch {
		case json.Unmarshal(value, &one) == nil:
			words[text] = []string{one}
		case json.Unmarshal(value, &forms) == nil:
			for _, form := range forms {
				words[text] = append(words[text], form)
			}
		default:
			t.Errorf("%s: %q has neither a text nor forms", tag, text)
		}
		if slices.Contains(words[text], "") {
			t.Errorf("%s: an empty translation of %q", tag, text)
		}
	}
	return words
}
