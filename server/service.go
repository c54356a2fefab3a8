package server

import (
	"encoding/json"
	"net/http"
)

// webhookVersion is the version of the specification that is served.
const webhookVersion = "1.2"

// serviceVersion is for information only. It doesn't follow the program's
// builds, which are nobody's business.
const serviceVersion = "1.0"

const publisher = "Folderfront"

// maxProbe bounds the nonce of a self-probe.
const maxProbe = 64

// serviceInfo is GET /serviceInfo, for anybody.
func (s *Server) serviceInfo(c *call) error {
	nonce := c.r.Header.Get("Folderfront-Probe")
	if s.probe != nil && nonce != "" && len(nonce) <= maxProbe {
		c.w.Header().Set("Folderfront-Probe", s.probe(nonce))
	}
	actions := []customAction{}
	for _, offer := range s.Actions.Offered() {
		actions = append(actions, customAction{offer.Name, offer.DisplayName})
	}
	info := serviceInfo{
		WebhookVersion: webhookVersion, WebhookVersionToo: webhookVersion,
		Version: serviceVersion, Publisher: publisher,
		AvailableEndpoints: s.endpoints, CustomActions: actions,
	}
	body, err := json.Marshal(info)
	if err != nil {
		return err
	}
	if err := c.writeJSON(body); err != nil {
		return err
	}
	if nonce == "" && c.r.Method == http.MethodGet {
		s.Actions.Served(c.r.Context())
	}
	return nil
}
