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
	"time"

	"github.com/osteele/liquid"
)

// Bounds of one template.
const (
	MaxSource = 64 << 10               // bytes of a template
	MaxOutput = 1 << 20                // bytes of a rendered message
	MaxTime   = 250 * time.Millisecond // for a try at rendering
	maxTries  = 3                      // a busy computer can hold up the smallest template
	maxText   = 64 << 10               // bytes of a value that a filter makes
	maxItems  = 1000                   // of a range or a list
	maxInLoop = 100                    // tags inside a loop
)

// ErrTemplate is the kind of every failure; the error around it is a sentence
// that names the line.
var ErrTemplate = errors.New("the template can't be used")

// errSlow refuses a template that doesn't end.
var errSlow = fail(0, "it takes longer than %v", MaxTime)

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
	if _, syntax := newEngine(escape, nil).ParseString(source); syntax != nil {
		return nil, fail(syntax.LineNumber(), "%s", cause(syntax))
	}
	return &Template{source, escape}, nil
}

// Render fills in the variables. An unknown one is an error. What ran out of
// time is tried again, since its time may have gone to other programs.
func (t *Template) Render(ctx context.Context, variables map[string]any) (out string, err error) {
	for range maxTries {
		if out, err = t.try(ctx, variables); !errors.Is(err, errSlow) || ctx.Err() != nil {
			break
		}
	}
	return out, err
}

func (t *Template) try(ctx context.Context, variables map[string]any) (out string, err error) {
	defer refusePanic(&err)
	ctx, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	limit := &limiter{ctx: ctx, left: MaxOutput}
	// An engine of its own, so that its filters share this rendering's limits.
	parsed, syntax := newEngine(t.escape, limit).ParseString(t.source)
	if syntax != nil {
		return "", fail(syntax.LineNumber(), "%s", cause(syntax))
	}
	if failed := parsed.FRender(limit, variables); failed != nil {
		if limit.err != nil {
			return "", limit.err
		}
		return "", fail(failed.LineNumber(), "%s", cause(failed))
	}
	return limit.out.String(), nil
}

// refusePanic turns a panic of the library, which some rubbish provokes, into a
// refusal.
func refusePanic(err *error) {
	if p := recover(); p != nil {
		*err = fail(0, "it is no Liquid")
	}
}

// newEngine knows the standard tags but those that read files, and the standard
// filters with bounds on those that make more of what they get.
func newEngine(escape Escape, limit *limiter) *liquid.Engine {
	engine := liquid.NewEngine()
	engine.StrictVariables()
	engine.UnregisterTag("include")
	engine.UnregisterTag("render")
	addFilters(engine, limit)
	engine.SetAutoEscapeReplacer(escape)
	return engine
}

// cause is what the library says, without its own framing.
func cause(err liquid.SourceError) string {
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

// limiter takes the output as long as its bounds allow.
type limiter struct {
	ctx  context.Context
	out  strings.Builder
	left int
	err  error
}

func (l *limiter) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		l.err = fail(0, "what it makes is longer than %d KiB", MaxOutput>>10)
	}
	if err := l.check(); err != nil {
		return 0, err
	}
	return l.out.Write(p)
}

// check tells whether the rendering may go on.
func (l *limiter) check() error {
	if l != nil && l.err == nil && l.ctx.Err() != nil {
		l.err = errSlow
	}
	if l == nil {
		return nil
	}
	return l.err
}
