//go:build !headless || ci

package tray

import (
	"encoding/json"
	"sync"

	locale "github.com/jeandeaual/go-locale"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"folderfront/assets"
)

// words says the tray's texts in one language. The English text is the key, as
// in the window, and both read the same translations.
type words struct{ in *i18n.Localizer }

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

// wordsFor returns the texts in a language, given as a BCP 47 tag; "" is the
// language of the system.
func wordsFor(tag string) words {
	tags := []string{tag}
	if tag == "" {
		// Without a known locale there are no tags, and the texts are English.
		tags, _ = locale.GetLocales()
	}
	return words{in: i18n.NewLocalizer(bundle(), tags...)}
}

// say translates a fixed text.
func (w words) say(text string) string {
	return w.localize(i18n.LocalizeConfig{DefaultMessage: &i18n.Message{ID: text, Other: text}}, text)
}

// count translates a text about n things, in which {{.N}} stands for n.
func (w words) count(text string, n int) string {
	return w.localize(i18n.LocalizeConfig{
		DefaultMessage: &i18n.Message{ID: text, Other: text},
		PluralCount:    n,
		TemplateData:   map[string]int{"N": n},
	}, text)
}

func (w words) localize(config i18n.LocalizeConfig, fallback string) string {
	if s, err := w.in.Localize(&config); err == nil || s != "" {
		return s
	}
	return fallback
}
