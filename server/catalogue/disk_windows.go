package catalogue

import (
	"encoding/binary"
	"io/fs"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// openFlags: Windows has no FIFOs in folders, and os.Root opens links without following the last.
const openFlags = 0

// lookAt opens the file for its id; the attribute "hidden" hides it.
func lookAt(at *os.Root, e fs.DirEntry) (info, bool) {
	fi, err := e.Info()
	if err != nil || hiddenAttribute(fi) {
		return info{}, false
	}
	in, err := plainInfo(fi)
	if err != nil {
		return info{}, false
	}
	if f, err := at.Open(e.Name()); err == nil {
		in.key = keyOfFile(f, fi)
		f.Close()
	}
	return in, true
}

func hiddenAttribute(fi fs.FileInfo) bool {
	data, ok := fi.Sys().(*syscall.Win32FileAttributeData)
	return ok && data.FileAttributes&(windows.FILE_ATTRIBUTE_HIDDEN|windows.FILE_ATTRIBUTE_SYSTEM) != 0
}

// fileIDInfo is FILE_ID_INFO (winbase.h).
type fileIDInfo struct {
	volume uint64
	id     [16]byte
}

// keyOfFile uses the 128-bit file id, which ReFS needs and NTFS fills with its 64 bits. FAT has
// none. The creation time is of no use: Windows gives a new file that of one just deleted.
func keyOfFile(f *os.File, _ fs.FileInfo) fileKey {
	var id fileIDInfo
	err := windows.GetFileInformationByHandleEx(windows.Handle(f.Fd()), windows.FileIdInfo, (*byte)(unsafe.Pointer(&id)), uint32(unsafe.Sizeof(id)))
	if err != nil {
		return fileKey{}
	}
	return fileKey{
		device: id.volume,
		low:    int64(binary.LittleEndian.Uint64(id.id[:8])),
		high:   int64(binary.LittleEndian.Uint64(id.id[8:])),
	}
}
