package words

import (
	"strings"
	"testing"
	"time"
)

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		tag   string
		bytes int64
		want  string
	}{
		{"en-US", 0, "0 bytes"},
		{"en-US", 1, "1 byte"},
		{"en-US", 999, "999 bytes"},
		{"en-US", 1000, "1 kB"},
		{"en-US", 1234, "1.2 kB"},
		{"en-US", 999_499, "999 kB"},
		{"en-US", 999_500, "1 MB"},
		{"en-US", 1<<63 - 1, "9,223 PB"},
		{"de-DE", 1_234_567, "1,2 MB"},
		{"fr-FR", 1_234_567, "1,2 Mo"},
		{"ja-JP", 1_234_567, "1.2 MB"},
	} {
		chosen, _, _ := strings.Cut(c.tag, "-")
		if got := For(chosen).Format(chosen, c.tag).Size(c.bytes); got != c.want {
			t.Errorf("%d bytes in %s: %q, want %q", c.bytes, c.tag, got, c.want)
		}
	}
}

func TestMoments(t *testing.T) {
	afternoon := time.Date(2026, 3, 14, 15, 9, 0, 0, time.Local)
	for _, c := range []struct {
		system, chosen, want string
	}{
		{"en-US", "", "Mar 14, 2026 3:09 PM"},
		{"en-GB", "", "14 Mar 2026 15:09"},
		{"de-AT", "", "14.03.2026 15:09"},
		{"fr-CA", "", "2026-03-14 15 h 09"},
		{"en-US", "de", "14.03.2026 15:09"},
		{"en-US", "en", "Mar 14, 2026 3:09 PM"},
		{"ja-JP", "", "2026/03/14 15:09"},
		{"xx", "", "Mar 14, 2026 3:09 PM"},
	} {
		if got := For("en").Format(c.chosen, c.system).Moment(afternoon); got != c.want {
			t.Errorf("system %s, chosen %q: %q, want %q", c.system, c.chosen, got, c.want)
		}
	}
}

func TestWhen(t *testing.T) {
	f := For("en").Format("en", "en-US")
	now := time.Date(2026, 3, 14, 15, 9, 0, 0, time.Local)
	for ago, want := range map[time.Duration]string{
		0:                    "just now",
		59 * time.Second:     "just now",
		time.Minute:          "1 min ago",
		59 * time.Minute:     "59 min ago",
		3 * time.Hour:        "12:09 PM",
		20 * time.Hour:       "Mar 13, 2026",
		400 * 24 * time.Hour: "Feb 7, 2025",
		-time.Hour:           "Mar 14, 2026",
	} {
		if got := f.When(now.Add(-ago), now); got != want {
			t.Errorf("%v ago: %q, want %q", ago, got, want)
		}
	}
	if got := f.When(time.Time{}, now); got != "" {
		t.Errorf("no moment: %q, want nothing", got)
	}
}

func TestLeft(t *testing.T) {
	f := For("en").Format("en", "en-US")
	for d, want := range map[time.Duration]string{
		0: "1 s left", 59 * time.Second: "59 s left", 90 * time.Second: "2 min left",
		119 * time.Minute: "119 min left", 5 * time.Hour: "5 h left",
	} {
		if got := f.Left(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
