//go:build !headless || ci

package ui

import "strings"

// joined puts the parts that say something beside each other.
func joined(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " · ")
}
