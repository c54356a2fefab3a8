// Package words says the program's texts in a person's language, for the faces
// that do without Fyne: the tray, and the page that plays Workfront. The English
// text is the key, as in the window, and all read the same translations.
package words

import (
	"encoding/json"
	"sync"

	locale "github.com/jeandeaual/go-locale"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"folderfront/assets"
)

// Words says texts in one language. It is safe for concurrent use.
type Words struct {
	in   *i18n.Localizer
	book *phrasebook // nil: English, as the core speaks
}

// bundle reads the translations, once.
var bundle = sync.OnceValue(func() *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	files, err := assets.Translations.ReadDir("translations")
	if err != nil {
		return b
	}
	for _, f := range files {
		// A translation that cannot be read leaves its language in English.
		_, _ = b.LoadMessageFileFS(assets.Translations, "translations/"+f.Name())
	}
	return b
})

// For returns the texts in a language, given as a BCP 47 tag; "" is the language
// of the system.
func For(tag string) Words {
	tags := []string{tag}
	if tag == "" {
		// Without a known locale there are no tags, and the texts are English.
		tags, _ = locale.GetLocales()
	}
	return Words{in: i18n.NewLocalizer(bundle(), tags...), book: bookFor(tags)}
}

// Say translates a fixed text.
func (w Words) Say(text string) string {
	return w.localize(i18n.LocalizeConfig{DefaultMessage: &i18n.Message{ID: text, Other: text}}, text)
}

// Fill translates a text in which {{.Name}} and the like stand for values.
func (w Words) Fill(text string, values map[string]any) string {
	return w.localize(i18n.LocalizeConfig{DefaultMessage: &i18n.Message{ID: text, Other: text}, TemplateData: values}, text)
}

// Count translates a text about n things, in which {{.N}} stands for n.
func (w Words) Count(text string, n int) string {
	return w.localize(i18n.LocalizeConfig{
		DefaultMessage: &i18n.Message{ID: text, Other: text},
		PluralCount:    n,
		TemplateData:   map[string]int{"N": n},
	}, text)
}

func (w Words) localize(config i18n.LocalizeConfig, fallback string) string {
	if s, err := w.in.Localize(&config); err == nil || s != "" {
		return s
	}
	return fallback
}
