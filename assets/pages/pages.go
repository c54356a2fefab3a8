// Package pages holds what all pages that a browser shows have in common: those
// that Workfront's users open and the one that plays Workfront.
package pages

import _ "embed"

// Base is the style sheet that comes before a page's own: colours in light and
// dark, and the ground. Nobody may change it.
//
//go:embed base.css
var Base string

// Icon is the application's icon as an SVG. Nobody may change it.
//
//go:embed icon.svg
var Icon string
