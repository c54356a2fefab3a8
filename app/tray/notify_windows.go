//go:build !headless || ci

package tray

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Calls of the Windows API that x/sys has not.
var (
	user32          = windows.NewLazySystemDLL("user32.dll")
	findWindow      = user32.NewProc("FindWindowExW")
	getWindowLong   = user32.NewProc("GetWindowLongPtrW")
	setWindowLong   = user32.NewProc("SetWindowLongPtrW")
	callWindowProc  = user32.NewProc("CallWindowProcW")
	shellNotifyIcon = windows.NewLazySystemDLL("shell32.dll").NewProc("Shell_NotifyIconW")
)

// What the tray library calls its hidden window, its icon, and the message by
// which Windows tells of clicks on it. The check of the Windows package clicks a
// notification and so holds that they are still called so.
const (
	trayClass   = "SystrayClass"
	trayIcon    = 100
	trayMessage = 0x400 + 1
)

// Of winuser.h and shellapi.h.
const (
	balloonClicked       = 0x405 // NIN_BALLOONUSERCLICK
	notifyModify         = 1     // NIM_MODIFY
	hasInfo              = 0x10  // NIF_INFO
	infoIcon             = 1     // NIIF_INFO
	infoRespectQuietTime = 0x80  // NIIF_RESPECT_QUIET_TIME: silent while the person wants quiet
)

// windowProcedure is GWLP_WNDPROC, -4.
const windowProcedure = ^uintptr(3)

var errNoTrayWindow = errors.New("the tray icon has no window that could show notifications")

// noticeData is NOTIFYICONDATAW.
type noticeData struct {
	size               uint32
	window             windows.Handle
	id, flags, message uint32
	icon               windows.Handle
	tip                [128]uint16
	state, stateMask   uint32
	info               [256]uint16
	version            uint32
	infoTitle          [64]uint16
	infoFlags          uint32
	guid               windows.GUID
	balloonIcon        windows.Handle
}

// notices shows notifications at the tray icon and hears their clicks.
type notices struct {
	open     func()
	mu       sync.Mutex
	window   windows.Handle // of the tray icon, 0 before the first notification
	original uintptr        // the window's own procedure
}

// notifier returns what shows a notification. The tray's window hears its clicks,
// so there is nothing to end.
func notifier(cfg Config) (show func(context.Context, notification) error, end func()) {
	n := &notices{open: cfg.Open}
	return n.show, func() {}
}

func (n *notices) show(ctx context.Context, what notification) error {
	window, err := n.attach(ctx)
	if err != nil {
		return err
	}
	data := noticeData{window: window, id: trayIcon, flags: hasInfo, infoFlags: infoIcon | infoRespectQuietTime}
	data.size = uint32(unsafe.Sizeof(data))
	put(data.infoTitle[:], what.Title)
	put(data.info[:], cmp.Or(what.Body, what.Title)) // without it nothing is shown
	if done, _, err := shellNotifyIcon.Call(notifyModify, uintptr(unsafe.Pointer(&data))); done == 0 {
		return err
	}
	return nil
}

// attach puts handle before the procedure of the tray's window, which is there
// soon after the start.
func (n *notices) attach(ctx context.Context) (windows.Handle, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	const tries, pause = 50, 100 * time.Millisecond
	for range tries {
		if n.window != 0 {
			return n.window, nil
		}
		if window := ownTrayWindow(); window != 0 {
			n.original, _, _ = getWindowLong.Call(uintptr(window), windowProcedure)
			_, _, _ = setWindowLong.Call(uintptr(window), windowProcedure, windows.NewCallback(n.handle))
			n.window = window
			continue
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(pause):
		}
	}
	return 0, errNoTrayWindow
}

// handle opens the window for a click on a notification, and leaves everything
// else to the tray library.
func (n *notices) handle(window windows.Handle, message uint32, first, second uintptr) uintptr {
	if message == trayMessage && second == balloonClicked {
		n.open()
		return 0
	}
	result, _, _ := callWindowProc.Call(n.original, uintptr(window), uintptr(message), first, second)
	return result
}

// ownTrayWindow finds the tray's window of this process among those of all.
func ownTrayWindow() windows.Handle {
	class, err := windows.UTF16PtrFromString(trayClass)
	if err != nil {
		return 0
	}
	for window := uintptr(0); ; {
		window, _, _ = findWindow.Call(0, window, uintptr(unsafe.Pointer(class)), 0)
		var process uint32
		if window == 0 {
			return 0
		}
		if _, err := windows.GetWindowThreadProcessId(windows.HWND(window), &process); err == nil && process == windows.GetCurrentProcessId() {
			return windows.Handle(window)
		}
	}
}

// put writes a text with a zero at its end, cut where the place ends.
func put(place []uint16, text string) {
	units := utf16.Encode([]rune(text))
	if len(units) >= len(place) {
		units = units[:len(place)-1]
		if last := units[len(units)-1]; last >= 0xd800 && last < 0xdc00 {
			units = units[:len(units)-1] // half a character
		}
	}
	place[copy(place, units)] = 0
}
