package action

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"folderfront/server/action/outgoing"
)

// Preset is a known form of message, to begin an action with.
type Preset struct {
	Name, Title, Meaning string
	Connection           Connection // how the receiver authenticates and what it wants in the header
	Action               Action     // what it wants in the body
	hosts                []string   // whose URLs ask for it
}

// Presets are the known forms, the usual one first. Their fields are those of
// the receivers' documents.
var Presets = []Preset{
	{
		Name: "json", Title: "JSON", Meaning: "A JSON object that tells what happened to which file.",
		Action: Action{Body: `{
  "type": "file.{{ event.type }}",
  "timestamp": "{{ run.time }}",
  "data": {
    "id": "{{ file.id }}",
    "number": {{ file.number }},
    "name": "{{ file.name }}",
    "path": "{{ file.path }}",
    "folder": "{{ file.folder }}",
    "size": {{ file.size }},
    "type": "{{ file.mime_type }}",
    "modified": "{{ file.modified }}",
    "tags": {{ file.tags | json }},
    "link": "{{ file.view_link }}",
    "person": "{{ person.name }}"
  }
}`},
	},
	{
		Name: "flashduty", Title: "Flashduty", Meaning: "An event with time, type, id, person and incident. 200 alone is success; the receiver drops repeated event ids.",
		hosts:      []string{"flashcat.cloud", "flashduty.com"},
		Connection: Connection{Timeout: 2 * time.Second},
		Action: Action{Only200: true, RetryOnce: true, Body: `{
  "event_time": {{ run.unix_ms }},
  "event_type": "i_custom",
  "event_id": "{{ run.id }}",{% if person.name != "" %}
  "person": {
    "person_id": {{ person.id }},
    "person_name": "{{ person.name }}",
    "email": "{{ person.email }}"
  },{% endif %}
  "incident": {
    "incident_id": "{{ file.id }}",
    "title": "{{ file.name }}",
    "description": "{{ file.path }}",
    "incident_severity": "Info",
    "incident_status": "Info",
    "progress": "Triggered",
    "created_at": {{ file.modified_unix }},
    "updated_at": {{ file.modified_unix }},
    "start_time": {{ run.unix }},
    "labels": {"tags": "{{ file.tags | join: ", " }}", "event": "{{ event.type }}"},
    "channel_name": "{{ file.folder }}",
    "detail_url": "{{ file.view_link }}"
  }
}`},
	},
	{
		Name: "energycap", Title: "EnergyCAP", Meaning: "The custom action of ECI's API: the numbers of the files and the number of the webhook, all in one message.",
		hosts:      []string{"energycap.com", "ecisolutions.com"},
		Connection: Connection{Headers: map[string]string{"ECI-ApiKey": "secret:eci-apikey"}},
		Action:     Action{Method: "PUT", Together: true, Body: `{ "ids": {{ files | map: "number" | json }}, "webhookId": {{ action.id }} }`},
	},
	{
		Name: "desk", Title: "Desk", Meaning: "A message with a link that opens the file; user name and password go along.",
		hosts:      []string{"desk.com"},
		Connection: Connection{Auth: "basic"},
		Action: Action{Body: `{
  "message": "{{ case.subject | uri_encode }} was {{ event.type }}",
  "link": "{{ case.view_link }}",
  "labels": "{{ case.labels | join: ", " | uri_encode }}"
}`},
	},
	{Name: "blank", Title: "Blank", Meaning: "An empty message, to be written by you."},
}

// PresetNamed finds a preset.
func PresetNamed(name string) (Preset, bool) {
	i := slices.IndexFunc(Presets, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, false
	}
	return Presets[i], true
}

// Guess makes of a pasted URL a connection and an action, after the preset of
// that name or, when it is "", the one that the host asks for. An unusable URL
// is ErrDestination.
func Guess(pasted, preset string) (Connection, Action, string, error) {
	pasted = strings.TrimSpace(pasted)
	if !strings.Contains(pasted, "://") {
		pasted = "https://" + pasted
	}
	host, err := outgoing.Authority(pasted)
	if err != nil {
		return Connection{}, Action{}, "", err
	}
	form, known := PresetNamed(preset)
	if !known {
		form = presetFor(host)
	}
	base, path := splitURL(pasted)
	c, act := form.Connection, form.Action
	c.Name, c.URL, c.Class = nameOf(host), base, outgoing.Guess(host)
	act.Kind, act.Connection, act.Path = Webhook, c.Name, path
	act.DisplayName, act.Name = "Send to "+c.Name, Slug("send to "+c.Name)
	return c, act, form.Name, nil
}

func presetFor(host string) Preset {
	i := slices.IndexFunc(Presets, func(p Preset) bool {
		return slices.ContainsFunc(p.hosts, func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) })
	})
	return Presets[max(i, 0)]
}

// splitURL parts a URL behind the host.
func splitURL(raw string) (base, path string) {
	scheme, rest, _ := strings.Cut(raw, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		return raw, ""
	}
	path, _, _ = strings.Cut(rest[end:], "#")
	return scheme + "://" + rest[:end], path
}

// nameOf is the telling part of a host: "desk" of hooks.desk.com.
func nameOf(host string) string {
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" {
		return "this network"
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(labels) < 2 {
		return host
	}
	return labels[len(labels)-2]
}

// Slug makes a name for an action of what people see: small letters, digits and
// dashes, "action" when nothing is left.
func Slug(displayName string) string {
	words := strings.FieldsFunc(strings.ToLower(displayName), func(r rune) bool {
		return r < '0' || r > '9' && r < 'a' || r > 'z'
	})
	slug := strings.Join(words, "-")
	slug = strings.Trim(slug[:min(len(slug), 60)], "-")
	if slug == "" {
		return "action"
	}
	return slug
}
