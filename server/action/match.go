package action

import (
	"context"
	"database/sql"
	"errors"

	"folderfront/server/catalogue"
)

const maxExamples = 5

// matching counts the files that a rule's conditions hold for.
type matching struct {
	rule     Rule
	tags     map[catalogue.ID][]string
	count    int
	examples []string
}

// WouldMatch counts the files that a rule's conditions hold for now, and names
// some of them by their paths within the shared folder.
func (a *Actions) WouldMatch(ctx context.Context, rule Rule) (count int, examples []string, err error) {
	m := matching{rule: rule}
	if m.tags, err = a.allTags(ctx); err != nil {
		return 0, nil, err
	}
	for _, share := range a.cfg.Catalogue.Status() {
		if err := a.matchBelow(ctx, &m, share.ID, ""); err != nil {
			return 0, nil, err
		}
	}
	return m.count, m.examples, nil
}

func (a *Actions) matchBelow(ctx context.Context, m *matching, folder catalogue.ID, within string) error {
	children, err := a.cfg.Catalogue.Children(ctx, folder)
	if errors.Is(err, catalogue.ErrNotFound) {
		return nil // gone meanwhile
	}
	if err != nil {
		return err
	}
	for _, child := range children {
		path := within + child.Title()
		if child.Folder {
			if err := a.matchBelow(ctx, m, child.ID, path+"/"); err != nil {
				return err
			}
			continue
		}
		if !m.rule.matches(subject{entry: child, path: path, tags: m.tags[child.ID]}) {
			continue
		}
		if m.count++; len(m.examples) < maxExamples {
			m.examples = append(m.examples, path)
		}
	}
	return nil
}

// allTags reads every file's tags at once.
func (a *Actions) allTags(ctx context.Context) (map[catalogue.ID][]string, error) {
	all := map[catalogue.ID][]string{}
	err := a.cfg.Catalogue.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT file, tag FROM action_tag`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, tag string
			if err := rows.Scan(&id, &tag); err != nil {
				return err
			}
			all[catalogue.ID(id)] = append(all[catalogue.ID(id)], tag)
		}
		return rows.Err()
	})
	return all, err
}
