//go:build !headless || ci

package ui

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"folderfront/app/state"
)

// TestRulesInEveryLanguage says whole rules as their readers would, with the
// words where each language wants them.
func TestRulesInEveryLanguage(t *testing.T) {
	plain := state.Rule{On: "created", Steps: []string{"print"}, Once: "version"}
	full := state.Rule{
		On: "uploaded", Folders: []string{"Brand", "{{.Event}}"}, Any: true,
		Conditions: []state.Condition{{Field: "name", Operator: "contains", Value: "poster"}, {Field: "size", Operator: "greater than", Value: "1000"}},
		Steps:      []string{"print", "archive"}, PerMinute: 20, Untag: "go",
	}
	for language, want := range map[string][2]string{
		"en": {
			"When a file is new in any shared folder, run “Send to the printer”; once per version.",
			"When Workfront uploads a file in Brand or {{.Event}} and its name contains “poster” or its size in bytes is greater than “1000”, run “Send to the printer” then “Archive”; every time, at most 20 a minute. The tag “go” is taken away first.",
		},
		"de": {
			"Wenn in einem der freigegebenen Ordner eine Datei neu ist, führe „Send to the printer“ aus; einmal je Version.",
			"Wenn in Brand oder {{.Event}} Workfront eine Datei hochlädt und ihr Name „poster“ enthält oder ihre Größe in Bytes größer als „1000“ ist, führe „Send to the printer“, dann „Archive“ aus; jedes Mal, höchstens 20-mal pro Minute. Zuvor wird das Etikett „go“ weggenommen.",
		},
		"fr": {
			"Quand un fichier est nouveau dans un dossier partagé, exécuter « Send to the printer » ; une fois par version.",
			"Quand Workfront téléverse un fichier dans Brand ou {{.Event}} et que son nom contient « poster » ou sa taille en octets est supérieure à « 1000 », exécuter « Send to the printer » puis « Archive » ; chaque fois, au plus 20 fois par minute. L’étiquette « go » est retirée d’abord.",
		},
		"es": {
			"Cuando haya un archivo nuevo en cualquier carpeta compartida, ejecutar «Send to the printer»; una vez por versión.",
			"Cuando Workfront suba un archivo en Brand o {{.Event}} y su nombre contenga «poster» o su tamaño en bytes sea mayor que «1000», ejecutar «Send to the printer» y después «Archive»; cada vez, como mucho 20 veces por minuto. Antes se quita la etiqueta «go».",
		},
		"ja": {
			"いずれかの共有フォルダーで新しいファイルができたとき、「Send to the printer」を実行します（版ごとに 1 回）。",
			"Brand、または{{.Event}}でWorkfront がファイルをアップロードしたとき、名前が「poster」を含む、またはサイズ（バイト）が「1000」より大きい場合は、「Send to the printer」、次に「Archive」を実行します（毎回、1 分あたり最大 20 回）。先にタグ「go」を外します。",
		},
	} {
		_, p := actionsOf(t, in(language, typical()))
		for i, r := range []state.Rule{plain, full} {
			if got := p.sentence(r); got != want[i] {
				t.Errorf("%s says\n%s, want\n%s", language, got, want[i])
			}
		}
	}
}

// TestRulesLeaveNothingEnglish goes through each event, operator and frequency in
// each language: no word of the English sentence is left, and each choice is told.
func TestRulesLeaveNothingEnglish(t *testing.T) {
	english := []string{"When ", " file", "run ", "every time", "once per", " its ", " contains ", "with ", "matches", "greater", "less", "minute,", "The tag", "taken"}
	for _, l := range languages {
		_, p := actionsOf(t, in(l.tag, typical()))
		said := map[string]bool{}
		rules := 0
		for _, event := range ruleEvents {
			for _, operator := range slices.Sorted(maps.Keys(ruleConditions)) {
				for _, once := range ruleOnce {
					rules++
					s := p.sentence(state.Rule{
						On: event.value, Once: once.value, Folders: []string{"Q7"}, Steps: []string{"X9"}, PerMinute: 31, Untag: "T8",
						Conditions: []state.Condition{{Field: "name", Operator: operator, Value: "V5"}},
					})
					said[s] = true
					for _, given := range []string{"Q7", "X9", "V5", "31", "T8"} {
						if !strings.Contains(s, given) {
							t.Errorf("%s: %q does not tell %s", l.tag, s, given)
						}
					}
					left := slices.ContainsFunc(english, func(word string) bool { return strings.Contains(s, word) })
					if left != (l.tag == "en") {
						t.Errorf("%s: %q", l.tag, s)
					}
				}
			}
		}
		if len(said) != rules {
			t.Errorf("%s: %d rules make %d sentences", l.tag, rules, len(said))
		}
	}
}
