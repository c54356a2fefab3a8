package upload

import (
	"context"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// powerDisk is a file system in memory that knows what a power loss would leave of it: of a file
// the content that was synced, of a folder the names up to its last sync, and perhaps some that
// came later, folder by folder. It promises as little as POSIX does: a synced file may lack its
// name, and one folder be newer than another; only a rename is one step.
type powerDisk struct {
	mu     sync.Mutex
	files  map[uint64]*powerFile
	names  names     // as programs see them
	safe   names     // as they are on the disk for certain
	log    []renamed // the changes from safe to names
	last   uint64    // the last inode number
	steps  int       // changes and syncs so far
	loseAt int       // the step before which onLoss is called; 0 never
	onLoss func()
}

type powerFile struct {
	mode         uint32
	data, synced []byte
	modified     time.Time
}

// names are the entries of each folder, by inode number.
type names map[uint64]map[string]uint64

// renamed is one change of names. from or to may be missing: a name that came or went. back is what
// gets the old name, in an exchange.
type renamed struct {
	from, to         uint64
	fromName, toName string
	inode, back      uint64
}

func (n names) apply(r renamed) {
	if r.from != 0 {
		delete(n[r.from], r.fromName)
	}
	if r.to != 0 {
		if n[r.to] == nil {
			n[r.to] = map[string]uint64{}
		}
		n[r.to][r.toName] = r.inode
	}
	if r.back != 0 {
		n[r.from][r.fromName] = r.back
	}
}

func (n names) clone() names {
	c := names{}
	for dir, entries := range n {
		c[dir] = maps.Clone(entries)
	}
	return c
}

const rootInode = 1

func newPowerDisk() *powerDisk {
	return &powerDisk{
		files: map[uint64]*powerFile{rootInode: {mode: syscall.S_IFDIR | 0o755, modified: time.Now()}},
		names: names{rootInode: {}}, safe: names{rootInode: {}}, last: rootInode,
	}
}

// arm makes everything safe, and calls onLoss before the step that comes then, counted from 1; 0 is
// never.
func (d *powerDisk) arm(step int, onLoss func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.steps, d.loseAt, d.onLoss = 0, step, onLoss
	d.safe, d.log = d.names.clone(), nil
	for _, f := range d.files {
		f.synced = slices.Clone(f.data)
	}
}

// afterLoss is the disk as it might be after a power loss in this moment. Call it from onLoss, or
// when nothing uses the disk.
func (d *powerDisk) afterLoss(random *rand.Rand) *powerDisk {
	left := &powerDisk{files: map[uint64]*powerFile{}, safe: d.safe.clone(), last: d.last}
	forgotten := map[uint64]bool{}
	for _, r := range d.log[:random.IntN(len(d.log)+1)] {
		for _, dir := range []uint64{r.from, r.to} {
			if _, chosen := forgotten[dir]; !chosen {
				forgotten[dir] = random.IntN(2) == 0 && dir != 0
			}
		}
		if !forgotten[r.from] && !forgotten[r.to] {
			left.safe.apply(r)
		}
	}
	for inode, f := range d.files {
		data := f.synced
		if random.IntN(4) == 0 {
			more := len(f.data) - len(f.synced) // files only grow here
			data = f.data[:len(f.synced)+random.IntN(more+1)]
		}
		left.files[inode] = &powerFile{mode: f.mode, data: slices.Clone(data), synced: slices.Clone(data), modified: f.modified}
	}
	left.names = left.safe.clone()
	return left
}

// step comes before each change and each sync; the lock is held.
func (d *powerDisk) step() {
	d.steps++
	if d.steps == d.loseAt {
		d.onLoss()
	}
}

func (d *powerDisk) change(r renamed) {
	d.names.apply(r)
	d.log = append(d.log, r)
	for _, dir := range []uint64{r.from, r.to} {
		if dir != 0 {
			d.files[dir].modified = time.Now()
		}
	}
}

// syncFolder makes the names of one folder safe.
func (d *powerDisk) syncFolder(inode uint64) {
	var left []renamed
	for _, r := range d.log {
		if r.from == inode || r.to == inode {
			d.safe.apply(r)
		} else {
			left = append(left, r)
		}
	}
	d.log = left
}

// mount shows the disk at a folder until the server it answers is unmounted.
func (d *powerDisk) mount(at string) (*fuse.Server, error) {
	never := time.Duration(0)
	return fs.Mount(at, &powerNode{disk: d, inode: rootInode}, &fs.Options{
		EntryTimeout: &never, AttrTimeout: &never, NegativeTimeout: &never,
		MountOptions:   fuse.MountOptions{DirectMount: os.Geteuid() == 0, Name: "powerdisk", FsName: "powerdisk"},
		RootStableAttr: &fs.StableAttr{Ino: rootInode},
	})
}

// powerNode is one inode of the disk for the kernel.
type powerNode struct {
	fs.Inode
	disk  *powerDisk
	inode uint64
}

func (n *powerNode) node(ctx context.Context, inode uint64, out *fuse.EntryOut) *fs.Inode {
	n.disk.fill(inode, &out.Attr)
	return n.NewInode(ctx, &powerNode{disk: n.disk, inode: inode}, fs.StableAttr{Mode: n.disk.files[inode].mode & syscall.S_IFMT, Ino: inode})
}

func (d *powerDisk) fill(inode uint64, out *fuse.Attr) {
	f := d.files[inode]
	out.Ino, out.Mode, out.Size, out.Nlink = inode, f.mode, uint64(len(f.data)), 1
	out.Uid, out.Gid = uint32(os.Getuid()), uint32(os.Getgid())
	out.SetTimes(nil, &f.modified, &f.modified)
}

func (n *powerNode) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	*out = fuse.StatfsOut{Bsize: 4096, Frsize: 4096, Blocks: 1 << 20, Bfree: 1 << 20, Bavail: 1 << 20, NameLen: 255}
	return 0
}

