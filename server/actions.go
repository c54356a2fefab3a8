package server

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"

	"folderfront/server/action"
	"folderfront/server/auth"
	"folderfront/server/catalogue"
)

// maxJSON bounds a JSON body, in bytes.
const maxJSON = 1 << 20

// callerOf is who asks for an action.
func callerOf(who auth.Principal) action.Caller {
	return action.Caller{Name: who.Name(), May: func(share string, write bool) bool {
		if write {
			return who.May(share) >= auth.Write
		}
		return who.May(share) >= auth.Read
	}}
}

// customAction is GET /customAction, and /customName as the specification's
// example spells it.
func (s *Server) customAction(c *call) error {
	name, err := c.params.required("name")
	if err != nil {
		return err
	}
	if looksAhead(c.r) {
		return forbidden("A browser that looks ahead must not carry out actions.")
	}
	err = s.Actions.Custom(c.r.Context(), callerOf(c.who), name, c.params["documentId"], c.params["documentVersionId"])
	if err != nil {
		return err
	}
	return c.writeJSON(success)
}

// looksAhead tells whether a browser fetches this before anybody clicked: today
// it says so in Sec-Purpose, older ones in Purpose or X-Moz.
func looksAhead(r *http.Request) bool {
	for _, header := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if r.Header.Get(header) != "" {
			return true
		}
	}
	return false
}

// firing is the body of PUT /file/customAction. Pointers tell what is missing.
type firing struct {
	IDs       *[]*int64 `json:"ids"`
	WebhookID *int32    `json:"webhookId"`
}

// fireAction is PUT /file/customAction: an action on files by their numbers,
// for programs.
func (s *Server) fireAction(c *call) error {
	var f firing
	if err := readJSON(c.r, &f); err != nil {
		return err
	}
	if f.IDs == nil || f.WebhookID == nil {
		return badInput("Give ids, a list of whole numbers, and webhookId, a whole number. Nothing was sent.")
	}
	var numbers []int64
	for _, id := range *f.IDs {
		if id == nil {
			return badInput("Every id must be a whole number. Nothing was sent.")
		}
		numbers = append(numbers, *id)
	}
	fired, err := s.Actions.Fire(c.r.Context(), callerOf(c.who), *f.WebhookID, numbers)
	if err != nil {
		return err
	}
	if fired == nil {
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	body, err := json.Marshal(firedBody{fired.Request, fired.Response, fired.Result, fired.URL, userOf(c.who)})
	if err != nil {
		return err
	}
	return c.writeJSON(body)
}

// tagging is the body of PUT /file/tags.
type tagging struct {
	ID   *int64    `json:"id"`
	Tags *[]string `json:"tags"`
}

// setTags is PUT /file/tags: the tags of one file by its number, so that the
// receiver of a message can answer with its result.
func (s *Server) setTags(c *call) error {
	var t tagging
	if err := readJSON(c.r, &t); err != nil {
		return err
	}
	if t.ID == nil || t.Tags == nil {
		return badInput("Give id, a whole number, and tags, a list of texts. Nothing was changed.")
	}
	e, err := s.numbered(c, *t.ID)
	if err != nil {
		return err
	}
	if err := s.Actions.SetTags(c.r.Context(), e.ID, *t.Tags); err != nil {
		return err
	}
	return c.writeJSON(success)
}

// numbered finds the file of a number that the caller may mark.
func (s *Server) numbered(c *call, number int64) (catalogue.Entry, error) {
	known, err := s.Catalogue.ByNumber(c.r.Context(), number)
	if err != nil {
		return known, err
	}
	return s.lookupToWrite(c, known.ID)
}

// noting is the body of PUT /file/notes.
type noting struct {
	ID    *int64  `json:"id"`
	Notes *string `json:"notes"`
}

// setNotes is PUT /file/notes: the note of one file by its number.
func (s *Server) setNotes(c *call) error {
	var n noting
	if err := readJSON(c.r, &n); err != nil {
		return err
	}
	if n.ID == nil || n.Notes == nil {
		return badInput("Give id, a whole number, and notes, a text. Nothing was changed.")
	}
	e, err := s.numbered(c, *n.ID)
	if err != nil {
		return err
	}
	if err := s.Actions.SetNote(c.r.Context(), e.ID, *n.Notes); err != nil {
		return err
	}
	return c.writeJSON(success)
}

// readJSON reads a body that must be a JSON object.
func readJSON(r *http.Request, into any) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return badInput("Send the request as JSON, with the header Content-Type: application/json.")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxJSON+1))
	if err != nil || len(body) > maxJSON {
		return badInput("The request did not arrive whole, or is too long. Nothing was changed.")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return badInput("The request is not the JSON that this address takes: ids are whole numbers. Nothing was changed.")
	}
	return nil
}

// firedBody is the log of what was fired, as programs know it.
type firedBody struct {
	Request  string    `json:"request"`
	Response string    `json:"response"`
	Result   string    `json:"result"`
	URL      string    `json:"url"`
	User     firedUser `json:"user"`
}

type firedUser struct {
	FullName string `json:"fullName"`
	UserCode string `json:"userCode"`
	UserID   int32  `json:"userId"`
}

func userOf(who auth.Principal) firedUser {
	return firedUser{who.Name(), who.Name(), action.PersonNumber(who.Name())}
}
