// Package conformance plays Workfront against a provider of the Document
// Webhooks API and tells, case by case, whether the provider keeps to it.
//
// Its terms:
//
//   - The provider is whatever answers under a Base API URL; nothing here knows
//     Folderfront.
//   - A Client speaks the API as Workfront does, with an API key or a bearer
//     token.
//   - A case is one sentence about a provider that is true or for which there
//     is a reason why not. Required ones follow from Workfront's specification,
//     recommended ones from what is known of its use.
//   - Cases only read, unless writing is allowed. Then they write into one
//     scratch folder that they make and delete.
package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Credential is what Workfront would send with each call: an API key and the
// name of its user, or the access token of an OAuth2 grant.
type Credential struct {
	APIKey   string
	Username string
	Bearer   string
}

// Client calls one provider. It is safe for concurrent use when HTTP is.
type Client struct {
	BaseURL    string // the Base API URL, as an administrator would enter it
	Credential Credential
	HTTP       *http.Client // nil means http.DefaultClient
}

// Answer is a provider's answer, whole.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Took   time.Duration
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 256 << 20

// Call is one call. Its zero value is a GET without parameters.
type Call struct {
	Method   string // GET when empty
	Endpoint string // "metadata"; what precedes it in the URL is the Base API URL and a slash
	Query    url.Values
	RawQuery string // in place of Query when not empty
	Header   http.Header
	Body     io.Reader
	Length   int64 // of the body; 0 leaves it to net/http, -1 sends it in chunks
	Stranger bool  // without credentials
}

// Do makes a call. An error means that no answer came; whether the answer is a
// good one is for the caller to say.
func (c *Client) Do(ctx context.Context, call Call) (*Answer, error) {
	begin := time.Now()
	resp, err := c.Stream(ctx, call)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("the answer to %s %s broke off: %w", resp.Request.Method, call.Endpoint, err)
	}
	return &Answer{resp.StatusCode, resp.Header, body, time.Since(begin)}, nil
}

// Stream makes a call as Do does and leaves the answer's body to the caller, who
// closes it.
func (c *Client) Stream(ctx context.Context, call Call) (*http.Response, error) {
	req, err := c.request(ctx, call)
	if err != nil {
		return nil, err
	}
	resp, err := c.http().Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s was not answered: %w", req.Method, call.Endpoint, err)
	}
	return resp, nil
}

func (c *Client) request(ctx context.Context, call Call) (*http.Request, error) {
	target := strings.TrimRight(c.BaseURL, "/") + "/" + call.Endpoint
	switch {
	case call.RawQuery != "":
		target += "?" + call.RawQuery
	case len(call.Query) > 0:
		target += "?" + call.Query.Encode()
	}
	method := call.Method
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, target, call.Body)
	if err != nil {
		return nil, fmt.Errorf("the Base API URL is no address of a provider: %w", err)
	}
	if call.Length != 0 {
		req.ContentLength = call.Length
	}
	if !call.Stranger {
		c.Credential.sign(req.Header)
	}
	for name, values := range call.Header {
		req.Header[name] = values
	}
	return req, nil
}

// sign adds the headers of the specification's "Authentication".
func (c Credential) sign(h http.Header) {
	if c.Bearer != "" {
		h.Set("Authorization", "Bearer "+c.Bearer)
		return
	}
	h.Set("apiKey", c.APIKey)
	if c.Username != "" {
		h.Set("username", c.Username)
	}
}

func (c *Client) http() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return http.DefaultClient
}

// Item is the metadata of a file or folder. Raw holds its fields as they came.
type Item struct {
	Title        string
	Kind         string
	ID           string
	ViewLink     string
	DownloadLink string
	MIMEType     string
	DateModified string
	Size         int64 // bytes; -1 when the provider doesn't tell
	ReadOnly     bool
	Raw          map[string]json.RawMessage
}

// Folder tells whether the item is one.
func (i Item) Folder() bool { return i.Kind == "folder" }

