//go:build !headless || ci

package ui

import (
	"os"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"golang.org/x/text/language"

	"folderfront/app/words"
	"folderfront/assets"
)

// languages are those with a translation, by tag and by the name that their
// speakers use.
var languages = []struct{ tag, name string }{
	{"en", "English"}, {"de", "Deutsch"}, {"fr", "Français"}, {"es", "Español"}, {"ja", "日本語"},
}

// speak makes Fyne's translator say the texts in the chosen language; "" is the
// system's. The translator always follows the system, so a choice is made by
// telling it that the system's language says the chosen one's words.
func speak(chosen string) error {
	system, _ := language.Make(words.SystemLocale()).Base()
	if chosen == "" && envLocale {
		chosen = system.String()
	}
	if err := lang.AddTranslationsFS(assets.Translations, "translations"); err != nil {
		return err
	}
	if chosen == "" {
		return nil
	}
	if envLocale {
		os.Setenv("LC_ALL", chosen)
		os.Setenv("LANGUAGE", chosen)
		return lang.AddTranslationsFS(assets.Translations, "translations")
	}
	said, err := assets.Translations.ReadFile("translations/" + chosen + ".json")
	if err != nil {
		return err
	}
	return lang.AddTranslationsForLocale(said, fyne.Locale(system.String()))
}

// languageName is what a language calls itself; "" is the system's.
func languageName(tag string) string {
	for _, l := range languages {
		if strings.EqualFold(l.tag, tag) {
			return l.name
		}
	}
	return lang.L("As the system")
}

// languageTag is the tag of a name that languageName gave.
func languageTag(name string) string {
	for _, l := range languages {
		if l.name == name {
			return l.tag
		}
	}
	return ""
}
