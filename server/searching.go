package server

import (
	"slices"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
	"folderfront/server/search"
)

// search is GET /search: files and folders by name and by content, the best
// first.
func (s *Server) search(c *call) error {
	text, given := c.params["query"]
	if !given {
		return badInput("The parameter query is missing: what should be searched for?")
	}
	within, err := c.params.idOrRoot("parentId")
	if err != nil {
		return err
	}
	folder, err := s.lookup(c, within)
	if err != nil {
		return err
	}
	if !folder.Folder {
		return notFound("There is no such folder: the id is that of a document.")
	}
	c.about = catalogue.Entry{} // what is searched for is nobody's business
	most := c.options.SearchMax
	wanted := min(c.params.count("max", most), c.params.count("limit", most), most)
	offset := min(c.params.count("offset", 0), most)
	found, err := s.Search.Query(c.r.Context(), search.Query{
		Text: text, Within: within, Max: min(offset+wanted, most),
		May: func(share string) bool { return c.who.May(share) >= auth.Read },
	})
	if err != nil {
		return err
	}
	found = found[min(offset, len(found)):]
	l, _ := s.buildListing(c, slices.Values(found[:min(wanted, len(found))]))
	return c.writeList(l.body)
}
