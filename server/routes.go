package server

import (
	"net/http"
	"slices"
	"strings"
)

// apiBase is what the Base API URL ends with; an endpoint's name follows.
const apiBase = "/api/v1/"

// route is one endpoint. An open one is for anybody; every other needs
// credentials before anything else is looked at.
type route struct {
	name    string
	path    string // of a page; "" for an endpoint
	methods []string
	params  []string // those it knows; others are ignored
	body    bodyUse
	open    bool
	limit   string  // what a limited key must be for; "" is for keys without a limit
	verb    string  // for the activity list; "" is too common to be told
	failed  outcome // the form of its failures, once its parameters are read
	handle  func(*Server, *call) error
}

// bodyUse says what a request's body is to an endpoint.
type bodyUse int

const (
	noBody    bodyUse = iota // nothing; it stays unread
	paramBody                // may hold parameters
	fileBody                 // a document's bytes, whatever its Content-Type
)

var (
	reading  = []string{http.MethodGet, http.MethodHead}
	getting  = []string{http.MethodGet}
	changing = []string{http.MethodPost, http.MethodPut}

	asError   = outcome{Status: "error"}
	asFailure = outcome{Status: "failure"}
	asFail    = outcome{Status: "error", Result: "fail"}
)

// routes are all endpoints of the API. Those that change something accept POST
// and PUT alike: the documents show both.
var routes = []route{
	{name: "metadata", methods: reading, params: []string{"id"}, failed: asError, handle: (*Server).metadata},
	{name: "files", methods: reading, params: []string{"parentId", "max", "offset"}, failed: asError, handle: (*Server).files},
	{name: "search", methods: reading, params: []string{"query", "parentId", "max", "limit", "offset"}, failed: asError, verb: "searched", handle: (*Server).search},
	{name: "download", methods: reading, params: []string{"id"}, failed: asError, verb: "downloaded", handle: (*Server).download},
	{name: "thumbnail", methods: reading, params: []string{"id", "size"}, failed: asError, handle: (*Server).thumbnail},
	{name: "uploadInit", methods: changing, params: []string{"parentId", "filename", "documentId", "documentVersionId"}, body: paramBody, failed: asError, handle: (*Server).uploadInit},
	{name: "upload", methods: changing, params: []string{"id"}, body: fileBody, failed: asFail, verb: "uploaded", handle: (*Server).upload},
	{name: "serviceInfo", methods: reading, open: true, failed: asError, handle: (*Server).serviceInfo},
	{name: "createFolder", methods: changing, params: []string{"parentId", "name"}, body: paramBody, failed: asError, verb: "created", handle: (*Server).createFolder},
	{name: "delete", methods: changing, params: []string{"documentId", "folderId", "id"}, body: paramBody, failed: asFailure, verb: "deleted", handle: (*Server).delete},
	{name: "rename", methods: changing, params: []string{"id", "name"}, body: paramBody, failed: asFailure, verb: "renamed", handle: (*Server).rename},
	{name: "customAction", methods: getting, params: []string{"name", "documentId", "documentVersionId"}, failed: asFailure, verb: "acted", handle: (*Server).customAction},
	{name: "file/customAction", methods: []string{http.MethodPut}, body: fileBody, failed: asFailure, verb: "acted", handle: (*Server).fireAction},
	{name: "file/tags", methods: []string{http.MethodPut}, body: fileBody, limit: "tags", failed: asFailure, verb: "marked", handle: (*Server).setTags},
	{name: "file/notes", methods: []string{http.MethodPut}, body: fileBody, limit: "notes", failed: asFailure, verb: "marked", handle: (*Server).setNotes},
	{name: "customName", methods: getting, params: []string{"name", "documentId", "documentVersionId"}, failed: asFailure, verb: "acted", handle: (*Server).customAction},
}

// pageRoutes are the addresses that people's browsers and OAuth2 clients call,
// each with all that follows when it ends with a slash. They find out by
// themselves who is there, and have their own form of failure.
var pageRoutes = []route{
	{name: "view", path: "/view/", handle: (*Server).page},
	{name: "get", path: "/get/", handle: (*Server).page},
	{name: "link", path: "/link/", handle: (*Server).page},
	{name: "signin", path: "/signin", handle: (*Server).page},
	{name: "signin", path: "/signin/", handle: (*Server).page},
	{name: "signout", path: "/signout", handle: (*Server).page},
	{name: "static", path: "/static/", handle: (*Server).page},
	{name: "authorize", path: "/oauth2/authorize", handle: (*Server).page},
	{name: "token", path: "/oauth2/token", handle: (*Server).token},
	{name: "revoke", path: "/oauth2/revoke", handle: (*Server).revoke},
}

// unknownRoute stands for every path that is no endpoint. It needs credentials
// like any other, so that a stranger can't map what there is.
var unknownRoute = route{name: "unknown", failed: asError}

// KeyLimits lists what a key can be limited to.
func KeyLimits() []string {
	var limits []string
	for _, r := range routes {
		if r.limit != "" {
			limits = append(limits, r.limit)
		}
	}
	return limits
}

// routeByName finds an endpoint by the path that follows the Base API URL.
var routeByName = func() map[string]*route {
	byName := make(map[string]*route, len(routes))
	for i := range routes {
		byName[routes[i].name] = &routes[i]
	}
	return byName
}()

// endpointNames lists the endpoints of the specification, without aliases.
func endpointNames() []string {
	var names []string
	for _, r := range routes {
		if r.name != "customName" && !strings.Contains(r.name, "/") {
			names = append(names, r.name)
		}
	}
	return names
}

// routeOf finds the endpoint of a collapsed path.
func routeOf(path string) *route {
	name, ok := strings.CutPrefix(path, apiBase)
	if found := routeByName[strings.TrimSuffix(name, "/")]; ok && found != nil {
		return found
	}
	for i := range pageRoutes {
		page := &pageRoutes[i]
		if path == page.path || strings.HasSuffix(page.path, "/") && strings.HasPrefix(path, page.path) {
			return page
		}
	}
	return &unknownRoute
}

// allows tells whether the endpoint serves a method.
func (r *route) allows(method string) bool { return slices.Contains(r.methods, method) }

// collapse makes one slash of several. It comes before everything that routes:
// a Base API URL that was pasted with a slash at its end yields //files, and a
// redirect would lose the body of a POST.
func collapse(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}
