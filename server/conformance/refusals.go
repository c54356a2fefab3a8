package conformance

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// refusalCases are about what must not succeed.
var refusalCases = []Case{
	{Group: "errors", Name: "calls without credentials are refused with 403", Level: Required, run: stranger},
	{Group: "errors", Name: "wrong credentials are refused with 403", Level: Required, run: wrongCredentials},
	{Group: "errors", Name: "credentials in the query are not accepted", Level: Recommended, run: credentialsInQuery},
	{Group: "errors", Name: "strangers learn nothing of endpoints and methods", Level: Recommended, run: strangersLearnNothing},
	{Group: "errors", Name: "an unknown id is answered by 404", Level: Required, run: unknownID},
	{Group: "errors", Name: "an unknown endpoint or method is refused in the error format", Level: Recommended, run: unknownEndpoint},
	{Group: "errors", Name: "a parameter that comes twice is an error", Level: Recommended, run: twice},
	{Group: "errors", Name: "a parameter with two values in query and body is an error", Level: Recommended, run: twoPlaces},
	{Group: "errors", Name: "a badly encoded query is an error", Level: Recommended, run: badQuery},
	{Group: "errors", Name: "no sentence tells a path or an error of the program", Level: Recommended, run: discreet},
	{Group: "errors", Name: "forged ids and paths lead nowhere", Level: Required, run: forgedIDs},
}

func readCalls(id string) []Call {
	return []Call{
		{Endpoint: "metadata", Query: one("id", id)},
		{Endpoint: "files", Query: one("parentId", id)},
		{Endpoint: "download", Query: one("id", id)},
		{Endpoint: "thumbnail", Query: one("id", id)},
		{Method: http.MethodPost, Endpoint: "uploadInit", Query: url.Values{"parentId": {id}, "filename": {"x.txt"}}},
		{Method: http.MethodPut, Endpoint: "upload", Query: one("id", id), Body: strings.NewReader("x")},
		{Method: http.MethodPost, Endpoint: "createFolder", Query: url.Values{"parentId": {id}, "name": {"x"}}},
	}
}

func stranger(ctx context.Context, p *probe) error {
	for _, call := range append(readCalls("/"), Call{Endpoint: "search", Query: one("query", "a")}) {
		call.Stranger = true
		if err := p.refuses(ctx, call, http.StatusForbidden); err != nil {
			return err
		}
	}
	return nil
}

func wrongCredentials(ctx context.Context, p *probe) error {
	for _, h := range []http.Header{
		{"Apikey": {"12345"}, "Username": {p.Credential.Username}},
		{"Authorization": {"Bearer 12345"}},
	} {
		if err := p.refuses(ctx, Call{Endpoint: "files", Query: one("parentId", "/"), Header: h, Stranger: true}, http.StatusForbidden); err != nil {
			return err
		}
	}
	return nil
}

func credentialsInQuery(ctx context.Context, p *probe) error {
	q := url.Values{"parentId": {"/"}, "apiKey": {p.Credential.APIKey}, "username": {p.Credential.Username}, "access_token": {p.Credential.Bearer}}
	return p.refuses(ctx, Call{Endpoint: "files", Query: q, Stranger: true}, http.StatusForbidden)
}

func strangersLearnNothing(ctx context.Context, p *probe) error {
	for _, call := range []Call{{Endpoint: "nothing"}, {Method: http.MethodDelete, Endpoint: "files"}, {Endpoint: "upload"}} {
		call.Stranger = true
		if err := p.refuses(ctx, call, http.StatusForbidden); err != nil {
			return err
		}
	}
	return nil
}

func unknownID(ctx context.Context, p *probe) error {
	for _, call := range readCalls(nowhere) {
		if err := p.refuses(ctx, call, http.StatusNotFound); err != nil {
			return err
		}
	}
	return nil
}

func unknownEndpoint(ctx context.Context, p *probe) error {
	for _, call := range []Call{{Endpoint: "nothing"}, {Endpoint: "files/more"}, {Method: http.MethodDelete, Endpoint: "files"}, {Method: http.MethodPatch, Endpoint: "metadata"}} {
		if err := p.refuses(ctx, call, http.StatusNotFound, http.StatusInternalServerError); err != nil {
			return err
		}
	}
	return nil
}

func twice(ctx context.Context, p *probe) error {
	return p.refuses(ctx, Call{Endpoint: "metadata", RawQuery: "id=%2F&id=" + nowhere}, http.StatusInternalServerError)
}

func twoPlaces(ctx context.Context, p *probe) error {
	return p.refuses(ctx, Call{
		Method: http.MethodPost, Endpoint: "createFolder", Query: one("parentId", nowhere),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: strings.NewReader("parentId=another&name=x"),
	}, http.StatusInternalServerError)
}

func badQuery(ctx context.Context, p *probe) error {
	for _, raw := range []string{"id=%zz", "id=%2", "id=/;parentId=/"} {
		if err := p.refuses(ctx, Call{Endpoint: "metadata", RawQuery: raw}, http.StatusInternalServerError); err != nil {
			return err
		}
	}
	return nil
}

func discreet(ctx context.Context, p *probe) error {
	calls := append(readCalls(nowhere), readCalls("../../../../etc/passwd")...)
	for _, call := range append(calls, Call{Endpoint: "nothing"}, Call{Endpoint: "metadata", RawQuery: "id=%zz"}) {
		a, err := p.Do(ctx, call)
		if err != nil {
			return err
		}
		var said struct{ Error string }
		_ = json.Unmarshal(a.Body, &said) // errorFormat is another case
		for _, trace := range []string{"<html", "/home/", "/usr/", "/tmp/", `:\`, "goroutine ", "Exception", "no such file or directory", "errno", "invalid URL escape", "at java", "Traceback"} {
			if strings.Contains(strings.ToLower(string(a.Body)), strings.ToLower(trace)) {
				return wrong("%s was answered by %s", describe(call), start(a.Body))
			}
		}
	}
	return nil
}

// forgedIDs tries what file servers have fallen for.
func forgedIDs(ctx context.Context, p *probe) error {
	for _, id := range []string{
		"..", "../", "../../etc/passwd", "/etc/passwd", "//", "/..", "/../", `..\..\windows\win.ini`, `C:\Windows\win.ini`,
		"..%2f..%2fetc%2fpasswd", "%252e%252e%252f", "..%5c", "%c0%ae%c0%ae/", "a/../..", "a\x00b", "\xff\xfe", ".", "~", "*",
		".folderfront", "' OR '1'='1", "\"; DROP TABLE files; --", strings.Repeat("a", 255), strings.Repeat("a", 6000), "-1", "0", "1", "null", "\u202e", "CON", "::$DATA",
	} {
		for _, call := range readCalls(id)[:4] {
			if err := p.refuses(ctx, call, http.StatusNotFound, http.StatusForbidden, http.StatusInternalServerError); err != nil {
				return err
			}
		}
	}
	return nil
}