// UnmarshalJSON accepts a size as text, as a number, or empty.
func (i *Item) UnmarshalJSON(data []byte) error {
	var fields struct {
		Title, Kind, ID, ViewLink, DownloadLink, MIMEType, DateModified string
		Size                                                            json.RawMessage
		ReadOnly                                                        bool
	}
	if err := json.Unmarshal(data, &fields); err != nil {
		return fmt.Errorf("metadata have another form than the specification's: %w", err)
	}
	*i = Item{
		Title: fields.Title, Kind: fields.Kind, ID: fields.ID, ViewLink: fields.ViewLink, DownloadLink: fields.DownloadLink,
		MIMEType: fields.MIMEType, DateModified: fields.DateModified, ReadOnly: fields.ReadOnly, Size: -1,
	}
	if size := strings.Trim(string(fields.Size), `"`); size != "" && size != "null" {
		if _, err := fmt.Sscan(size, &i.Size); err != nil {
			return fmt.Errorf("the size %s of %q is no number", fields.Size, i.Title)
		}
	}
	return json.Unmarshal(data, &i.Raw)
}

// Refusal is an answer that says no.
type Refusal struct {
	Endpoint string
	Answer   *Answer
	Sentence string // the answer's "error"
}

// Error names the endpoint, the status and what the provider says.
func (r *Refusal) Error() string {
	said := r.Sentence
	if said == "" {
		said = "without a sentence"
	}
	return fmt.Sprintf("/%s answered %d: %s", r.Endpoint, r.Answer.Status, said)
}

// accept makes a call that must be answered with a status of success.
func (c *Client) accept(ctx context.Context, call Call) (*Answer, error) {
	a, err := c.Do(ctx, call)
	if err != nil {
		return nil, err
	}
	return a, a.refusal(call.Endpoint)
}

// refusal is nil for a status of success.
func (a *Answer) refusal(endpoint string) error {
	if a.Status/100 == 2 {
		return nil
	}
	var said struct{ Error string }
	_ = json.Unmarshal(a.Body, &said) // what isn't JSON has no sentence
	return &Refusal{endpoint, a, said.Error}
}

// fetch makes a call whose answer is JSON.
func (c *Client) fetch(ctx context.Context, call Call, into any) error {
	a, err := c.accept(ctx, call)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		return fmt.Errorf("/%s answered what is not the JSON it should be (%s): %w", call.Endpoint, start(a.Body), err)
	}
	return nil
}

// Metadata is GET /metadata.
func (c *Client) Metadata(ctx context.Context, id string) (i Item, err error) {
	err = c.fetch(ctx, Call{Endpoint: "metadata", Query: url.Values{"id": {id}}}, &i)
	return i, err
}

// Files is GET /files.
func (c *Client) Files(ctx context.Context, parentID string) (items []Item, err error) {
	err = c.fetch(ctx, Call{Endpoint: "files", Query: url.Values{"parentId": {parentID}}}, &items)
	return items, err
}

// Search is GET /search; an empty parentID searches everywhere.
func (c *Client) Search(ctx context.Context, query, parentID string) (items []Item, err error) {
	q := url.Values{"query": {query}}
	if parentID != "" {
		q.Set("parentId", parentID)
	}
	err = c.fetch(ctx, Call{Endpoint: "search", Query: q}, &items)
	return items, err
}

// Download is GET /download, whole.
func (c *Client) Download(ctx context.Context, id string) (*Answer, error) {
	return c.accept(ctx, Call{Endpoint: "download", Query: url.Values{"id": {id}}})
}

// OpenDownload is GET /download; the caller reads the body and closes it.
func (c *Client) OpenDownload(ctx context.Context, id string) (*http.Response, error) {
	call := Call{Endpoint: "download", Query: url.Values{"id": {id}}}
	resp, err := c.Stream(ctx, call)
	if err != nil || resp.StatusCode/100 == 2 {
		return resp, err
	}
	defer resp.Body.Close()
	const sentence = 64 << 10 // bytes in which a refusal says why
	body, err := io.ReadAll(io.LimitReader(resp.Body, sentence))
	if err != nil {
		return nil, fmt.Errorf("the refusal of /download broke off: %w", err)
	}
	return nil, (&Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}).refusal(call.Endpoint)
}

// Thumbnail is GET /thumbnail; size is the width in pixels, "" for the
// provider's own.
func (c *Client) Thumbnail(ctx context.Context, id, size string) (*Answer, error) {
	q := url.Values{"id": {id}}
	if size != "" {
		q.Set("size", size)
	}
	return c.accept(ctx, Call{Endpoint: "thumbnail", Query: q})
}

// UploadInit is POST /uploadInit with made-up Workfront ids.
func (c *Client) UploadInit(ctx context.Context, parentID, filename string) (Item, error) {
	return c.Announce(ctx, parentID, filename, Document{"511ea6e000023edb38d2effb2f4e6e3b", "511ea6e000023edb38d2effb2f4e6e3c"})
}

// Document is one of Workfront's, by Workfront's own ids.
type Document struct{ ID, VersionID string }

