package words

import (
	"math"
	"strconv"
	"sync"
	"time"

	locale "github.com/jeandeaual/go-locale"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Format writes figures the way a person's locale does. Its language is that of
// the texts; the region, which decides the order of a date, is the system's
// when it has the same language. It is safe for concurrent use.
type Format struct {
	words   Words
	printer *message.Printer
	dates   dateForm
}

// dateForm is how a locale writes a day and a time of day, in Go's layout.
type dateForm struct{ day, clock string }

// dateForms holds the usual short forms (CLDR's short date and time) of the
// locales we have words for, and of the regions that differ.
var dateForms = map[string]dateForm{
	"en":    {"2 Jan 2006", "15:04"},
	"en-US": {"Jan 2, 2006", "3:04 PM"},
	"de":    {"02.01.2006", "15:04"},
	"de-CH": {"02.01.2006", "15:04"},
	"fr":    {"02/01/2006", "15:04"},
	"fr-CA": {"2006-01-02", "15 h 04"},
	"es":    {"02/01/2006", "15:04"},
	"ja":    {"2006/01/02", "15:04"},
}

// Format returns the format for a chosen language on a system, or in a browser,
// with a locale; an empty choice is the system's. Both are BCP 47 tags.
func (w Words) Format(chosen, system string) Format {
	tag := language.Make(system)
	if chosen != "" {
		want := language.Make(chosen)
		if base, _ := want.Base(); !sameBase(tag, base) {
			tag = want
		}
	}
	base, _ := tag.Base()
	region, _ := tag.Region()
	form, ok := dateForms[base.String()+"-"+region.String()]
	if !ok {
		if form, ok = dateForms[base.String()]; !ok {
			form = dateForms["en"]
		}
	}
	return Format{words: w, printer: message.NewPrinter(tag), dates: form}
}

func sameBase(tag language.Tag, base language.Base) bool {
	own, _ := tag.Base()
	return own == base
}

// SystemLocale is the system's locale as a BCP 47 tag, or English. It is asked
// once, since a face may hide it later.
var SystemLocale = sync.OnceValue(func() string {
	name, err := locale.GetLocale()
	if err != nil || name == "" {
		return "en"
	}
	if _, err := language.Parse(name); err != nil {
		return "en" // such as C.UTF-8
	}
	return name
})

// Count writes a whole number with its separators.
func (f Format) Count(n int64) string { return f.printer.Sprint(number.Decimal(n)) }

// Size writes a number of bytes in the unit that keeps it short, by powers of
// ten as file managers do.
func (f Format) Size(bytes int64) string {
	units := []string{f.words.Say("kB"), f.words.Say("MB"), f.words.Say("GB"), f.words.Say("TB"), f.words.Say("PB")}
	if bytes < 1000 {
		return f.words.Count("{{.N}} bytes", int(bytes))
	}
	value := float64(bytes)
	unit := -1
	// 999.5 of a unit would be written as 1,000 of it.
	for value >= 999.5 && unit < len(units)-1 {
		value /= 1000
		unit++
	}
	digits := 1
	if value >= 100 {
		digits = 0
	}
	return f.printer.Sprint(number.Decimal(value, number.MaxFractionDigits(digits))) + " " + units[unit]
}

// Rate writes bytes in a second.
func (f Format) Rate(perSecond float64) string {
	return f.words.Fill("{{.Size}}/s", map[string]any{"Size": f.Size(int64(perSecond))})
}

// When writes a moment as people say it: how long ago while that is short, the
// time today, else the date.
func (f Format) When(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	ago := now.Sub(t)
	switch {
	case t.IsZero():
		return ""
	case ago < 0 || ago >= 24*time.Hour || t.YearDay() != now.YearDay() && ago >= time.Hour:
		return t.Format(f.dates.day)
	case ago < time.Minute:
		return f.words.Say("just now")
	case ago < time.Hour:
		return f.words.Count("{{.N}} min ago", int(ago.Minutes()))
	default:
		return t.Format(f.dates.clock)
	}
}

// Moment writes day and time of day.
func (f Format) Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.Local()
	return t.Format(f.dates.day) + " " + t.Format(f.dates.clock)
}

// Day writes the day alone.
func (f Format) Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(f.dates.day)
}

// Left writes how long something will still take, coarsely.
func (f Format) Left(d time.Duration) string {
	if d < time.Minute {
		seconds := max(1, int(math.Ceil(d.Seconds())))
		return f.words.Count("{{.N}} s left", seconds)
	}
	if d < 2*time.Hour {
		minutes := int(math.Round(d.Minutes()))
		return f.words.Count("{{.N}} min left", minutes)
	}
	hours := int(math.Round(d.Hours()))
	return f.words.Count("{{.N}} h left", hours)
}

// Took writes how long an answer took.
func (f Format) Took(d time.Duration) string {
	if d < time.Second {
		return strconv.Itoa(int(max(1, d.Milliseconds()))) + " ms"
	}
	return f.printer.Sprint(number.Decimal(d.Seconds(), number.MaxFractionDigits(1))) + " s"
}

// Percent writes a part of a whole, which is not 0.
func (f Format) Percent(part, whole int64) string {
	return f.printer.Sprint(number.Percent(float64(part)/float64(whole), number.MaxFractionDigits(0)))
}
