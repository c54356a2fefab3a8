package server

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"folderfront/server/catalogue"
)

// maxParamBody bounds the body that a call's parameters may come in, in bytes.
// It is far above any name or query that could be accepted.
const maxParamBody = 256 << 10

// params are the parameters of one call, each known one at most once.
// Parameters that the endpoint doesn't know are not in it: administrators may
// add fixed ones to every call.
type params map[string]string

// Sentences of bad parameters; each is the whole truth that the caller needs.
var (
	errQuerySyntax = badInput("The address of this call is not well formed: its parameters can't be read. Nothing was changed.")
	errBodySyntax  = badInput("The parameters in the body of this call can't be read. Nothing was changed.")
	errBodySize    = badInput("The parameters of this call are too long. Nothing was changed.")
)

// readParams collects the parameters called names from the query and, when
// fromBody, from a form, multipart or JSON body. A parameter that comes twice
// in one place, or with different values in two, is an error.
func readParams(r *http.Request, names []string, fromBody bool) (params, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, errQuerySyntax
	}
	p := params{}
	if err := p.merge(query, names); err != nil {
		return nil, err
	}
	if !fromBody || r.Body == nil || r.Body == http.NoBody {
		return p, nil
	}
	body, err := bodyValues(r, names)
	if err != nil {
		return nil, err
	}
	return p, p.merge(body, names)
}

// merge adds the values of one place.
func (p params) merge(values url.Values, names []string) error {
	for _, name := range names {
		given := values[name]
		if len(given) == 0 {
			continue
		}
		if len(given) > 1 {
			return badInput("The parameter " + name + " came more than once. Nothing was changed.")
		}
		if old, ok := p[name]; ok && old != given[0] {
			return badInput("The parameter " + name + " came with two different values. Nothing was changed.")
		}
		p[name] = given[0]
	}
	return nil
}

// bodyValues reads the body as what its Content-Type says. A body of another
// type carries no parameters and is left unread.
func bodyValues(r *http.Request, names []string) (url.Values, error) {
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, badInput("This call's body is compressed, which is not supported. Nothing was changed.")
	}
	kind, details, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && kind == "" {
		kind = r.Header.Get("Content-Type")
	}
	switch {
	case kind == "multipart/form-data":
		return multipartValues(http.MaxBytesReader(nil, r.Body, maxParamBody), details["boundary"])
	case kind == "application/json", strings.HasSuffix(kind, "+json"):
		return read(r, names, jsonValues)
	case kind == "application/x-www-form-urlencoded":
		return read(r, names, formValues)
	case kind == "", kind == "text/plain":
		return read(r, names, guessedValues)
	}
	return nil, nil
}

// read gives the whole bounded body to parse.
func read(r *http.Request, names []string, parse func(string, []string) (url.Values, error)) (url.Values, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxParamBody))
	if err != nil {
		return nil, bodyError(err)
	}
	return parse(string(body), names)
}

func bodyError(err error) error {
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return errBodySize
	}
	return errBodySyntax
}

// guessedValues parses a body that nobody labelled.
func guessedValues(body string, names []string) (url.Values, error) {
	if strings.HasPrefix(strings.TrimSpace(body), "{") {
		return jsonValues(body, names)
	}
	return formValues(body, names)
}

// formValues also takes one parameter a line, as the specification's examples
// are printed.
func formValues(body string, _ []string) (url.Values, error) {
	body = strings.ReplaceAll(strings.TrimSpace(body), "\r\n", "\n")
	values, err := url.ParseQuery(strings.ReplaceAll(body, "\n", "&"))
	if err != nil {
		return nil, errBodySyntax
	}
	return values, nil
}

func multipartValues(body io.Reader, boundary string) (url.Values, error) {
	if boundary == "" {
		return nil, errBodySyntax
	}
	values := url.Values{}
	for parts := multipart.NewReader(body, boundary); ; {
		part, err := parts.NextPart()
		if err == io.EOF { // not one that is wrapped: that is a body cut short
			return values, nil
		}
		if err != nil {
			return nil, bodyError(err)
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, bodyError(err)
		}
		values.Add(part.FormName(), string(value))
	}
}

// jsonValues reads one JSON object, keeping repeated keys so that they are
// seen. Strings, numbers and booleans are values, null is none; anything nested
// is an error under one of the names.
func jsonValues(body string, names []string) (url.Values, error) {
	if strings.TrimSpace(body) == "" {
		return nil, nil
	}
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errBodySyntax
	}
	values := url.Values{}
	for d.More() {
		if err := addMember(d, values, names); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, errBodySyntax
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errBodySyntax
	}
	return values, nil
}

// addMember reads one member of a JSON object.
func addMember(d *json.Decoder, values url.Values, names []string) error {
	key, err := d.Token()
	if err != nil {
		return errBodySyntax
	}
	var value any
	if err := d.Decode(&value); err != nil {
		return errBodySyntax
	}
	name := key.(string) // the decoder accepts no other key
	switch v := value.(type) {
	case nil:
	case string:
		values.Add(name, v)
	case json.Number:
		values.Add(name, v.String())
	case bool:
		values.Add(name, strconv.FormatBool(v))
	default:
		if slices.Contains(names, name) {
			return badInput("The parameter " + name + " must be a text, not a list or an object. Nothing was changed.")
		}
	}
	return nil
}

// required is a parameter that the call can't do without.
func (p params) required(name string) (string, error) {
	value := p[name]
	if value == "" {
		return "", badInput("The parameter " + name + " is missing. Nothing was changed.")
	}
	return value, nil
}

// id is a document's or folder's id that must be given.
func (p params) id(name string) (catalogue.ID, error) {
	value, err := p.required(name)
	if err != nil {
		return "", err
	}
	return catalogue.ParseID(value)
}

// idOrRoot is the id of a folder, the root when it is missing.
func (p params) idOrRoot(name string) (catalogue.ID, error) {
	return catalogue.ParseID(p[name])
}

// oneID is the id under exactly one of the names, and that name.
func (p params) oneID(names ...string) (catalogue.ID, string, error) {
	given := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return p[name] == "" })
	if len(given) != 1 {
		return "", "", badInput("Give exactly one of " + strings.Join(names, ", ") + ". Nothing was changed.")
	}
	id, err := catalogue.ParseID(p[given[0]])
	return id, given[0], err
}

// count is a number of items, fallback when it is missing, negative or no
// number.
func (p params) count(name string, fallback int) int {
	if n := p.number(name, fallback); n >= 0 {
		return n
	}
	return fallback
}

// number is a whole number, fallback when it is missing or none. One beyond all
// bounds is the greatest or smallest that there is.
func (p params) number(name string, fallback int) int {
	n, err := strconv.Atoi(strings.TrimSpace(p[name]))
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return fallback
	}
	return n
}
