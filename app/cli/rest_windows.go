package cli

import "golang.org/x/sys/windows"

// leaveProgramPages empties the working set; pages that are used again come
// back from the cache (SetProcessWorkingSetSizeEx, both sizes −1).
func leaveProgramPages() {
	const all = ^uintptr(0)
	_ = windows.SetProcessWorkingSetSizeEx(windows.CurrentProcess(), all, all, 0)
}
