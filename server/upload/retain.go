package upload

import (
	"context"
	"database/sql"
	"errors"

	"folderfront/server/catalogue"
)

// retain drops what the retention no longer covers.
func (u *Uploads) retain(ctx context.Context) error {
	r := u.config.Load().Retention
	today, err := u.daysRun(ctx)
	if err != nil {
		return err
	}
	err = u.retainAge(ctx, today, r.Days)
	for _, s := range u.catalogue.Status() {
		err = errors.Join(err, u.retainSpace(ctx, s.ID, today, r.Percent))
	}
	return errors.Join(err, u.discardGone(ctx))
}

// retainAge gives up what is too old.
func (u *Uploads) retainAge(ctx context.Context, today int64, days int) error {
	all, err := u.items(ctx, `stage = 1 AND day < ?`, today-int64(days))
	var old []item
	for _, i := range all {
		if u.aged(i.Time, i.day, today, days) {
			old = append(old, i)
		}
	}
	return errors.Join(err, u.giveUp(ctx, old))
}

// trim drops the oldest versions of a file beyond the number that is kept.
func (u *Uploads) trim(ctx context.Context, file catalogue.ID) error {
	old, err := u.items(ctx, `kind = 'version' AND stage = 1 AND file = ? ORDER BY turn DESC, id DESC LIMIT -1 OFFSET ?`,
		file, u.config.Load().Retention.Versions)
	if err != nil || len(old) == 0 {
		return journalFailure(err)
	}
	return u.drop(ctx, old)
}

// retainSpace drops the oldest versions of a shared folder while they take more than their part of
// the disk, but none that is less than a day old.
func (u *Uploads) retainSpace(ctx context.Context, share catalogue.ID, today int64, percent float64) error {
	versions, err := u.items(ctx, `kind = 'version' AND stage = 1 AND share = ? ORDER BY turn DESC, id DESC`, share)
	if err != nil || len(versions) == 0 {
		return err
	}
	whole, err := u.diskSize(ctx, share)
	if err != nil {
		if errors.Is(err, catalogue.ErrNotFound) {
			return nil // offline, or shared no longer: nothing is dropped unseen
		}
		return err
	}
	var taken int64
	var over []item
	for _, v := range versions {
		taken += v.Size
		if float64(taken) > float64(whole)/100*percent && u.aged(v.Time, v.day, today, 1) {
			over = append(over, v)
		}
	}
	return u.drop(ctx, over)
}

func (u *Uploads) diskSize(ctx context.Context, share catalogue.ID) (whole int64, err error) {
	err = u.catalogue.Maintain(ctx, share, func(e *catalogue.Edit) error {
		dir, err := e.Root().Open(".")
		if err != nil {
			return err
		}
		defer dir.Close()
		_, whole, _, err = space(dir)
		return err
	})
	return whole, err
}

// drop gives items up and removes their content.
func (u *Uploads) drop(ctx context.Context, items []item) error {
	err := u.giveUp(ctx, items)
	for _, i := range items {
		if err == nil {
			err = u.discard(ctx, i)
		}
	}
	return err
}

// giveUp notes that items are kept no longer.
func (u *Uploads) giveUp(ctx context.Context, items []item) error {
	if len(items) == 0 {
		return nil
	}
	return u.catalogue.Update(ctx, func(tx *sql.Tx) error {
		for _, i := range items {
			if err := setStage(tx, i.ID, gone); err != nil {
				return err
			}
		}
		return nil
	})
}
