package message

import (
	"io"
	"reflect"
	"strings"

	"github.com/osteele/liquid/parser"
	"github.com/osteele/liquid/render"
)

// What a rendering does is counted while it is done, in units of about a byte
// looked at, up to MaxWork. So a template is taken or refused for what it does,
// the same on a fast computer, a slow one and a busy one.
const (
	perLetter   = 16  // of an expression, each time it is evaluated
	perOperator = 512 // comparing and searching look into the values
	perFilter   = 64
	perItem     = 16 // of a list that a filter takes
)

// operators are the words in expressions that look into their values.
var operators = []string{"contains", "when", "==", "!=", "<", ">"}

// costly are filters that look at each byte again and again, with how often.
var costly = map[string]int{
	"strip_html": 16, "handleize": 16, "handle": 16, "sort": 16, "sort_natural": 16,
	"escape_once": 8, "slice": 8, "truncate": 8, "truncatewords": 8, "capitalize": 8, "inspect": 8, "json": 8,
	"uri_encode": 4, "url_encode": 4,
}

// counted is a dictionary of filters that count their work before they do it.
type counted struct{ *grammar }

// AddFilter makes counted the library's FilterDictionary.
func (c counted) AddFilter(name string, filter any) {
	f := reflect.ValueOf(filter)
	call := f.Call
	if f.Type().IsVariadic() {
		call = f.CallSlice
	}
	var in []reflect.Type
	for i := range f.Type().NumIn() {
		in = append(in, f.Type().In(i))
	}
	none := reflect.Zero(reflect.TypeFor[error]())
	out := []reflect.Type{f.Type().Out(0), none.Type()}
	c.config.AddFilter(name, reflect.MakeFunc(reflect.FuncOf(in, out, f.Type().IsVariadic()), func(arguments []reflect.Value) []reflect.Value {
		if err := c.limit.work(filterWork(name, arguments)); err != nil {
			return []reflect.Value{reflect.Zero(out[0]), reflect.ValueOf(&err).Elem()}
		}
		return append(call(arguments), none)[:2] // many filters have no error of their own
	}).Interface())
}

func filterWork(name string, arguments []reflect.Value) int {
	units := perFilter
	for _, a := range arguments {
		if a.Kind() != reflect.Func {
			units += weigh(a.Interface())
		}
	}
	if list, ok := arguments[0].Interface().([]any); ok && name == "uniq" {
		units += 2 * perItem * len(list) * objectsIn(list) // those are compared each with each
	}
	return units * max(costly[name], 1)
}

func objectsIn(list []any) (n int) {
	for _, item := range list {
		if _, object := item.(map[string]any); object {
			n++
		}
	}
	return n
}

// weigh is about how many bytes a filter finds in a value.
func weigh(v any) (units int) {
	switch v := v.(type) {
	case string:
		return len(v)
	case []any:
		for _, item := range v {
			units += perItem + weigh(item)
		}
	case map[string]any:
		return perItem * len(v)
	}
	return units
}

// nodeWork is what evaluating a tag may cost, but for its filters.
func nodeWork(source string) int {
	units := perLetter * len(source)
	for _, o := range operators {
		units += perOperator * strings.Count(source, o)
	}
	return units
}

// instrument puts before each tag, and into each empty block, one that counts
// it. Nodes are replaced in their place, for the library has copied the lists
// that hold them.
func (g *grammar) instrument(nodes []render.Node) {
	for i, node := range nodes {
		switch node := node.(type) {
		case *render.SeqNode:
			g.instrument(node.Children)
		case *render.TagNode:
			nodes[i] = g.counting(nodeWork(node.Source), node)
		case *render.ObjectNode:
			nodes[i] = g.counting(nodeWork(node.Source), node)
		case *render.BlockNode:
			nodes[i] = g.counting(g.blockWork(node), node)
		}
	}
}

// blockWork instruments a block and returns what deciding on it may cost.
func (g *grammar) blockWork(block *render.BlockNode) int {
	units := nodeWork(block.Source)
	if len(block.Body) == 0 {
		block.Body = []render.Node{g.tick(perLetter)}
	}
	g.instrument(block.Body)
	for _, clause := range block.Clauses {
		units += g.blockWork(clause)
	}
	return units
}

func (g *grammar) counting(units int, node render.Node) render.Node {
	return &render.SeqNode{Children: []render.Node{g.tick(units), node}}
}

// tick is a tag that counts. No template can name it: it is known for a moment
// alone.
func (g *grammar) tick(units int) render.Node {
	g.config.AddTag("tick", func(string) (func(io.Writer, render.Context) error, error) {
		return func(io.Writer, render.Context) error { return g.limit.work(units) }, nil
	})
	defer g.config.UnregisterTag("tick")
	node, _ := g.config.Compile("{% tick %}", parser.SourceLoc{}) // always parses
	return node
}
