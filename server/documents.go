package server

import (
	"net/http"
	"strconv"
	"time"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
)

// sees tells whether somebody may know of an entry. The root is everybody's.
func sees(who auth.Principal, e catalogue.Entry) bool {
	return e.ID == catalogue.Root || who.May(e.Share) >= auth.Read
}

// writes tells whether the caller may change an entry, or put something into it.
func (c *call) writes(e catalogue.Entry) bool {
	return e.ID != catalogue.Root && !e.ReadOnly && c.who.May(e.Share) >= auth.Write
}

// lookup finds what the caller may see; anything else doesn't exist for it.
func (s *Server) lookup(c *call, id catalogue.ID) (catalogue.Entry, error) {
	e, err := s.Catalogue.Lookup(c.r.Context(), id)
	if err != nil {
		return e, err
	}
	if !sees(c.who, e) {
		return e, notFound(unknownID)
	}
	if id == catalogue.Root {
		e.Name, e.Modified = rootTitle, s.opened
	}
	c.about = e
	return e, nil
}

// rootTitle is the name of the folder that holds the shared folders.
const rootTitle = "Folderfront"

// unknownID is the same sentence as the catalogue's own, so that a forbidden
// folder can't be told from one that never was.
const unknownID = "There is no such file or folder here. It may have been deleted, or its folder is no longer shared."

// lookupToWrite finds what the caller may change.
func (s *Server) lookupToWrite(c *call, id catalogue.ID) (catalogue.Entry, error) {
	e, err := s.lookup(c, id)
	switch {
	case err != nil:
		return e, err
	case id == catalogue.Root:
		return e, forbidden("This is the list of shared folders, which only the person who shares them can change. Choose one of the folders in it.")
	case !c.writes(e):
		return e, forbidden("You may read this folder but not change it. Ask the person who shares it for the right to write.")
	}
	return e, nil
}

// placeFor reads where something new is to be: in which folder, which the caller
// must be allowed to change, and under the name that this parameter holds.
func (s *Server) placeFor(c *call, nameIn string) (parent catalogue.Entry, name string, err error) {
	id, err := c.params.idOrRoot("parentId")
	if err != nil {
		return parent, "", err
	}
	if name, err = c.params.required(nameIn); err != nil {
		return parent, "", err
	}
	parent, err = s.lookupToWrite(c, id)
	return parent, name, err
}

// writeMetadata answers with one entry.
func (s *Server) writeMetadata(c *call, e catalogue.Entry) error {
	c.about = e
	kind, _ := s.sniffer.typeOf(c.r.Context(), e, time.Time{})
	return c.writeJSON(c.options.wire.metadata(make([]byte, 0, 512), &item{e, kind, !c.writes(e)}))
}

// writeJSON answers a call that went well.
func (c *call) writeJSON(body []byte) error {
	h := c.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(body) // a client that is gone needs no answer
	return nil
}

var (
	success       = []byte(`{"status":"success"}`)
	uploadSuccess = []byte(`{"result":"success"}`)
)

// metadata is GET /metadata: one file or folder, the root by default.
func (s *Server) metadata(c *call) error {
	id, err := c.params.idOrRoot("id")
	if err != nil {
		return err
	}
	e, err := s.lookup(c, id)
	if err != nil {
		return err
	}
	s.Catalogue.KnowAgain(e)
	return s.writeMetadata(c, e)
}

// createFolder is POST /createFolder. A folder of that name that is there
// already is answered like a new one: clients that don't see a fresh folder
// create it again.
func (s *Server) createFolder(c *call) error {
	parent, name, err := s.placeFor(c, "name")
	if err != nil {
		return err
	}
	e, err := s.Catalogue.CreateFolder(c.r.Context(), parent.ID, name)
	if err != nil {
		return err
	}
	return s.writeMetadata(c, e)
}

// rename is PUT /rename.
func (s *Server) rename(c *call) error {
	id, err := c.params.id("id")
	if err != nil {
		return err
	}
	name, err := c.params.required("name")
	if err != nil {
		return err
	}
	if err := catalogue.CheckName(name); err != nil {
		return err
	}
	if _, err := s.lookupToWrite(c, id); err != nil {
		return err
	}
	e, err := s.Catalogue.Rename(c.r.Context(), id, name)
	if err != nil {
		return err
	}
	c.about = e
	return c.writeJSON(success)
}

// delete is PUT /delete: a file or folder goes to the trash.
func (s *Server) delete(c *call) error {
	id, as, err := c.params.oneID("documentId", "folderId", "id")
	if err != nil {
		return err
	}
	e, err := s.lookupToWrite(c, id)
	switch {
	case err != nil:
		return err
	case as == "documentId" && e.Folder:
		return notFound("There is no such document: the id is that of a folder. Nothing was deleted.")
	case as == "folderId" && !e.Folder:
		return notFound("There is no such folder: the id is that of a document. Nothing was deleted.")
	}
	if err := s.Uploads.Delete(c.r.Context(), id, c.who.Name()); err != nil {
		return err
	}
	return c.writeJSON(success)
}