// Announce is POST /uploadInit for a document of Workfront's.
func (c *Client) Announce(ctx context.Context, parentID, filename string, d Document) (i Item, err error) {
	q := url.Values{"parentId": {parentID}, "filename": {filename}, "documentId": {d.ID}, "documentVersionId": {d.VersionID}}
	err = c.fetch(ctx, Call{Method: http.MethodPost, Endpoint: "uploadInit", Query: q}, &i)
	return i, err
}

// Upload is PUT /upload of content.
func (c *Client) Upload(ctx context.Context, id string, content []byte) error {
	return c.UploadFrom(ctx, id, bytes.NewReader(content), int64(len(content)))
}

// UploadFrom is PUT /upload of what body holds: length bytes, or -1 for as many
// as come.
func (c *Client) UploadFrom(ctx context.Context, id string, body io.Reader, length int64) error {
	if length == 0 {
		body = http.NoBody
	}
	return c.upload(ctx, Call{Method: http.MethodPut, Query: url.Values{"id": {id}}, Body: body, Length: length})
}

func (c *Client) upload(ctx context.Context, call Call) error {
	call.Endpoint = "upload"
	var said struct{ Result string }
	if err := c.fetch(ctx, call, &said); err != nil {
		return err
	}
	if said.Result != "success" {
		return fmt.Errorf("/upload answered the result %q", said.Result)
	}
	return nil
}

// Send is both parts of an upload.
func (c *Client) Send(ctx context.Context, parentID, filename string, content []byte) (Item, error) {
	i, err := c.UploadInit(ctx, parentID, filename)
	if err != nil {
		return i, err
	}
	return i, c.Upload(ctx, i.ID, content)
}

// CreateFolder is POST /createFolder.
func (c *Client) CreateFolder(ctx context.Context, parentID, name string) (i Item, err error) {
	err = c.fetch(ctx, Call{Method: http.MethodPost, Endpoint: "createFolder", Query: url.Values{"parentId": {parentID}, "name": {name}}}, &i)
	return i, err
}

// Rename is PUT /rename.
func (c *Client) Rename(ctx context.Context, id, name string) error {
	return c.change(ctx, "rename", url.Values{"id": {id}, "name": {name}})
}

// Delete is PUT /delete of a document or, when folder is set, of a folder.
func (c *Client) Delete(ctx context.Context, id string, folder bool) error {
	name := "documentId"
	if folder {
		name = "folderId"
	}
	return c.change(ctx, "delete", url.Values{name: {id}})
}

func (c *Client) change(ctx context.Context, endpoint string, q url.Values) error {
	var said struct{ Status, Error string }
	if err := c.fetch(ctx, Call{Method: http.MethodPut, Endpoint: endpoint, Query: q}, &said); err != nil {
		return err
	}
	if said.Status != "success" {
		return fmt.Errorf("/%s answered the status %q: %s", endpoint, said.Status, said.Error)
	}
	return nil
}

// CustomAction is GET /customAction on a document of Workfront's.
func (c *Client) CustomAction(ctx context.Context, name string, d Document) error {
	var said struct{ Status, Error string }
	q := url.Values{"name": {name}, "documentId": {d.ID}, "documentVersionId": {d.VersionID}}
	call := Call{Endpoint: "customAction", Query: q}
	if err := c.fetch(ctx, call, &said); err != nil {
		return err
	}
	if said.Status != "success" {
		return fmt.Errorf("/customAction answered the status %q: %s", said.Status, said.Error)
	}
	return nil
}

// ServiceInfo is what a provider tells of itself.
type ServiceInfo struct {
	WebhookVersion     string   `json:"webhookVersion"`
	Version            string   `json:"version"`
	Publisher          string   `json:"publisher"`
	AvailableEndpoints []string `json:"availableEndpoints"`
	CustomActions      []struct {
		Name        string `json:"name"`
		DisplayName string `json:"displayName"`
	} `json:"customActions"`
}

// ServiceInfo is GET /serviceInfo, without credentials.
func (c *Client) ServiceInfo(ctx context.Context) (info ServiceInfo, err error) {
	err = c.fetch(ctx, Call{Endpoint: "serviceInfo", Stranger: true}, &info)
	return info, err
}

// start quotes the beginning of an answer for a reason.
func start(body []byte) string {
	const most = 80
	if len(body) > most {
		return fmt.Sprintf("%q …", body[:most])
	}
	return fmt.Sprintf("%q", body)
}
