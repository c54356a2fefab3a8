package server

import "encoding/json"

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
	if nonce := c.r.Header.Get("Folderfront-Probe"); s.probe != nil && nonce != "" && len(nonce) <= maxProbe {
		c.w.Header().Set("Folderfront-Probe", s.probe(nonce))
	}
	info := serviceInfo{
		WebhookVersion: webhookVersion, WebhookVersionToo: webhookVersion,
		Version: serviceVersion, Publisher: publisher,
		AvailableEndpoints: s.endpoints, CustomActions: []customAction{},
	}
	body, err := json.Marshal(info)
	if err != nil {
		return err
	}
	return c.writeJSON(body)
}

// customAction is GET /customAction.
func (s *Server) customAction(c *call) error {
	if _, err := c.params.required("name"); err != nil {
		return err
	}
	return notFound("There is no action of this name. Ask your Workfront administrator to refresh the custom integration.")
}
