package conformance

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// tenTests are the steps of the specification's "Testing" that need no person.
var tenTests = []Case{
	{Group: "Test 1: provision", Name: "the credential is accepted", Level: Required, run: accepted},
	{Group: "Test 2: link a document", Name: "the folders can be browsed to a document", Level: Required, run: browse},
	{Group: "Test 2: link a document", Name: "a document's metadata are those of its listing", Level: Required, run: sameMetadata},
	{Group: "Test 3: open a document", Name: "viewLink leads to a page", Level: Required, run: viewLink},
	{Group: "Test 4: open a document, signed out", Name: "viewLink does not hand the document to a stranger", Level: Recommended, run: viewLinkGuards},
	{Group: "Test 5: download", Name: "downloadLink leads to the document or to a sign-in", Level: Required, run: downloadLink},
	{Group: "Test 6: search", Name: "a document is found by its name", Level: Required, run: findByName},
	{Group: "Test 7: send from Workfront", Name: "an upload arrives in its folder, byte for byte", Level: Required, Writes: true, run: sendFromWorkfront},
	{Group: "Test 8: thumbnail", Name: "a document has a picture", Level: Required, run: thumbnailOf},
	{Group: "Test 9: content", Name: "a document's bytes are as many as its metadata say", Level: Required, run: contentOf},
	{Group: "Test 10: refresh", Name: "a refresh token brings a new access token", Level: Required, run: refresh},
}

func accepted(ctx context.Context, p *probe) error {
	_, err := p.Files(ctx, "/")
	return err
}

func browse(ctx context.Context, p *probe) error {
	_, err := p.document(ctx)
	return err
}

func sameMetadata(ctx context.Context, p *probe) error {
	listed, err := p.document(ctx)
	if err != nil {
		return err
	}
	told, err := p.Metadata(ctx, listed.ID)
	if err != nil {
		return err
	}
	for field, value := range told.Raw {
		if string(listed.Raw[field]) != string(value) {
			return wrong("%s is %s in the listing and %s in /metadata", field, listed.Raw[field], value)
		}
	}
	return nil
}

// open follows a link as a browser without any credential would.
func (p *probe) open(ctx context.Context, name, link string) (*http.Response, []byte, error) {
	u, err := url.Parse(link)
	if err != nil || !u.IsAbs() || u.Host == "" {
		return nil, nil, wrong("%s is %q, which is no address that a browser can open", name, link)
	}
	const longest = 2048 // Workfront keeps no longer ones
	if len(link) >= longest {
		return nil, nil, wrong("%s has %d characters, and Workfront keeps at most %d", name, len(link), longest)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Accept", "text/html,*/*")
	resp, err := p.http().Do(req)
	if err != nil {
		return nil, nil, wrong("%s can't be opened: %v", name, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return resp, body, err
}

func viewLink(ctx context.Context, p *probe) error {
	return p.linkOpens(ctx, "viewLink", func(i Item) string { return i.ViewLink })
}

func downloadLink(ctx context.Context, p *probe) error {
	return p.linkOpens(ctx, "downloadLink", func(i Item) string { return i.DownloadLink })
}

// linkOpens takes a sign-in for an answer: 401 and 403 are one, too.
func (p *probe) linkOpens(ctx context.Context, name string, link func(Item) string) error {
	i, err := p.document(ctx)
	if err != nil {
		return err
	}
	resp, _, err := p.open(ctx, name, link(i))
	if err != nil {
		return err
	}
	if s := resp.StatusCode; s >= 400 && s != http.StatusUnauthorized && s != http.StatusForbidden {
		return wrong("%s was answered by %d", name, s)
	}
	return nil
}

func viewLinkGuards(ctx context.Context, p *probe) error {
	i, content, err := p.bytesOf(ctx)
	if err != nil {
		return err
	}
	for name, link := range map[string]string{"viewLink": i.ViewLink, "downloadLink": i.DownloadLink} {
		_, body, err := p.open(ctx, name, link)
		if err != nil {
			return err
		}
		if len(content) > 0 && string(body) == string(content) {
			return wrong("%s gives the document to anybody who knows it", name)
		}
	}
	return nil
}

func findByName(ctx context.Context, p *probe) error {
	i, err := p.document(ctx)
	if err != nil {
		return err
	}
	found, err := p.Search(ctx, strings.TrimSuffix(i.Title, path.Ext(i.Title)), "")
	if err != nil {
		return err
	}
	if !contains(found, i.ID) {
		return wrong("a search for the name of %q has %d results and it is none of them", i.Title, len(found))
	}
	return nil
}

func contains(items []Item, id string) bool {
	for _, i := range items {
		if i.ID == id {
			return true
		}
	}
	return false
}

func sendFromWorkfront(ctx context.Context, p *probe) error {
	content := []byte("Sent from Workfront.\n")
	folder, sent, err := p.newFile(ctx, "from Workfront.txt", content)
	if err != nil {
		return err
	}
	listed, err := p.child(ctx, folder.ID, "from Workfront.txt")
	if err != nil {
		return err
	}
	if listed.ID != sent.ID {
		return wrong("the document has the id %s, but /uploadInit said %s", listed.ID, sent.ID)
	}
	return p.holds(ctx, sent.ID, content)
}

func thumbnailOf(ctx context.Context, p *probe) error {
	i, err := p.document(ctx)
	if err != nil {
		return err
	}
	a, err := p.Thumbnail(ctx, i.ID, "")
	if err != nil {
		return err
	}
	_, err = sizeOfPicture(a)
	return err
}

func contentOf(ctx context.Context, p *probe) error {
	i, content, err := p.bytesOf(ctx)
	if err != nil {
		return err
	}
	if i.Size != int64(len(content)) {
		return wrong("the metadata of %q say %d bytes, /download gave %d", i.Title, i.Size, len(content))
	}
	return nil
}

// OAuth is what Workfront holds of an OAuth2 grant.
type OAuth struct {
	TokenURL     string // the Token Endpoint URL
	ClientID     string
	ClientSecret string
	RefreshToken string
}

func refresh(ctx context.Context, p *probe) error {
	o := p.options.OAuth
	if o == nil {
		return leftOut("no OAuth2 grant was given")
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {o.RefreshToken}, "client_id": {o.ClientID}, "client_secret": {o.ClientSecret}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := p.http().Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	var tokens struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.Unmarshal(body, &tokens); err != nil || resp.StatusCode != http.StatusOK {
		return wrong("the token endpoint answered %d", resp.StatusCode)
	}
	if tokens.AccessToken == "" || tokens.RefreshToken == "" {
		return wrong("the token endpoint answered without access_token or refresh_token")
	}
	renewed := Client{BaseURL: p.BaseURL, Credential: Credential{Bearer: tokens.AccessToken}, HTTP: p.HTTP}
	_, err = renewed.Files(ctx, "/")
	return err
}