func (n *powerNode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	inode, found := n.disk.names[n.inode][name]
	if !found {
		return nil, syscall.ENOENT
	}
	return n.node(ctx, inode, out), 0
}

func (n *powerNode) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	var all []fuse.DirEntry
	for name, inode := range n.disk.names[n.inode] {
		all = append(all, fuse.DirEntry{Name: name, Ino: inode, Mode: n.disk.files[inode].mode})
	}
	return fs.NewListDirStream(all), 0
}

// add makes a new inode under a name.
func (n *powerNode) add(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	d := n.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, taken := d.names[n.inode][name]; taken {
		return nil, syscall.EEXIST
	}
	d.step()
	d.last++
	d.files[d.last] = &powerFile{mode: mode, modified: time.Now()}
	d.change(renamed{to: n.inode, toName: name, inode: d.last})
	return n.node(ctx, d.last, out), 0
}

func (n *powerNode) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.add(ctx, name, syscall.S_IFDIR|mode, out)
}

func (n *powerNode) Create(ctx context.Context, name string, _, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	node, errno := n.add(ctx, name, syscall.S_IFREG|mode, out)
	return node, nil, fuse.FOPEN_DIRECT_IO, errno
}

func (n *powerNode) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	d := n.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, taken := d.names[n.inode][name]; taken {
		return nil, syscall.EEXIST
	}
	d.step()
	inode := target.(*powerNode).inode
	d.change(renamed{to: n.inode, toName: name, inode: inode})
	return n.node(ctx, inode, out), 0
}

func (n *powerNode) Unlink(_ context.Context, name string) syscall.Errno { return n.drop(name) }

func (n *powerNode) Rmdir(_ context.Context, name string) syscall.Errno {
	n.disk.mu.Lock()
	full := len(n.disk.names[n.disk.names[n.inode][name]]) > 0
	n.disk.mu.Unlock()
	if full {
		return syscall.ENOTEMPTY
	}
	return n.drop(name)
}

func (n *powerNode) drop(name string) syscall.Errno {
	d := n.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	d.step()
	d.change(renamed{from: n.inode, fromName: name})
	return 0
}

func (n *powerNode) Rename(_ context.Context, name string, parent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	d := n.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	r := renamed{from: n.inode, fromName: name, to: parent.(*powerNode).inode, toName: newName, inode: d.names[n.inode][name]}
	there := d.names[r.to][newName]
	switch {
	case flags == unix.RENAME_EXCHANGE && there == 0:
		return syscall.ENOENT
	case flags == unix.RENAME_NOREPLACE && there != 0:
		return syscall.EEXIST
	case flags == unix.RENAME_EXCHANGE:
		r.back = there
	}
	d.step()
	d.change(r)
	return 0
}

func (n *powerNode) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	n.disk.fill(n.inode, &out.Attr)
	return 0
}

// Statx tells the time of birth too, by which a file is known again under another name.
func (n *powerNode) Statx(_ context.Context, _ fs.FileHandle, _, _ uint32, out *fuse.StatxOut) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	f := n.disk.files[n.inode]
	out.Mask = unix.STATX_BASIC_STATS | unix.STATX_BTIME
	out.Ino, out.Mode, out.Size, out.Nlink = n.inode, uint16(f.mode), uint64(len(f.data)), 1
	out.Uid, out.Gid = uint32(os.Getuid()), uint32(os.Getgid())
	modified := fuse.SxTime{Sec: uint64(f.modified.Unix()), Nsec: uint32(f.modified.Nanosecond())}
	out.Mtime, out.Ctime, out.Btime = modified, modified, fuse.SxTime{Sec: 1e9 + n.inode}
	return 0
}

func (n *powerNode) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	n.disk.step()
	f := n.disk.files[n.inode]
	if mode, ok := in.GetMode(); ok {
		f.mode = f.mode&syscall.S_IFMT | mode&0o7777
	}
	if at, ok := in.GetMTime(); ok {
		f.modified = at
	}
	n.disk.fill(n.inode, &out.Attr)
	return 0
}

func (n *powerNode) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

func (n *powerNode) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	data := n.disk.files[n.inode].data
	return fuse.ReadResultData(slices.Clone(data[min(int(off), len(data)):min(int(off)+len(dest), len(data))])), 0
}

func (n *powerNode) Write(_ context.Context, _ fs.FileHandle, b []byte, off int64) (uint32, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	n.disk.step()
	f := n.disk.files[n.inode]
	if need := int(off) + len(b); need > len(f.data) {
		f.data = append(f.data, make([]byte, need-len(f.data))...)
	}
	copy(f.data[off:], b)
	f.modified = time.Now()
	return uint32(len(b)), 0
}

func (n *powerNode) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	n.disk.step()
	f := n.disk.files[n.inode]
	if f.mode&syscall.S_IFMT == syscall.S_IFDIR {
		n.disk.syncFolder(n.inode)
	} else {
		f.synced = slices.Clone(f.data)
	}
	return 0
}
