package action

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"folderfront/server/catalogue"
)

// What a rule waits for.
const (
	OnCreated  = "created" // an uploaded file is a created one, too
	OnChanged  = "changed"
	OnUploaded = "uploaded"
	OnRenamed  = "renamed"
	OnMoved    = "moved"
	OnDeleted  = "deleted"
	OnTagged   = "tagged"
)

var happenings = []string{OnCreated, OnChanged, OnUploaded, OnRenamed, OnMoved, OnDeleted, OnTagged}

// How often a rule runs for a file.
const (
	OncePerFile    = "file"
	OncePerVersion = "version"
	Always         = "always"
)

// Rule runs actions by itself.
type Rule struct {
	Name       string
	On         string
	Folders    []string // empty: all
	Any        bool     // one condition is enough
	Conditions []Condition
	Steps      []string // names of actions, in order
	Once       string   // OncePerFile, OncePerVersion or Always
	PerMinute  int      // at most so many runs a minute; 0: no limit
	Untag      string   // removed in the transaction that queues the runs: it stops repeats
	Paused     bool
}

// Condition compares a field of the file with a value.
type Condition struct {
	Field    string // name, extension, path, folder, size, tag
	Operator string // is, is not, contains, begins with, ends with, matches, greater than, less than
	Value    string
}

var (
	fields    = []string{"name", "extension", "path", "folder", "size", "tag"}
	operators = []string{"is", "is not", "contains", "begins with", "ends with", "matches", "greater than", "less than"}
)

// subject is a file as rules and templates see it.
type subject struct {
	entry catalogue.Entry
	path  string // within the shared folder, with slashes
	tags  []string
	note  string
}

// matches tells whether the rule is for this file now.
func (r Rule) matches(s subject) bool {
	if r.Paused || len(r.Folders) > 0 && !slices.ContainsFunc(r.Folders, func(f string) bool {
		return catalogue.Fold(f) == catalogue.Fold(s.entry.Share)
	}) {
		return false
	}
	if len(r.Conditions) == 0 {
		return true
	}
	holds := func(c Condition) bool { return c.holds(s) }
	if r.Any {
		return slices.ContainsFunc(r.Conditions, holds)
	}
	return !slices.ContainsFunc(r.Conditions, func(c Condition) bool { return !holds(c) })
}

func (c Condition) holds(s subject) bool {
	switch c.Field {
	case "size":
		limit, _ := strconv.ParseInt(c.Value, 10, 64) // validated
		return compareSize(c.Operator, s.entry.Size, limit)
	case "tag":
		tagged := slices.ContainsFunc(s.tags, func(tag string) bool { return compareText("is", tag, c.Value) })
		return tagged == (c.Operator != "is not")
	}
	return compareText(c.Operator, c.text(s), c.Value)
}

func (c Condition) text(s subject) string {
	switch c.Field {
	case "extension":
		return strings.TrimPrefix(path.Ext(s.entry.Name), ".")
	case "path":
		return s.path
	case "folder":
		return s.entry.Share
	}
	return s.entry.Name
}

func compareSize(operator string, size, limit int64) bool {
	switch operator {
	case "greater than":
		return size > limit
	case "less than":
		return size < limit
	case "is not":
		return size != limit
	}
	return size == limit
}

// compareText compares as names are compared: without case, normalised.
func compareText(operator, text, value string) bool {
	text, value = catalogue.Fold(text), catalogue.Fold(value)
	switch operator {
	case "is not":
		return text != value
	case "contains":
		return strings.Contains(text, value)
	case "begins with":
		return strings.HasPrefix(text, value)
	case "ends with":
		return strings.HasSuffix(text, value)
	case "matches":
		matched, err := path.Match(value, text)
		return err == nil && matched
	case "greater than":
		return text > value
	case "less than":
		return text < value
	}
	return text == value
}

// fuse stops a rule that runs in circles: more than burst runs for one file in
// a minute.
type fuse struct{ runs map[string][]time.Time }

const burst = 10

// blows counts a run for a file and tells whether it was one too many.
func (f *fuse) blows(key string, now time.Time) bool {
	recent := slices.DeleteFunc(f.runs[key], func(t time.Time) bool { return now.Sub(t) > time.Minute })
	f.runs[key] = append(recent, now)
	if len(f.runs) > 10000 {
		clear(f.runs) // bounded; a circle fills its part again at once
	}
	return len(recent) >= burst
}

// Sentence is the rule in words.
func (r Rule) Sentence() string {
	where := "in any shared folder"
	if len(r.Folders) > 0 {
		where = "in " + strings.Join(r.Folders, " or ")
	}
	sentence := "When a file is " + r.On + " " + where
	var conditions []string
	for _, c := range r.Conditions {
		compared := c.Operator
		if strings.HasSuffix(compared, " than") {
			compared = "is " + compared
		}
		conditions = append(conditions, fmt.Sprintf("its %s %s %q", c.Field, compared, c.Value))
	}
	joint := " and "
	if r.Any {
		joint = " or "
	}
	if len(conditions) > 0 {
		sentence += " and " + strings.Join(conditions, joint)
	}
	sentence += ", then " + strings.Join(r.Steps, ", then ") + r.often() + "."
	if r.Untag != "" {
		sentence += fmt.Sprintf(" The tag %q is taken away first.", r.Untag)
	}
	return sentence
}

// often says how often the rule runs, when that is limited.
func (r Rule) often() (words string) {
	if r.Once == OncePerFile || r.Once == OncePerVersion {
		words = "; once for each " + r.Once
	}
	if r.PerMinute > 0 {
		words += fmt.Sprintf("; at most %d a minute", r.PerMinute)
	}
	return words
}
