// Package autostart has the system start a program, hidden, when the person
// logs in, in the way each system has for it: a desktop file in the autostart
// folder (freedesktop.org, Desktop Application Autostart Specification), a value
// under the registry's Run key, or a launch agent.
package autostart

import (
	"errors"
	"fmt"
)

// ErrUnavailable means that the system keeps no place for it.
var ErrUnavailable = errors.New("this system names no place for programs that start at login")

// Set makes command start at login, or with on false no longer. Setting what is
// already so changes nothing.
func Set(on bool, command []string) error {
	err := set(on, command)
	if err != nil {
		return fmt.Errorf("start at login could not be changed: %w", err)
	}
	return nil
}
