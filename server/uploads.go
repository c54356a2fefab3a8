package server

import (
	"time"

	"folderfront/server/catalogue"
)

// uploadInit is POST /uploadInit, the first part of an upload: it answers the
// metadata of the file to be.
func (s *Server) uploadInit(c *call) error {
	parent, name, err := s.placeFor(c, "filename")
	if err != nil {
		return err
	}
	e, err := s.Uploads.Init(c.r.Context(), parent.ID, name, c.params["documentId"], c.params["documentVersionId"])
	if err != nil {
		return err
	}
	return s.writeMetadata(c, e)
}

// upload is PUT /upload, the second part: the body is the document, whatever
// its Content-Type says.
func (s *Server) upload(c *call) error {
	id, err := c.params.id("id")
	if err != nil {
		return err
	}
	e, err := s.lookupToWrite(c, id)
	switch {
	case err != nil:
		return err
	case e.Folder:
		return notFound("There is no such document: the id is that of a folder. Nothing was changed.")
	}
	if coding := c.r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return badInput("The document was sent compressed for the way (" + catalogue.Title(coding) + "), which is not supported. Nothing was changed; send it as it is.")
	}
	t := &transfer{Transfer: Transfer{Title: e.Title(), Upload: true, Person: c.who.Name(), Total: c.r.ContentLength, Started: time.Now()}}
	if !s.activity.begin(t, s.limits.Transfers) {
		return errTransfers
	}
	defer s.activity.end(t)
	if c.w.body != nil {
		c.w.body.progress = t
	}
	err = s.Uploads.Receive(c.r.Context(), id, c.r.Body, c.r.ContentLength)
	c.moved = t.done.Load()
	if err != nil {
		return err
	}
	return c.writeJSON(uploadSuccess)
}

var errTransfers = busy("Too many files are on their way at the moment. Nothing was changed; try again in a minute.")
