package catalogue

// schema, step by step; a step that was released is never changed.
//
// node: everything that has an id. dead is 0 for what exists, −1 for what is announced without
// content, else the Unix milliseconds of its death: a tombstone. fold is foldHash(name). volume is
// a row of volume, or 0 when low and high are no file key. listed is, for folders, the folder's
// time when it was last read (0: never, or known to be out of date), digest a hash of what was read
// then (0: unknown).
//
// share: number is its root's node. low and high are the file key of the share's own root, by which
// its volume is recognised after a restart, when device numbers may have changed. removed is the
// Unix milliseconds since when it is no longer shared, or 0; scanned those of the end of its last
// whole scan.
//
// seen: the days (since 1970, UTC) on which the program ran, in the order in which they were seen.
//
// head: what files begin with that clients asked for; hash is the SHA-256 of the first 64 KiB of the
// file when it had this size and time.
//
// roster: what lies in a large folder, in parts as encodeMembers writes them; see storedRosters.
//
// alias: further ids of a node, of things that became one with it.
var schema = []string{`
CREATE TABLE node (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	id     BLOB    NOT NULL UNIQUE,
	parent INTEGER NOT NULL,
	name   TEXT    NOT NULL,
	fold   INTEGER NOT NULL,
	folder INTEGER NOT NULL,
	size   INTEGER NOT NULL,
	mtime  INTEGER NOT NULL,
	volume INTEGER NOT NULL,
	low    INTEGER NOT NULL,
	high   INTEGER NOT NULL,
	made   INTEGER NOT NULL,
	dead   INTEGER NOT NULL DEFAULT 0,
	listed INTEGER NOT NULL DEFAULT 0,
	digest INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX node_place ON node (parent, fold, name) WHERE dead=0;
CREATE INDEX node_key ON node (low);
CREATE INDEX node_folder ON node (parent) WHERE folder=1 AND dead=0;
CREATE INDEX node_grave ON node (parent, fold) WHERE dead>0;
CREATE INDEX node_lost ON node (size, mtime) WHERE dead>0;
CREATE TABLE share (
	number  INTEGER PRIMARY KEY,
	name    TEXT    NOT NULL UNIQUE,
	path    TEXT    NOT NULL,
	volume  INTEGER NOT NULL,
	low     INTEGER NOT NULL,
	high    INTEGER NOT NULL,
	files   INTEGER NOT NULL DEFAULT 0,
	folders INTEGER NOT NULL DEFAULT 0,
	bytes   INTEGER NOT NULL DEFAULT 0,
	scanned INTEGER NOT NULL DEFAULT 0,
	removed INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE alias (id BLOB PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX alias_number ON alias (number);
CREATE TABLE volume (number INTEGER PRIMARY KEY AUTOINCREMENT);
`, `
CREATE TABLE seen (number INTEGER PRIMARY KEY, day INTEGER NOT NULL UNIQUE);
`, `
CREATE TABLE head (number INTEGER PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, hash BLOB NOT NULL);
`, `
CREATE TABLE roster (folder INTEGER, part INTEGER, figures BLOB NOT NULL, text TEXT NOT NULL, PRIMARY KEY (folder, part));
`}
