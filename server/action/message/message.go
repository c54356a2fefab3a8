// Package message renders what an outgoing call says: a URL or a body written
// as a Liquid template.
//
// Templates come from the person at this computer, their values from files that
// strangers name and upload. So every value is escaped for the place it lands
// in, and rendering is bounded in source, output, loops and time: the Liquid
// library alone can be made to run out of memory in one line.
package message

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/osteele/liquid/filters"
	"github.com/osteele/liquid/parser"
	"github.com/osteele/liquid/render"
	"github.com/osteele/liquid/tags"
)

// Bounds of one template.
const (
	MaxSource = 64 << 10         // bytes of a template
	MaxOutput = 1 << 20          // bytes of a rendered message
	MaxWork   = 16 << 20         // units of work, about a quarter of a second on a computer of today
	MaxTime   = 10 * time.Second // for a rendering, should all else fail
	maxText   = 64 << 10         // bytes of a value that a filter makes
	maxItems  = 1000             // of a range or a list
)

// ErrTemplate is the kind of every failure; the error around it is a sentence
// that names the line.
var ErrTemplate = errors.New("the template can't be used")

// Escape says where a template's values land.
type Escape int

// The contexts that values are escaped for.
const (
	Plain Escape = iota // text, as it is
	JSON                // inside a quoted string of JSON
	URL                 // inside a path segment or query value (RFC 3986, 2.3)
)

// Template is a parsed message. It may be rendered by several goroutines.
type Template struct {
	source string
	escape Escape
}

// Parse reads a template and refuses what could run away.
func Parse(source string, escape Escape) (_ *Template, err error) {
	defer refusePanic(&err)
	if len(source) > MaxSource {
		return nil, fail(0, "it is longer than %d KiB", MaxSource>>10)
	}
	if err := inspect(source); err != nil {
		return nil, err
	}
	g := grammars.Get().(*grammar)
	if _, err := g.compile(source, escape); err != nil {
		return nil, err
	}
	grammars.Put(g)
	return &Template{source, escape}, nil
}

// Render fills in the variables. An unknown one is an error.
func (t *Template) Render(ctx context.Context, variables map[string]any) (string, error) {
	return t.render(ctx, variables, MaxWork)
}

func (t *Template) render(ctx context.Context, variables map[string]any, units int) (out string, err error) {
	defer refusePanic(&err)
	ctx, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	g := grammars.Get().(*grammar)
	g.limit = &limiter{ctx: ctx, output: MaxOutput, units: units}
	root, err := g.compile(t.source, t.escape)
	if err != nil {
		return "", err
	}
	g.instrument([]render.Node{root})
	if failed := render.Render(root, g.limit, variables, g.config); failed != nil {
		return "", g.limit.because(failed)
	}
	out = g.limit.out.String()
	grammars.Put(g) // only now: one that failed is left to the collector
	return out, nil
}

// refusePanic turns a panic of the library, which some rubbish provokes, into a
// refusal.
func refusePanic(err *error) {
	if p := recover(); p != nil {
		*err = fail(0, "it is no Liquid")
	}
}

// grammar is the standard tags but those that read files, and the standard
// filters with bounds on those that make more of what they get. It is made for
// one rendering after the other, and holds the limits of the present one.
type grammar struct {
	config render.Config
	limit  *limiter
}

// grammars are kept, for making one costs more than most messages.
var grammars = sync.Pool{New: func() any {
	g := &grammar{config: render.NewConfig()}
	g.config.StrictVariables = true
	tags.AddStandardTags(&g.config)
	g.config.UnregisterTag("include")
	g.config.UnregisterTag("render")
	filters.AddStandardFilters(counted{g})
	addFilters(counted{g})
	return g
}}

func (g *grammar) compile(source string, escape Escape) (render.Node, error) {
	g.config.SetAutoEscapeReplacer(escape)
	root, err := g.config.Compile(source, parser.SourceLoc{LineNo: 1})
	if err != nil {
		return nil, fail(err.LineNumber(), "%s", cause(err))
	}
	return root, nil
}

// cause is what the library says, without its own framing.
func cause(err parser.Error) string {
	if inner := err.Cause(); inner != nil {
		return inner.Error()
	}
	return err.Error()
}

func fail(line int, format string, args ...any) error {
	where := ""
	if line > 0 {
		where = fmt.Sprintf("line %d: ", line)
	}
	return fmt.Errorf("%w: %s%s", ErrTemplate, where, fmt.Sprintf(format, args...))
}

// limiter takes the output, and counts the work, as long as its bounds allow.
type limiter struct {
	ctx    context.Context
	out    strings.Builder
	output int // bytes left
	units  int // of work left
	err    error
}

func (l *limiter) Write(p []byte) (int, error) {
	if l.output -= len(p); l.output < 0 && l.err == nil {
		l.err = fail(0, "what it makes is longer than %d KiB", MaxOutput>>10)
	}
	if l.err != nil {
		return 0, l.err
	}
	return l.out.Write(p)
}

// work counts what is about to be done and tells whether it may be.
func (l *limiter) work(units int) error {
	switch {
	case l.err != nil:
	case units > l.units:
		l.err = fail(0, "it does too much: use fewer or shorter loops and filters")
	case l.ctx.Err() != nil:
		l.err = fail(0, "it takes longer than %v", MaxTime)
	}
	l.units -= units
	return l.err
}

// because tells which bound a rendering met or, when it met none, what the
// library says.
func (l *limiter) because(failed render.Error) error {
	if l.err != nil {
		return l.err
	}
	return fail(failed.LineNumber(), "%s", cause(failed))
}
