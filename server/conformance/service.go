package conformance

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
)

// serviceCases are about /serviceInfo and /customAction.
var serviceCases = []Case{
	{Group: "serviceInfo", Name: "it needs no credentials", Level: Required, run: infoForAnybody},
	{Group: "serviceInfo", Name: "all fields are there, the lists as lists", Level: Required, run: infoFields},
	{Group: "serviceInfo", Name: "it lists the endpoints that answer", Level: Recommended, run: infoEndpoints},
	{Group: "customAction", Name: "an unknown action is a failure with a sentence", Level: Required, run: unknownAction},
	{Group: "customAction", Name: "a HEAD runs no action", Level: Recommended, run: headAction},
	{Group: "customAction", Name: "/customName is the same", Level: Recommended, run: customName},
}

func infoForAnybody(ctx context.Context, p *probe) error {
	_, err := p.ServiceInfo(ctx)
	return err
}

func infoFields(ctx context.Context, p *probe) error {
	a, err := p.accept(ctx, Call{Endpoint: "serviceInfo", Stranger: true})
	if err != nil {
		return err
	}
	var info map[string]json.RawMessage
	if err := json.Unmarshal(a.Body, &info); err != nil {
		return wrong("it is no JSON object: %v", err)
	}
	if info["webhookVersion"] == nil && info["webhook version"] == nil {
		return wrong("webhookVersion is missing")
	}
	for _, name := range []string{"version", "publisher"} {
		var text string
		if json.Unmarshal(info[name], &text) != nil || text == "" {
			return wrong("%s is %s", name, info[name])
		}
	}
	for _, name := range []string{"availableEndpoints", "customActions"} {
		var list []any
		if json.Unmarshal(info[name], &list) != nil || list == nil {
			return wrong("%s is %s, which is no list", name, info[name])
		}
	}
	return nil
}

func infoEndpoints(ctx context.Context, p *probe) error {
	info, err := p.ServiceInfo(ctx)
	if err != nil {
		return err
	}
	for _, name := range []string{"metadata", "files", "search", "download", "thumbnail", "uploadInit", "upload"} {
		if !slices.Contains(info.AvailableEndpoints, name) {
			return wrong("%s is not listed", name)
		}
	}
	return nil
}

func actionQuery() url.Values {
	return url.Values{"name": {"folderfront-check-no-such-action"}, "documentId": {"5502082c003a4f30ddec2fb2b739cb7c"}, "documentVersionId": {"54b598a700e2342d6971597a5df1a8d3"}}
}

func unknownAction(ctx context.Context, p *probe) error {
	return p.actionFails(ctx, "customAction")
}

func customName(ctx context.Context, p *probe) error {
	return p.actionFails(ctx, "customName")
}

// actionFails accepts a failure with any status: Workfront shows the sentence.
func (p *probe) actionFails(ctx context.Context, endpoint string) error {
	a, err := p.Do(ctx, Call{Endpoint: endpoint, Query: actionQuery()})
	if err != nil {
		return err
	}
	var said struct{ Status, Error string }
	if err := json.Unmarshal(a.Body, &said); err != nil {
		return wrong("it is no JSON (%s)", start(a.Body))
	}
	if said.Status != "failure" || said.Error == "" {
		return wrong("it is %s", start(a.Body))
	}
	return nil
}

func headAction(ctx context.Context, p *probe) error {
	a, err := p.Do(ctx, Call{Method: http.MethodHead, Endpoint: "customAction", Query: actionQuery()})
	if err != nil {
		return err
	}
	if a.Status/100 == 2 {
		return wrong("it was answered by %d", a.Status)
	}
	return nil
}
