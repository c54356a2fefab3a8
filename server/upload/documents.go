package upload

import (
	"context"
	"database/sql"
	"time"

	"folderfront/server/catalogue"
)

// Remember writes down that a document of Workfront, in this version of its own, is a file. Either
// id may be empty; both empty is no document and remembers nothing.
func (u *Uploads) Remember(ctx context.Context, documentID, documentVersionID string, id catalogue.ID) error {
	return journalFailure(u.catalogue.Update(ctx, func(tx *sql.Tx) error {
		return remember(tx, documentID, documentVersionID, id, u.now())
	}))
}

// remember writes it down as the last that was, whatever the clock says.
func remember(tx *sql.Tx, document, version string, file catalogue.ID, now time.Time) error {
	if document == "" && version == "" {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO upload_document (document, version, file, time) VALUES (?1, ?2, ?3,
			max(?4, (SELECT coalesce(max(time), 0) + 1 FROM upload_document WHERE document = ?1 AND ?1 <> '' OR version = ?2 AND ?2 <> '')))
		ON CONFLICT (document, version) DO UPDATE SET file = excluded.file, time = excluded.time`,
		document, version, file, now.UnixNano())
	return err
}

// Forget takes back which file a document is, as far as a person said so and no
// upload did.
func (u *Uploads) Forget(ctx context.Context, documentID string) error {
	return journalFailure(u.catalogue.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM upload_document WHERE document = ? AND version = ''`, documentID)
		return err
	}))
}

// FileOf is the file behind Workfront's ids: that of the version where it is known, else the one
// that was last remembered for the document. ErrNotFound when neither is known.
func (u *Uploads) FileOf(ctx context.Context, documentID, documentVersionID string) (catalogue.ID, error) {
	var file catalogue.ID
	err := u.catalogue.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT file FROM upload_document
			WHERE (version = ?2 AND ?2 <> '') OR (document = ?1 AND ?1 <> '')
			ORDER BY document = ?1 AND version = ?2 DESC, version = ?2 DESC, document = ?1 DESC, time DESC LIMIT 1`,
			documentID, documentVersionID).Scan(&file)
	})
	if err != nil {
		return "", fail(catalogue.ErrNotFound, "Folderfront doesn't know this document. Upload it to, or link it from, a shared folder first.", err)
	}
	return file, nil
}
