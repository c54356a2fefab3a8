package app

import (
	"context"
	"strings"

	"folderfront/app/state"
)

// remembered is how far back Activities looks: more than the server keeps.
const remembered = 100_000

func (a *App) activityVerbs() verbs {
	v := verbs{}
	verb(v, a.Activities)
	return v
}

// Activities lists what was served or changed, the newest first.
func (a *App) Activities(_ context.Context, c state.Activities) ([]state.Activity, error) {
	rows := []state.Activity{}
	for _, row := range activityStates(a.server.Activity().Recent(remembered)) {
		if len(rows) >= c.Limit {
			break
		}
		if (c.Before.IsZero() || row.Time.Before(c.Before)) && mentions(row, c.Text) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// mentions tells whether a row holds the text in any column, in any case.
func mentions(row state.Activity, text string) bool {
	columns := strings.Join([]string{row.Person, row.Verb, row.Title, row.Folder}, "\n")
	return strings.Contains(strings.ToLower(columns), strings.ToLower(text))
}
