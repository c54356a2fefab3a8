package conformance

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// callCases are about the form of calls, whatever the endpoint.
var callCases = []Case{
	{Group: "calls", Name: "a Base API URL with a slash at its end works", Level: Recommended, run: slashAtEnd},
	{Group: "calls", Name: "a POST to such an address is not redirected", Level: Recommended, run: slashPost},
	{Group: "calls", Name: "unknown parameters are ignored", Level: Required, run: unknownParameters},
	{Group: "calls", Name: "header names may have any case", Level: Required, run: headerCase},
	{Group: "calls", Name: "a fixed Authorization: Basic does not disturb the API key", Level: Required, run: basicBeside},
	{Group: "calls", Name: "parameters may come as a form", Level: Recommended, Writes: true, run: byBody("application/x-www-form-urlencoded", formBody)},
	{Group: "calls", Name: "parameters may come as a multipart form", Level: Recommended, Writes: true, run: byMultipart},
	{Group: "calls", Name: "parameters may come as JSON", Level: Recommended, Writes: true, run: byBody("application/json", jsonBody)},
	{Group: "calls", Name: "answers are JSON and say so", Level: Required, run: sayJSON},
	{Group: "calls", Name: "answers are kept by no cache on the way", Level: Recommended, run: noStore},
}

func slashAtEnd(ctx context.Context, p *probe) error {
	_, err := p.accept(ctx, Call{Endpoint: "/files", Query: one("parentId", "/")})
	return err
}

// direct is a client that shows a redirect rather than following it.
func (p *probe) direct() *Client {
	stiff := *p.http()
	stiff.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{BaseURL: p.BaseURL, Credential: p.Credential, HTTP: &stiff}
}

func slashPost(ctx context.Context, p *probe) error {
	a, err := p.direct().Do(ctx, Call{Method: http.MethodPost, Endpoint: "/uploadInit", Query: one("parentId", nowhere)})
	if err != nil {
		return err
	}
	if a.Status/100 == 3 {
		return wrong("it was redirected (%d), which loses the body", a.Status)
	}
	return nil
}

func unknownParameters(ctx context.Context, p *probe) error {
	_, err := p.accept(ctx, Call{Endpoint: "files", Query: url.Values{"parentId": {"/"}, "access_type": {"offline", "online"}}})
	return err
}

func headerCase(ctx context.Context, p *probe) error {
	if p.Credential.Bearer != "" {
		return p.acceptsHeaders(ctx, http.Header{"AUTHORIZATION": {"Bearer " + p.Credential.Bearer}})
	}
	for _, names := range [][2]string{{"apikey", "username"}, {"APIKEY", "USERNAME"}, {"apiKey", "userName"}} {
		if err := p.acceptsHeaders(ctx, http.Header{names[0]: {p.Credential.APIKey}, names[1]: {p.Credential.Username}}); err != nil {
			return err
		}
	}
	return nil
}

// acceptsHeaders makes a call whose credential are the headers as spelt.
func (p *probe) acceptsHeaders(ctx context.Context, h http.Header) error {
	_, err := p.accept(ctx, Call{Endpoint: "files", Query: one("parentId", "/"), Header: h, Stranger: true})
	return err
}

func basicBeside(ctx context.Context, p *probe) error {
	if p.Credential.Bearer != "" {
		return leftOut("the credential is a bearer token, which takes the header's place")
	}
	_, err := p.accept(ctx, Call{Endpoint: "files", Query: one("parentId", "/"), Header: http.Header{"Authorization": {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}}})
	return err
}

func formBody(parent, name string) string {
	return url.Values{"parentId": {parent}, "name": {name}}.Encode()
}

func jsonBody(parent, name string) string {
	return `{"parentId":` + quote(parent) + `,"name":` + quote(name) + `}`
}

func byBody(kind string, body func(parent, name string) string) func(context.Context, *probe) error {
	return func(ctx context.Context, p *probe) error {
		return p.createsBy(ctx, func(parent, name string) (string, string) { return kind, body(parent, name) })
	}
}

func byMultipart(ctx context.Context, p *probe) error {
	return p.createsBy(ctx, func(parent, name string) (string, string) {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for field, value := range map[string]string{"parentId": parent, "name": name} {
			_ = w.WriteField(field, value) // a buffer takes everything
		}
		_ = w.Close()
		return w.FormDataContentType(), body.String()
	})
}

// createsBy makes a folder by parameters in a body.
func (p *probe) createsBy(ctx context.Context, body func(parent, name string) (kind, text string)) error {
	parent, err := p.newFolder(ctx)
	if err != nil {
		return err
	}
	const name = "made by a body & more"
	kind, text := body(parent.ID, name)
	_, err = p.accept(ctx, Call{Method: http.MethodPost, Endpoint: "createFolder", Header: http.Header{"Content-Type": {kind}}, Body: strings.NewReader(text)})
	if err != nil {
		return err
	}
	_, err = p.child(ctx, parent.ID, name)
	return err
}

func sayJSON(ctx context.Context, p *probe) error {
	for _, call := range []Call{{Endpoint: "metadata", Query: one("id", "/")}, {Endpoint: "files", Query: one("parentId", "/")}, {Endpoint: "metadata", Query: one("id", nowhere)}} {
		a, err := p.Do(ctx, call)
		if err != nil {
			return err
		}
		if kind := a.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
			return wrong("%s has the Content-Type %q", describe(call), kind)
		}
	}
	return nil
}

func noStore(ctx context.Context, p *probe) error {
	a, err := p.accept(ctx, Call{Endpoint: "files", Query: one("parentId", "/")})
	if err != nil {
		return err
	}
	if kept := a.Header.Get("Cache-Control"); !strings.Contains(kept, "no-store") {
		return wrong("Cache-Control is %q", kept)
	}
	return nil
}
