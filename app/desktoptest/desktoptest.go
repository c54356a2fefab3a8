// Package desktoptest drives the built desktop program the way a person does: a
// real window under Xvfb with a window manager, a real Secret Service, and a
// tray host that sees and clicks the tray over D-Bus.
//
// A desk is one such private desktop with the program on it.
package desktoptest
