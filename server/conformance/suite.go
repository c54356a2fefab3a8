package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Options say which provider to examine, and how.
type Options struct {
	BaseURL    string
	Credential Credential
	OAuth      *OAuth       // nil leaves out the refreshing of tokens
	Write      bool         // allow cases that write
	HTTP       *http.Client // nil means http.DefaultClient
}

// Level says how much a case weighs.
type Level string

// The levels.
const (
	Required    Level = "required"    // by Workfront's specification
	Recommended Level = "recommended" // by what is known of its use
)

// Case is one sentence about a provider.
type Case struct {
	Group  string // an endpoint, or one of the specification's ten tests
	Name   string // the sentence
	Level  Level
	Writes bool
	run    func(context.Context, *probe) error
}

// Result is what became of a case.
type Result struct {
	Case
	Reason  string // why the sentence isn't true; "" when it is, or when the case was left out
	LeftOut string // why the case was left out; "" when it was not
	Took    time.Duration
}

// Passed tells that the case was examined and holds.
func (r Result) Passed() bool { return r.Reason == "" && r.LeftOut == "" }

// leftOut is the reason for which a case can't be examined.
type leftOut string

func (l leftOut) Error() string { return string(l) }

// Cases lists every case in the order in which Run examines them.
func Cases() []Case {
	var all []Case
	for _, group := range [][]Case{tenTests, callCases, refusalCases, readingCases, downloadCases, pictureCases, folderCases, uploadCases, changeCases, serviceCases} {
		all = append(all, group...)
	}
	return all
}

// Run examines a provider case by case and tells each result as it comes. It
// fails only when ctx ends or when what it wrote can't be cleaned up.
func Run(ctx context.Context, o Options, tell func(Result)) error {
	p := newProbe(o)
	refused := false
	for i, c := range Cases() {
		if err := ctx.Err(); err != nil {
			return errors.Join(err, p.cleanUp(context.WithoutCancel(ctx)))
		}
		if refused {
			tell(Result{Case: c, LeftOut: "the credential is not accepted"})
			continue
		}
		r := examine(ctx, c, p)
		tell(r)
		// The first case shows the credential. With a wrong one every other
		// call would look like guessing, which a provider slows down.
		refused = i == 0 && r.Reason != ""
	}
	return p.cleanUp(ctx)
}

// caseTime is the longest that a case may take, longer than Workfront itself
// would wait for an answer.
const caseTime = 2 * time.Minute

func examine(ctx context.Context, c Case, p *probe) Result {
	r := Result{Case: c}
	if c.Writes && !p.options.Write {
		r.LeftOut = "it writes, which was not allowed"
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, caseTime)
	defer cancel()
	begin := time.Now()
	err := c.run(ctx, p)
	r.Took = time.Since(begin)
	var out leftOut
	switch {
	case errors.As(err, &out):
		r.LeftOut = out.Error()
	case err != nil:
		r.Reason = err.Error()
	}
	return r
}

// wrong is a reason.
func wrong(format string, args ...any) error { return fmt.Errorf(format, args...) }
